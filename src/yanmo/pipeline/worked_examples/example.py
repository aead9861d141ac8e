"""A worked example: steps, each a sentence and the numbers that it comes to.

In: tensors and sentences in the reader's language. Out: plain numbers, or the page that a terminal
shows. Nothing here knows what is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from yanmo.core.messages import t

Numbers = float | list[float] | list[list[float]]
"""A number, a row, or a matrix by rows."""


@dataclass(frozen=True)
class Step:
    """One step: what is done, and each result under the symbol that formulas give it."""

    text: str
    values: dict[str, Numbers]


@dataclass(frozen=True)
class WorkedExample:
    """An example from its input to its result, and what is often written instead."""

    title: str
    steps: list[Step]
    mistake: str


def step(text: str, **tensors: torch.Tensor | float) -> Step:
    """A step from tensors of at most two dimensions; the names are the symbols."""
    return Step(text, {name: to_numbers(tensor) for name, tensor in tensors.items()})


def to_numbers(tensor: torch.Tensor | float) -> Numbers:
    """The plain numbers of a tensor; no negative zero."""
    if isinstance(tensor, float | int):
        return float(tensor)
    assert tensor.dim() <= 2, f"a page shows matrices, not {tensor.dim()} dimensions"
    numbers: Numbers = (tensor.detach().double() + 0.0).tolist()
    return numbers


def format_example(name: str, example: WorkedExample) -> str:
    """The example as a terminal shows it: numbered sentences, numbers to four places below them."""
    lines = [f"{name}: {example.title}", ""]
    for number, each in enumerate(example.steps, start=1):
        lines.append(f"  {number}. {each.text}")
        for symbol, numbers in each.values.items():
            lines += _format_numbers(symbol, numbers)
    lines += ["", "  " + t("Often written instead: {mistake}", mistake=example.mistake), ""]
    return "\n".join(lines)


def _format_numbers(symbol: str, numbers: Numbers) -> list[str]:
    """A number or a row beside its symbol, a matrix below it with its columns aligned."""
    if isinstance(numbers, float):
        return [f"       {symbol} = {format_number(numbers)}"]
    rows: list[Any] = numbers if numbers and isinstance(numbers[0], list) else [numbers]
    cells = [[format_number(number) for number in row] for row in rows]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  ".join(cell.rjust(width) for cell in row) for row in cells]
    if rows is not numbers:
        return [f"       {symbol} = {lines[0].strip()}"]
    return [f"       {symbol} =", *(f"         {line}" for line in lines)]


def format_number(number: float) -> str:
    """Four places; whole numbers without any."""
    text = f"{number:.4f}"
    return text.removesuffix(".0000") if abs(number - round(number)) < 1e-12 else text
