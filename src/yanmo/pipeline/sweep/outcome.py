"""What a trial gave: the figures of the stage that is judged, read from its files.

Comes in: the folder of a run and the name of a stage. Goes out: validation figures, size, length
and time, and the points at which it was validated. Nothing of a test split is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.training.metrics import read_rows

BITS, PERPLEXITY, LOSS = "bits_per_byte", "perplexity", "validation_loss"
LOWER_IS_BETTER = frozenset({BITS, PERPLEXITY, LOSS})
"""Every other figure is one of a task's metrics, for which training keeps the highest."""


@dataclass(frozen=True)
class Outcome:
    """The figures of a finished trial; `curves` has points of (step, figure) for each of them."""

    figures: Mapping[str, float]
    num_params: int
    num_trained_params: int
    tokens: int
    steps: int
    elapsed_s: float
    curves: Mapping[str, list[tuple[int, float]]]


def read_outcome(run_dir: Path, judged: str) -> Outcome:
    """The outcome of the finished stage `judged` of a run; figures in the order of preference."""
    manifest = read_manifest(run_dir / judged)
    assert manifest is not None, f"{judged} has just been run"
    counts = manifest.counts
    rows = [row for row in read_rows(run_dir / judged / "metrics.jsonl") if _LOSS_KEY in row]
    loss = float(counts[LOSS])
    figures = {name: float(figure) for name, figure in counts.get("validation", {}).items()}
    bits_per_nat = _bits_per_nat(rows)
    if bits_per_nat is not None:
        figures |= {BITS: loss * bits_per_nat, PERPLEXITY: math.exp(loss)}
    figures |= {LOSS: loss}
    return Outcome(
        figures=figures,
        num_params=int(counts["num_params"]),
        num_trained_params=int(counts.get("num_trained_params", counts["num_params"])),
        tokens=int(counts["tokens"]),
        steps=int(counts["steps"]),
        elapsed_s=float(counts["elapsed_s"]),
        curves={name: _curve(rows, name) for name in figures},
    )


def evaluated_figures(directory: Path) -> dict[str, float]:
    """What an evaluation that has been finished in `directory` says: of a task its first metric,
    of a language model bits per byte and perplexity, or the loss of another objective."""
    manifest = read_manifest(directory)
    assert manifest is not None, f"{directory} has just been made"
    firsts = [value for value in manifest.counts.values() if isinstance(value, dict)]
    if firsts:
        return {str(first["metric"]): float(first["value"]) for first in firsts}
    report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    neural = [model for model in report.get("models", ()) if model["kind"] == "neural"]
    found = neural[0] if neural else report
    known = (BITS, PERPLEXITY) if neural else ("loss",)
    return {name: float(found[name]) for name in known if name in found}


def choose_figure(wanted: str | None, outcomes: Sequence[Outcome]) -> str:
    """The figure that trials are compared by: `wanted`, else the first that all of them have.

    Raises:
        ConfigError: not every trial has `wanted`.
    """
    names = [name for name in outcomes[0].figures if all(name in one.figures for one in outcomes)]
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise unknown_figure(wanted, names)
    return wanted


def unknown_figure(wanted: str, names: Iterable[str]) -> ConfigError:
    """The error for a figure that trials do not have."""
    known = list(names)
    nearest = closest(wanted, known)
    hint = t("There are: {names}.", names=listed(known))
    return ConfigError(
        t("no trial gives '{name}'", name=wanted),
        where="--by",
        hint=t("Did you mean '{name}'?", name=nearest) if nearest else hint,
    )


_LOSS_KEY = "validation/loss"


def _bits_per_nat(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Bits per byte for each nat per token, which is the same for all of a validation split."""
    for row in rows:
        if f"validation/{BITS}" in row and row[_LOSS_KEY]:
            return float(row[f"validation/{BITS}"]) / float(row[_LOSS_KEY])
    return None


def _curve(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    if name == PERPLEXITY:
        return [(row["step"], math.exp(row[_LOSS_KEY])) for row in rows]
    key = _LOSS_KEY if name == LOSS else f"validation/{name}"
    return [(row["step"], float(row[key])) for row in rows if key in row]
