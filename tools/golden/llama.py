"""Writes test/golden/llama/: two tiny random Llamas and what PyTorch and transformers compute on them.

Run with: python tools/golden/llama.py   (torch 2.15.0, transformers 5.23.0, safetensors 0.8.0, CPU, float32)

Every batch is computed document by document, each in a forward pass of its own without any mask, so that the values for
packed and for padded batches do not rest on a mask of ours.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).resolve().parents[2] / 'test' / 'golden' / 'llama'

SHAPES = {
    # Grouped queries, and a head_dim that is not hidden / heads.
    'tied': dict(
        vocab_size=61, hidden_size=36, intermediate_size=44, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, head_dim=10, rms_norm_eps=1e-5, tie_word_embeddings=True, max_position_embeddings=64,
        rope_parameters={'rope_type': 'default', 'rope_theta': 10000.0},
    ),
    # One key head for all queries; sizes that no tile divides.
    'untied': dict(
        vocab_size=67, hidden_size=30, intermediate_size=53, num_hidden_layers=2, num_attention_heads=5,
        num_key_value_heads=1, rms_norm_eps=1e-6, tie_word_embeddings=False, max_position_embeddings=64,
        rope_parameters={'rope_type': 'default', 'rope_theta': 500.0},
    ),
}  # fmt: skip

# Rows of documents, given by their lengths; short rows are padded at the right.
BATCHES = {'single': [[13]], 'padded': [[11], [7]], 'packed': [[6, 9]], 'mixed': [[5, 4], [3, 8, 6]]}
ADAMW = dict(learningRate=1e-4, beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.1, clipNorm=1.0)
STEPS = 20


def make_batch(rows, vocabulary, generator):
    """A batch as the engine takes it: every token predicts the next of its document, with assorted weights."""
    length = max(sum(row) for row in rows)
    batch = {key: [] for key in ('ids', 'targets', 'weights', 'positions', 'documents')}
    choices = torch.tensor([0.0, 0.0, 1.0, 1.0, 0.3, -0.5])
    for row in rows:
        columns = {key: [] for key in batch}
        for number, size in enumerate(row, start=1):
            ids = torch.randint(0, vocabulary, (size,), generator=generator).tolist()
            drawn = choices[torch.randint(0, len(choices), (size - 1,), generator=generator)].tolist()
            columns['ids'] += ids
            columns['targets'] += ids[1:] + [0]
            columns['weights'] += drawn + [0.0]
            columns['positions'] += range(size)
            columns['documents'] += [number] * size
        for key, values in columns.items():
            batch[key] += values + [0] * (length - len(values))
    norm = sum(abs(w) for w in batch['weights'])
    return {'rows': len(rows), 'length': length, **batch, 'norm': norm}


def documents(batch):
    """Start and end of every document, as offsets into the flattened batch."""
    marks = batch['documents']
    start = 0
    for i in range(1, len(marks) + 1):
        if i == len(marks) or marks[i] != marks[start] or i % batch['length'] == 0:
            if marks[start] != 0:
                yield start, i
            start = i


def run(model, batch):
    """Logits [N, V], log-probability of each target [N] (0 at padding) and the loss, document by document."""
    count = len(batch['ids'])
    logits = torch.zeros(count, model.config.vocab_size)
    log_probs = torch.zeros(count)
    loss = torch.zeros(())
    for start, end in documents(batch):
        out = model(torch.tensor([batch['ids'][start:end]])).logits[0]
        chosen = out.log_softmax(-1).gather(-1, torch.tensor(batch['targets'][start:end])[:, None])[:, 0]
        loss = loss - (chosen * torch.tensor(batch['weights'][start:end])).sum() / batch['norm']
        logits[start:end] = out.detach()
        log_probs[start:end] = chosen.detach()
    return logits, log_probs, loss


def train(model, batches):
    """A curve of torch.optim.AdamW with decay on matrices only and clipping of the global norm."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{'params': matrices, 'weight_decay': ADAMW['weightDecay']}, {'params': vectors, 'weight_decay': 0.0}],
        lr=ADAMW['learningRate'], betas=(ADAMW['beta1'], ADAMW['beta2']), eps=ADAMW['epsilon'],
    )  # fmt: skip
    curve = []
    for step in range(STEPS):
        batch = batches[step % len(batches)]
        optimizer.zero_grad()
        loss = run(model, batch)[2]
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), ADAMW['clipNorm'])
        optimizer.step()
        curve.append({'loss': loss.item(), 'gradientNorm': norm.item()})
    return curve


def generate(model, generator):
    """Greedy continuation with the log-probability of each token, and the smallest lead of a chosen token."""
    prompt = torch.randint(0, model.config.vocab_size, (1, 9), generator=generator)
    ids, found, lead = prompt, [], float('inf')
    for _ in range(12):
        log_probs = model(ids).logits[0, -1].log_softmax(-1)
        top = log_probs.topk(2)
        lead = min(lead, (top.values[0] - top.values[1]).item())
        found.append({'id': top.indices[0].item(), 'logProb': top.values[0].item()})
        ids = torch.cat([ids, top.indices[:1][None]], dim=1)
    assert lead > 1e-3, f'the greedy choice is too close to call ({lead}); take another seed'
    return {'prompt': prompt[0].tolist(), 'tokens': found}


def main():
    for seed, (name, shape) in enumerate(SHAPES.items()):
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(100 + seed)
        model = LlamaForCausalLM(LlamaConfig(**shape, initializer_range=0.2, attn_implementation='eager'))
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim == 1:
                    parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
        model.save_pretrained(folder)
        (folder / 'generation_config.json').unlink(missing_ok=True)
        (folder / 'model.safetensors').chmod(0o644)

        expected, cases = {}, {}
        for case, rows in BATCHES.items():
            batch = make_batch(rows, shape['vocab_size'], generator)
            model.zero_grad()
            logits, log_probs, loss = run(model, batch)
            loss.backward()
            expected[f'{case}/logits'] = logits
            expected[f'{case}/logProbs'] = log_probs
            for key, parameter in model.named_parameters():
                expected[f'{case}/gradients/{key}'] = parameter.grad.clone()
            cases[case] = {**batch, 'loss': loss.item()}
        with torch.no_grad():
            generation = generate(model, generator)
        curve = train(model, [cases['single'], cases['mixed'], cases['padded']])
        for key, parameter in model.named_parameters():
            expected[f'trained/{key}'] = parameter.detach().clone()
        save_file(expected, folder / 'expected.safetensors')
        (folder / 'expected.safetensors').chmod(0o644)
        text = json.dumps({'cases': cases, 'adamw': ADAMW, 'curve': curve, 'generation': generation})
        (folder / 'expected.json').write_text(text + '\n')


if __name__ == '__main__':
    main()
