"""Assistant masks by transformers for 500 conversations on eight templates, for test/unit/blocks.test.ts.

    node tools/golden/block-conversations.mjs | python tools/golden/blocks.py

Each template has `{% generation %}` blocks with one habit of templates that people use. A mask is kept as run lengths
(0s, 1s, 0s, ...); ids as the first 16 hex digits of the SHA-256 of their decimal text, joined by commas.
"""

import gzip
import hashlib
import json
import sys
import tempfile
from itertools import groupby
from pathlib import Path

import transformers
from transformers import AutoTokenizer

from masks import to_openai

OUT = Path(__file__).resolve().parents[2] / "test/golden/blocks/blocks.json.gz"


def run_lengths(mask):
    """[0, 0, 1] -> [2, 1]; the first run is of zeros and may be empty."""
    runs = [(value, len(list(group))) for value, group in groupby(mask)]
    return ([0] if runs and runs[0][0] == 1 else []) + [length for _, length in runs]


def main():
    given = json.load(sys.stdin)
    masks = {}
    for template in given["templates"]:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "tokenizer.json").write_text(template["tokenizerJson"])
            Path(folder, "tokenizer_config.json").write_text(template["tokenizerConfigJson"])
            tokenizer = AutoTokenizer.from_pretrained(folder)
        cases = []
        for conversation in given["conversations"]:
            encoded = tokenizer.apply_chat_template(
                [to_openai(message) for message in conversation["messages"]],
                tools=conversation.get("tools"),
                tokenize=True,
                return_dict=True,
                return_assistant_tokens_mask=True,
            )
            ids = ",".join(str(i) for i in encoded["input_ids"])
            cases.append({"ids": hashlib.sha256(ids.encode()).hexdigest()[:16], "mask": run_lengths(encoded["assistant_masks"])})
        masks[template["name"]] = cases
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"transformers": transformers.__version__, "conversations": given["conversations"], "masks": masks},
        ensure_ascii=False,
    )
    OUT.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
