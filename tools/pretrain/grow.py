"""Makes a deeper model of a trained one without changing what it computes, to be trained further.

    python tools/pretrain/grow.py --state .cache/pretrain/stable.pt --out .cache/pretrain-deep/state.pt --layers 9
    python tools/pretrain/train.py --out DIR --state .cache/pretrain-deep --shape 9 192 512 6 …

`--model DIR` takes the weights of a model folder in place of a state; its decay is over, so the rate rises anew.

New layers are copies of the ones before them whose two output projections are zero, spread evenly (block expansion, Wu et
al. 2024, arXiv 2401.02415): a residual layer that writes nothing. Moments of the optimizer begin anew.
"""

import argparse
import re
from pathlib import Path

import torch
from safetensors.torch import load_file

LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)")
OUTPUTS = ("self_attn.o_proj.weight", "mlp.down_proj.weight")


def grown(weights, layers):
    """The state dict with `layers` layers, and the number that each of them is a copy of.

    Raises ValueError where there are as many already, or where each would have to be copied more than once."""
    old = 1 + max(int(match[1]) for match in map(LAYER.fullmatch, weights) if match)
    if not old < layers <= 2 * old:
        raise ValueError(f"The model has {old} layers; it can be grown to {old + 1} to {2 * old}, not to {layers}.")
    # Numbers of old layers in order, some twice: the last ones of even steps.
    twice = {round((i + 1) * old / (layers - old)) - 1 for i in range(layers - old)}
    source = [(i, copy) for i in range(old) for copy in ([False, True] if i in twice else [False])]
    out = {name: value for name, value in weights.items() if not LAYER.fullmatch(name)}
    for number, (i, copy) in enumerate(source):
        for name, value in weights.items():
            match = LAYER.fullmatch(name)
            if match and int(match[1]) == i:
                silent = copy and match[2] in OUTPUTS
                out[f"model.layers.{number}.{match[2]}"] = torch.zeros_like(value) if silent else value.clone()
    return out, [i for i, _ in source]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--state", type=Path, help="of a run of train.py, from before its decay")
    start.add_argument("--model", type=Path, help="a model folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, required=True)
    args = parser.parse_args()
    if args.state:
        saved = torch.load(args.state, map_location="cpu", weights_only=True)
    else:
        weights = {name: value.float() for name, value in load_file(args.model / "model.safetensors").items()}
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]  # the file leaves the tied head out
        saved = {"model": weights, "progress": {"chunk": 0, "step": 0, "tokens": 0, "seconds": 0.0, "decay_from": -1.0, "batch": 0}}
    weights, source = grown(saved["model"], args.layers)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": weights, "optimizer": [], "progress": saved["progress"]}, args.out)
    print(f"layers are copies of {source}; {saved['progress']['tokens']} tokens were seen")


if __name__ == "__main__":
    main()
