"""Writes test/golden/rope/frequencies.json: RoPE's frequencies as transformers computes them, for test/unit/ops-rope.test.ts.

    pip install -r tools/golden/requirements.txt
    python tools/golden/rope.py
"""

import json
from pathlib import Path

import transformers
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

OUT = Path(__file__).resolve().parents[2] / 'test' / 'golden' / 'rope' / 'frequencies.json'

# Head size, longest context of the configuration, sequence length, and rope_parameters.
CASES = [
    (32, 1024, 100, {'rope_type': 'default', 'rope_theta': 10000.0}),
    (10, 64, 10, {'rope_type': 'default', 'rope_theta': 500.0}),
    (64, 4096, 100, {'rope_type': 'linear', 'rope_theta': 10000.0, 'factor': 4.0}),
    (64, 2048, 100, {'rope_type': 'dynamic', 'rope_theta': 10000.0, 'factor': 2.0}),
    (64, 2048, 6000, {'rope_type': 'dynamic', 'rope_theta': 10000.0, 'factor': 2.0}),
    (64, 131072, 100, {
        'rope_type': 'llama3', 'rope_theta': 500000.0, 'factor': 32.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,
        'original_max_position_embeddings': 8192,
    }),
    (128, 131072, 100, {
        'rope_type': 'llama3', 'rope_theta': 500000.0, 'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,
        'original_max_position_embeddings': 8192,
    }),
    (128, 131072, 100, {
        'rope_type': 'yarn', 'rope_theta': 1000000.0, 'factor': 4.0, 'original_max_position_embeddings': 32768,
    }),
    (64, 8192, 100, {
        'rope_type': 'yarn', 'rope_theta': 10000.0, 'factor': 16.0, 'original_max_position_embeddings': 512,
        'attention_factor': 1.5, 'beta_fast': 20, 'beta_slow': 2, 'truncate': False,
    }),
]  # fmt: skip


def main():
    cases = []
    for size, context, length, parameters in CASES:
        config = LlamaConfig(
            hidden_size=2 * size, num_attention_heads=2, head_dim=size, max_position_embeddings=context,
            rope_parameters=dict(parameters),
        )  # fmt: skip
        kind = parameters['rope_type']
        if kind == 'default':
            frequencies, factor = LlamaRotaryEmbedding.compute_default_rope_parameters(config)
        else:
            frequencies, factor = ROPE_INIT_FUNCTIONS[kind](config, seq_len=length)
        cases.append({
            'size': size, 'context': context, 'length': length, 'parameters': parameters,
            'frequencies': frequencies.tolist(), 'factor': factor,
        })  # fmt: skip
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({'transformers': transformers.__version__, 'cases': cases}) + '\n')


if __name__ == '__main__':
    main()
