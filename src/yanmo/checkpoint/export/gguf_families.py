"""Which families llama.cpp runs, and what it calls their weights.

A family is an architecture of llama.cpp and a table of rows: the name there, and our weights that
make it. Weights are named without layer numbers and suffixes: `{}` stands for the layer, `{expert}`
for every expert of a mixture, and a row holds for `weight` and `bias` alike. Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

Combine = Callable[[Sequence[torch.Tensor], Any], torch.Tensor]
"""One tensor of llama.cpp's from ours, given the model's configuration."""


@dataclass(frozen=True)
class Row:
    """One weight of llama.cpp, and ours that make it."""

    target: str
    sources: tuple[str, ...]
    combine: Combine | None = None


@dataclass(frozen=True)
class PlannedTensor:
    """A tensor that will be in the file: its name, its shape, and how to make it."""

    name: str
    shape: tuple[int, ...]
    build: Callable[[], torch.Tensor]


@dataclass(frozen=True)
class GgufFamily:
    """A family as llama.cpp has it."""

    architecture: str
    rows: tuple[Row, ...]


def _joined(parts: Sequence[torch.Tensor], _: Any) -> torch.Tensor:
    """Matrices one below the other, as one."""
    return torch.cat(list(parts))


def _stacked(parts: Sequence[torch.Tensor], _: Any) -> torch.Tensor:
    """The matrices of all experts as one tensor (E, out, in)."""
    return torch.stack(list(parts))


def _in_pairs(num_heads: Callable[[Any], int]) -> Combine:
    """Rows of each head reordered from the half-split rotary layout to that of adjacent pairs.

    llama.cpp rotates channels 2i and 2i + 1 of the architecture `llama`, where our layers (and
    Hugging Face's) rotate i and i + H/2.
    """

    def combine(parts: Sequence[torch.Tensor], config: Any) -> torch.Tensor:
        (weight,) = parts
        halves = weight.view(num_heads(config), 2, -1, *weight.shape[1:])  # (N, 2, H/2, ...)
        return halves.transpose(1, 2).reshape(weight.shape)  # (N*H, ...)

    return combine


_EMBEDDINGS = (Row("token_embd", ("embed",)), Row("output_norm", ("final_norm",)))
_HEAD = Row("output", ("lm_head",))
_NORMS = (
    Row("blk.{}.attn_norm", ("blocks.{}.attn_norm",)),
    Row("blk.{}.ffn_norm", ("blocks.{}.mlp_norm",)),
)
_ATTENTION = (
    Row("blk.{}.attn_q", ("blocks.{}.attn.q_proj",)),
    Row("blk.{}.attn_k", ("blocks.{}.attn.k_proj",)),
    Row("blk.{}.attn_v", ("blocks.{}.attn.v_proj",)),
)
_OUTPUT = Row("blk.{}.attn_output", ("blocks.{}.attn.o_proj",))
_QK_NORM = (
    Row("blk.{}.attn_q_norm", ("blocks.{}.attn.q_norm",)),
    Row("blk.{}.attn_k_norm", ("blocks.{}.attn.k_norm",)),
)
_MLP = (
    Row("blk.{}.ffn_up", ("blocks.{}.mlp.up_proj",)),
    Row("blk.{}.ffn_down", ("blocks.{}.mlp.down_proj",)),
)
_GATE = Row("blk.{}.ffn_gate", ("blocks.{}.mlp.gate_proj",))

GGUF_FAMILIES: dict[str, GgufFamily] = {
    "qwen3": GgufFamily(
        "qwen3", (*_EMBEDDINGS, *_NORMS, *_ATTENTION, *_QK_NORM, _OUTPUT, _GATE, *_MLP, _HEAD)
    ),
    "llama": GgufFamily(
        "llama",
        (
            *_EMBEDDINGS,
            *_NORMS,
            Row(
                "blk.{}.attn_q",
                ("blocks.{}.attn.q_proj",),
                _in_pairs(lambda config: config.num_heads),
            ),
            Row(
                "blk.{}.attn_k",
                ("blocks.{}.attn.k_proj",),
                _in_pairs(lambda config: config.num_kv_heads),
            ),
            Row("blk.{}.attn_v", ("blocks.{}.attn.v_proj",)),
            _OUTPUT,
            _GATE,
            *_MLP,
            _HEAD,
        ),
    ),
    "qwen3_moe": GgufFamily(
        "qwen3moe",
        (
            *_EMBEDDINGS,
            *_NORMS,
            *_ATTENTION,
            *_QK_NORM,
            _OUTPUT,
            Row("blk.{}.ffn_gate_inp", ("blocks.{}.mlp.router",)),
            *(
                Row(
                    f"blk.{{}}.ffn_{kind}_exps",
                    (f"blocks.{{}}.mlp.experts.{{expert}}.{kind}_proj",),
                    _stacked,
                )
                for kind in ("gate", "up", "down")
            ),
            _HEAD,
        ),
    ),
    "gpt2": GgufFamily(
        "gpt2",
        (
            *_EMBEDDINGS,
            Row("position_embd", ("embed_positions",)),
            *_NORMS,
            Row(
                "blk.{}.attn_qkv",
                tuple(f"blocks.{{}}.attn.{letter}_proj" for letter in "qkv"),
                _joined,
            ),
            _OUTPUT,
            *_MLP,
            _HEAD,
        ),
    ),
}
"""Families by our name. A family is added with its rows; everything else follows from the shape."""


def plan_tensors(
    family: GgufFamily, config: Any, state: Mapping[str, torch.Tensor]
) -> list[PlannedTensor]:
    """The tensors that `state`, under our names, becomes; each is made when it is asked for.

    Raises:
        KeyError: a weight has no place there; its name.
    """
    planned = []
    used: set[str] = set()
    for row in family.rows:
        for target, names in _instances(row, state, config):
            used.update(names)
            build = _builder(row, [state[name] for name in names], config)
            on_meta = _builder(row, [state[name].to("meta") for name in names], config)
            planned.append(PlannedTensor(target, tuple(on_meta().shape), build))
    for name in state:
        if name not in used:
            raise KeyError(name)
    return planned


def _instances(
    row: Row, state: Mapping[str, torch.Tensor], config: Any
) -> Iterator[tuple[str, list[str]]]:
    """Where a row applies: the name in the file, and the names of our weights."""
    for layer in range(config.num_layers if "{}" in row.target else 1):
        sources = [
            source.format(layer, expert=expert)
            for source in row.sources
            for expert in range(config.num_experts if "{expert}" in source else 1)
        ]
        for suffix in ("weight", "bias"):
            names = [f"{source}.{suffix}" for source in sources]
            if all(name in state for name in names):
                yield f"{row.target.format(layer)}.{suffix}", names


def _builder(row: Row, parts: list[torch.Tensor], config: Any) -> Callable[[], torch.Tensor]:
    combine = row.combine
    if combine is None:
        assert len(parts) == 1, f"{row.target} has no rule for several weights"
        return lambda: parts[0]
    return lambda: combine(parts, config)
