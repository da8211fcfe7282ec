"""Measures a model on held-out practice conversations with greedy generation.

    python tools/pretrain/evaluate.py --model public/models/pocket [--records 300]

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
# Intents whose right answer is one text.
ONE_ANSWER = {"recall-name", "introduce", "identity", "small-sum", "knowledge", "remember", "recall-fact", "system-fact", "repeat"}


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

    def percent(self):
        return f"{100 * self.hits / self.cases:.1f}% ({self.hits} of {self.cases})" if self.cases else "none"


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


def faithful(answer, results):
    """True if the answer holds every value of the results that a person would want to hear."""
    text = answer.rpartition("</think>")[2]
    for result in results:
        if "error" in result:
            if "could not" not in text:
                return False
        elif result.get("count") == 0:
            if "out of stock" not in text:
                return False
        elif not all(re.search(rf"(?<![\d.]){re.escape(str(v))}(?![\d]|\.\d)", text) for k, v in result.items() if k != "started"):
            return False
    return True


def evaluate(model, tokenizer, records):
    """Shares over all user turns of the records, by name."""
    model.eval()
    turns, prompts, after, after_prompts = [], [], [], []
    for record in records:
        for expected in record["expected"]:
            at = expected["message"]
            render = lambda end: tokenizer.apply_chat_template(
                record["messages"][:end], tools=record.get("tools"), tokenize=False, add_generation_prompt=True
            )
            turns.append((record, expected))
            prompts.append(render(at + 1))
            if expected["written"] == "call":
                end = at + 2
                while record["messages"][end]["role"] == "tool":
                    end += 1
                after.append([json.loads(m["content"]) for m in record["messages"][at + 2 : end]])
                after_prompts.append(render(end))
    names = "well_formed ends_turn valid_calls exact_calls exact_when_called decisions contested_right contested_called sampled_right sampled_called sums_in_head direct_answers faithful".split()
    out = {name: Share() for name in names}
    by_intent = {}
    for (record, expected), text in zip(turns, generate(model, tokenizer, prompts)):
        calls, valid = read_calls(text)
        called = "<tool_call>" in text
        out["well_formed"].add(well_formed(text))
        out["ends_turn"].add(text.endswith("<|im_end|>"))
        if called:
            out["valid_calls"].add(valid)
        right_decision = called == (expected["decision"] == "call")
        if expected["contested"]:
            out["contested_right"].add(right_decision)
            out["contested_called"].add(called)
        else:
            out["decisions"].add(right_decision)
        if expected["decision"] == "call" and not expected["contested"]:
            out["exact_calls"].add(calls == expected["calls"])
            by_intent.setdefault(expected["intent"], Share()).add(calls == expected["calls"])
            if called:
                out["exact_when_called"].add(calls == expected["calls"])
        if expected["intent"] in ONE_ANSWER:
            answer = record["messages"][expected["message"] + 1]["content"]
            hit = text.rpartition("</think>\n\n")[2] == answer + "<|im_end|>"
            out["direct_answers"].add(hit)
            by_intent.setdefault(expected["intent"], Share()).add(hit)
    for results, text in zip(after, generate(model, tokenizer, after_prompts)):
        out["faithful"].add(faithful(text, results))
        out["well_formed"].add(well_formed(text))
    # Greedy decoding shows the likelier behaviour only; whether the model is undecided shows when it is sampled.
    contested = [i for i, (_, expected) in enumerate(turns) if expected["contested"]]
    for i, text in zip(contested, generate(model, tokenizer, [prompts[i] for i in contested], sample=True)):
        record, expected = turns[i]
        called = "<tool_call>" in text
        out["sampled_right"].add(called == (expected["decision"] == "call"))
        out["sampled_called"].add(called)
        if expected["intent"] == "sum-with-calculator" and not called:
            later = record["messages"][expected["message"] + 1 :]
            answer = next(m["content"] for m in later if m["role"] == "assistant" and m["content"])
            out["sums_in_head"].add(text.rpartition("</think>\n\n")[2] == answer + "<|im_end|>")
    out["by_intent"] = by_intent
    model.train()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--records", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    for phrasings in ("seen", "unseen"):
        records = practice(seed=900, count=args.records, entities="unseen", phrasings=phrasings)
        result = evaluate(model, tokenizer, records)
        print(f"unseen entities, {phrasings} phrasings, {args.records} conversations")
        for name, share in result.items():
            if name == "by_intent":
                for intent, part in sorted(share.items()):
                    print(f"    {intent}: {part.percent()}")
            else:
                print(f"  {name}: {share.percent()}")


if __name__ == "__main__":
    main()
