"""Writes test/golden/llama/*/curve.json: a hundred steps of AdamW on the golden Llamas, for the tests of plans.

    python tools/golden/llama.py    (makes the models and the batches)
    python tools/golden/curve.py

The model, the batches, the loss and the optimizer are those of llama.py; only the number of steps differs.
"""

import json

import llama
from transformers import LlamaForCausalLM

STEPS = 100


def main():
    llama.STEPS = STEPS
    for name in llama.SHAPES:
        folder = llama.OUT / name
        model = LlamaForCausalLM.from_pretrained(folder, attn_implementation='eager')
        cases = json.loads((folder / 'expected.json').read_text())['cases']
        curve = llama.train(model, [cases['single'], cases['mixed'], cases['padded']])
        (folder / 'curve.json').write_text(json.dumps(curve) + '\n')


if __name__ == '__main__':
    main()
