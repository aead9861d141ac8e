"""A run's curves in the terminal: its loss, or any other figure that was logged.

In: the folder of a run, finished or not. Out: lines of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.pipeline.report.curves import Chart, Group, Panel, build_curves
from yanmo.pipeline.terminal_chart import Series, draw_series
from yanmo.training.metrics import read_rows

AXES = ("step", "tokens", "time")
LOSS = "loss"
POINT = "o"
_COUNTERS = {"step", "time"}


def plot_run(
    run_dir: Path,
    metric: str = LOSS,
    *,
    stage: str = "pretrain",
    axis: str = "step",
    columns: int = 80,
    rows: int = 18,
    is_log: bool = False,
) -> list[str]:
    """Draw one figure of a run, as far as the run has come.

    Args:
        metric: `loss` draws training and validation; else a key of metrics.jsonl.
        stage: the folder within the run whose metrics.jsonl is read.
        axis: what the figure is drawn over, one of `AXES`.
        columns: width in characters.
        rows: height in characters, the heading left out.
        is_log: draw the logarithm of the figure.

    Raises:
        ConfigError: nothing is logged under this name.
        DataError: nothing is logged yet.
    """
    path = run_dir / stage / "metrics.jsonl"
    logged = read_rows(path) if path.is_file() else []
    if not logged:
        raise DataError(
            t("no step of this run is logged yet"),
            where=str(path),
            hint=t("`yanmo runs ls` shows how far each run has come."),
        )
    chart = _chart_of(logged, metric)
    series = _series(chart.groups, axis)
    lines = draw_series(series, columns=columns, rows=rows, is_log=is_log)
    if not lines:
        raise DataError(t("none of the figures can be drawn"), where=metric)
    return [_heading(chart, axis), *lines]


def _series(groups: Sequence[Group], axis: str) -> list[Series]:
    """The lines of a chart, smoothed ones where there are such."""
    series = []
    for group in groups:
        smooth = [line for line in group.lines if line.kind == "line"]
        for line in smooth or group.lines:
            mark = POINT if line.kind == "dots" else None
            series.append(Series(group.x.get(axis, group.x["step"]), line.y, mark))
    return series


def _chart_of(logged: Sequence[Mapping[str, Any]], metric: str) -> Chart:
    """The chart of one figure.

    Raises:
        ConfigError: nothing is logged under this name.
    """
    if metric == LOSS:
        chart = build_curves(logged).loss
        charts = [] if chart is None else [chart]
    else:
        charts = build_curves(logged, panels=[Panel(metric, metric, metric)]).panels
    if not charts:
        names = {name for row in logged for name, value in row.items() if _is_figure(value)}
        near = closest(metric, names)
        raise ConfigError(
            t("this run logged no figure called {name}", name=metric),
            hint=t("Did you mean '{name}'?", name=near)
            if near
            else t("There are: {names}.", names=listed(sorted(names - _COUNTERS))),
        )
    return charts[0]


def _heading(chart: Chart, axis: str) -> str:
    over = {"step": t("steps"), "tokens": t("tokens"), "time": t("seconds")}[axis]
    heading = t("{figure}, over {axis}", figure=chart.label, axis=over)
    marked = [line.label for group in chart.groups for line in group.lines if line.kind == "dots"]
    if marked:
        heading = t("{heading}; {mark} is {what}", heading=heading, mark=POINT, what=marked[0])
    return heading


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
