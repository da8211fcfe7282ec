"""Writes test/golden/families/: tiny random models of every family that is supported, in their variants, and what
transformers computes with them: logits, log-probabilities, the loss, the gradient of every parameter, greedy texts. And
configs.json: short and older configurations, each beside the same with every field filled in by transformers.

Run with: python tools/golden/families.py [NAME …]   (torch 2.15.0, transformers 5.23.0, safetensors 0.8.0, CPU, float32)

Weights are rounded to numbers that F16 holds and stored as F16, so that the files are small and nothing is lost. Batches
are computed document by document, each in a forward pass of its own, so that the values for packed and for padded batches
do not rest on a mask of ours. No model has a padding token: transformers gives its row of the embedding table no gradient
through the look-up, which is right for padding only.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig, GPT2Config, GPT2LMHeadModel, LlamaConfig,
    LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, SmolLM3Config, SmolLM3ForCausalLM,
)  # fmt: skip

sys.path.insert(0, str(Path(__file__).parent))
from llama import make_batch, run  # noqa: E402

OUT = Path(__file__).resolve().parents[2] / 'test' / 'golden' / 'families'

# Rows of documents by their lengths: 81 positions, and longer documents than every window below.
ROWS = [[24, 20], [37]]
PROMPTS = [3, 11, 7]
NEW_TOKENS = 64
NO_TOKENS = dict(pad_token_id=None, bos_token_id=None, eos_token_id=None)
DEFAULT = {'rope_type': 'default', 'rope_theta': 10000.0}
LLAMA3 = {
    'rope_type': 'llama3', 'rope_theta': 10000.0, 'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,
    'original_max_position_embeddings': 32,
}  # fmt: skip
LINEAR = {'rope_type': 'linear', 'rope_theta': 5000.0, 'factor': 4.0}
YARN = {'rope_type': 'yarn', 'rope_theta': 10000.0, 'factor': 4.0, 'original_max_position_embeddings': 32}


def sizes(vocabulary, hidden, inner, layers, heads, key_heads, **more):
    return dict(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=key_heads, max_position_embeddings=128, **NO_TOKENS, **more,
    )  # fmt: skip


def llama(*args, **more):
    return LlamaForCausalLM, LlamaConfig(**sizes(*args, **more))


def qwen2(*args, **more):
    return Qwen2ForCausalLM, Qwen2Config(**sizes(*args, **more))


def qwen3(*args, **more):
    return Qwen3ForCausalLM, Qwen3Config(**sizes(*args, **more))


def smollm3(*args, **more):
    return SmolLM3ForCausalLM, SmolLM3Config(**sizes(*args, **more))


def gemma3(*args, **more):
    return Gemma3ForCausalLM, Gemma3TextConfig(**sizes(*args, **more))


def gpt2(**more):
    return GPT2LMHeadModel, GPT2Config(n_positions=128, **NO_TOKENS, **more)


def gemma_ropes(full):
    return {'full_attention': full, 'sliding_attention': {'rope_type': 'default', 'rope_theta': 100.0}}


MODELS = {
    # Llama: three forms of RoPE, biases, heads that are not hidden / heads, odd sizes.
    'llama-llama3': llama(61, 32, 48, 2, 4, 2, tie_word_embeddings=True, rope_parameters=LLAMA3),
    'llama-linear-biases': llama(
        53, 36, 44, 2, 3, 3, attention_bias=True, mlp_bias=True, rope_parameters=LINEAR, rms_norm_eps=1e-5
    ),
    'llama-yarn': llama(67, 30, 53, 2, 5, 1, head_dim=10, rope_parameters=YARN),
    'smollm2': llama(64, 36, 60, 3, 9, 3, tie_word_embeddings=True, rope_parameters=DEFAULT, rms_norm_eps=1e-5),
    'qwen2': qwen2(59, 32, 40, 2, 4, 2, tie_word_embeddings=True, rope_parameters=DEFAULT),
    'qwen2-window': qwen2(
        61, 28, 36, 3, 2, 1, use_sliding_window=True, sliding_window=7, max_window_layers=1, rope_parameters=DEFAULT
    ),
    'qwen3': qwen3(63, 32, 48, 2, 4, 2, head_dim=12, tie_word_embeddings=True, rope_parameters=DEFAULT),
    'qwen3-window-biases': qwen3(
        47, 40, 33, 3, 4, 1, head_dim=6, attention_bias=True, use_sliding_window=True, sliding_window=5,
        layer_types=['sliding_attention', 'full_attention', 'sliding_attention'], rope_parameters=YARN,
    ),
    'smollm3': smollm3(61, 32, 40, 4, 4, 2, tie_word_embeddings=True, rope_parameters=DEFAULT),
    'smollm3-window-biases': smollm3(
        57, 24, 36, 3, 3, 1, tie_word_embeddings=False, attention_bias=True, mlp_bias=True, use_sliding_window=True,
        sliding_window=9, no_rope_layers=[0, 1, 0], rope_parameters=LLAMA3,
    ),
    'gemma3': gemma3(
        71, 32, 48, 3, 4, 2, head_dim=10, query_pre_attn_scalar=12, sliding_window=6, tie_word_embeddings=True,
        layer_types=['sliding_attention', 'sliding_attention', 'full_attention'],
        rope_parameters=gemma_ropes({'rope_type': 'linear', 'rope_theta': 10000.0, 'factor': 8.0}),
    ),
    'gemma3-older': gemma3(
        65, 36, 40, 4, 2, 1, head_dim=16, query_pre_attn_scalar=16, sliding_window=11, sliding_window_pattern=2,
        tie_word_embeddings=False, attention_bias=True,
        rope_parameters=gemma_ropes({'rope_type': 'default', 'rope_theta': 4000.0}),
    ),
    'gpt2': gpt2(vocab_size=61, n_embd=36, n_layer=2, n_head=4),
    'gpt2-older': gpt2(
        vocab_size=55, n_embd=30, n_layer=3, n_head=2, n_inner=50, activation_function='gelu',
        scale_attn_by_inverse_layer_idx=True,
    ),
}  # fmt: skip

ROTARY = dict(vocab_size=100, hidden_size=64, intermediate_size=96, num_hidden_layers=8, num_attention_heads=32)
SHORT = {
    'Llama': (LlamaConfig, ROTARY),
    'Llama, linear, the oldest spelling': (
        LlamaConfig, {**ROTARY, 'rope_theta': 500.0, 'rope_scaling': {'type': 'linear', 'factor': 2.0}},
    ),
    'Llama, llama3': (
        LlamaConfig,
        {
            **ROTARY, 'max_position_embeddings': 512, 'rope_theta': 500000.0, 'num_key_value_heads': 8,
            'rope_scaling': {
                'rope_type': 'llama3', 'factor': 32.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,
                'original_max_position_embeddings': 64,
            },
        },
    ),
    'Llama, dynamic': (LlamaConfig, {**ROTARY, 'rope_scaling': {'rope_type': 'dynamic', 'factor': 4.0}}),
    'Qwen2': (Qwen2Config, ROTARY),
    'Qwen2, windows': (Qwen2Config, {**ROTARY, 'use_sliding_window': True, 'max_window_layers': 3}),
    'Qwen2, windows switched off': (Qwen2Config, {**ROTARY, 'sliding_window': 128, 'max_window_layers': 3}),
    'Qwen2, a window of nothing': (Qwen2Config, {**ROTARY, 'use_sliding_window': True, 'sliding_window': None}),
    'Qwen2, yarn': (
        Qwen2Config,
        {
            **ROTARY, 'max_position_embeddings': 4096, 'rope_theta': 1000000.0,
            'rope_scaling': {'type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 1024},
        },
    ),
    'Qwen3': (Qwen3Config, ROTARY),
    'Qwen3, yarn without its context': (
        Qwen3Config, {**ROTARY, 'rope_theta': 1000000.0, 'rope_scaling': {'rope_type': 'yarn', 'factor': 2.0}},
    ),
    'SmolLM3': (SmolLM3Config, ROTARY),
    'SmolLM3, an interval': (SmolLM3Config, {**ROTARY, 'no_rope_layer_interval': 3}),
    'SmolLM3, windows': (SmolLM3Config, {**ROTARY, 'use_sliding_window': True, 'sliding_window': 32}),
    'Gemma 3': (Gemma3TextConfig, ROTARY),
    'Gemma 3, older': (
        Gemma3TextConfig,
        {
            **ROTARY, 'sliding_window_pattern': 4, 'rope_theta': 5000.0, 'rope_local_base_freq': 700.0,
            'rope_scaling': {'rope_type': 'linear', 'factor': 8.0}, 'sliding_window': 512, 'query_pre_attn_scalar': 168,
        },
    ),
    'GPT-2': (GPT2Config, dict(vocab_size=100, n_embd=64, n_layer=2, n_head=4)),
}  # fmt: skip

# Written as transformers 4 did, or as files were before that.
OLDER = ('smollm2', 'qwen2-window', 'gemma3-older', 'gpt2-older')


def older_config(config, name):
    """The same configuration as transformers 4 spelled it."""
    config['torch_dtype'] = config.pop('dtype')
    config['transformers_version'] = '4.51.0'
    ropes = config.pop('rope_parameters', None)
    config.pop('layer_types', None)
    if name == 'gemma3-older':
        config['rope_theta'] = ropes['full_attention']['rope_theta']
        config['rope_local_base_freq'] = ropes['sliding_attention']['rope_theta']
        config['rope_scaling'] = None
        config['sliding_window_pattern'] = config.pop('_sliding_window_pattern')
    elif ropes:
        config['rope_theta'] = ropes['rope_theta']
        config['rope_scaling'] = None
    return config


def older_gpt2(folder):
    """Names without a prefix, and the causal masks that were saved with them."""
    tensors = {}
    for name, tensor in load_file(folder / 'model.safetensors').items():
        tensors[name.removeprefix('transformer.')] = tensor
    layers = 1 + max(int(name.split('.')[1]) for name in tensors if name.startswith('h.'))
    for layer in range(layers):
        tensors[f'h.{layer}.attn.bias'] = torch.ones(128, 128, dtype=torch.uint8).tril()[None, None]
        tensors[f'h.{layer}.attn.masked_bias'] = torch.tensor(-1e4)
    save_file(tensors, folder / 'model.safetensors', metadata={'format': 'pt'})


@torch.no_grad()
def greedy(model, generator):
    """A continuation of each prompt, without a cache, and the smallest lead of a chosen token."""
    found = {'prompts': [], 'ids': [], 'logProbs': []}
    lead = float('inf')
    for length in PROMPTS:
        prompt = torch.randint(0, model.config.vocab_size, (length,), generator=generator)
        ids, log_probs = prompt, []
        for _ in range(NEW_TOKENS):
            top = model(ids[None], use_cache=False).logits[0, -1].log_softmax(-1).topk(2)
            lead = min(lead, (top.values[0] - top.values[1]).item())
            log_probs.append(top.values[0].item())
            ids = torch.cat([ids, top.indices[:1]])
        found['prompts'].append(prompt.tolist())
        found['ids'].append(ids[length:].tolist())
        found['logProbs'].append(log_probs)
    return found, lead


def random_model(kind, config, seed):
    torch.manual_seed(seed)
    config.initializer_range = 0.2
    config._attn_implementation = 'eager'
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn(parameter.shape))
            parameter.copy_(parameter.half().float())
    return model


def lead_of(logits, batch):
    """The smallest distance of a best token from the second best."""
    top = logits[torch.tensor(batch['documents']) != 0].topk(2).values
    return (top[:, 0] - top[:, 1]).min().item()


def write(name, kind, config):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    # Greedy choices must not be too close to call.
    for seed in range(100):
        model = random_model(kind, config, seed)
        generator = torch.Generator().manual_seed(seed)
        batch = make_batch(ROWS, config.vocab_size, generator)
        logits, log_probs, loss = run(model, batch)
        texts, lead = greedy(model, generator)
        if min(lead, lead_of(logits, batch)) > 1e-3:
            break
    else:
        raise SystemExit(f'{name}: no seed gives greedy choices that are clear')
    loss.backward()
    expected = {'logits': logits, 'logProbs': log_probs}
    for key, parameter in model.named_parameters():
        expected[f'gradients/{key}'] = parameter.grad.clone()
    save_file(expected, folder / 'expected.safetensors')
    text = {'case': {**batch, 'loss': loss.item()}, 'greedy': texts}
    (folder / 'expected.json').write_text(json.dumps(text) + '\n')

    model.half().save_pretrained(folder)
    (folder / 'generation_config.json').unlink(missing_ok=True)
    if name in OLDER:
        path = folder / 'config.json'
        path.write_text(json.dumps(older_config(json.loads(path.read_text()), name), indent=2) + '\n')
    if name == 'gpt2-older':
        older_gpt2(folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    check(folder, batch, logits)
    print(f'{name}: seed {seed}, loss {loss.item():.4f}')


@torch.no_grad()
def check(folder, batch, logits):
    """What was written is what transformers reads."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation='eager').eval()
    again = run(model, batch)[0]
    assert torch.equal(again, logits), f'{folder.name}: {(again - logits).abs().max()}'


def write_configs():
    found = []
    for name, (kind, fields) in SHORT.items():
        short = {'model_type': kind.model_type, **fields}
        full = json.loads(kind(**json.loads(json.dumps(fields))).to_json_string(use_diff=False))
        found.append({'name': name, 'short': short, 'full': full})
    (OUT / 'configs.json').write_text(json.dumps(found, indent=1) + '\n')


def main():
    write_configs()
    names = sys.argv[1:] or MODELS
    for name in names:
        write(name, *MODELS[name])


if __name__ == '__main__':
    main()
