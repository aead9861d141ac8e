"""Published models, from the fields of their `config.json`, have the published number of weights.

Nothing is built but shapes on the meta device. What is counted is the class that `architectures`
names, tied weights once; `transformers` counts the same.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch

from yanmo.models.build import count_params
from yanmo.models.registry import FORM_OF_MODEL_TYPE

BERT_BASE: dict[str, Any] = {
    "model_type": "bert",
    "architectures": ["BertModel"],
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
BERT_LARGE = BERT_BASE | {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
ROBERTA_BASE = BERT_BASE | {
    "model_type": "roberta",
    "architectures": ["RobertaModel"],
    "vocab_size": 50265,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}
ROBERTA_LARGE = ROBERTA_BASE | {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}


GPT2: dict[str, Any] = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "vocab_size": 50257,
    "n_positions": 1024,
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
}
LLAMA_2: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 32000,
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "hidden_act": "silu",
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
}
LLAMA_3 = LLAMA_2 | {
    "vocab_size": 128256,
    "intermediate_size": 14336,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
    "rope_theta": 500000.0,
}
LLAMA_70B = {
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
}
QWEN3: dict[str, Any] = {
    "model_type": "qwen3",
    "architectures": ["Qwen3ForCausalLM"],
    "vocab_size": 151936,
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "hidden_act": "silu",
    "max_position_embeddings": 40960,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1000000.0,
    "attention_bias": False,
    "use_sliding_window": False,
    "tie_word_embeddings": True,
}
QWEN3_MOE = QWEN3 | {
    "model_type": "qwen3_moe",
    "architectures": ["Qwen3MoeForCausalLM"],
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "num_hidden_layers": 48,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "moe_intermediate_size": 768,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "norm_topk_prob": True,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "tie_word_embeddings": False,
}
T5_BASE: dict[str, Any] = {
    "model_type": "t5",
    "architectures": ["T5ForConditionalGeneration"],
    "vocab_size": 32128,
    "n_positions": 512,
    "d_model": 768,
    "d_kv": 64,
    "d_ff": 3072,
    "num_layers": 12,
    "num_heads": 12,
    "relative_attention_num_buckets": 32,
    "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-6,
    "feed_forward_proj": "relu",
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
}
OPUS: dict[str, Any] = {
    "model_type": "marian",
    "architectures": ["MarianMTModel"],
    "vocab_size": 58101,
    "decoder_vocab_size": 58101,
    "d_model": 512,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "encoder_attention_heads": 8,
    "decoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_ffn_dim": 2048,
    "max_position_embeddings": 512,
    "activation_function": "swish",
    "scale_embedding": True,
    "normalize_before": False,
    "normalize_embedding": False,
    "add_final_layer_norm": False,
    "decoder_start_token_id": 58100,
    "pad_token_id": 58100,
}


def wider(fields: dict[str, Any], *numbers: int, **more: Any) -> dict[str, Any]:
    """Qwen3 or Llama of another width, feed-forward width, depth, heads and key-value heads."""
    names = ("hidden_size", "intermediate_size", "num_hidden_layers")
    names += ("num_attention_heads", "num_key_value_heads")
    return fields | dict(zip(names, numbers, strict=True)) | more


def gpt2(width: int, num_layers: int, num_heads: int) -> dict[str, Any]:
    return GPT2 | {"n_embd": width, "n_layer": num_layers, "n_head": num_heads}


def headed(fields: dict[str, Any], architecture: str) -> dict[str, Any]:
    return fields | {"architectures": [architecture]}


PUBLISHED: list[tuple[str, dict[str, Any], int]] = [
    # Devlin et al. 2019, section 3: "110M" and "340M", rounded; body and pooler, no heads.
    ("bert-base-uncased", BERT_BASE, 109_482_240),
    ("bert-large-uncased", BERT_LARGE, 335_141_888),
    ("bert-base-chinese", BERT_BASE | {"vocab_size": 21128}, 102_267_648),
    # The published files, both heads and the pooler with them.
    ("bert-base-uncased, both heads", headed(BERT_BASE, "BertForPreTraining"), 110_106_428),
    # Without pooler, with the head for hidden tokens.
    ("bert-base-uncased, masked", headed(BERT_BASE, "BertForMaskedLM"), 109_514_298),
    # Liu et al. 2019, section 3.1 and table 4, "125M" and "355M" in the code's own list.
    ("roberta-base", ROBERTA_BASE, 124_645_632),
    ("roberta-large", ROBERTA_LARGE, 355_359_744),
    ("roberta-base, masked", headed(ROBERTA_BASE, "RobertaForMaskedLM"), 124_697_433),
    # Radford et al. 2019, table 2, whose sizes leave something out; of the published files.
    ("gpt2", GPT2, 124_439_808),
    ("gpt2-medium", gpt2(1024, 24, 16), 354_823_168),
    ("gpt2-large", gpt2(1280, 36, 20), 774_030_080),
    ("gpt2-xl", gpt2(1600, 48, 25), 1_557_611_200),
    # Touvron et al. 2023, table 1; Grattafiori et al. 2024, table 3.
    ("llama-2-7b", LLAMA_2, 6_738_415_616),
    ("llama-2-13b", wider(LLAMA_2, 5120, 13824, 40, 40, 40), 13_015_864_320),
    ("llama-2-70b", LLAMA_2 | LLAMA_70B, 68_976_648_192),
    ("llama-3-8b", LLAMA_3, 8_030_261_248),
    ("llama-3-70b", LLAMA_3 | LLAMA_70B, 70_553_706_496),
    (
        "llama-3.1-405b",
        wider(
            LLAMA_3,
            *(16384, 53248, 126, 128, 8),
            max_position_embeddings=131072,
            rope_scaling={
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 8192,
            },
        ),
        405_853_388_800,
    ),
    # Yang et al. 2025, tables 1 and 2.
    ("qwen3-0.6b", QWEN3, 596_049_920),
    ("qwen3-1.7b", wider(QWEN3, 2048, 6144, 28, 16, 8), 1_720_574_976),
    ("qwen3-4b", wider(QWEN3, 2560, 9728, 36, 32, 8), 4_022_468_096),
    ("qwen3-8b", wider(QWEN3, 4096, 12288, 36, 32, 8, tie_word_embeddings=False), 8_190_735_360),
    ("qwen3-14b", wider(QWEN3, 5120, 17408, 40, 40, 8, tie_word_embeddings=False), 14_768_307_200),
    ("qwen3-32b", wider(QWEN3, 5120, 25600, 64, 64, 8, tie_word_embeddings=False), 32_762_123_264),
    ("qwen3-30b-a3b", QWEN3_MOE, 30_532_122_624),
    # Raffel et al. 2020, section 3.1.2: "220M"; version 1.1 is gated and untied.
    ("t5-base", T5_BASE, 222_903_552),
    (
        "t5-v1.1-base",
        T5_BASE | {"d_ff": 2048, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        247_577_856,
    ),
    # Tiedemann & Thottingal 2020; the output's bias is one of its weights.
    ("opus-mt-en-de", OPUS, 73_944_309),
]
"""Name, fields of `config.json`, parameters. A row is all that a further model needs."""
ROWS = [pytest.param(fields, size, id=name) for name, fields, size in PUBLISHED]


@pytest.mark.parametrize(("fields", "num_params"), ROWS)
def test_our_model_has_the_published_size(fields: dict[str, Any], num_params: int) -> None:
    shape = FORM_OF_MODEL_TYPE[fields["model_type"]].from_hf_config(fields)
    assert count_params(shape) == num_params


@pytest.mark.parametrize(("fields", "num_params"), ROWS)
def test_the_published_size_is_that_of_transformers(
    fields: dict[str, Any], num_params: int
) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.AutoConfig.for_model(**deepcopy(fields))  # which it adds to
    with torch.device("meta"):
        model = getattr(transformers, fields["architectures"][0])(config)
    model.tie_weights()
    assert model.num_parameters() + not_counted_there(model, fields) == num_params


@pytest.mark.parametrize("fields", [pytest.param(fields, id=name) for name, fields, _ in PUBLISHED])
def test_fields_survive_the_way_through_our_shape(fields: dict[str, Any]) -> None:
    form = FORM_OF_MODEL_TYPE[fields["model_type"]]
    shape = form.from_hf_config(fields)
    written = form.to_hf_config(shape)
    assert form.from_hf_config(written) == shape
    kept = fields.keys() & written.keys()
    assert {name: written[name] for name in kept} == {name: fields[name] for name in kept}


def not_counted_there(model: Any, fields: dict[str, Any]) -> int:
    """What is a weight for us and not for transformers, less what is one for them alone.

    Marian's output bias is a buffer there, and its two tables of sines and cosines, which follow
    from the shape, are parameters. Version 5 ties T5 until a file shows that it is not tied.
    """
    if fields["model_type"] == "marian":
        tables = 2 * fields["max_position_embeddings"] * fields["d_model"]
        return int(fields["vocab_size"] - tables)
    is_untied = fields.get("tie_word_embeddings", True) is False
    if fields["model_type"] == "t5" and is_untied and model.lm_head.weight is model.shared.weight:
        return int(model.shared.weight.numel())
    return 0


def test_a_token_uses_the_published_part_of_a_mixture() -> None:
    # Yang et al. 2025, table 2: 30B in all, 3B for each token; 3.3B on the model's page.
    shape = FORM_OF_MODEL_TYPE["qwen3_moe"].from_hf_config(QWEN3_MOE)
    resting = 48 * (128 - 8) * 3 * 2048 * 768
    active = 30_532_122_624 - resting
    assert active == 3_353_032_704
    # What a token is multiplied with, its row of the embedding aside: everything but the norms.
    norms = 48 * (2 * 2048 + 2 * 128) + 2048
    embedding = 151936 * 2048
    assert shape.flops_per_token(0) == 6 * (active - norms - embedding)
