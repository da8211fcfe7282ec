"""Trains the shipped model. Seeded and resumable; a CPU with two cores needs about an hour.

    python tools/pretrain/train.py --out public/models/pocket --tokens 20e6 --minutes 60

First random-token copying, then practice conversations. The state is kept in `--state` after every chunk of records;
started again, the script goes on from there. `--export-only` writes the model of that state and ends.
"""

import argparse
import csv
import os
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer

from corpus import TURN_END, TURN_START, batches, copy_records, encode_records, practice, seeded
from evaluate import evaluate
from model import fresh, rounded_to_f16, save

CHUNK = 3000  # records
FIELDS = ["phase", "step", "tokens", "seconds", "learning_rate", "loss", "exact_calls", "well_formed"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="model folder; holds the tokenizer already")
    parser.add_argument("--state", type=Path, default=Path(".cache/pretrain"), help="folder of the state to resume from")
    parser.add_argument("--tokens", type=float, default=20e6, help="token budget of the second phase")
    parser.add_argument("--minutes", type=float, default=60, help="wall-clock budget of the second phase")
    parser.add_argument("--copy-steps", type=int, default=700, help="steps of random-token copying")
    parser.add_argument("--batch-tokens", type=int, default=3072)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="more than one pays only on an idle machine")
    parser.add_argument("--compile", action="store_true", help="compile the layers (needs a C++ compiler); a quarter faster")
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()


def loss_of(model, ids, weights, device):
    """The weighted mean of the negative log-likelihood over a batch; weights belong to predicted tokens."""
    # bfloat16 products double the speed of recent CPUs and GPUs; weights, norms of the loss and optimizer stay float32.
    with torch.autocast(device, dtype=torch.bfloat16):
        logits = model(input_ids=ids[:, :-1]).logits
    nll = cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    w = weights[:, 1:].flatten()
    return (nll * w).sum() / w.sum()


def update(model, optimizer, loss, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def copying(model, optimizer, args, device, log):
    """Phase one: `<start> a <end> a <end>` with random tokens a, loss on the second half. Copying from the prompt
    appears here within a few hundred steps; from conversations alone it does not."""
    rng = seeded(args.seed, "copying")
    torch.manual_seed(args.seed)
    start = time.time()
    tokens = 0
    for step in range(args.copy_steps):
        n = rng.randint(4, 24)
        a = torch.randint(3, model.config.vocab_size, (96, n))
        mark = lambda token: torch.full((96, 1), token)
        ids = torch.cat([mark(TURN_START), a, mark(TURN_END), a, mark(TURN_END)], 1).to(device)
        weights = torch.zeros(ids.shape, device=device)
        weights[:, n + 2 :] = 1.0
        rate = 3e-3 * min(1, (step + 1) / 30)
        loss = loss_of(model, ids, weights, device)
        update(model, optimizer, loss, rate)
        tokens += ids.numel()
        if step % 50 == 49:
            log(phase="copying", step=step + 1, tokens=tokens, seconds=time.time() - start, learning_rate=rate, loss=loss.item())


def rate_at(peak, step, progress):
    """Warm-up over 100 steps, constant for two fifths of the budget, then linear to a fiftieth."""
    return peak * min(1, (step + 1) / 100) * max(0.02, min(1, (1 - progress) / 0.6))


def main():
    args = arguments()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(args.out)
    model = fresh(len(tokenizer), args.seed).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    args.state.mkdir(parents=True, exist_ok=True)
    state_file = args.state / "state.pt"
    log_file = Path(__file__).with_name("log.csv")

    def log(**row):
        with log_file.open("a", newline="", encoding="utf-8") as file:
            short = {k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()}
            csv.DictWriter(file, FIELDS, restval="").writerow(short)
        print(" ".join(f"{k}={v}" for k, v in short.items()), flush=True)

    progress = {"chunk": 0, "step": 0, "tokens": 0, "seconds": 0.0}
    if state_file.exists():
        saved = torch.load(state_file, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        progress = saved["progress"]
    elif args.export_only:
        raise SystemExit(f"There is no state in {args.state}; train first.")
    else:
        log_file.write_text(",".join(FIELDS) + "\n", encoding="utf-8")
        copying(model, optimizer, args, device, log)
    if args.export_only:
        save(model.cpu(), args.out)
        return

    def store():
        content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "progress": progress}
        torch.save(content, state_file.with_suffix(".new"))
        state_file.with_suffix(".new").replace(state_file)

    def done():
        return max(progress["tokens"] / args.tokens, progress["seconds"] / (60 * args.minutes))

    held_out = practice(seed=100, count=60, entities="unseen")
    # Checks generate with a copy, whose shapes must not make the compiled layers compile again.
    checked = fresh(len(tokenizer), args.seed).to(device)
    if args.compile:
        for layer in model.model.layers:
            layer.compile(dynamic=True)
    while done() < 1:
        rng = seeded(args.seed, "chunk", progress["chunk"])
        started = time.time()
        before = progress["seconds"]
        records = practice(args.seed, CHUNK, start=CHUNK * progress["chunk"])
        examples = encode_records(tokenizer, records, model.config.max_position_embeddings)
        examples += copy_records(tokenizer, rng, len(examples) // 20)
        losses = []
        for ids, weights in batches(examples, rng, args.batch_tokens):
            progress["seconds"] = before + time.time() - started
            if done() >= 1:
                break
            rate = rate_at(args.rate, progress["step"], done())
            loss = loss_of(model, torch.from_numpy(ids).to(device), torch.from_numpy(weights).to(device), device)
            update(model, optimizer, loss, rate)
            losses.append(loss.item())
            progress["step"] += 1
            progress["tokens"] += ids.size
            if progress["step"] % 50 == 0:
                mean = sum(losses[-50:]) / len(losses[-50:])
                log(phase="practice", step=progress["step"], tokens=progress["tokens"], seconds=progress["seconds"], learning_rate=rate, loss=mean)
        progress["chunk"] += 1
        checked.load_state_dict(model.state_dict())
        result = evaluate(checked, tokenizer, held_out)
        log(phase="check", step=progress["step"], tokens=progress["tokens"], exact_calls=result["exact_calls"].text(), well_formed=result["well_formed"].text())
        progress["seconds"] = before + time.time() - started
        store()
    save(rounded_to_f16(model.cpu()), args.out)


if __name__ == "__main__":
    main()
