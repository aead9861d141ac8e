"""The learning curves of a fine-tuning: loss, the metrics of its tasks, and the kept step.

Comes in: the rows of a fine-tuning and of its other draws. Goes out: `Curves` whose charts have
names of their own, so that several stand on one page. Knows nothing of pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yanmo.core.messages import t
from yanmo.pipeline.report.curves import Chart, Curves, Group, Line, Panel, build_curves
from yanmo.pipeline.report.tuning_files import TuningFiles
from yanmo.training.config import EarlyStoppingConfig
from yanmo.training.schedule import has_stopped_early, index_of_best

MAX_METRICS = 4
_LOSS = "validation/loss"
_PREFIX = "validation/"


@dataclass(frozen=True)
class TuningCurves:
    """The charts of a fine-tuning.

    Attributes:
        curves: as those of pretraining.
        metrics: keys of the tasks' metrics in the rows, the one that decides first.
        kept: the row of the validation whose weights were kept; None where nothing was validated.
        has_stopped_early: whether training ended before its last step.
    """

    curves: Curves
    metrics: Sequence[str]
    kept: Mapping[str, float] | None
    has_stopped_early: bool


def tuning_curves(files: TuningFiles, family: str) -> TuningCurves:
    """The charts of one fine-tuning; `family` goes before their names and joins their cursors."""
    metrics = metrics_of(files.rows)
    curves = _curves(files.rows, metrics)
    validations, criterion = curves.validation, _criterion(files.section, metrics)
    kept, stopped = None, False
    # What decides is better when it is higher, and the loss when it is lower.
    sign = 1.0 if criterion == _LOSS else -1.0
    criteria = [sign * row[criterion] for row in validations if criterion in row]
    if criteria and len(criteria) == len(validations):
        stopping = _stopping(files.section)
        losses = [row[_LOSS] for row in validations]
        first, best = _best(criteria, losses, stopping, files.counts.get("validation_loss"))
        stopped = bool(files.counts) and has_stopped_early(stopping, criteria[first:])
        is_last = bool(files.section) and stopping is None
        kept = validations[-1 if is_last else best]
    others = [_curves(rows, metrics) for rows in files.other_draws]
    return TuningCurves(_joined(curves, others, kept, family), metrics, kept, stopped)


def _best(
    criteria: Sequence[float],
    losses: Sequence[float],
    stopping: EarlyStoppingConfig | None,
    recorded: object,
) -> tuple[int, int]:
    """The first validation that might be the best, and the best. The trainer leaves the one before
    the first step out where parts of the model were random numbers: the loss that it `recorded` at
    the end tells whether it did."""
    min_delta = stopping.min_delta if stopping else 0.0
    found = []
    for first in range(min(2, len(criteria))):
        best = index_of_best(criteria[first:], min_delta, losses[first:])
        found.append((first, first + (best or 0)))
    return next((pair for pair in found if losses[pair[1]] == recorded), found[0])


def metrics_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys of at most `MAX_METRICS` metrics: those that head their task, then the others."""
    known = list(
        dict.fromkeys(
            key for row in rows for key in row if key.startswith(_PREFIX) and key != _LOSS
        )
    )
    heads: dict[str, str] = {}
    for key in known:
        heads.setdefault(key.removeprefix(_PREFIX).rpartition("/")[0], key)
    first = list(heads.values())
    return (first if len(heads) > 1 else known)[:MAX_METRICS]


def _curves(rows: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> Curves:
    panels = [
        *(
            Panel(key, f"metric-{index}", metric_label(key), "dots")
            for index, key in enumerate(metrics)
        ),
        Panel("train/lr", "lr", t("learning rate")),
        Panel("train/tokens_per_s", "tokens_per_s", t("tokens per second")),
    ]
    return build_curves(rows, loss=t("loss"), panels=panels)


def metric_label(key: str) -> str:
    """What a metric is called on the page: its task before it where there are several."""
    name = key.removeprefix(_PREFIX)
    return t("mean of the tasks") if name == "mean" else name.replace("/", " · ")


def _criterion(section: Mapping[str, Any], metrics: Sequence[str]) -> str:
    return _LOSS if section.get("select_by") == "loss" or not metrics else metrics[0]


def _stopping(section: Mapping[str, Any]) -> EarlyStoppingConfig | None:
    """The rule that the trainer went by: patience is no more than the validations asked for."""
    said = section.get("early_stopping")
    if not isinstance(said, dict):
        return None
    config = EarlyStoppingConfig.model_validate(said)
    if section.get("epochs") is None:
        return config
    patience = min(config.patience, int(section.get("num_validations", config.patience)))
    return EarlyStoppingConfig(patience=patience, min_delta=config.min_delta)


def _joined(
    curves: Curves, others: Sequence[Curves], kept: Mapping[str, float] | None, family: str
) -> Curves:
    """The charts with the other draws behind them, the kept point ringed, and their own names."""
    if curves.loss is None:
        return curves
    behind = [one.loss for one in others if one.loss is not None]
    loss = _dressed(curves.loss, behind, kept, _LOSS)
    panels = []
    for panel in curves.panels:
        same = [p for one in others for p in one.panels if p.name == panel.name]
        is_metric = panel.name.startswith("metric-")
        key = next((k for k in kept or {} if is_metric and metric_label(k) == panel.label), None)
        panels.append(_dressed(panel, same if is_metric else [], kept, key))
    charts = [
        replace(chart, name=f"{family}-{chart.name}", family=family) for chart in (loss, *panels)
    ]
    return replace(curves, loss=charts[0], panels=charts[1:])


def _dressed(
    chart: Chart, others: Sequence[Chart], kept: Mapping[str, float] | None, key: str | None
) -> Chart:
    behind = [
        Group(group.x, [Line("thin", t("other draws"), line.y)])
        for other in others
        for group in other.groups
        for line in group.lines
        if line.kind != "raw"
    ]
    ring = []
    if kept is not None and key is not None and math.isfinite(kept[key]):
        step = kept["step"]
        measured = next(
            (g for g in chart.groups if g.lines[0].kind == "dots" and step in g.x["step"]), None
        )
        if measured is not None:
            place = measured.x["step"].index(step)
            x = {axis: [values[place]] for axis, values in measured.x.items()}
            ring = [Group(x, [Line("kept", t("kept"), [kept[key]])])]
    return replace(chart, groups=[*chart.groups, *ring, *behind])
