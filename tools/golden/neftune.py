"""Writes test/golden/neftune/: a tiny Llama's loss and gradients where transformers' NEFTune hook puts noise on its embeddings.

    python tools/golden/llama.py         (makes the Llama and its batches)
    python tools/golden/neftune.py

With torch 2.15.0, transformers 5.23.0, safetensors 0.8.0; CPU, float32. The hook is transformers' own, the one that TRL's trainers
use; only its draws are replaced: they come from the numbers of src/ops/random-draw.ts, so that Losslight can draw the same. The
hook's L is the length of what it is given. Here that is one document at a time, without padding.
"""

import json
from pathlib import Path

import llama
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.integrations.neftune import activate_neftune, deactivate_neftune

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'neftune'
MODEL = ROOT / 'test' / 'golden' / 'llama' / 'tied'

ALPHA, SEED = 5.0, 7
# Several documents in a row, and a row that is padded.
CASE = 'mixed'


def draw(seed, stream, position):
    """`randomDraw` of src/ops/random-draw.ts: uniform in [0, 1), a multiple of 2^-24."""
    word = 0xFFFFFFFF
    x, y, z = ((value * 1664525 + 1013904223) & word for value in (seed, stream, position))
    x = (x + y * z) & word
    y = (y + z * x) & word
    z = (z + x * y) & word
    x, y, z = (value ^ value >> 16 for value in (x, y, z))
    x = (x + y * z) & word
    return (x >> 8) / 2**24


def draws(row, start, end, width):
    """Uniform in [-1, 1): of tokens `start` to before `end` of a row, [end - start, width]."""
    at = [[2 * draw(SEED, row, t * width + i) - 1 for i in range(width)] for t in range(start, end)]
    return torch.tensor(at, dtype=torch.float32)


class Recorded:
    """In the place of `Tensor.uniform_`: uniform in the limits that it is given, from draws that are known."""

    def __init__(self, units):
        self.units = units

    def __enter__(self):
        self.own = torch.Tensor.uniform_
        units, self.limits = self.units, []

        def uniform_(tensor, low, high):
            self.limits.append((float(low), float(high)))
            middle, half = (high + low) / 2, (high - low) / 2
            return tensor.copy_((middle + half * units).reshape(tensor.shape))

        torch.Tensor.uniform_ = uniform_
        return self

    def __exit__(self, *_):
        torch.Tensor.uniform_ = self.own


def run(model, batch):
    """The loss of a batch and the noise of each token, document by document."""
    width = model.config.hidden_size
    noise = torch.zeros(len(batch['ids']), width)
    loss = torch.zeros(())
    for start, end in llama.documents(batch):
        row = start // batch['length']
        units = draws(row, start - row * batch['length'], end - row * batch['length'], width)
        ids = torch.tensor([batch['ids'][start:end]])
        with Recorded(units) as recorded:
            log_softmax = model(ids).logits[0].log_softmax(-1)
        assert len(recorded.limits) == 1, 'the hook draws once a forward pass'
        noise[start:end] = units * recorded.limits[0][1]
        chosen = log_softmax.gather(-1, torch.tensor(batch['targets'][start:end])[:, None])[:, 0]
        loss = loss - (chosen * torch.tensor(batch['weights'][start:end])).sum() / batch['norm']
    return loss, noise


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    batch = json.loads((MODEL / 'expected.json').read_text())['cases'][CASE]
    model = AutoModelForCausalLM.from_pretrained(MODEL, attn_implementation='eager')
    model.train()
    hook = activate_neftune(model, ALPHA)
    loss, noise = run(model, batch)
    loss.backward()
    deactivate_neftune(model, hook)
    assert abs(llama.run(model, batch)[2].item() - loss.item()) > 1e-3, 'the noise changes the loss'
    tensors = {'noise': noise, **{key: parameter.grad for key, parameter in model.named_parameters()}}
    save_file(tensors, OUT / 'expected.safetensors')
    (OUT / 'expected.safetensors').chmod(0o644)
    (OUT / 'expected.json').write_text(json.dumps({'case': CASE, 'alpha': ALPHA, 'seed': SEED, 'loss': loss.item()}) + '\n')


if __name__ == '__main__':
    main()
