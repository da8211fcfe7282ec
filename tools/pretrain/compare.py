"""Compares shapes and tokenizers: trains each variant by train.py on the same conversations, then measures all alike.

    python tools/pretrain/compare.py --out .cache/compare [--variants shipped wide …] [--chunks 4]

A budget is a number of conversations and not of tokens, since another tokenizer cuts the same text into other tokens; the
loss is therefore given in nats a byte of the text that a model generates. Results go to compare.csv, a row a variant; the
logs of the runs stay in the folder.
"""

import argparse
import csv
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from corpus import batches, encode_records, practice, seeded
from evaluate import evaluate
from model import SHAPE

HERE = Path(__file__).parent
# name: (tokens of the vocabulary, shape)
VARIANTS = {
    "shipped": (1536, SHAPE),
    "small": (1536, (4, 128, 344, 4)),
    "wide": (1536, (5, 256, 704, 8)),
    "deep": (1536, (9, 192, 512, 6)),
    "narrow and deep": (1536, (10, 144, 384, 6)),
    "shallow and wide": (1536, (3, 256, 704, 8)),
    "1024 tokens": (1024, SHAPE),
    "4096 tokens": (4096, SHAPE),
}
SETTINGS = ["--contested", "0.25", "--renamed", "0.4", "--copy-every", "4", "--copy-until", "1e9"]
FIELDS = "variant vocabulary layers width parameters conversations tokens seconds nats_per_byte copy_loss".split()
SHARES = "well_formed exact_calls faithful direct_answers decisions".split()
SPLITS = ["held-out-phrasings", "held-out-tools"]


def nats_per_byte(model, tokenizer, records):
    """The negative log-likelihood of all that the assistant generates in the records, by the bytes of that text."""
    nats, size = 0.0, 0
    for ids, weights in batches(encode_records(tokenizer, records, 1024), seeded("compare"), 3072):
        chosen = torch.from_numpy(weights[:, 1:] == 1)
        with torch.no_grad():
            logits = model(torch.from_numpy(ids[:, :-1])).logits[chosen].float()
        wanted = torch.from_numpy(ids[:, 1:])[chosen]
        nats += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        size += len(tokenizer.decode(wanted).encode())
    return nats / size


def train(name, out, args):
    """Trains a variant, unless its weights lie there already. Returns the folder and the positions of its budget."""
    vocabulary, shape = VARIANTS[name]
    run = [sys.executable, "-u"]
    if not (out / "tokenizer.json").exists():
        subprocess.run([*run, HERE / "tokenizer.py", "--out", out, "--size", str(vocabulary)], check=True)
    tokenizer = AutoTokenizer.from_pretrained(out)
    records = practice(1, 300, contested=0.25, renamed=0.4)
    positions = sum(ids.size for ids, _ in batches(encode_records(tokenizer, records, 1024), seeded("budget"), 3072))
    tokens = round(positions / len(records) * 3000 * args.chunks)
    if not (out / "model.safetensors").exists():
        budget = ["--tokens", str(tokens), "--minutes", "100000", "--copy-steps", str(args.copy_steps)]
        keep = ["--state", out / "state", "--log", out / "log.csv", "--check-every", "1000", "--compile"]
        with (out / "train.log").open("w", encoding="utf-8") as log:
            command = [*run, HERE / "train.py", "--out", out, *budget, *keep, *SETTINGS, "--shape", *map(str, shape)]
            subprocess.run(command, check=True, stdout=log, stderr=log)
    return tokenizer, tokens


def measure(name, out, tokenizer, args):
    """A row of compare.csv."""
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32).eval()
    vocabulary, shape = VARIANTS[name]
    with (out / "log.csv").open(encoding="utf-8") as file:
        steps = [row for row in csv.DictReader(file) if row["phase"] == "practice"]
    row = {
        "variant": name,
        "vocabulary": vocabulary,
        "layers": shape[0],
        "width": shape[1],
        "parameters": sum(p.numel() for p in model.parameters()),
        "conversations": 3000 * args.chunks,
        "tokens": steps[-1]["tokens"],
        "seconds": steps[-1]["seconds"],
        "nats_per_byte": f"{nats_per_byte(model, tokenizer, practice(900, args.records, split='held-out-phrasings')):.5f}",
        "copy_loss": f"{np.mean([float(step['copy_loss']) for step in steps[-5:]]):.4f}",
    }
    for split in SPLITS:
        shares = evaluate(model, tokenizer, practice(900, args.records, split=split), sampled=False)
        row |= {f"{split} {share}": shares[share].text() for share in SHARES}
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(".cache/compare"))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="NAME")
    parser.add_argument("--chunks", type=int, default=4, help="thousands of conversations, by three")
    parser.add_argument("--copy-steps", type=int, default=300)
    parser.add_argument("--records", type=int, default=200, help="held-out conversations of each column")
    parser.add_argument("--csv", type=Path, default=HERE / "compare.csv")
    args = parser.parse_args()
    torch.set_num_threads(1)
    fields = FIELDS + [f"{split} {share}" for split in SPLITS for share in SHARES]
    for name in args.variants:
        out = args.out / name.replace(" ", "-")
        out.mkdir(parents=True, exist_ok=True)
        started = time.time()
        tokenizer, tokens = train(name, out, args)
        row = measure(name, out, tokenizer, args)
        print(f"{name}: {tokens} positions, {time.time() - started:.0f} s", flush=True)
        new = not args.csv.exists()
        with args.csv.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fields)
            if new:
                writer.writeheader()
            writer.writerow(row)


if __name__ == "__main__":
    main()
