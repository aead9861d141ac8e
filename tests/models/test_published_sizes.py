"""Published models, from the fields of their `config.json`, have the published number of weights.

Nothing is built but shapes on the meta device. What is counted is the class that `architectures`
names, tied weights once; `transformers` counts the same.
"""

from __future__ import annotations

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
    config = transformers.AutoConfig.for_model(**fields)
    with torch.device("meta"):
        model = getattr(transformers, fields["architectures"][0])(config)
    model.tie_weights()
    assert model.num_parameters() == num_params


@pytest.mark.parametrize(("fields", "num_params"), ROWS)
def test_fields_survive_the_way_through_our_shape(fields: dict[str, Any], num_params: int) -> None:
    form = FORM_OF_MODEL_TYPE[fields["model_type"]]
    shape = form.from_hf_config(fields)
    written = form.to_hf_config(shape)
    assert form.from_hf_config(written) == shape
    assert count_params(shape) == num_params
    kept = fields.keys() & written.keys()
    assert {name: written[name] for name in kept} == {name: fields[name] for name in kept}
