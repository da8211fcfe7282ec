"""The template's line that writes each expression, by Jinja2 itself, for test/unit/template-trace.test.ts.

    python tools/golden/template_trace.py

A compiled template of Jinja2 is a generator whose lines carry the template's own line numbers (its `debug_info`, from which
it writes tracebacks). Templates are those of test/golden/templates, conversations those of
test/fixtures/template-conversations.json. For each text: the offset in UTF-16 units at which an expression begins to write,
and its line. What Jinja2 folds into constants has no line of its own and is left out, and so is a loop with `if` in its
head, which Jinja2 writes part by part and Losslight as a whole. Generation tags, which are no part of Jinja2, become blocks
that are always taken: their lines stay.
"""

import gzip
import json
import re
from pathlib import Path

import jinja2
from transformers.utils import chat_template_utils

import templates

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "test/golden/templates/lines.json.gz"
TAG = re.compile(r"\{%(-?)\s*(end)?generation\s*(-?)%\}")


def compiled(source):
    """The template, and the lines of the Python code that it became."""
    plain = TAG.sub(lambda m: f"{{%{m[1]} {'endif' if m[2] else 'if true'} {m[3]}%}}", source)
    environment = chat_template_utils._compile_jinja_template(plain).environment
    return environment.from_string(plain), environment.compile(plain, raw=True).split("\n")


def lines_of(template, code, **variables):
    """Offset and line of each expression that writes something."""
    written, offset = [], 0
    frames = template.root_render_func(template.new_context(variables))
    for text in frames:
        line = frames.gi_frame.f_lineno
        if text and not re.match(r"\s*yield ['\"]", code[line - 1]):
            written.append([offset, template.get_corresponding_lineno(line)])
        offset += templates.units(text)
    return written


def main():
    chat_template_utils.datetime = templates.FixedDay
    golden = json.loads(gzip.decompress(templates.OUT.read_bytes()))
    conversations = json.loads((ROOT / "test/fixtures/template-conversations.json").read_text())
    lines = {}
    for name, given in golden["templates"].items():
        template, code = compiled(given["source"])
        tokens = {**({"bos_token": given["bos"]} if given["bos"] else {}), "eos_token": given["eos"]}
        lines[name] = []
        for conversation in conversations:
            messages = [templates.to_openai(message) for message in conversation["messages"]]
            messages = chat_template_utils._alias_reasoning_fields(messages)
            try:
                found = lines_of(
                    template,
                    code,
                    messages=messages,
                    tools=conversation.get("tools"),
                    documents=None,
                    add_generation_prompt=False,
                    **tokens,
                )
            except Exception:
                found = None
            lines[name].append(found)
    OUT.write_bytes(gzip.compress(json.dumps({"jinja2": jinja2.__version__, "lines": lines}).encode(), mtime=0))


if __name__ == "__main__":
    main()
