"""Writes test/golden/on-policy/: advantages, token weights, losses and gradients of objectives on policy, from TRL.

    python tools/golden/llama.py         (makes the Llama)
    python tools/golden/on_policy.py

With torch 2.15.0, transformers 5.23.0, trl 1.16.0, safetensors 0.8.0; CPU, 32 bits. Losses are those of GRPOTrainer._compute_loss and
RLOOTrainer._compute_loss, called with a stand-in for the trainer. Advantages are computed inside a long method of the trainers
(`_generate_and_score_completions`), so its lines are repeated here, with TRL's own nanstd; REINFORCE's are written out.
"""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
from probes import probes
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from trl import GRPOTrainer, RLOOTrainer
from trl.trainer.utils import nanstd

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'on-policy'
FOLDER = ROOT / 'test' / 'golden' / 'llama' / 'tied'
GROUPS, SIZE, VOCABULARY, LONGEST = 3, 4, 61, 9

#                 trainer, loss_type, importance_sampling_level, beta, scale_rewards
CASES = {
    'grpo': ('grpo', 'grpo', 'token', 0.0, 'group'),
    'grpo-kl': ('grpo', 'grpo', 'token', 0.05, 'group'),
    'bnpo': ('grpo', 'bnpo', 'token', 0.0, 'batch'),
    'dapo': ('grpo', 'dapo', 'token', 0.0, 'group'),
    'dr_grpo': ('grpo', 'dr_grpo', 'token', 0.0, 'none'),
    'gspo': ('grpo', 'grpo', 'sequence', 0.0, 'group'),
    'gspo-kl': ('grpo', 'dapo', 'sequence', 0.05, 'group'),
    'rloo': ('rloo', None, None, 0.0, None),
    'rloo-kl': ('rloo', None, None, 0.05, None),
    'reinforce': ('grpo', 'dapo', 'token', 0.0, 'baseline'),
    'reinforce-kl': ('grpo', 'dapo', 'token', 0.05, 'baseline'),
}
# Of the others, probes of every gradient alone: see probes.py.
WITH_GRADIENTS = ('grpo-kl', 'gspo-kl', 'rloo-kl', 'reinforce-kl')


def group_advantages(rewards, scale):
    """trl/trainer/grpo_trainer.py, `sum_then_normalize`; `baseline`: REINFORCE with the mean of all (Williams 1992, section 4)."""
    if scale == 'baseline':
        return torch.nan_to_num(rewards - torch.nanmean(rewards), nan=0.0)
    mean = torch.nanmean(rewards.view(-1, SIZE), dim=1).repeat_interleave(SIZE, dim=0)
    if scale in ['group', 'none']:
        std = nanstd(rewards.view(-1, SIZE), dim=1).repeat_interleave(SIZE, dim=0)
    else:
        std = nanstd(rewards).expand_as(rewards)
    advantages = rewards - mean
    if scale != 'none':
        advantages = advantages / (std + 1e-4)
    return torch.nan_to_num(advantages, nan=0.0)


def leave_one_out_advantages(rewards):
    """trl/trainer/rloo_trainer.py."""
    grouped = rewards.view(-1, SIZE)
    scorable = (~torch.isnan(grouped)).sum(dim=1, keepdim=True)
    baselines = (torch.nansum(grouped, dim=1, keepdim=True) - grouped) / (scorable - 1)
    return torch.nan_to_num(rewards - baselines.view(-1), nan=0.0)


def make_completions(generator):
    """Prompts and completions; every third completion has a tool's result in the middle, which is not trained."""
    draw = lambda low, high: int(torch.randint(low, high, (1,), generator=generator))
    tokens = lambda count: torch.randint(3, VOCABULARY, (count,), generator=generator).tolist()
    rows = []
    for group in range(GROUPS):
        prompt = tokens(draw(3, 8))
        for number in range(SIZE):
            parts = [tokens(draw(2, LONGEST + 1))]
            if (group + number) % 3 == 0:
                parts += [tokens(draw(2, 5)), tokens(draw(1, LONGEST + 1))]
            rows.append({'group': group, 'prompt': prompt, 'parts': parts})
    return rows


def padded(lists, fill, left=False):
    longest = max(map(len, lists))
    pad = lambda row: [fill] * (longest - len(row))
    return torch.tensor([pad(row) + row if left else row + pad(row) for row in lists])


def as_inputs(rows):
    completions = [sum(row['parts'], []) for row in rows]
    tools = [[1 - i % 2 for i, part in enumerate(row['parts']) for _ in part] for row in rows]
    prompts = [row['prompt'] for row in rows]
    return {
        'prompt_ids': padded(prompts, 0, left=True), 'prompt_mask': padded([[1] * len(p) for p in prompts], 0, left=True),
        'completion_ids': padded(completions, 0), 'completion_mask': padded([[1] * len(c) for c in completions], 0),
        'tool_mask': padded(tools, 1),
    }  # fmt: skip


def log_probs_of(model, inputs):
    """Of the completions' tokens, [B, T], every row by itself so that padding cannot matter."""
    rows = []
    for prompt, mask, ids in zip(inputs['prompt_ids'], inputs['prompt_mask'], inputs['completion_ids'], strict=True):
        whole = torch.cat([prompt[mask == 1], ids])
        logits = model(whole[None]).logits[0].log_softmax(-1)
        count = len(ids)
        rows.append(logits[-count - 1 : -1].gather(-1, ids[:, None])[:, 0])
    return torch.stack(rows)


def stand_in(loss_type, level, beta, log_probs, parts=1):
    # Whole completions move less than single tokens: a narrower clip, so that some of them are held.
    low, high = (0.04, 0.06) if level == 'sequence' else (0.2, 0.28)
    return SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (log_probs, torch.zeros_like(log_probs), None),
        aux_loss_enabled=False, top_entropy_quantile=1.0, off_policy_mask_threshold=None, use_vllm=False,
        importance_sampling_level=level, beta=beta, loss_type=loss_type, epsilon_low=low, epsilon_high=high,
        _entropy_bonus_enabled=False, max_completion_length=LONGEST, current_gradient_accumulation_steps=parts,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None, steps_per_generation=parts),
        model=SimpleNamespace(training=True), _metrics={'train': defaultdict(list)},
        accelerator=SimpleNamespace(gather=lambda x: x, reduce=lambda x, reduction: x, num_processes=1),
    )  # fmt: skip


def run(case, model, inputs, rewards, old, reference):
    trainer, loss_type, level, beta, scale = CASES[case]
    mask = inputs['completion_mask'] * inputs['tool_mask']
    log_probs = log_probs_of(model, inputs)
    log_probs.retain_grad()
    if trainer == 'grpo':
        given = {
            **inputs, 'advantages': group_advantages(rewards, scale), 'old_per_token_logps': old,
            'ref_per_token_logps': reference, 'num_items_in_batch': mask.sum(),
        }  # fmt: skip
        stand = stand_in(loss_type, level, beta, log_probs)
        loss = GRPOTrainer._compute_loss(stand, model, given)
    else:
        # RLOOTrainer knows no tools: its mask is that of the completion.
        penalised = rewards - beta * ((old - reference) * mask).sum(-1)
        given = {
            **inputs, 'completion_mask': mask, 'advantages': leave_one_out_advantages(penalised),
            'old_logps': (old * mask).sum(1),
        }  # fmt: skip
        stand = stand_in(loss_type, level, beta, log_probs)
        loss = RLOOTrainer._compute_loss(stand, model, given)
    model.zero_grad()
    loss.backward()
    metrics = {key: values[0] for key, values in stand._metrics['train'].items()}
    report = {
        'loss': loss.item(), 'advantages': given['advantages'].tolist(),
        'clip': metrics['clip_ratio/region_mean'], 'kl': metrics.get('kl'),
        'slopes': [row[: int(count)].tolist() for row, count in zip(log_probs.grad, inputs['completion_mask'].sum(1), strict=True)],
    }  # fmt: skip
    return report, {f'{case}/{name}': parameter.grad.clone() for name, parameter in model.named_parameters()}, stand


def token_weights():
    """What each reduction gives each token, from two micro-batches of three completions: the slope of the loss at A = 1."""
    counts = [4, 7, 2, 5, 1, 6]
    mask = padded([[1] * count for count in counts], 0)
    found = {}
    for loss_type in ('grpo', 'bnpo', 'dapo', 'dr_grpo'):
        leaf = torch.zeros(mask.shape, requires_grad=True)
        for rows in (slice(0, 3), slice(3, 6)):
            its = leaf[rows]
            inputs = {
                'prompt_ids': mask[rows], 'prompt_mask': mask[rows], 'completion_ids': mask[rows],
                'completion_mask': mask[rows], 'advantages': torch.ones(3), 'num_items_in_batch': mask.sum(),
                'old_per_token_logps': torch.zeros_like(its),
            }  # fmt: skip
            stand = stand_in(loss_type, 'token', 0.0, its, parts=2)
            GRPOTrainer._compute_loss(stand, None, inputs).backward()
        found[loss_type] = (-leaf.grad[:, 0]).tolist()
    return {'counts': counts, 'parts': [0, 0, 0, 1, 1, 1], 'longest': LONGEST, 'weights': found}


def main():
    generator = torch.Generator().manual_seed(8)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, attn_implementation='eager')
    rows = make_completions(generator)
    inputs = as_inputs(rows)
    with torch.no_grad():
        now = log_probs_of(model, inputs)
    noise = lambda scale: scale * torch.randn(now.shape, generator=generator)
    old, reference = now + noise(0.25), now + noise(0.3)
    rewards = torch.randn(GROUPS * SIZE, generator=generator).round(decimals=2)
    tensors, cases, probed = {}, {}, {}
    for case in CASES:
        cases[case], gradients, stand = run(case, model, inputs, rewards, old, reference)
        trainer, loss_type, level, beta, scale = CASES[case]
        cases[case] |= {'trainer': trainer, 'reduction': loss_type, 'level': level, 'beta': beta, 'scale': scale}
        cases[case] |= {'clipLow': stand.epsilon_low, 'clipHigh': stand.epsilon_high}
        probed[case] = probes(model)
        if case in WITH_GRADIENTS:
            tensors |= gradients
    nan = float('nan')
    missing = torch.tensor([1.0, nan, 0.5, 0.25, 2.0, 2.0, 2.0, 2.0, nan, nan, -1.0, nan])
    advantages = {scale: group_advantages(missing, scale).tolist() for scale in ('group', 'batch', 'none')}
    lengths = inputs['completion_mask'].sum(1)
    trimmed = lambda values: [row[: int(count)].tolist() for row, count in zip(values, lengths, strict=True)]
    OUT.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, OUT / 'gradients.safetensors')
    (OUT / 'gradients.safetensors').chmod(0o644)
    text = {
        'longest': LONGEST, 'rows': rows, 'rewards': rewards.tolist(),
        'old': trimmed(old), 'reference': trimmed(reference), 'now': trimmed(now), 'cases': cases,
        'missing': {
            'rewards': [None if value != value else value for value in missing.tolist()],
            **advantages, 'rloo': leave_one_out_advantages(missing).tolist(),
        },
        'reductions': token_weights(),
    }  # fmt: skip
    (OUT / 'expected.json').write_text(json.dumps(text) + '\n')
    (OUT / 'probes.json').write_text(json.dumps(probed) + '\n')


if __name__ == '__main__':
    main()
