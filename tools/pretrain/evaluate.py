"""Measures a model on held-out practice conversations with greedy generation.

    python tools/pretrain/evaluate.py --model public/models/pocket [--records 300] [--splits held-out-phrasings …]

Every user turn is a prompt: what stands before it is as written in the record, the reaction is the model's.
"""

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from corpus import END_OF_TEXT, TURN_END, practice

REACTION = re.compile(r"<think>\n(?P<think>.*?)\n</think>\n\n(?P<rest>.+)<\|im_end\|>", re.DOTALL)
CALL = re.compile(r"<tool_call>\n(?P<json>.*?)\n</tool_call>", re.DOTALL)
MARK = re.compile(r"</?(?:think|tool_call|tool_response|tools)>|<\|\w+\|>")
# How the assistant says that it cannot, does not know, or has no tool.
DECLINES = re.compile(r"I (?:cannot|do not know|have no tool)")
SPLITS = ["train", "held-out-entities", "held-out-phrasings", "held-out-tools"]


@dataclass
class Share:
    """Hits out of a number of cases."""

    hits: int = 0
    cases: int = 0

    def add(self, hit):
        self.hits += bool(hit)
        self.cases += 1

    def text(self):
        return f"{self.hits}/{self.cases}"

    def interval(self):
        """The 95% interval of the share (Wilson, 1927)."""
        n, p, z = self.cases, self.hits / self.cases, 1.96
        middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def percent(self):
        if not self.cases:
            return "none"
        low, high = self.interval()
        return f"{100 * self.hits / self.cases:.1f}% ({self.hits} of {self.cases}; {100 * low:.1f}–{100 * high:.1f})"


def generate(model, tokenizer, prompts, limit=200, rows=48, sample=False):
    """Continuations of rendered prompts, as text with the end-of-turn token if it was reached: greedy, or drawn at
    temperature 1 with a fixed seed."""
    torch.manual_seed(0)
    out = [""] * len(prompts)
    encoded = [tokenizer(prompt)["input_ids"] for prompt in prompts]
    order = sorted(range(len(prompts)), key=lambda i: len(encoded[i]))
    for at in range(0, len(order), rows):
        group = order[at : at + rows]
        width = max(len(encoded[i]) for i in group)
        ids = torch.tensor([[END_OF_TEXT] * (width - len(encoded[i])) + encoded[i] for i in group])
        mask = torch.tensor([[0] * (width - len(encoded[i])) + [1] * len(encoded[i]) for i in group])
        with torch.no_grad():
            result = model.generate(
                ids.to(model.device), attention_mask=mask.to(model.device), max_new_tokens=limit, do_sample=sample,
                **({"top_k": 0, "top_p": 1.0} if sample else {}), eos_token_id=TURN_END, pad_token_id=END_OF_TEXT,
            )  # fmt: skip
        for i, row in zip(group, result[:, width:].tolist()):
            cut = row.index(TURN_END) + 1 if TURN_END in row else len(row)
            out[i] = tokenizer.decode(row[:cut], skip_special_tokens=False)
    return out


def read_calls(text):
    """The calls in a reaction: (list of {name, arguments}, whether every one is valid). ([], True) without calls."""
    calls, valid = [], text.count("<tool_call>") == text.count("</tool_call>")
    found = CALL.findall(text)
    for body in found:
        try:
            call = json.loads(body)
            valid &= isinstance(call, dict) and set(call) == {"name", "arguments"} and isinstance(call["arguments"], dict)
            calls.append(call)
        except json.JSONDecodeError:
            valid = False
    return calls, valid and len(found) == text.count("<tool_call>")


def well_formed(text):
    """Opens and closes its thinking, then valid calls or a plain answer, then the end of the turn."""
    match = REACTION.fullmatch(text)
    if not match or MARK.search(match["think"]):
        return False
    rest = match["rest"]
    if "<tool_call>" not in rest:
        return bool(rest.strip()) and not MARK.search(rest)
    return read_calls(rest)[1] and not CALL.sub("", rest).strip()


def states(text, value):
    """True if the value stands in the text as a whole word: 12 is not stated by 312 or 12.5."""
    return re.search(rf"(?<![\w.-]){re.escape(str(value))}(?!\w|\.\d)", text) is not None


def faithful(answer, results):
    """True if the answer holds every value of the results that a person would want to hear."""
    text = answer.rpartition("</think>")[2]
    for result in results:
        if "error" in result:
            if "could not" not in text:
                return False
            continue
        for key, value in result.items():
            if isinstance(value, bool):
                continue
            if value == 0 and key == "count":
                held = "out of stock" in text
            elif isinstance(value, list):
                held = all(states(text, item) for item in value) and (bool(value) or re.search("othing is planned|are free", text))
            else:
                held = states(text, value)
            if not held:
                return False
    return True


def prompts_of(tokenizer, records):
    """Every user turn as (record, expected, prompt), and every written call's results as (results, prompt)."""
    turns, after = [], []
    for record in records:
        render = lambda end: tokenizer.apply_chat_template(
            record["messages"][:end], tools=record.get("tools"), tokenize=False, add_generation_prompt=True
        )
        for expected in record["expected"]:
            at = expected["message"]
            turns.append((record, expected, render(at + 1)))
            if expected["written"] == "call":
                end = at + 2
                while record["messages"][end]["role"] == "tool":
                    end += 1
                after.append(([json.loads(m["content"]) for m in record["messages"][at + 2 : end]], render(end)))
    return turns, after


def evaluate(model, tokenizer, records, sampled=True):
    """Shares over all user turns of the records, by name. `sampled` adds contested turns drawn at temperature 1."""
    model.eval()
    turns, after = prompts_of(tokenizer, records)
    names = "well_formed ends_turn valid_calls exact_calls exact_when_called decisions false_calls missed_calls direct_answers limits faithful contested_right contested_called sampled_right sampled_called".split()
    out = {name: Share() for name in names}
    by_intent = {}
    for (record, expected, _), text in zip(turns, generate(model, tokenizer, [prompt for _, _, prompt in turns])):
        calls, valid = read_calls(text)
        called = "<tool_call>" in text
        answer = text.rpartition("</think>")[2].removesuffix("<|im_end|>").strip()
        out["well_formed"].add(well_formed(text))
        out["ends_turn"].add(text.endswith("<|im_end|>"))
        if called:
            out["valid_calls"].add(valid)
        decision = expected["decision"]
        right_decision = called == (decision == "call")
        if expected["contested"]:
            out["contested_right"].add(right_decision)
            out["contested_called"].add(called)
            continue
        out["decisions"].add(right_decision)
        out["missed_calls" if decision == "call" else "false_calls"].add(not right_decision)
        hit = not called
        if decision == "call":
            hit = calls == expected["calls"]
            out["exact_calls"].add(hit)
            if called:
                out["exact_when_called"].add(hit)
        elif decision == "answer":
            hit = not called and all(states(answer, value) for value in expected.get("states", []))
            if expected.get("states"):
                out["direct_answers"].add(hit)
        else:
            hit = not called and bool(DECLINES.search(answer) if decision == "decline" else answer.endswith("?"))
            out["limits"].add(hit)
        by_intent.setdefault(expected["intent"], Share()).add(hit)
    for (results, _), text in zip(after, generate(model, tokenizer, [prompt for _, prompt in after])):
        out["faithful"].add(faithful(text, results))
        out["well_formed"].add(well_formed(text))
    # Greedy decoding shows the likelier behaviour only; whether the model is undecided shows when it is sampled.
    contested = [(expected, prompt) for _, expected, prompt in turns if expected["contested"]] if sampled else []
    for (expected, _), text in zip(contested, generate(model, tokenizer, [prompt for _, prompt in contested], sample=True)):
        called = "<tool_call>" in text
        out["sampled_right"].add(called == (expected["decision"] == "call"))
        out["sampled_called"].add(called)
    out["by_intent"] = by_intent
    model.train()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS[1:])
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    for split in args.splits:
        result = evaluate(model, tokenizer, practice(seed=900, count=args.records, split=split))
        print(f"{split}, {args.records} conversations")
        for name, share in result.items():
            if name == "by_intent":
                for intent, part in sorted(share.items()):
                    print(f"    {intent}: {part.percent()}")
            else:
                print(f"  {name}: {share.percent()}")


if __name__ == "__main__":
    main()
