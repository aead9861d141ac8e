"""What a sweep leaves: `sweep.json`, `sweep.csv`, `sweep.html`, `best.toml`, `smallest.toml`.

Comes in: a plan, what became of its trials, and what was picked. All files are written anew after
every trial, so that one may look while the sweep runs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import ConfigError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import language, t
from yanmo.core.resolve import to_toml
from yanmo.pipeline.sweep.axes import Axis
from yanmo.pipeline.sweep.choice import Choice, Entry
from yanmo.pipeline.sweep.outcome import Outcome
from yanmo.pipeline.sweep.plan import SweepPlan
from yanmo.pipeline.sweep.trials import Trial

FORMAT_VERSION = 1
REPORT_NAME, TABLE_NAME, PAGE_NAME = "sweep.json", "sweep.csv", "sweep.html"
BEST_NAME, SMALLEST_NAME = "best.toml", "smallest.toml"
Status = Literal["waiting", "running", "done", "behind", "failed"]


@dataclass
class Record:
    """What became of a trial; `first_outcome` is that of the first round, where there is one."""

    trial: Trial
    status: Status = "waiting"
    error: str | None = None
    outcome: Outcome | None = None
    first_outcome: Outcome | None = None

    def fail(self, error: str) -> None:
        """Note that the trial failed."""
        self.status, self.error = "failed", error


def require_own_folder(folder: Path) -> None:
    """Refuse a folder that holds something and no sweep.

    Raises:
        ConfigError: it does, or it is a file.
    """
    if folder.is_dir():
        is_foreign = any(not path.name.startswith(".") for path in folder.iterdir())
        if not is_foreign or (folder / REPORT_NAME).is_file():
            return
    elif not folder.exists():
        return
    raise ConfigError(
        t("this folder holds files that no sweep made"),
        where=str(folder),
        hint=t("Give another folder with --out."),
    )


def build_report(
    plan: SweepPlan,
    folder: Path,
    records: Sequence[Record],
    choice: Choice | None,
    evaluated: dict[str, Any] | None,
) -> dict[str, Any]:
    """The content of `sweep.json`; the trials that are done first, the best at the top."""
    by = choice.by if choice else plan.options.by
    order = {name: i for i, e in enumerate(choice.entries) for name in e.trials} if choice else {}
    ordered = sorted(records, key=lambda record: order.get(record.trial.name, len(order)))
    return {
        "format_version": FORMAT_VERSION,
        "run": plan.recipe.name,
        "recipe": plan.recipe_name,
        "folder": str(folder),
        "judged": plan.judged,
        "by": by,
        "is_higher_better": choice.is_higher_better if choice else None,
        "search": "random" if plan.is_random else "grid",
        "seed": plan.options.seed if plan.is_random else None,
        "has_halving": plan.options.has_halving,
        "tolerance_frac": plan.options.tolerance_frac,
        "axes": [_axis(axis, plan.labels[axis.key]) for axis in plan.axes],
        "trials": [_trial(record, by) for record in ordered],
        "entries": [_entry(entry) for entry in choice.entries] if choice else [],
        "rule": choice.rule if choice else None,
        "limit": choice.limit if choice else None,
        "has_sizes": choice.has_sizes if choice else False,
        "best": _entry(choice.best) if choice else None,
        "smallest": _entry(choice.smallest) if choice else None,
        "at_the_border": borders(plan.axes, choice.best) if choice else [],
        "evaluated": evaluated,
    }


def borders(axes: Sequence[Axis], best: Entry) -> list[dict[str, str]]:
    """The axes on which the best value is the least or the greatest of three or more numbers that
    were tried: what is better may lie beyond."""
    found = []
    for axis in axes:
        value = dict(best.settings).get(axis.key)
        numbers = [number for each in axis.values if (number := as_number(each)) is not None]
        own = as_number(value) if value is not None else None
        if own is None or len(numbers) < 3 or len(numbers) < len(axis.values):
            continue
        if own in (min(numbers), max(numbers)):
            assert value is not None, "it is a number"
            side = "least" if own == min(numbers) else "greatest"
            found.append({"key": axis.key, "value": value, "side": side})
    return found


def as_number(value: str) -> float | None:
    """The number that a value is; None where it is none."""
    try:
        return float(value.replace("_", ""))
    except ValueError:
        return None


def write_report(
    plan: SweepPlan, folder: Path, report: dict[str, Any], choice: Choice | None
) -> None:
    """Write all files of the sweep."""
    from yanmo.pipeline.sweep.page import render_page

    write_json(folder / REPORT_NAME, report)
    write_atomically(folder / TABLE_NAME, to_csv(report))
    write_atomically(folder / PAGE_NAME, render_page(report, language()))
    recipes = {trial.name: trial.recipe for trial in plan.trials}
    picks = {BEST_NAME: choice.best, SMALLEST_NAME: choice.smallest} if choice else {}
    if choice and choice.smallest is choice.best:
        picks.pop(SMALLEST_NAME)
    for name in (BEST_NAME, SMALLEST_NAME):
        if name not in picks:
            (folder / name).unlink(missing_ok=True)
            continue
        recipe = recipes[picks[name].trials[0]]
        assert recipe is not None, "a trial that has come through has a recipe"
        write_atomically(folder / name, to_toml(recipe))


def to_csv(report: dict[str, Any]) -> str:
    """The trials as a table for other programs; keys are written in full."""
    keys = [axis["key"] for axis in report["axes"]]
    figures = list(dict.fromkeys(name for one in report["trials"] for name in one["figures"]))
    columns = ["num_params", "num_trained_params", "steps", "tokens", "elapsed_s"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", *keys, "status", *figures, *columns, "error"])
    for one in report["trials"]:
        writer.writerow(
            [
                one["name"],
                *(one["settings"][key] for key in keys),
                one["status"],
                *(one["figures"].get(name, "") for name in figures),
                *("" if one[name] is None else one[name] for name in columns),
                one["error"] or "",
            ]
        )
    return text.getvalue()


def _axis(axis: Axis, label: str) -> dict[str, Any]:
    return {
        "key": axis.key,
        "label": label,
        "values": list(axis.values),
        "range": [axis.low, axis.high] if axis.is_open else None,
        "is_replicate": axis.is_replicate,
    }


def _trial(record: Record, by: str | None) -> dict[str, Any]:
    outcome = record.outcome
    shown = outcome or record.first_outcome  # of one that is behind, how far behind it was
    is_known = outcome is not None and by is not None
    first = record.first_outcome.figures.get(by or "") if record.first_outcome else None
    return {
        "name": record.trial.name,
        "settings": dict(record.trial.settings),
        "status": record.status,
        "error": record.error,
        "figure": outcome.figures[by] if is_known and outcome and by else None,
        "first_round_figure": first,
        "figures": dict(outcome.figures) if outcome else {},
        "num_params": shown.num_params if shown else None,
        "num_trained_params": shown.num_trained_params if shown else None,
        "steps": shown.steps if shown else None,
        "tokens": shown.tokens if shown else None,
        "elapsed_s": shown.elapsed_s if shown else None,
        "curve": shown.curves.get(by or "", []) if shown else [],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "settings": dict(entry.settings),
        "trials": list(entry.trials),
        "figure": entry.figure,
        "standard_error": entry.standard_error,
        "num_params": entry.num_params,
        "tokens": entry.tokens,
        "elapsed_s": entry.elapsed_s,
    }
