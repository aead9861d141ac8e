"""RoBERTa (Liu et al. 2019), and its names in Hugging Face.

It counts positions from the id of padding plus one, so that its table has rows that no token uses.
The published models pad with id 1 and leave two rows unused. A tokenizer that pads with a larger id
needs more of them in the file; in memory there are never more than two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch

from yanmo.models.families.bert_layout import EncoderLayout
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "roberta"
ARCHITECTURES = ("RobertaForMaskedLM", "RobertaModel")
PAD_ID = 1
"""The id of padding where a folder names none."""
MAX_UNUSED_ROWS = 2

LAYOUT = EncoderLayout(
    family="roberta",
    head_names=[
        ("mlm_head.dense", "lm_head.dense"),
        ("mlm_head.norm", "lm_head.layer_norm"),
        ("lm_head", "lm_head.decoder"),
    ],
    head_bias="lm_head.bias",
    architectures={
        (True, False, False): "RobertaForMaskedLM",
        (True, True, False): "RobertaForMaskedLM",
        (False, True, False): "RobertaModel",
        (False, False, False): "RobertaModel",
    },
)
_TABLE = "embeddings.position_embeddings.weight"


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    unused = config.position_offset + _num_more_rows(config)
    return LAYOUT.to_hf_config(config) | {
        "max_position_embeddings": config.max_seq_len + unused,
        "pad_token_id": unused - 1,
    }


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    if fields.get("hidden_act", "gelu") != "gelu":  # the head has GELU whatever the body has
        raise ValueError(f"hidden_act {fields['hidden_act']!r}")
    pad_id = fields.get("pad_token_id", PAD_ID)
    return LAYOUT.from_hf_config(
        fields,
        pad_id=pad_id,
        position_offset=min(pad_id + 1, MAX_UNUSED_ROWS),
        max_seq_len=fields["max_position_embeddings"] - pad_id - 1,
    )


def with_heads(config: TransformerConfig, names: Collection[str]) -> TransformerConfig:
    """`config` with the heads whose weights are among `names` of a file, and no others."""
    return LAYOUT.with_heads(config, names)


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names; the table of positions with as many unused rows as the id
    of padding asks for."""
    named = LAYOUT.to_hf_state(config, state)
    name = next(name for name in named if name.endswith(_TABLE))
    num_more = _num_more_rows(config)
    table = named[name][max(0, -num_more) :]
    return named | {name: torch.cat((table.new_zeros(max(0, num_more), config.d_model), table))}


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names; those of a bare body, and the names that older versions wrote, are
    read too.

    Raises:
        KeyError: a name that the family does not have.
    """
    num_more = _num_more_rows(config)
    cut = {
        name: tensor[num_more:].contiguous() if name.endswith(_TABLE) and tensor.ndim else tensor
        for name, tensor in state.items()
    }
    return LAYOUT.from_hf_state(cut)


def _num_more_rows(config: TransformerConfig) -> int:
    """Unused rows of the file that the model in memory does without; negative where it has more."""
    pad_id = config.position_offset - 1 if config.pad_id is None else config.pad_id
    return pad_id + 1 - config.position_offset
