"""Reads what fine-tunings left in a run: the rows of their metrics and their manifests.

Comes in: a run directory. Goes out: a `TuningFiles` for each `finetune/NAME`, finished or not, in
the order of their names, and a sentence for everything that could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX

METRICS_NAME = "metrics.jsonl"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class TuningFiles:
    """One fine-tuning.

    Args:
        name: of its section in the recipe.
        rows: of its metrics; of several draws, those of the one whose model was taken.
        other_draws: rows of the other draws.
        counts: of its manifest; empty while it is unfinished.
        section: the settings that it ran with, as its manifest has them.
    """

    name: str
    rows: Rows
    other_draws: Sequence[Rows] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)
    section: Mapping[str, Any] = field(default_factory=dict)


def tuning_folders(run_dir: Path) -> list[Path]:
    """The folders of fine-tunings, without earlier results that were put aside."""
    return [
        path
        for path in sorted(run_dir.glob("finetune/*"))
        if path.is_dir() and path.suffix not in (PREVIOUS_SUFFIX, UNFINISHED_SUFFIX)
    ]


def read_tuning(
    folder: Path, counts: Mapping[str, Any], config: Mapping[str, Any], read: Callable[[Path], Rows]
) -> TuningFiles:
    """One fine-tuning, whose manifest has these `counts` and this `config`; `read` reads the rows
    of a file, none where there is no file."""
    section = config.get("finetune")
    draws = [read(path / METRICS_NAME) for path in sorted(folder.glob("draw-*")) if path.is_dir()]
    rows = read(folder / METRICS_NAME)
    if draws and not rows:
        chosen = counts.get("chosen_draw")
        index = chosen if isinstance(chosen, int) and chosen < len(draws) else 0
        rows = draws.pop(index)
    return TuningFiles(
        folder.name, rows, draws, counts, section if isinstance(section, dict) else {}
    )
