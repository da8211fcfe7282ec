"""Trains the shipped model. Seeded and resumable; the state is kept in `--state` every few minutes, and a resumed run sees
the batches that an uninterrupted one would have seen.

    python tools/pretrain/train.py --out public/models/pocket --tokens 40e6

First random-token copying, then practice conversations at a constant rate, then the same at a rate that falls to nothing
(warm-up, stable, decay). The decay takes the last `--decay` of the budget, or begins when a file named `decay` appears in
the folder of the state: so a run can be ended well at any time, and a state from before the decay can be trained further.
`--export-only` writes the model of the state and ends.
"""

import argparse
import csv
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer

from corpus import TURN_END, TURN_START, batches, copy_records, encode_records, practice, seeded
from evaluate import evaluate
from model import SHAPE, fresh, rounded_to_f16, save

CHUNK = 3000  # records
STORE_SECONDS = 180
FIELDS = ["phase", "step", "tokens", "seconds", "learning_rate", "loss", "exact_calls", "well_formed", "direct_answers", "copy_loss"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="model folder; holds the tokenizer already")
    parser.add_argument("--state", type=Path, default=Path(".cache/pretrain"), help="folder of the state to resume from")
    parser.add_argument("--log", type=Path, default=Path(__file__).with_name("log.csv"))
    parser.add_argument("--tokens", type=float, default=40e6, help="token budget of the second phase")
    parser.add_argument("--minutes", type=float, default=240, help="wall-clock budget of the second phase")
    parser.add_argument("--decay", type=float, default=0.2, help="share of the budget in which the rate falls")
    parser.add_argument("--copy-steps", type=int, default=700, help="steps of random-token copying")
    parser.add_argument("--copy-every", type=int, default=3, help="a batch of random copying after so many; 0: none")
    parser.add_argument("--copy-until", type=float, default=30e6, help="tokens after which that ends")
    parser.add_argument("--contested", type=float, default=0.2, help="share of turns with tools that are asked to be contested")
    parser.add_argument("--renamed", type=float, default=0.4, help="share of tools that are listed under other names")
    parser.add_argument("--invented", type=float, default=0, help="share of made tools in which a word means nothing")
    parser.add_argument("--slips", type=float, default=0, help="share of turns with calls that show a wrong one first, its error, and the right one")
    parser.add_argument("--batch-tokens", type=int, default=3072)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--optimizer", choices=["adamw", "muon"], default="muon", help="what updates the layers' matrices; the rest is AdamW's")
    parser.add_argument("--shape", type=int, nargs=4, default=SHAPE, metavar=("LAYERS", "WIDTH", "FEED_FORWARD", "HEADS"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="more than one pays only on an idle machine")
    parser.add_argument("--processes", type=int, default=1, help="divide each batch among as many; for a CPU with idle cores")
    parser.add_argument("--compile", action="store_true", help="compile the layers (needs a C++ compiler); twice as fast")
    parser.add_argument("--check-every", type=int, default=4, help="chunks between two evaluations")
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()


def loss_of(model, ids, weights, device, rng):
    """The summed negative log-likelihood over the counted positions of a batch, and their number; weights belong to
    predicted tokens.

    A weight below 1 is a chance to count: a tenth of the prompt tokens count fully in place of all by a tenth. The mean
    is the same in expectation, and the head is computed for the counted positions alone."""
    w = weights[:, 1:].flatten()
    chosen = torch.from_numpy(np.flatnonzero(w.numpy() > rng.random(len(w)))).to(device)
    # bfloat16 products double the speed of recent CPUs and GPUs; weights, the loss and the optimizer stay float32.
    with torch.autocast(device, dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids[:, :-1].to(device), use_cache=False).last_hidden_state
        logits = model.lm_head(hidden.flatten(0, 1)[chosen])
    return cross_entropy(logits.float(), ids[:, 1:].to(device).flatten()[chosen], reduction="sum"), len(chosen)


def update(model, optimizer, ids, weights, device, rng, rate):
    """One step on a batch, its rows divided among the processes. Returns the mean loss of the whole batch."""
    optimizer.set_rate(rate)
    optimizer.zero_grad()
    rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    total = torch.zeros(2)
    if rank < len(ids):
        loss, count = loss_of(model, ids[rank::ranks], weights[rank::ranks], device, rng)
        loss.backward()
        total += torch.tensor([loss.item(), count])
    parameters = list(model.parameters())
    flat = torch.cat([torch.zeros(p.numel()) if p.grad is None else p.grad.flatten().cpu() for p in parameters])
    if ranks > 1:
        dist.all_reduce(total)
        dist.all_reduce(flat)
    flat /= total[1].clamp(min=1)
    for p, grad in zip(parameters, flat.split([p.numel() for p in parameters])):
        p.grad = grad.view_as(p).to(p.device)
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return (total[0] / total[1].clamp(min=1)).item()


def agreed(*values):
    """The first process's numbers, in every process: clocks differ, and all must stop at the same step."""
    box = torch.tensor(values, dtype=torch.float64)
    if dist.is_initialized():
        dist.broadcast(box, 0)
    return box.tolist()


def copy_batch(vocabulary, *seed):
    """`<start> a <end> a <end>` with random tokens a, in 96 rows: ids and weights, which are on the second half."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 25))
    a = torch.from_numpy(rng.integers(3, vocabulary, (96, n)))
    mark = lambda token: torch.full((96, 1), token)
    ids = torch.cat([mark(TURN_START), a, mark(TURN_END), a, mark(TURN_END)], 1)
    weights = torch.zeros(ids.shape)
    weights[:, n + 2 :] = 1.0
    return ids, weights


def copying(model, optimizer, args, device, log):
    """Phase one: copying random tokens. Copying from the prompt appears here within a few hundred steps; from
    conversations alone it does not."""
    choice = np.random.default_rng(args.seed)
    start = time.time()
    tokens = 0
    for step in range(args.copy_steps):
        ids, weights = copy_batch(model.config.vocab_size, args.seed, 0, step)
        rate = 3e-3 * min(1, (step + 1) / 30)
        loss = update(model, optimizer, ids, weights, device, choice, rate)
        tokens += ids.numel()
        if step % 50 == 49:
            log(phase="copying", step=step + 1, tokens=tokens, seconds=time.time() - start, learning_rate=rate, loss=loss)


class Optimizers:
    """AdamW for embeddings and norms; for the layers' matrices Muon (Jordan et al. 2024, as in torch), whose updates are
    scaled to AdamW's usual size (Liu et al. 2025, arXiv 2502.16982), so that both take one learning rate."""

    def __init__(self, model, rate, muon):
        matrices = [p for name, p in model.named_parameters() if muon and ".layers." in name and p.ndim == 2]
        held = {id(p) for p in matrices}
        rest = [p for p in model.parameters() if id(p) not in held]
        self.parts = [torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.95), weight_decay=0.05, fused=True)]
        if muon:
            self.parts.append(torch.optim.Muon(matrices, lr=rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"))

    def set_rate(self, rate):
        for group in (group for part in self.parts for group in part.param_groups):
            group["lr"] = rate

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def step(self):
        for part in self.parts:
            part.step()

    def state_dict(self):
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, saved):
        """Takes up a state of the same optimizers; of others (a run that changes its optimizer) nothing: moments begin anew."""
        # Without Muon the state was once that of AdamW itself, in no list.
        saved = [saved] if isinstance(saved, dict) and len(self.parts) == 1 else saved
        if isinstance(saved, list) and len(saved) == len(self.parts):
            for part, state in zip(self.parts, saved):
                part.load_state_dict(state)
        else:
            print("the state is another optimizer's: moments begin anew", flush=True)


def rate_at(peak, step, decayed):
    """Warm-up over 100 steps, constant, and linear to a fiftieth while `decayed` goes from 0 to 1."""
    return peak * min(1, (step + 1) / 100) * max(0.02, 1 - decayed)


def work(rank, args):
    """Trains in one of the processes; the first one writes."""
    torch.set_num_threads(args.threads)
    if args.processes > 1:
        store_file = dist.FileStore(str(args.state / "rendezvous"), args.processes)
        dist.init_process_group("gloo", store=store_file, rank=rank, world_size=args.processes)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(args.out)
    model = fresh(len(tokenizer), args.seed, args.shape).to(device)
    if args.compile:
        for layer in model.model.layers:
            layer.compile(dynamic=True)
    optimizer = Optimizers(model, args.rate, args.optimizer == "muon")
    state_file = args.state / "state.pt"
    log_file = args.log

    def log(**row):
        if rank > 0:
            return
        with log_file.open("a", newline="", encoding="utf-8") as file:
            short = {k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()}
            csv.DictWriter(file, FIELDS, restval="").writerow(short)
        print(" ".join(f"{k}={v}" for k, v in short.items()), flush=True)

    def store():
        """Keeps the state to resume from: `state.pt` always, `stable.pt` before the decay begins."""
        if rank > 0:
            return
        content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "progress": progress}
        for name in ["state", "stable"] if progress["decay_from"] < 0 else ["state"]:
            new = args.state / f"{name}.new"
            torch.save(content, new)
            new.replace(args.state / f"{name}.pt")

    progress = {"chunk": 0, "step": 0, "tokens": 0, "seconds": 0.0, "decay_from": -1.0, "batch": 0}
    if state_file.exists():
        saved = torch.load(state_file, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        progress = saved["progress"]
    elif args.export_only:
        raise SystemExit(f"There is no state in {args.state}; train first.")
    else:
        if rank == 0:
            log_file.write_text(",".join(FIELDS) + "\n", encoding="utf-8")
        copying(model, optimizer, args, device, log)
        store()
    if args.export_only:
        save(rounded_to_f16(model.cpu()), args.out)
        return

    def spent():
        """The part of the budget that is used up, in tokens or minutes, whichever is more."""
        return max(progress["tokens"] / args.tokens, progress["seconds"] / (60 * args.minutes))

    def decayed():
        """How far the decay is, from 0 to 1. Told to begin early, it takes the share of what was spent until then."""
        if progress["decay_from"] < 0 and (spent() >= 1 - args.decay or (args.state / "decay").exists()):
            progress["decay_from"] = spent()
        start = progress["decay_from"]
        return 0.0 if start < 0 else min(1.0, (spent() - start) / (start * args.decay / (1 - args.decay) + 1e-9))

    held_out = practice(seed=100, count=60, split="held-out-phrasings")
    # Checks generate with a copy, whose shapes must not make the compiled layers compile again.
    checked = fresh(len(tokenizer), args.seed, args.shape).to(device)
    while agreed(decayed())[0] < 1:
        rng = seeded(args.seed, "chunk", progress["chunk"])
        started = stored = time.time()
        before = progress["seconds"]
        records = practice(args.seed, CHUNK, start=CHUNK * progress["chunk"], contested=args.contested, renamed=args.renamed, invented=args.invented, slips=args.slips)
        examples = encode_records(tokenizer, records, model.config.max_position_embeddings)
        examples += copy_records(tokenizer, rng, len(examples) // 20)
        losses, copied = [], [0.0]
        for number, (ids, weights) in enumerate(batches(examples, rng, args.batch_tokens)):
            progress["seconds"] = before + time.time() - started
            if number < progress["batch"]:
                continue
            [done] = agreed(decayed())
            if done >= 1:
                break
            choice = np.random.default_rng([args.seed, progress["chunk"], number, rank])
            rate = rate_at(args.rate, progress["step"], done)
            losses.append(update(model, optimizer, torch.from_numpy(ids), torch.from_numpy(weights), device, choice, rate))
            if args.copy_every and progress["step"] % args.copy_every == 0 and progress["tokens"] < args.copy_until:
                batch = copy_batch(model.config.vocab_size, args.seed, 1, progress["step"])
                copied.append(update(model, optimizer, *batch, device, choice, rate))
            progress["step"] += 1
            progress["tokens"] += ids.size
            progress["batch"] = number + 1
            if progress["step"] % 50 == 0:
                mean = sum(losses[-50:]) / len(losses[-50:])
                log(phase="practice", step=progress["step"], tokens=progress["tokens"], seconds=progress["seconds"], learning_rate=rate, loss=mean, copy_loss=copied[-1])
            if time.time() - stored > STORE_SECONDS:
                store()
                stored = time.time()
        progress["chunk"] += 1
        progress["batch"] = 0
        progress["seconds"] = before + time.time() - started
        store()
        if rank == 0 and (progress["chunk"] % args.check_every == 0 or decayed() >= 1):
            checked.load_state_dict(model.state_dict())
            result = evaluate(checked, tokenizer, held_out, sampled=False)
            log(phase="check", step=progress["step"], tokens=progress["tokens"], exact_calls=result["exact_calls"].text(), well_formed=result["well_formed"].text(), direct_answers=result["direct_answers"].text())
    if rank == 0:
        save(rounded_to_f16(model.cpu()), args.out)


def main():
    args = arguments()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    args.state.mkdir(parents=True, exist_ok=True)
    (args.state / "rendezvous").unlink(missing_ok=True)
    if args.export_only or args.processes == 1:
        args.processes = 1
        work(0, args)
    else:
        torch.multiprocessing.spawn(work, (args,), nprocs=args.processes)


if __name__ == "__main__":
    main()
