"""Tiny random models saved by transformers, each with a tokenizer that transformers saved too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from tests.tokens.outside_folders import make_bert, make_gpt2, make_t5


def save_gpt2(folder: Path, **settings: Any) -> Any:
    """A GPT-2 folder with a byte-level tokenizer; the model as transformers has it."""
    tokenizer = make_gpt2()
    tokenizer.save_pretrained(folder)
    end = len(tokenizer) - 1
    sizes = {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 32} | settings
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer), bos_token_id=end, eos_token_id=end, **sizes
    )
    return _save(transformers.GPT2LMHeadModel, config, folder)


def save_bert(folder: Path, **settings: Any) -> Any:
    """A BERT folder with a WordPiece tokenizer; the model as transformers has it."""
    tokenizer = make_bert()
    tokenizer.save_pretrained(folder)
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 32,
    } | settings
    config = transformers.BertConfig(vocab_size=len(tokenizer), **sizes)
    return _save(transformers.BertForPreTraining, config, folder)


def save_t5(folder: Path, **settings: Any) -> Any:
    """A T5 folder with a SentencePiece tokenizer and its sentinels."""
    tokenizer = make_t5()
    tokenizer.save_pretrained(folder)
    sizes = {"d_model": 32, "d_kv": 8, "num_heads": 4, "d_ff": 48, "num_layers": 2} | settings
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        decoder_start_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **sizes,
    )
    return _save(transformers.T5ForConditionalGeneration, config, folder)


def _save(model_class: Any, config: Any, folder: Path) -> Any:
    """A random model whose weights are large enough to tell states apart, saved and returned."""
    torch.manual_seed(0)
    model = model_class(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return model
