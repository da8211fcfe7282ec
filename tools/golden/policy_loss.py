"""Writes test/golden/policy/: losses beside the plain one, with the gradients of logits and of a tiny Llama's parameters.

    python tools/golden/llama.py         (makes the Llama and its batches)
    python tools/golden/policy_loss.py

With torch 2.15.0, transformers 5.23.0, trl 1.16.0, safetensors 0.8.0; CPU. Formulas are written out here and, where a library
computes them, held against it: label smoothing against torch's cross_entropy, the clipped loss with k3 against
GRPOTrainer._compute_loss. Values on logits are computed in 64 bits, those of the Llama in 32.
"""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import llama
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from trl import GRPOTrainer

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'policy'
TOKENS, VOCABULARY = 70, 37

LOSSES = {
    'smoothing': dict(kind='nll', labelSmoothing=0.1),
    'dft': dict(kind='nll', probabilityWeighted=True),
    'both': dict(kind='nll', labelSmoothing=0.3, probabilityWeighted=True),
    'policy': dict(kind='policy', clipLow=0.2, clipHigh=0.28, kl=0.0),
    'policy-kl': dict(kind='policy', clipLow=0.1, clipHigh=0.2, kl=0.05),
}


def token_losses(loss, log_softmax, targets, policy):
    """Loss of each token before its weight, [N], and its log-probability."""
    log_probs = log_softmax.gather(-1, targets[:, None])[:, 0]
    if loss['kind'] == 'nll':
        epsilon = loss.get('labelSmoothing', 0.0)
        losses = -(1 - epsilon) * log_probs - epsilon * log_softmax.mean(-1)
        if loss.get('probabilityWeighted'):
            losses = losses * log_probs.detach().exp()
        return losses, log_probs
    ratio = (log_probs - policy['oldLogProbs']).exp()
    clipped = ratio.clamp(1 - loss['clipLow'], 1 + loss['clipHigh'])
    losses = -torch.min(ratio * policy['advantages'], clipped * policy['advantages'])
    away = policy['referenceLogProbs'] - log_probs
    return losses + loss['kl'] * (away.exp() - away - 1), log_probs


def make_policy(log_probs, generator):
    """Advantages of both signs and 0, and old and reference log-probabilities near the present ones, some of them equal."""
    noise = lambda scale: scale * torch.randn(log_probs.shape, generator=generator, dtype=log_probs.dtype)
    same = torch.rand(log_probs.shape, generator=generator) < 0.2
    advantages = noise(1.0)
    advantages[torch.rand(log_probs.shape, generator=generator) < 0.15] = 0
    old = torch.where(same, log_probs, log_probs + noise(0.4))
    reference = torch.where(same.roll(1), log_probs, log_probs + noise(0.5))
    # As they are stored.
    return {
        'advantages': advantages.float().to(log_probs.dtype),
        'oldLogProbs': old.float().to(log_probs.dtype),
        'referenceLogProbs': reference.float().to(log_probs.dtype),
    }


def trl_loss(loss, log_probs, policy, mask):
    """TRL's own loss, a mean over the tokens of the mask, and its gradient by the log-probabilities."""
    leaf = log_probs.detach().clone().requires_grad_()
    row = lambda values: values[None]
    trainer = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (row(leaf), torch.zeros_like(row(leaf)), None),
        aux_loss_enabled=False, top_entropy_quantile=1.0, off_policy_mask_threshold=None,
        importance_sampling_level='token', beta=loss['kl'], loss_type='bnpo', use_vllm=False,
        epsilon_low=loss['clipLow'], epsilon_high=loss['clipHigh'], _entropy_bonus_enabled=False,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None), model=SimpleNamespace(training=True),
        current_gradient_accumulation_steps=1, accelerator=SimpleNamespace(gather=lambda x: x, reduce=lambda x, reduction: x),
        _metrics={'train': defaultdict(list)},
    )  # fmt: skip
    ids = torch.zeros(1, len(leaf), dtype=torch.long)
    inputs = {
        'prompt_ids': ids[:, :1], 'prompt_mask': torch.ones(1, 1), 'completion_ids': ids,
        'completion_mask': row(mask), 'advantages': row(policy['advantages']),
        'old_per_token_logps': row(policy['oldLogProbs']), 'ref_per_token_logps': row(policy['referenceLogProbs']),
    }  # fmt: skip
    value = GRPOTrainer._compute_loss(trainer, None, inputs)
    value.backward()
    metrics = {name: values[0] for name, values in trainer._metrics['train'].items()}
    return value.item(), leaf.grad, metrics


def on_logits(generator):
    """Every loss on rows of random logits."""
    logits = 3 * torch.randn(TOKENS, VOCABULARY, generator=generator, dtype=torch.float64)
    logits = logits.float().double()
    targets = torch.randint(0, VOCABULARY, (TOKENS,), generator=generator)
    weights = torch.rand(TOKENS, generator=generator).float().double()
    weights[torch.rand(TOKENS, generator=generator) < 0.2] = 0
    chosen = logits.log_softmax(-1).gather(-1, targets[:, None])[:, 0]
    policy = make_policy(chosen, generator)
    tensors = {'logits': logits, 'weights': weights, **policy}
    report = {}
    for name, loss in LOSSES.items():
        leaf = logits.clone().requires_grad_()
        losses, log_probs = token_losses(loss, leaf.log_softmax(-1), targets, policy)
        log_probs.retain_grad()
        if loss['kind'] == 'nll' and not loss.get('probabilityWeighted'):
            theirs = torch.nn.functional.cross_entropy(
                leaf, targets, reduction='none', label_smoothing=loss['labelSmoothing']
            )
            torch.testing.assert_close(losses, theirs)
        total = (losses * weights).sum()
        total.backward()
        tensors |= {f'{name}/losses': losses.detach(), f'{name}/gradient': leaf.grad}
        report[name] = {'loss': total.item()}
        if loss['kind'] == 'policy':
            tensors[f'{name}/slopes'] = log_probs.grad
            mask = (weights > 0).double()
            value, slopes, metrics = trl_loss(loss, chosen, policy, mask)
            torch.testing.assert_close(value, ((losses.detach() * mask).sum() / mask.sum()).item())
            tensors[f'{name}/trl'] = slopes
            report[name] |= {'trl': value, **{key: metrics[key] for key in metrics if 'clip' in key or key == 'kl'}}
    found = {key: value.float().contiguous() for key, value in tensors.items()}
    return {**found, 'targets': targets.int()}, report


def on_llama(generator):
    """Every loss on a packed and padded batch of the tied Llama, with the gradients of all parameters."""
    folder = ROOT / 'test' / 'golden' / 'llama' / 'tied'
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation='eager')
    batch = json.loads((folder / 'expected.json').read_text())['cases']['mixed']
    batch['weights'] = [abs(weight) for weight in batch['weights']]
    real = torch.tensor(batch['documents']) > 0
    with torch.no_grad():
        chosen = llama.run(model, batch)[1]
    policy = {key: torch.where(real, values, 0) for key, values in make_policy(chosen, generator).items()}
    tensors = dict(policy)
    report = {}
    for name in ('both', 'policy-kl'):
        model.zero_grad()
        total = torch.zeros(())
        for start, end in llama.documents(batch):
            log_softmax = model(torch.tensor([batch['ids'][start:end]])).logits[0].log_softmax(-1)
            targets = torch.tensor(batch['targets'][start:end])
            its = {key: values[start:end] for key, values in policy.items()}
            losses, _ = token_losses(LOSSES[name], log_softmax, targets, its)
            total = total + (losses * torch.tensor(batch['weights'][start:end])).sum() / batch['norm']
        total.backward()
        report[name] = {'loss': total.item()}
        tensors |= {f'{name}/{key}': parameter.grad.clone() for key, parameter in model.named_parameters()}
    return tensors, {**report, 'weights': batch['weights'], 'norm': batch['norm']}


def at_borders():
    """Single tokens: inside, outside and exactly on the borders of the clip, and where both sides are equal."""
    rows = []
    for advantage in (-1.5, 0.0, 0.75):
        # A ratio of exactly 1 stands on both borders of a clip of width 0.
        for old, low, high in ((-2.0, 0.0, 0.0), (-2.0, 0.2, 0.2), (-1.0, 0.2, 0.2), (-2.1, 0.2, 0.2), (-4.0, 0.2, 0.5)):
            for reference, kl in ((-2.0, 0.0), (-2.0, 0.5), (-3.5, 0.1), (-0.5, 0.1)):
                loss = dict(kind='policy', clipLow=low, clipHigh=high, kl=kl)
                names = dict(advantages=advantage, oldLogProbs=old, referenceLogProbs=reference)
                policy = {key: torch.tensor([value], dtype=torch.float64) for key, value in names.items()}
                leaf = torch.tensor([[-2.0]], dtype=torch.float64, requires_grad=True)
                value, _ = token_losses(loss, leaf, torch.zeros(1, dtype=torch.long), policy)
                value.sum().backward()
                rows.append([advantage, old, reference, low, high, kl, value.item(), leaf.grad.item()])
    return rows


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(8)
    files = {'logits': on_logits(generator), 'llama': on_llama(generator)}
    report = {'losses': LOSSES, 'borders': at_borders()}
    for name, (tensors, figures) in files.items():
        save_file(tensors, OUT / f'{name}.safetensors')
        (OUT / f'{name}.safetensors').chmod(0o644)
        report[name] = figures
    (OUT / 'expected.json').write_text(json.dumps(report) + '\n')


if __name__ == '__main__':
    main()
