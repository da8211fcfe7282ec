"""The corpus: practice conversations from the project's own generator, rendered and encoded with a weight a token."""

import json
import random
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_name("chat_template.jinja")

# Ids of the tokens that mark turns; the tokenizer is built so (see tokenizer.py).
END_OF_TEXT, TURN_START, TURN_END = 0, 1, 2

# Prompt tokens keep a little weight: names and numbers in questions are noise that the model cannot predict.
PROMPT_WEIGHT = 0.1


def practice(seed, count, start=0, **options):
    """Records `start` to `start + count - 1` of a seed, as dicts (see tools/practice.mjs for the options)."""
    command = ["node", "tools/practice.mjs", "--seed", str(seed), "--count", str(count), "--start", str(start)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"tools/practice.mjs failed: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def prefixes(record):
    """One conversation for each user turn, cut after the reaction to it.

    The template strips the thinking of earlier turns, so only the last turn of a rendering can be trained; cutting
    shows every turn once as the last. Yields (messages, whether each assistant message of the last turn is trained): a
    message of weight 0, a wrong call that is mended, is not.
    """
    messages = record["messages"]
    users = [i for i, message in enumerate(messages) if message["role"] == "user"]
    for start, end in zip(users, [*users[1:], len(messages)]):
        said = [message for message in messages[start:end] if message["role"] == "assistant"]
        yield messages[:end], [message.get("weight", 1) > 0 for message in said]


def weights(ids, trained, assistant_header, skip):
    """The weight on predicting each id: 1 for what the model generates in the last assistant messages, the end of turn
    included, where `trained` is true of them; 0 for those where it is false, for earlier ones, and for the first `skip`
    tokens of each trained one (an empty think block that the prompt gives); PROMPT_WEIGHT for everything else."""
    out = np.full(len(ids), PROMPT_WEIGHT, np.float32)
    n = len(assistant_header)
    starts = [i + n for i in range(len(ids) - n) if ids[i : i + n] == assistant_header]
    counted = [False] * (len(starts) - len(trained)) + trained
    for start, counts in zip(starts, counted):
        end = ids.index(TURN_END, start) + 1
        out[start:end] = 1.0 if counts else 0.0
        out[start : start + skip * counts] = 0.0
    out[0] = 0.0
    return out


def encode_records(tokenizer, records, longest):
    """Encodes every prefix of every record: a list of (ids, weights). Those over `longest` tokens are left out."""
    header = tokenizer("<|im_start|>assistant\n")["input_ids"]
    empty_think = tokenizer("<think>\n\n</think>\n\n")["input_ids"]
    out = []
    for record in records:
        silent = all(m.get("reasoning_content") == "" for m in record["messages"] if m["role"] == "assistant")
        for messages, trained in prefixes(record):
            text = tokenizer.apply_chat_template(messages, tools=record.get("tools"), tokenize=False)
            ids = tokenizer(text)["input_ids"]
            if len(ids) <= longest:
                out.append((ids, weights(ids, trained, header, len(empty_think) if silent else 0)))
    return out


def copy_records(tokenizer, rng, count, longest_copy=32):
    """Turns that copy random words of the vocabulary, plainly, inside JSON, or into the arguments of a call: they keep
    copying from the prompt alive, whatever stands around the copy."""
    encode = lambda text: tokenizer(text)["input_ids"]
    between = encode("<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")
    forms = [
        ("Repeat: ", "", ""),
        ("As JSON: text ", '{"text": "', '"}'),
        ("Call repeat: ", '<tool_call>\n{"name": "repeat", "arguments": {"text": "', '"}}\n</tool_call>'),
    ]
    forms = [(encode("<|im_start|>user\n" + ask), encode(head), encode(tail)) for ask, head, tail in forms]
    end = encode("<|im_end|>\n")
    # Letters, digits and the space: what names and numbers are made of, and what needs no escape in JSON.
    pieces = [i for i in range(len(tokenizer)) if (text := tokenizer.decode([i])).isalnum() or text == " "]
    out = []
    for _ in range(count):
        what = [rng.choice(pieces) for _ in range(rng.randint(2, longest_copy))]
        ask, head, tail = rng.choice(forms)
        ids = ask + what + between + head + what + tail + end
        weight = np.zeros(len(ids), np.float32)
        weight[len(ask) + len(what) + len(between) : len(ids) - 1] = 1.0
        out.append((ids, weight))
    return out


def batches(examples, rng, tokens):
    """Groups examples of similar length into right-padded batches of about `tokens` positions, in random order.

    Every example starts at position 0 and causal attention never sees the padding after it, so no mask is needed.
    Yields (ids [B, T] int64, weights [B, T] float32); padding has weight 0.
    """
    # A little noise in the sort key, so that the same lengths do not always meet.
    order = sorted(examples, key=lambda e: len(e[0]) + rng.random() * 8)
    groups, group = [], []
    for example in order:
        width = max(len(example[0]), *(len(e[0]) for e in group)) if group else len(example[0])
        if group and width * (len(group) + 1) > tokens:
            groups.append(group)
            group = []
        group.append(example)
    if group:
        groups.append(group)
    rng.shuffle(groups)
    for group in groups:
        width = max(len(ids) for ids, _ in group)
        ids = np.full((len(group), width), END_OF_TEXT, np.int64)
        weight = np.zeros((len(group), width), np.float32)
        for row, (example, w) in enumerate(group):
            ids[row, : len(example)] = example
            weight[row, : len(example)] = w
        yield ids, weight


def seeded(*parts):
    """A random generator for these parts, the same in every run."""
    return random.Random("|".join(map(str, parts)))
