"""Trains the tokenizer (byte-level BPE) on practice conversations and writes tokenizer.json and tokenizer_config.json.

    python tools/pretrain/tokenizer.py --out public/models/pocket
"""

import argparse
import json
import re
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from corpus import TEMPLATE, practice

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
# Added, but not special, as in Qwen3: decoding keeps them, since programs read them.
MARKS = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>", "</tools>"]

# A space, a line break and a digit are tokens of their own, so that a name or number is the same tokens wherever it
# stands: after a space, after a quote, in JSON. The four classes cover every character, and none depends on what an
# engine takes for white space: Rust and JavaScript split alike.
PIECES = r"[ \n\r\t]|\p{N}|\p{L}+|[^ \n\r\t\p{L}\p{N}]+"


def train(texts, size):
    """A byte-level BPE tokenizer of `size` tokens: the marks get ids 0 to 10, the 256 bytes follow, then merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL + MARKS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # The trainer does not cut marks out of its texts; left in, they would be learnt as merges that never apply.
    mark = re.compile("|".join(map(re.escape, SPECIAL + MARKS)))
    tokenizer.train_from_iterator((piece for text in texts for piece in mark.split(text)), trainer)
    return tokenizer


def write(tokenizer, out):
    """Writes both files. The chat template goes into tokenizer_config.json as it is."""
    data = json.loads(tokenizer.to_str())
    for token in data["added_tokens"]:
        token["special"] = token["content"] in SPECIAL
    (out / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    config = {
        "added_tokens_decoder": {
            str(token["id"]): {key: token[key] for key in token if key != "id"} for token in data["added_tokens"]
        },
        "bos_token": None,
        "chat_template": TEMPLATE.read_text(encoding="utf-8"),
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "model_max_length": 1024,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    (out / "tokenizer_config.json").write_text(
        json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=1536)
    parser.add_argument("--records", type=int, default=12000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    renderer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
    renderer.chat_template = TEMPLATE.read_text(encoding="utf-8")
    texts = [
        renderer.apply_chat_template(record["messages"], tools=record.get("tools"), tokenize=False)
        for record in practice(seed=1, count=args.records)
    ]
    write(train(texts, args.size), args.out)


if __name__ == "__main__":
    main()
