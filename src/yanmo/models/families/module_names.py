"""What a layer of ours is called in the model that transformers builds from our folder.

For adapters, which name layers and not weights. Where one layer there is several of ours (GPT-2's
queries, keys and values), each of ours has the name of the one.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

from yanmo.models.families import bert, gpt2, llama, marian, qwen3, qwen3_moe, roberta, t5
from yanmo.models.families.llama_layout import ATTENTION_NAMES, QK_NORM_NAMES
from yanmo.models.families.names import NameTable, rename
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig

FUSED = ("q_proj", "k_proj", "v_proj")
"""What GPT-2 has in one layer, in the order of its output."""


def layer_table(config: ModelShape) -> NameTable | None:
    """Our layers and theirs; None for a family that transformers does not know."""
    if not isinstance(config, TransformerConfig):
        return None
    if config.family in ("bert", "roberta"):
        layout = bert.LAYOUT if config.family == "bert" else roberta.LAYOUT
        return layout.table(layout.body_prefix(config))
    if config.family == "gpt2":
        table = [pair for pair in gpt2.NAMES if not pair[0].endswith("qkv_proj")]
        joined = dict(gpt2.NAMES)["blocks.{}.attn.qkv_proj"]
        return [*table, *((f"blocks.{{}}.attn.{part}", joined) for part in FUSED)]
    return {
        "qwen3": qwen3.NAMES,
        "llama": llama.NAMES,
        # Its experts are no layers there, but slices of one tensor.
        "qwen3_moe": ATTENTION_NAMES + QK_NORM_NAMES + qwen3_moe.EXPERT_NAMES[:1],
        "t5": t5.name_table(config),
        "marian": marian.NAMES,
    }.get(config.family)


def hugging_face_layers(config: ModelShape, names: Iterable[str]) -> dict[str, str]:
    """By our names of layers, theirs; ours where transformers does not know the family.

    Raises:
        KeyError: a layer that has no name there.
    """
    table = layer_table(config)
    if table is None:
        return {name: name for name in names}
    empty = torch.empty(0)
    return {
        name: next(iter(rename({f"{name}.weight": empty}, table))).removesuffix(".weight")
        for name in names
    }
