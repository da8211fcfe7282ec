"""Writes test/golden/safetensors: what the Rust parser behind Python's `safetensors` says of the files in
test/unit/safetensors-cases.ts, and a file that it wrote, for test/unit/safetensors-malformed.test.ts and
test/unit/safetensors-write.test.ts.

    pip install -r tools/golden/requirements.txt
    python tools/golden/safetensors_verdicts.py

Node must be there, with the repository's dependencies installed.
"""

import base64
import json
import subprocess
from pathlib import Path

import numpy
import safetensors
from safetensors.numpy import save

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / 'test' / 'golden' / 'safetensors'


def verdict(text: str) -> str | None:
    """The parser's error; None where it accepts the file."""
    try:
        safetensors.deserialize(base64.b64decode(text))
    except Exception as error:  # noqa: BLE001: SafetensorError, and whatever Python makes of its text
        return str(error) or type(error).__name__
    return None


def main() -> None:
    printed = subprocess.run(
        ['node', 'tools/golden/safetensors-cases.mjs'], cwd=ROOT, check=True, capture_output=True
    ).stdout
    cases = json.loads(printed)
    OUT.mkdir(parents=True, exist_ok=True)
    verdicts = {
        'safetensors': safetensors.__version__,
        'malformed': {name: verdict(text) for name, text in cases['malformed']},
        'valid': {name: verdict(text) for name, text in cases['valid']},
        # One letter a file: r where it is rejected, a where it is accepted.
        'mutations': ''.join('a' if verdict(text) is None else 'r' for text in cases['mutations']),
    }
    (OUT / 'verdicts.json').write_text(json.dumps(verdicts, indent=1, ensure_ascii=False) + '\n')
    tensors = {
        'b.weight': numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
        'a.bias': numpy.array([-1.5, 3.25], dtype=numpy.float32),
        '\U0001f600': numpy.array(7, dtype=numpy.float32),
        '\uffee': numpy.zeros((0, 4), dtype=numpy.float32),
    }
    (OUT / 'written.safetensors').write_bytes(save(tensors, metadata={'format': 'pt'}))


if __name__ == '__main__':
    main()
