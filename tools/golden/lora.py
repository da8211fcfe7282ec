"""Writes test/golden/peft/: adapters as PEFT writes them on tiny random models, and what PEFT computes with them.

    python tools/golden/llama.py    (makes the Llamas and the batches)
    python tools/golden/lora.py

With peft 0.21.2, torch 2.15.0, transformers 5.23.0, safetensors 0.8.0; CPU, float32. Called lora.py because a script peft.py
would hide the package of that name. B begins with random numbers instead of zeros, so that A has gradients from the first step.
"""

import json
import os
from pathlib import Path

import llama
import torch
from peft import LoraConfig, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'peft'
STEPS = 50

CASES = {
    'lora': dict(base='test/golden/llama/tied', r=4, lora_alpha=8, target_modules='all-linear'),
    'rslora': dict(
        base='test/golden/llama/untied', r=6, lora_alpha=9, use_rslora=True,
        target_modules=['q_proj', 'v_proj', 'down_proj'],
    ),
    'gpt2': dict(base='test/golden/peft/gpt2/base', r=3, lora_alpha=6, target_modules='all-linear', fan_in_fan_out=True),
}  # fmt: skip


def make_gpt2(folder):
    """A tiny GPT-2 whose vectors are not what they are initialized to."""
    torch.manual_seed(5)
    config = GPT2Config(
        vocab_size=61, n_positions=64, n_embd=24, n_layer=2, n_head=3, n_inner=40, initializer_range=0.2,
        attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    model.save_pretrained(folder)
    (folder / 'generation_config.json').unlink(missing_ok=True)
    (folder / 'model.safetensors').chmod(0o644)


def gradients(model):
    """Gradients by the names that the saved adapter has."""
    return {
        name.replace('.default.', '.'): p.grad.clone() for name, p in model.named_parameters() if p.requires_grad
    }


def state(model):
    return {name: value.detach().clone().contiguous() for name, value in get_peft_model_state_dict(model).items()}


def train(model, batches):
    trained = [p for p in model.parameters() if p.requires_grad]
    adamw = {**llama.ADAMW, 'learningRate': 1e-3}
    optimizer = torch.optim.AdamW(
        trained, lr=adamw['learningRate'], betas=(adamw['beta1'], adamw['beta2']), eps=adamw['epsilon'],
        weight_decay=adamw['weightDecay'],
    )  # fmt: skip
    curve = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = llama.run(model, batches[step % len(batches)])[2]
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, adamw['clipNorm'])
        optimizer.step()
        curve.append({'loss': loss.item(), 'gradientNorm': norm.item()})
    return adamw, curve


def main():
    # The adapter's configuration names its base as it was given: relative to the repository.
    os.chdir(ROOT)
    for seed, (name, case) in enumerate(CASES.items()):
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        if name == 'gpt2':
            make_gpt2(folder / 'base')
        options = dict(case)
        base = AutoModelForCausalLM.from_pretrained(options.pop('base'), attn_implementation='eager')
        torch.manual_seed(40 + seed)
        model = get_peft_model(base, LoraConfig(task_type='CAUSAL_LM', lora_dropout=0.0, bias='none', **options))
        generator = torch.Generator().manual_seed(50 + seed)
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if 'lora_B' in key:
                    parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
        model.eval()
        adapter = folder / 'adapter'
        model.save_pretrained(adapter)
        (adapter / 'README.md').unlink(missing_ok=True)
        (adapter / 'adapter_model.safetensors').chmod(0o644)

        batches = {
            kind: llama.make_batch(llama.BATCHES[kind], base.config.vocab_size, generator)
            for kind in ('single', 'mixed', 'padded')
        }
        expected, cases = {}, {}
        for kind, batch in batches.items():
            model.zero_grad()
            logits, _, loss = llama.run(model, batch)
            loss.backward()
            cases[kind] = {**batch, 'loss': loss.item()}
            if kind == 'padded':
                continue
            expected[f'{kind}/logits'] = logits
            for key, value in gradients(model).items():
                expected[f'{kind}/gradients/{key}'] = value
            with torch.no_grad(), model.disable_adapter():
                expected[f'{kind}/base'] = llama.run(model, batch)[0]
        adamw, curve = train(model, list(batches.values()))
        for key, value in state(model).items():
            expected[f'trained/{key}'] = value
        save_file(expected, folder / 'expected.safetensors')
        (folder / 'expected.safetensors').chmod(0o644)
        text = json.dumps({'cases': cases, 'adamw': adamw, 'curve': curve})
        (folder / 'expected.json').write_text(text + '\n')
        merged = model.merge_and_unload().state_dict()
        first = next(key for key in merged if key.endswith(('q_proj.weight', 'c_attn.weight')))
        save_file({first: merged[first].contiguous()}, folder / 'merged.safetensors')
        (folder / 'merged.safetensors').chmod(0o644)


if __name__ == '__main__':
    main()
