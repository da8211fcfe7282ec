"""What is kept of the gradients of a case whose tensors would fill the repository: of every parameter its norm and eight sums over
all of its entries, so that no entry can be wrong unnoticed. `test/unit/gradient-probes.ts` takes the same of ours.
"""

import torch

COUNT = 8


def probe(values):
    """√Σg² and Σ g[i]·sin(k·(i + 1)) for k = 1 … 8, in 64 bits."""
    flat = values.detach().double().flatten()
    places = torch.arange(1, len(flat) + 1, dtype=torch.float64)
    sums = [(flat * (k * places).sin()).sum() for k in range(1, COUNT + 1)]
    return [float(f'{value.item():.9g}') for value in (flat.norm(), *sums)]


def probes(model):
    """Of the present gradient of each parameter, by its name."""
    return {name: probe(parameter.grad) for name, parameter in model.named_parameters()}
