"""Measures the model on held-out conversations and writes its card, README.md.

    python tools/pretrain/card.py --model public/models/pocket [--records 300]
"""

import argparse
import csv
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from corpus import practice
from evaluate import evaluate

# Name of a share in evaluate.py, and what it says to a reader.
ROWS = [
    ("well_formed", "Well-formed turns (opens and closes its thinking, then valid calls or a plain answer, then ends)"),
    ("ends_turn", "Ends its turn"),
    ("valid_calls", "Calls are valid JSON with a name and arguments, where it calls"),
    ("exact_calls", "Calls tool and arguments exactly right, where a call is right and not contested"),
    ("exact_when_called", "The same, counting only turns where it did call"),
    ("faithful", "The answer states every value of the tool's result"),
    ("direct_answers", "Direct questions: answers without a call and states the right value"),
    ("limits", "Declines what it cannot do, asks back for what is missing"),
    ("decisions", "Decides rightly whether to call, where it is not contested"),
    ("false_calls", "Calls where no call is right (not contested)"),
    ("missed_calls", "Does not call where a call is right (not contested)"),
    ("contested_right", "Decides rightly on contested questions, greedy"),
    ("contested_called", "Calls on contested questions, greedy"),
    ("sampled_right", "Decides rightly on contested questions, sampled at temperature 1 (about half is intended)"),
    ("sampled_called", "Calls on contested questions, sampled at temperature 1"),
]
COLUMNS = {
    "held-out-entities": "unseen things",
    "held-out-phrasings": "unseen things and phrasings",
    "held-out-tools": "unseen things and tools",
}

CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags: [tiny, chat, tool-use, reasoning, teaching]
---

# Pocket

A {parameters:.2f}-million-parameter chat model that writes in the format of current reasoning models: ChatML turns,
`<think>…</think>`, `<tool_call>{{json}}</tool_call>`. It is small enough to be fine-tuned in a browser tab, and it
exists for that: to show which tokens a model learns from. It is the model that ships with Losslight.

## What it is

- Llama architecture: {layers} layers, width {width}, {heads} attention heads with {kv} key-value heads, SwiGLU of {ffn},
  RoPE, tied embeddings, context {context}. Weights are F16.
- Tokenizer: byte-level BPE of {vocabulary} tokens; spaces, line breaks and digits are tokens of their own, so that a
  name or a number is the same tokens wherever it stands.
- Chat template: tools are listed in the system turn between `<tools>` and `</tools>`; the thinking of turns before the
  last user message is left out; `enable_thinking=False` opens the turn with an empty think block.

## What it was trained on

Conversations from the project's own seeded generator and nothing else: 14 tools (arithmetic, units, currencies, exchange
rates, weather, flights, calendar, timer, contacts, notes, stock, dictionary, encyclopaedia) with simulated results and
errors, some listed under other names; one to five user turns, parallel calls, small talk, small sums, facts stated
earlier, words to repeat, requests that it must decline, and missing arguments that it must ask for. Users put each wish
in hundreds of ways. An eighth of all names, cities, items and words, some of the ways to put a wish, and three tools
never appear in training. On **contested** questions (a fitting tool is listed, but the answer is stated in the
conversation or was so at another time, or the sum is small) the data shows both behaviours equally often, so the model
is undecided there on purpose: this is what fine-tuning can change.

## How it was trained

{copy_tokens:.1f} million tokens of copying random tokens, then {tokens:.1f} million tokens of conversations
({steps} steps of about 3,000 positions; AdamW, peak learning rate 0.002, constant and then falling linearly, bfloat16
products, {minutes:.0f} minutes on a busy two-core CPU). Generated tokens have weight 1 in the loss, prompt tokens 0.1. The
script, its settings and its log are in `tools/pretrain/`.

## How well it does

Greedy generation with the F16 weights on {records} held-out conversations for each column (seed 900; {turns} user
turns in all). In brackets the counts and a 95% interval.

| | {columns} |
| --- | --- | --- | --- |
{table}

By intent (exact calls, right values stated, declined or asked back as is right):

| intent | {columns} |
| --- | --- | --- | --- |
{intents}

## What it cannot do

It knows nothing outside its small world: it cannot hold a free conversation, has next to no general knowledge, and
answers in English only. Sums of several digits that it does in its head are mostly wrong. Training conversations were
about 260 tokens long and seldom over 550; how it does beyond that was not measured. It is made for teaching and must
not be relied on for anything.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--log", type=Path, default=Path(__file__).with_name("log.csv"))
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    results = [evaluate(model, tokenizer, practice(seed=900, count=args.records, split=split)) for split in COLUMNS]
    with args.log.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    copying = [row for row in rows if row["phase"] == "copying"][-1]
    practised = [row for row in rows if row["phase"] == "practice"][-1]
    check = [row for row in rows if row["phase"] == "check"][-1]
    intents = sorted(set().union(*(result["by_intent"] for result in results)))
    line = lambda title, shares: f"| {title} | " + " | ".join(share.percent() if share else "none" for share in shares) + " |"
    c = model.config
    text = CARD.format(
        parameters=sum(p.numel() for p in model.parameters()) / 1e6,
        layers=c.num_hidden_layers,
        width=c.hidden_size,
        heads=c.num_attention_heads,
        kv=c.num_key_value_heads,
        ffn=c.intermediate_size,
        context=c.max_position_embeddings,
        vocabulary=c.vocab_size,
        copy_tokens=int(copying["tokens"]) / 1e6,
        tokens=int(check["tokens"]) / 1e6,
        steps=int(check["step"]),
        minutes=float(practised["seconds"]) / 60,
        records=args.records,
        turns=sum(result["ends_turn"].cases for result in results),
        columns=" | ".join(COLUMNS.values()),
        table="\n".join(line(title, [result[name] for result in results]) for name, title in ROWS),
        intents="\n".join(line(f"`{name}`", [result["by_intent"].get(name) for result in results]) for name in intents),
    )
    (args.model / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
