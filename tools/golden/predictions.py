"""Writes test/golden/predictions/: what transformers predicts at each place of the batches of test/golden/llama.

Run with: python tools/golden/predictions.py   (torch 2.15.0, transformers 5.23.0, CPU, float64)

For each token that is predicted: entropy in nats (`torch.distributions.Categorical`), the rank of what came (1 + how many
tokens are more probable) and the five most probable tokens with their log-probabilities (`torch.topk`). Every document is a
forward pass of its own. Ranks are exact only where no other logit is close to the target's, so the script checks that.
"""

import json
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

ROOT = Path(__file__).resolve().parents[2]
LLAMA = ROOT / 'test' / 'golden' / 'llama'
OUT = ROOT / 'test' / 'golden' / 'predictions'
ALTERNATIVES = 5
# Well above what 32 bits may be off by.
CLOSE = 2e-5


def documents(batch):
    """Start and end of every document, as offsets into the flattened batch."""
    marks = batch['documents']
    start = 0
    for i in range(1, len(marks) + 1):
        if i == len(marks) or marks[i] != marks[start] or i % batch['length'] == 0:
            if marks[start] != 0:
                yield start, i
            start = i


def predictions(model, batch):
    """One entry a predicted token, in the order of the batch: its place, and what was predicted there."""
    found = []
    for start, end in documents(batch):
        logits = model(torch.tensor([batch['ids'][start:end]])).logits[0, :-1]
        entropy = torch.distributions.Categorical(logits=logits).entropy()
        log_probs = logits.log_softmax(-1)
        top = log_probs.topk(ALTERNATIVES)
        for i, target in enumerate(batch['targets'][start : end - 1]):
            chosen = logits[i, target]
            others = torch.cat([logits[i, :target], logits[i, target + 1 :]])
            gap = (others - chosen).abs().min().item()
            leads = top.values[i].diff().abs().min().item()
            assert min(gap, leads) > CLOSE, f'place {start + i} is too close to call ({gap}, {leads})'
            found.append({
                'place': start + i,
                'logProb': log_probs[i, target].item(),
                'entropy': entropy[i].item(),
                'rank': int((logits[i] > chosen).sum().item()) + 1,
                'topIds': top.indices[i].tolist(),
                'topLogProbs': top.values[i].tolist(),
            })  # fmt: skip
    return found


def rounded(value):
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    return {key: rounded(entry) for key, entry in value.items()} if isinstance(value, dict) else value


@torch.no_grad()
def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name in ('tied', 'untied'):
        model = LlamaForCausalLM.from_pretrained(LLAMA / name, attn_implementation='eager').double()
        cases = json.loads((LLAMA / name / 'expected.json').read_text())['cases']
        found = {case: predictions(model, batch) for case, batch in cases.items()}
        (OUT / f'{name}.json').write_text(json.dumps(rounded(found)) + '\n')


if __name__ == '__main__':
    main()
