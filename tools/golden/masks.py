"""Assistant masks by transformers, for test/unit/masks.test.ts.

    node tools/golden/mask-conversations.mjs | python tools/golden/masks.py

transformers computes the mask from `{% generation %}` blocks in a twin of the shipped template; Losslight recovers it
without them. Offsets come from the `tokenizers` library, converted here from code points to UTF-16 units.
"""

import json
import sys
from pathlib import Path

import transformers
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "public/models/pocket"
TWIN = ROOT / "tools/pretrain/chat_template_generation.jinja"
OUT = ROOT / "test/golden/masks/masks.json"


def to_openai(message):
    """Our Message as the dict that chat templates read."""
    out = {"role": message["role"], "content": message["content"]}
    if "reasoning" in message:
        out["reasoning_content"] = message["reasoning"]
    if "toolCalls" in message:
        out["tool_calls"] = [
            {"type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
            for c in message["toolCalls"]
        ]
    return out


def main():
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    twin = TWIN.read_text()
    cases = {}
    for name, conversation in json.load(sys.stdin).items():
        messages = [to_openai(m) for m in conversation["messages"]]
        tools = conversation.get("tools")
        text = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False)
        encoded = tokenizer.apply_chat_template(
            messages, tools=tools, chat_template=twin, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        plain = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        assert plain["input_ids"] == encoded["input_ids"], name
        units = [0]
        for character in text:
            units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
        cases[name] = {
            "text": text,
            "ids": plain["input_ids"],
            "offsets": [[units[a], units[b]] for a, b in plain["offset_mapping"]],
            "mask": [int(m) for m in encoded["assistant_masks"]],
        }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"transformers": transformers.__version__, "cases": cases}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
