"""Texts, errors and borders of turns by transformers, for test/unit/template-golden.test.ts and python-operators.test.ts.

    python tools/golden/templates.py

Templates are those that TRL ships (Apache-2.0, The HuggingFace Team); conversations those of
test/fixtures/template-conversations.json, and every twelfth of test/golden/blocks. Each text is kept as 8 hex digits of its
SHA-256; `error` where the template refuses the conversation. For each message of the assistant the text before it with the
generation prompt, and the text through it, are rendered too: where they are prefixes of the whole, their lengths in UTF-16
units are kept, else null.

Expressions of test/fixtures/template-expressions.json are rendered by the same Jinja environment.
"""

import gzip
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path

import transformers
import trl
from transformers.utils import chat_template_utils

import masks

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/golden/templates/templates.json.gz"
CHATML = (None, "<|im_end|>")
LLAMA = ("<|begin_of_text|>", "<|eot_id|>")
DEEPSEEK = ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>")
GEMMA = ("<bos>", "<end_of_turn>")
LFM = ("<|startoftext|>", "<|im_end|>")
COHERE = ("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>")

# Template of TRL -> bos, eos.
TEMPLATES = {
    "cohere": COHERE,
    "cohere2": COHERE,
    "deepseek_r1_distill": DEEPSEEK,
    "deepseekv3": DEEPSEEK,
    "deepseekv3_training": DEEPSEEK,
    "gemma": GEMMA,
    "gemma3": GEMMA,
    "gemma4": ("<bos>", "<turn|>"),
    "gemma4_v5": ("<bos>", "<turn|>"),
    "glm4moe": (None, "<|endoftext|>"),
    "glm4moe_training": (None, "<|endoftext|>"),
    "gptoss": (None, "<|return|>"),
    "idefics3": ("<|begin_of_text|>", "<end_of_utterance>"),
    "lfm2": LFM,
    "lfm2_2_5": LFM,
    "lfm2_v2": LFM,
    "llama3": LLAMA,
    "llama3_1": LLAMA,
    "llama3_2": LLAMA,
    "muse_glimmer": (None, "<|eot|>"),
    "nemotron_3_nano": CHATML,
    "nemotron_3_ultra": CHATML,
    "phi3": (None, "<|endoftext|>"),
    "phi3_5": (None, "<|endoftext|>"),
    "qwen2_5": CHATML,
    "qwen2_5_vl": CHATML,
    "qwen3": CHATML,
    "qwen3_5_nothink": CHATML,
    "qwen3_5_think": CHATML,
    "qwen3_5_think_training": CHATML,
    "qwen3_6": CHATML,
    "qwen3_8": CHATML,
    "qwen3_instruct_2507": CHATML,
    "qwen3_training": CHATML,
}
SPECIAL = re.compile(r"<\|[^|<>\s\"{}]+\|>|<｜[^｜]*｜>|<(?:start|end)_of_(?:turn|utterance)>|<[a-z_]+\|>|<\|[a-z_]+>")


class FixedDay(datetime):
    """`strftime_now` writes the same date whenever the script runs."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 22, 12)


def to_openai(message):
    """Our Message as the dict that chat templates read, with the ids and names of tools."""
    out = masks.to_openai(message)
    for call, given in zip(out.get("tool_calls", []), message.get("toolCalls", [])):
        call |= {"id": given["id"]} if "id" in given else {}
    names = {"toolCallId": "tool_call_id", "name": "name"}
    return out | {name: message[key] for key, name in names.items() if key in message}


def render(source, context, messages, tools, prompt):
    """The text that `apply_chat_template` gives."""
    bos, eos = context
    tokens = {**({"bos_token": bos} if bos else {}), "eos_token": eos}
    texts, _ = chat_template_utils.render_jinja_template(
        conversations=[messages], tools=tools, chat_template=source, add_generation_prompt=prompt, **tokens
    )
    return texts[0]


def units(text):
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def border(whole, *arguments):
    """Length of a rendering where the whole text begins with it."""
    try:
        text = render(*arguments)
    except Exception:
        return None
    return units(text) if whole.startswith(text) else None


def case(source, context, conversation):
    messages = [to_openai(message) for message in conversation["messages"]]
    tools = conversation.get("tools")
    try:
        text = render(source, context, messages, tools, False)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:80]}
    borders = {
        i: [
            border(text, source, context, messages[:i], tools, True),
            units(text) if i + 1 == len(messages) else border(text, source, context, messages[: i + 1], tools, False),
        ]
        for i, message in enumerate(messages)
        if message["role"] == "assistant"
    }
    return {"digest": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8], "borders": borders}


def expression(source):
    """What an expression writes, or that it is refused."""
    try:
        compiled = chat_template_utils._compile_jinja_template(source)
        return compiled.render(messages=[{"role": "user", "content": "Hi 👋"}], tools=None)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    chat_template_utils.datetime = FixedDay
    blocks = json.loads(gzip.decompress((ROOT / "test/golden/blocks/blocks.json.gz").read_bytes()))
    fixtures = ROOT / "test/fixtures"
    conversations = [*json.loads((fixtures / "template-conversations.json").read_text()), *blocks["conversations"][::12]]
    folder = Path(trl.__file__).parent / "chat_templates"
    templates = {}
    for name, context in TEMPLATES.items():
        source = (folder / f"{name}.jinja").read_text()
        bos, eos = context
        special = list(dict.fromkeys([*([bos] if bos else []), eos, *SPECIAL.findall(source)]))
        cases = [case(source, context, conversation) for conversation in conversations]
        templates[name] = {"source": source, "bos": bos, "eos": eos, "special": special, "cases": cases}
    expressions = json.loads((fixtures / "template-expressions.json").read_text())
    OUT.parent.mkdir(parents=True, exist_ok=True)
    golden = {
        "transformers": transformers.__version__,
        "trl": trl.__version__,
        "licence": "Templates: Apache-2.0, The HuggingFace Team (TRL)",
        "expressions": {source: expression(source) for source in expressions},
        "templates": templates,
    }
    OUT.write_bytes(gzip.compress(json.dumps(golden, ensure_ascii=False).encode("utf-8", "surrogatepass"), mtime=0))


if __name__ == "__main__":
    main()
