"""The model: a small Llama, its configuration and its folder on disk."""

import json

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from corpus import END_OF_TEXT, TURN_END


# layers, width, feed-forward width, query heads (two key-value heads serve them)
SHAPE = (5, 192, 512, 6)


def config(vocabulary, shape=SHAPE):
    """Llama with grouped-query attention and tied embeddings: 2.26 million parameters at 1,536 tokens."""
    layers, width, feed_forward, heads = shape
    return LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=feed_forward,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=2,
        head_dim=width // heads,
        max_position_embeddings=1024,
        rms_norm_eps=1e-5,
        rope_theta=10000.0,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=TURN_END,
        pad_token_id=END_OF_TEXT,
    )


def save(model, out):
    """Writes config.json, generation_config.json and model.safetensors (F16, the tied head left out)."""
    c = model.config
    # Written by hand in the form that every version of transformers, and other readers, understand.
    settings = {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "eos_token_id": TURN_END,
        "head_dim": c.head_dim,
        "hidden_act": "silu",
        "hidden_size": c.hidden_size,
        "initializer_range": c.initializer_range,
        "intermediate_size": c.intermediate_size,
        "max_position_embeddings": c.max_position_embeddings,
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": c.num_attention_heads,
        "num_hidden_layers": c.num_hidden_layers,
        "num_key_value_heads": c.num_key_value_heads,
        "pad_token_id": END_OF_TEXT,
        "rms_norm_eps": c.rms_norm_eps,
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "tie_word_embeddings": True,
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": c.vocab_size,
    }
    generation = {"do_sample": False, "eos_token_id": TURN_END, "pad_token_id": END_OF_TEXT, "max_new_tokens": 256}
    for name, content in (("config.json", settings), ("generation_config.json", generation)):
        (out / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    state = {
        name: value.detach().to(torch.float16).contiguous()
        for name, value in model.state_dict().items()
        if name != "lm_head.weight"
    }
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)  # the library writes files that only their owner may read


def rounded_to_f16(model):
    """The model with weights as the F16 file holds them, computing in float32."""
    with torch.no_grad():
        for value in model.state_dict().values():
            value.copy_(value.to(torch.float16).to(value.dtype))
    return model


def fresh(vocabulary, seed, shape=SHAPE):
    """An untrained model in float32."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(config(vocabulary, shape)).float()
