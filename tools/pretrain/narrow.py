"""Makes a model of a smaller vocabulary of a trained one, to be trained further.

    python tools/pretrain/narrow.py --model public/models/pocket --out .cache/narrow --tokens 1024
    python tools/pretrain/train.py --out .cache/narrow --state .cache/narrow/state …

A byte-level BPE numbers its merges in the order in which it learnt them, so its first tokens are a tokenizer of their own:
the last merges are left out, and their rows of the embedding. `--out` gets tokenizer, template and `state/state.pt`.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file

EMBEDDING = "model.embed_tokens.weight"


def narrowed(tokenizer, tokens):
    """The tokenizer.json (parsed) with its first `tokens` tokens.

    Raises ValueError where an added token or a byte would be left out, or a merge makes a token out of turn."""
    model = tokenizer["model"]
    vocabulary = {token: number for token, number in model["vocab"].items() if number < tokens}
    merges = [pair for pair in model["merges"] if "".join(pair) in vocabulary]
    if any(added["id"] >= tokens for added in tokenizer["added_tokens"]) or len(vocabulary) - len(merges) != len(model["vocab"]) - len(model["merges"]):
        raise ValueError(f"The first {tokens} tokens hold not every byte and every added token; ask for more.")
    if merges != model["merges"][: len(merges)]:
        raise ValueError("The merges are not numbered in the order in which they apply.")
    return tokenizer | {"model": model | {"vocab": vocabulary, "merges": merges}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a model folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, required=True, help="of the vocabulary that remains")
    args = parser.parse_args()
    (args.out / "state").mkdir(parents=True, exist_ok=True)
    tokenizer = json.loads((args.model / "tokenizer.json").read_text(encoding="utf-8"))
    text = json.dumps(narrowed(tokenizer, args.tokens), ensure_ascii=False, indent=1)
    (args.out / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    shutil.copy(args.model / "tokenizer_config.json", args.out)
    weights = {name: value.float() for name, value in load_file(args.model / "model.safetensors").items()}
    weights[EMBEDDING] = weights[EMBEDDING][: args.tokens].clone()
    weights["lm_head.weight"] = weights[EMBEDDING]  # tied; the file leaves it out
    progress = {"chunk": 0, "step": 0, "tokens": 0, "seconds": 0.0, "decay_from": -1.0, "batch": 0}
    torch.save({"model": weights, "optimizer": [], "progress": progress}, args.out / "state" / "state.pt")


if __name__ == "__main__":
    main()
