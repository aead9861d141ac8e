"""Renaming weights between yanmo and Hugging Face by a table of patterns, both ways.

A table is a list of pairs such as `("blocks.{}.attn.q_proj", "model.layers.{}.self_attn.q_proj")`;
`{}` stands for the layer's number. What a family does beyond renaming it does in its own file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import torch

NameTable = list[tuple[str, str]]


def rename(
    state: Mapping[str, torch.Tensor], pairs: Iterable[tuple[str, str]]
) -> dict[str, torch.Tensor]:
    """`state` with every name that matches a left pattern turned into the right one.

    Raises:
        KeyError: a name that no pattern matches.
    """
    rules = [(_pattern(source), target) for source, target in pairs]
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        stem, _, suffix = name.rpartition(".")
        for pattern, target in rules:
            match = pattern.fullmatch(stem)
            if match:
                renamed[f"{target.format(*match.groups())}.{suffix}"] = tensor
                break
        else:
            raise KeyError(name)
    return renamed


def reverse(table: NameTable) -> NameTable:
    """The table read from right to left."""
    return [(theirs, ours) for ours, theirs in table]


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(r"\{\}", r"(\d+)"))
