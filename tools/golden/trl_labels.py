"""Labels by TRL itself, assistant-only and completion-only, for test/unit/trl.test.ts.

    node tools/golden/block-conversations.mjs | python tools/golden/trl_labels.py

Each of the 500 conversations of test/golden/blocks goes through SFTTrainer's own preparation of a dataset and its own
collator, under the eight templates of test/fixtures and under templates that TRL ships. With assistant-only loss TRL
swaps in a template of its own with `{% generation %}` blocks, where it knows one; the golden values hold that template
(Apache-2.0, The HuggingFace Team), so that the test renders what TRL trained on.

A mask is kept as run lengths (0s, 1s, 0s, ...) for the first conversations, for the others as 8 hex digits of the SHA-256
of `ids|run lengths`, both joined by commas. `error`: the template refuses the conversation; `none`: no token is trained, and TRL
refuses the data set.
"""

import gzip
import hashlib
import json
import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import transformers
import trl
from datasets import IterableDataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.utils import chat_template_utils
from trl import SFTConfig, SFTTrainer

from blocks import run_lengths
from masks import to_openai

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/golden/trl/trl.json.gz"
SPELLED_OUT = 8

# Template of TRL -> bos, eos.
SHIPPED = {
    "cohere2": ("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"),
    "deepseekv3": ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    "gemma": ("<bos>", "<end_of_turn>"),
    "gemma3": ("<bos>", "<end_of_turn>"),
    "glm4moe": (None, "<|endoftext|>"),
    "gptoss": (None, "<|return|>"),
    "lfm2_v2": ("<|startoftext|>", "<|im_end|>"),
    "llama3": ("<|begin_of_text|>", "<|eot_id|>"),
    "nemotron_3_nano": (None, "<|im_end|>"),
    "phi3": (None, "<|end|>"),
    "qwen2_5": (None, "<|im_end|>"),
    "qwen3": (None, "<|im_end|>"),
    "qwen3_5_think": (None, "<|im_end|>"),
    "qwen3_instruct_2507": (None, "<|im_end|>"),
}
GREETING = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
SPECIAL = re.compile(r"<\|[^|<>\s\"]+\|>|<｜[^｜]*｜>|<(?:start|end)_of_turn>")


class FixedDay(datetime):
    """`strftime_now` writes the same date whenever the script runs."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 22, 12)


def tokenizer_with(tokens):
    """The shipped tokenizer.json with special tokens added after its vocabulary, as test/fixtures/templates.ts does it."""
    tokenizer = json.loads((ROOT / "public/models/pocket/tokenizer.json").read_text())
    following = max([*tokenizer["model"]["vocab"].values(), *(t["id"] for t in tokenizer["added_tokens"])]) + 1
    for content in tokens:
        if any(token["content"] == content for token in tokenizer["added_tokens"]):
            continue
        plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        tokenizer["added_tokens"].append({"id": following, "content": content, **plain})
        following += 1
    return json.dumps(tokenizer)


def shipped(name):
    """A template of TRL in the form of the fixtures, with the special tokens that either form of it writes."""
    folder = Path(trl.__file__).parent / "chat_templates"
    source = (folder / f"{name}.jinja").read_text()
    bos, eos = SHIPPED[name]
    written = SPECIAL.findall(source + (folder / f"{name}_training.jinja").read_text())
    special = list(dict.fromkeys([*([bos] if bos else []), eos, *written]))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": eos, "chat_template": source}
    return {"name": f"trl/{name}", "special": special, "tokenizerJson": tokenizer_with(special), "tokenizerConfigJson": json.dumps(config)}


def completion_from(conversation, index):
    """The last assistant message and, for every other conversation, the first: then tool results are in the completion."""
    speaks = [i for i, message in enumerate(conversation["messages"]) if message["role"] == "assistant"]
    return speaks[0] if index % 2 else speaks[-1]


def record(conversation, index, mode):
    """A record of the data set that people would give to TRL."""
    messages = [to_openai(message) for message in conversation["messages"]]
    start = completion_from(conversation, index)
    parts = {"messages": messages} if mode == "assistant" else {"prompt": messages[:start], "completion": messages[start:]}
    return {"index": index, **parts, "tools": conversation.get("tools")}


def trainer_for(tokenizer, records, mode, folder):
    """TRL's trainer around a model that is never run. Streamed: Arrow would fill the arguments of calls with nulls."""
    config = LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    arguments = SFTConfig(
        output_dir=folder,
        assistant_only_loss=mode == "assistant",
        completion_only_loss=True if mode == "completion" else None,
        max_length=None,
        max_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
    )
    dataset = IterableDataset.from_generator(lambda: iter(records))
    return SFTTrainer(LlamaForCausalLM(config), arguments, train_dataset=dataset, processing_class=tokenizer)


def labelled(trainer):
    """Ids and mask of each record, out of TRL's collator."""
    for example in trainer.train_dataset:
        batch = trainer.data_collator([{key: example[key] for key in ("input_ids", "labels")}])
        ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
        assert all(label in (-100, token) for token, label in zip(ids, labels))
        yield example["index"], ids, [int(label != -100) for label in labels]


def usable(tokenizer, template, conversation, index, mode):
    """Why TRL cannot take a conversation; None where it can."""
    options = {"tools": conversation.get("tools"), "chat_template": template, "return_dict": True}
    messages = [to_openai(message) for message in conversation["messages"]]
    try:
        found = tokenizer.apply_chat_template(messages, return_assistant_tokens_mask=mode == "assistant", **options)
        if mode == "completion":
            prompt = messages[: completion_from(conversation, index)]
            tokenizer.apply_chat_template(prompt, add_generation_prompt=True, **options)
    except Exception:
        return "error"
    return "none" if mode == "assistant" and 1 not in found["assistant_masks"] else None


def labels_of(template, conversations, mode):
    """What TRL trains of each conversation, and the template by which it did."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tokenizer.json").write_text(template["tokenizerJson"])
        Path(folder, "tokenizer_config.json").write_text(template["tokenizerConfigJson"])
        tokenizer = AutoTokenizer.from_pretrained(folder)
        # Which template the trainer takes does not depend on the data.
        chat_template = trainer_for(tokenizer, [record(GREETING, 0, mode)], mode, folder).chat_template
        found = {i: usable(tokenizer, chat_template, c, i, mode) for i, c in enumerate(conversations)}
        records = [record(conversations[i], i, mode) for i, why in found.items() if why is None]
        for index, ids, mask in labelled(trainer_for(tokenizer, records, mode, folder)):
            runs = run_lengths(mask)
            text = f"{','.join(map(str, ids))}|{','.join(map(str, runs))}"
            digest = hashlib.sha256(text.encode()).hexdigest()[:8]
            found[index] = {"runs": runs, "digest": digest} if index < SPELLED_OUT else digest
    return chat_template, [found[i] for i in range(len(conversations))]


def main():
    chat_template_utils.datetime = FixedDay
    given = json.load(sys.stdin)
    templates = {}
    for template in [*given["templates"], *map(shipped, SHIPPED)]:
        entry = {}
        for mode in ("assistant", "completion"):
            chat_template, labels = labels_of(template, given["conversations"], mode)
            entry[mode] = labels
            print(template["name"], mode, sum(isinstance(label, dict) or len(label) == 8 for label in labels), file=sys.stderr)
            if mode == "assistant" and "special" in template:
                entry["training"] = chat_template
        if "special" in template:
            config = json.loads(template["tokenizerConfigJson"])
            entry |= {"special": template["special"], "source": config["chat_template"], "bos": config["bos_token"], "eos": config["eos_token"]}
        templates[template["name"]] = entry
    OUT.parent.mkdir(parents=True, exist_ok=True)
    versions = {"trl": trl.__version__, "transformers": transformers.__version__}
    OUT.write_bytes(gzip.compress(json.dumps({**versions, "templates": templates}, ensure_ascii=False).encode(), mtime=0))


if __name__ == "__main__":
    main()
