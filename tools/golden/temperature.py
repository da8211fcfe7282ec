"""Writes test/golden/temperature/: objectives on policy where completions are drawn at another temperature than 1, from TRL.

    python tools/golden/llama.py         (makes the Llama)
    python tools/golden/temperature.py

With torch 2.15.0, transformers 5.23.0, trl 1.16.0, safetensors 0.8.0; CPU, 32 bits. Log-probabilities are those of GRPOTrainer's own
`_get_per_token_logps_and_entropies` with the head that it gives its models (`add_fused_lm_head`), which divides logits by the
temperature; losses as in on_policy.py.
"""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import on_policy
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from trl import GRPOTrainer
from trl.trainer.utils import add_fused_lm_head

OUT = on_policy.ROOT / 'test' / 'golden' / 'temperature'
TEMPERATURE = 0.7
CASES = ('grpo-kl', 'gspo-kl', 'rloo-kl')


def log_probs_of(model, inputs):
    """Of the completions' tokens, [B, T], by TRL's method, every row by itself so that padding cannot matter."""
    trainer = SimpleNamespace(
        model_kwarg_keys=set(), aux_loss_enabled=False, accelerator=SimpleNamespace(autocast=nullcontext)
    )
    rows = []
    for prompt, mask, ids in zip(inputs['prompt_ids'], inputs['prompt_mask'], inputs['completion_ids'], strict=True):
        whole = torch.cat([prompt[mask == 1], ids])[None]
        # Without the decorator, which asks the trainer for its time.
        found = GRPOTrainer._get_per_token_logps_and_entropies.__wrapped__(
            trainer, model, whole, torch.ones_like(whole), len(ids)
        )
        rows.append(found[0][0])
    return torch.stack(rows)


def main():
    generator = torch.Generator().manual_seed(9)
    model = AutoModelForCausalLM.from_pretrained(on_policy.FOLDER, attn_implementation='eager')
    add_fused_lm_head(model, temperature=TEMPERATURE)
    rows = on_policy.make_completions(generator)
    inputs = on_policy.as_inputs(rows)
    on_policy.log_probs_of = log_probs_of
    with torch.no_grad():
        now = log_probs_of(model, inputs)
    noise = lambda scale: scale * torch.randn(now.shape, generator=generator)
    old, reference = now + noise(0.25), now + noise(0.3)
    rewards = torch.randn(on_policy.GROUPS * on_policy.SIZE, generator=generator).round(decimals=2)
    tensors, cases = {}, {}
    for case in CASES:
        found, gradients, stand = on_policy.run(case, model, inputs, rewards, old, reference)
        trainer, loss_type, level, beta, scale = on_policy.CASES[case]
        cases[case] = {
            **{key: found[key] for key in ('loss', 'clip', 'kl', 'advantages')},
            'trainer': trainer, 'reduction': loss_type, 'level': level, 'beta': beta, 'scale': scale,
            'clipLow': stand.epsilon_low, 'clipHigh': stand.epsilon_high,
        }  # fmt: skip
        tensors |= gradients
    lengths = inputs['completion_mask'].sum(1)
    trimmed = lambda values: [row[: int(count)].tolist() for row, count in zip(values, lengths, strict=True)]
    OUT.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, OUT / 'gradients.safetensors')
    (OUT / 'gradients.safetensors').chmod(0o644)
    text = {
        'temperature': TEMPERATURE, 'longest': on_policy.LONGEST, 'rows': rows, 'rewards': rewards.tolist(),
        'old': trimmed(old), 'reference': trimmed(reference), 'now': trimmed(now), 'cases': cases,
    }  # fmt: skip
    (OUT / 'expected.json').write_text(json.dumps(text) + '\n')


if __name__ == '__main__':
    main()
