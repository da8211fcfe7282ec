"""Writes test/golden/objectives/: losses of recorded objectives on a tiny Llama, with derivatives by each token's
log-probability and gradients of parameters; and learning rates of transformers' schedules.

    python tools/golden/llama.py         (makes the Llama)
    python tools/golden/objectives.py

With torch 2.15.0, transformers 5.23.0, trl 1.16.0, safetensors 0.8.0; CPU, float32. DPO and KTO are TRL's own
`_compute_loss`; RWR (Peters & Schaal 2007), AWR (arXiv 1910.00177) and RAFT (arXiv 2304.06767) are written out here. The
policy is the Llama with sin(i + 1) / 50 added to the i-th number of each parameter, the reference the Llama itself.
"""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
from probes import probes
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.optimization import (
    get_cosine_with_min_lr_schedule_with_warmup,
    get_linear_schedule_with_warmup,
    get_wsd_schedule,
)
from trl import DPOTrainer, KTOTrainer

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'objectives'
FOLDER = ROOT / 'test' / 'golden' / 'llama' / 'untied'
KEPT = ('model.layers.0.self_attn.q_proj.weight', 'model.layers.1.mlp.down_proj.weight', 'model.norm.weight')
BETA, DESIRABLE, UNDESIRABLE = 0.5, 1.3, 0.7
TEMPERATURE, LARGEST, KEEP_FROM = 0.4, 1.5, 0.75
REWARDS = [1.0, 0.0, 0.5, 0.25, 0.75, -1.0]
GROUPS = [0, 0, 0, 1, 1, 1]


def load():
    return AutoModelForCausalLM.from_pretrained(FOLDER, attn_implementation='eager', dtype=torch.float32)


def perturbed():
    model = load()
    with torch.no_grad():
        for parameter in model.parameters():
            noise = (torch.arange(parameter.numel(), dtype=torch.float64) + 1).sin() / 50
            parameter.copy_((parameter.double() + noise.view_as(parameter)).float())
    return model


class Scored(torch.nn.Module):
    """A model as TRL's trainers call it: log-probabilities of labels, 0 where there is none."""

    is_gradient_checkpointing = False

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.asked = []

    def forward(self, input_ids, labels, **_):
        rows = []
        for ids, row in zip(input_ids, labels):
            length = int((ids >= 0).sum())
            found = self.model(ids[None, :length]).logits[0].log_softmax(-1)
            wanted = row[1:length]
            own = found[:-1].gather(-1, wanted.clamp(min=0)[:, None])[:, 0] * (wanted >= 0)
            rows.append(torch.nn.functional.pad(own, (0, len(ids) - length)))
        log_probs = torch.stack(rows)
        if log_probs.requires_grad:
            log_probs.retain_grad()
        self.asked.append(log_probs)
        zeros = torch.zeros_like(log_probs)
        return SimpleNamespace(log_probs=log_probs, entropy=zeros, mean_logits=zeros, is_top1=zeros > 0)


def trainer(reference, **more):
    return SimpleNamespace(
        model=SimpleNamespace(training=True), ref_model=Scored(reference), aux_loss_enabled=False, beta=BETA,
        precompute_ref_logps=False, _metrics={'train': defaultdict(list)}, _total_train_tokens=0, _tp_size=1,
        accelerator=SimpleNamespace(gather=lambda x: x, gather_for_metrics=lambda x: x, device='cpu'),
        args=SimpleNamespace(gradient_checkpointing_kwargs=None), **more,
    )  # fmt: skip


def pad(sequences):
    """ids [n, T], -1 after the end, and the mask of the completions."""
    longest = max(len(ids) for ids, _ in sequences)
    ids = torch.full((len(sequences), longest), -1)
    mask = torch.zeros(len(sequences), longest, dtype=torch.long)
    for row, (own, start) in enumerate(sequences):
        ids[row, : len(own)] = torch.tensor(own)
        mask[row, start : len(own)] = 1
    return ids, mask


def gradients(model):
    """Of KEPT whole, and the probes of all."""
    found = {name: value.grad.clone() for name, value in model.named_parameters() if name in KEPT}
    probed = probes(model)
    model.zero_grad()
    return found, probed


def slopes(log_probs, sequences):
    """−dL/dlogp of each token, one list a sequence; 0 for the prompt."""
    own = lambda i, length: (-log_probs.grad[i, : length - 1]).tolist()
    return [
        [0.0 if at < start else value for at, value in enumerate([0.0, *own(i, len(ids))])]
        for i, (ids, start) in enumerate(sequences)
    ]


def dpo(policy, reference, pairs):
    sequences = [chosen for chosen, _ in pairs] + [rejected for _, rejected in pairs]
    ids, mask = pad(sequences)
    scored = Scored(policy)
    self = trainer(
        reference, ld_alpha=None, f_divergence_type='reverse_kl', loss_types=['sigmoid'], loss_weights=[1.0],
        use_weighting=False, label_smoothing=0.0,
    )  # fmt: skip
    self.model = scored
    inputs = {'input_ids': ids, 'completion_mask': mask, 'attention_mask': (ids >= 0).long()}
    loss = DPOTrainer._compute_loss(self, scored, inputs, False)
    loss.backward()
    metrics = {key: values[-1] for key, values in self._metrics['train'].items() if key.startswith('rewards/')}
    return {'loss': loss.item(), 'weights': slopes(scored.asked[0], sequences), 'metrics': metrics}, gradients(policy)


def kto(policy, reference, sequences, labels):
    ids, mask = pad(sequences)
    # Completions turned by one, as KTOTrainer's `add_kl_completion_ids` does.
    mixed = [
        (own[:start] + sequences[i - 1][0][sequences[i - 1][1] :], start) for i, (own, start) in enumerate(sequences)
    ]
    mixed_ids, mixed_mask = pad(mixed)
    scored = Scored(policy)
    self = trainer(
        reference, calculate_KL=True, loss_type='kto', desirable_weight=DESIRABLE, undesirable_weight=UNDESIRABLE
    )
    self.model = scored
    self._compute_kl_logps = lambda model, batch: KTOTrainer._compute_kl_logps(self, model, batch)
    inputs = {
        'input_ids': ids, 'completion_mask': mask, 'attention_mask': (ids >= 0).long(), 'KL_input_ids': mixed_ids,
        'KL_completion_mask': mixed_mask, 'KL_attention_mask': (mixed_ids >= 0).long(), 'label': torch.tensor(labels),
    }  # fmt: skip
    loss = KTOTrainer._compute_loss(self, scored, inputs, False)
    loss.backward()
    metrics = {key: values[-1] for key, values in self._metrics['train'].items() if key in ('kl', 'rewards/margins')}
    ratios = (scored.asked[-1] - self.ref_model.asked[-1]).detach().sum(1).tolist()
    # KTOTrainer tells no accuracy. Ours is by its own z: good completions above it, bad ones below.
    right = [(ratio > metrics['kl']) == good for ratio, good in zip(ratios, labels, strict=True)]
    metrics['preferred'] = sum(right) / len(right)
    found = {'loss': loss.item(), 'weights': slopes(scored.asked[-1], sequences), 'metrics': metrics, 'ratios': ratios}
    return found, gradients(policy)


def weighted(policy, sequences, factors):
    """Σ w·nll / tokens, tokens those of all completions that are in the batch."""
    ids, mask = pad(sequences)
    labels = ids.masked_fill(mask == 0, -100)
    log_probs = Scored(policy)(ids, labels).log_probs
    loss = -(log_probs.sum(1) * torch.tensor(factors)).sum() / mask.sum()
    loss.backward()
    return {'loss': loss.item(), 'factors': factors, 'weights': slopes(log_probs, sequences)}, gradients(policy)


def factors_of(kind):
    found = []
    for group in sorted(set(GROUPS)):
        own = torch.tensor([r for r, g in zip(REWARDS, GROUPS) if g == group], dtype=torch.float64)
        if kind == 'rwr':
            # exp(r/β) / Σ exp(r/β), times the number of completions, so that its mean is 1.
            found += (len(own) * (own / TEMPERATURE).exp() / (own / TEMPERATURE).exp().sum()).tolist()
        elif kind == 'awr':
            found += ((own - own.mean()) / TEMPERATURE).exp().clamp(max=LARGEST).tolist()
        else:
            found += (own >= KEEP_FROM).double().tolist()
    return found


def schedules():
    """The factor of each step: transformers' schedules over one step more than there are, read at 1 … steps."""
    rows = []
    for steps, warmup in ((10, 0), (10, 3), (7, 7), (1, 0), (40, 5)):
        peak = max(1, warmup)
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
        after = steps + 1 - peak
        for share in (0.0, 0.1):
            decay = min(after, round(0.3 * steps))
            made = {
                'cosine': get_cosine_with_min_lr_schedule_with_warmup(optimizer, peak, steps + 1, min_lr_rate=share),
                'wsd': get_wsd_schedule(
                    optimizer, peak, decay, num_stable_steps=after - decay, decay_type='linear', min_lr_ratio=share
                ),
            }
            if share == 0:
                made['linear'] = get_linear_schedule_with_warmup(optimizer, peak, steps + 1)
            for name, schedule in made.items():
                if name == 'wsd' and decay == 0:
                    continue
                # Their warm-up of wsd begins at the final share, ours at 0: only what follows is compared.
                first = peak if name == 'wsd' else 1
                values = [schedule.lr_lambdas[0](step) for step in range(first, steps + 1)]
                rows.append(
                    dict(schedule=name, steps=steps, warmupSteps=warmup, finalShare=share, first=first, factors=values)
                )
    return rows


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(11)
    draw = lambda count: torch.randint(0, 67, (count,), generator=generator).tolist()
    prompts = [draw(4), draw(7)]
    lengths = [3, 6, 2, 5, 1, 4]
    sequences = [(prompts[g] + draw(n), len(prompts[g])) for g, n in zip(GROUPS, lengths)]
    policy, reference = perturbed(), load()
    labels = [True, False, True, False, False, True]
    pairs = [(0, 1), (2, 1), (3, 5)]
    # The policy prefers none of the chosen ones of those, and two of these.
    mixed_pairs = [(1, 0), (2, 1), (5, 3)]
    paired = lambda some: dpo(policy, reference, [(sequences[c], sequences[r]) for c, r in some])
    made = {
        'dpo': paired(pairs),
        'dpo-mixed': paired(mixed_pairs),
        'kto': kto(policy, reference, sequences, labels),
        'rwr': weighted(policy, sequences, factors_of('rwr')),
        'awr': weighted(policy, sequences, factors_of('awr')),
    }
    # RAFT trains the kept ones alone.
    kept = [i for i, factor in enumerate(factors_of('raft')) if factor > 0]
    made['raft'] = weighted(policy, [sequences[i] for i in kept], [1.0] * len(kept))
    settings = dict(
        preferenceBeta=BETA, desirableWeight=DESIRABLE, undesirableWeight=UNDESIRABLE, rewardTemperature=TEMPERATURE,
        maxWeight=LARGEST, keepFrom=KEEP_FROM,
    )  # fmt: skip
    report = {
        'sequences': [
            dict(ids=ids, start=start, group=g, reward=r, desirable=label)
            for (ids, start), g, r, label in zip(sequences, GROUPS, REWARDS, labels)
        ],
        'pairs': {'dpo': pairs, 'dpo-mixed': mixed_pairs},
        'kept': kept,
        'settings': settings,
        'cases': {name: case for name, (case, _) in made.items()},
        'schedules': schedules(),
    }
    (OUT / 'expected.json').write_text(json.dumps(report) + '\n')
    (OUT / 'probes.json').write_text(json.dumps({name: probed for name, (_, (_, probed)) in made.items()}) + '\n')
    tensors = {f'{name}/{key}': value for name, (_, (whole, _)) in made.items() for key, value in whole.items()}
    save_file(tensors, OUT / 'gradients.safetensors')
    (OUT / 'gradients.safetensors').chmod(0o644)


if __name__ == '__main__':
    main()
