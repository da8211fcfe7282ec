"""Writes test/golden/pocket: what transformers computes with the shipped model, tokenizer and template.

    pip install -r tools/golden/requirements.txt
    python tools/golden/pocket.py

Everything is float32 on the CPU, with the F16 weights of public/models/pocket and eager attention.

- meta.json            versions, SHA-256 of the weights, the two sequences' texts, losses and norms, greedy generations
- sequences.safetensors  for s in 0, 1: `ids.s` [T] I32, `weights.s` [T], `logits.s` [T, V], `logprobs.s` [T]; all F32.
                       `weights.s[i]` and `logprobs.s[i]` belong to predicting `ids.s[i]`; entry 0 of both is 0.
- gradients.safetensors  the gradient of the loss of sequence 0 for every parameter, by its name in model.safetensors
- rendered.json        conversations in our own shape and in OpenAI's, and the text of the chat template
- tokenizer.json       texts with ids and offsets, counted in code points (Python) and in UTF-16 units (JavaScript)

The loss is Σ w · nll / norm with norm = Σ |w|.
"""

import hashlib
import json
import platform
import re
from pathlib import Path

import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from pocket_conversations import CONVERSATIONS, SEQUENCES, STRINGS, to_openai

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "public/models/pocket"
OUT = ROOT / "test/golden/pocket"
# Repeated over the sequence: masked, trained, discounted, punished and rewarded tokens.
WEIGHTS = [0.0, 1.0, 1.0, 0.3, -0.5, 0.0, 2.0, 1.0, 0.25]
PROMPTS = ["What is 3 plus 4?", "Hello! My name is Clara."]
MAX_NEW_TOKENS = 24


def write_json(name, content):
    """One entry a line: small, and readable in a diff."""
    if isinstance(content, list):
        text = "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in content) + "\n]\n"
    else:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        text = re.sub(r"\[[-\d,\s]+\]", lambda ids: re.sub(r"\s+", " ", ids[0]), text)
    (OUT / name).write_text(text, encoding="utf-8")


def render(tokenizer, conversation, prompt):
    messages, tools, options = to_openai(conversation)
    return tokenizer.apply_chat_template(
        messages, tools=tools, tokenize=False, add_generation_prompt=prompt, **options
    )


def sequences(model, tokenizer):
    """Tensors and meta of the two sequences; the gradients of the first."""
    tensors, meta, gradients = {}, [], {}
    for s, conversation in enumerate(SEQUENCES):
        text = render(tokenizer, conversation, False)
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        length = ids.shape[1]
        weights = torch.tensor([WEIGHTS[i % len(WEIGHTS)] for i in range(length)])
        weights[0] = 0
        model.zero_grad()
        logits = model(input_ids=ids).logits[0]
        logprobs = torch.zeros(length)
        chosen = torch.log_softmax(logits[:-1], -1).gather(1, ids[0, 1:, None])[:, 0]
        logprobs[1:] = chosen.detach()
        norm = weights.abs().sum()
        loss = -(weights[1:] * chosen).sum() / norm
        if s == 0:
            loss.backward()
            gradients = {name: p.grad.detach().clone() for name, p in model.named_parameters() if name != "lm_head.weight"}
        tensors |= {
            f"ids.{s}": ids[0].to(torch.int32),
            f"weights.{s}": weights,
            f"logits.{s}": logits.detach().contiguous(),
            f"logprobs.{s}": logprobs,
        }
        meta.append({"text": text, "tokens": length, "loss": loss.item(), "norm": norm.item()})
    return tensors, meta, gradients


def generations(model, tokenizer):
    out = []
    for question in PROMPTS:
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )
        ids = torch.tensor([tokenizer(prompt)["input_ids"]])
        with torch.no_grad():
            result = model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=MAX_NEW_TOKENS
            )
        new = result[0, ids.shape[1] :].tolist()
        out.append({"prompt": prompt, "promptIds": ids[0].tolist(), "ids": new, "text": tokenizer.decode(new)})
    return out


def encoded(tokenizer, text):
    """A text with ids and offsets. Offsets count code points; `utf16` counts the units of JavaScript strings."""
    result = tokenizer(text, return_offsets_mapping=True)
    units = [0]
    for character in text:
        units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
    offsets = [list(pair) for pair in result["offset_mapping"]]
    return {
        "text": text,
        "ids": result["input_ids"],
        "offsets": offsets,
        "utf16": [[units[a], units[b]] for a, b in offsets],
    }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    OUT.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32, attn_implementation="eager").eval()

    tensors, meta, gradients = sequences(model, tokenizer)
    save_file(tensors, OUT / "sequences.safetensors")
    save_file(gradients, OUT / "gradients.safetensors")
    rendered = []
    for conversation in CONVERSATIONS:
        messages, tools, options = to_openai(conversation)
        rendered.append(
            {
                "name": conversation["id"],
                "conversation": conversation,
                "openai": {"messages": messages, "tools": tools},
                "templateOptions": options,
                "text": render(tokenizer, conversation, False),
                "textWithPrompt": render(tokenizer, conversation, True),
            }
        )
    write_json("rendered.json", rendered)
    write_json("tokenizer.json", [encoded(tokenizer, text) for text in [*(r["text"] for r in rendered), *STRINGS]])
    write_json(
        "meta.json",
        {
            "modelSha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "tokenizers": tokenizers.__version__,
                "safetensors": safetensors.__version__,
            },
            "sequences": meta,
            "maxNewTokens": MAX_NEW_TOKENS,
            "generations": generations(model, tokenizer),
        },
    )
    for path in OUT.iterdir():
        path.chmod(0o644)


if __name__ == "__main__":
    main()
