"""The figures of tuned models beside their baselines, as a table for a page.

    python bench/task_results.py RUN [RUN ...]         (YANMO_LANG=zh for Chinese)

Comes in: run directories in which `yanmo run` has tuned and measured models. Goes out, on the
screen: one line of Markdown for each model and test split, with 95% intervals, every baseline, and
whether the difference from the best one is certain. It measures nothing itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from yanmo.core.messages import language, t
from yanmo.evaluation.task_report import (
    ITEMS_NAME,
    REPORT_NAME,
    Figure,
    PredictorScores,
    TaskReport,
    read_task_report,
)

HEADINGS = {
    "en": ("run and section", "items", "metric", "model", "baselines", "beside the best baseline"),
    "zh": ("运行与小节", "条数", "指标", "模型", "基线", "与最好的基线相比"),
}
VERDICTS = {
    "en": {"better": "better", "worse": "worse", "no difference": "no certain difference"},
    "zh": {"better": "更好", "worse": "更差", "no difference": "没有确定的差别"},
}


def figure_cell(figure: Figure) -> str:
    """A figure with its interval."""
    if figure.value is None:
        return "-"
    if figure.interval is None:
        return f"{figure.value:.3f}"
    low, high = figure.interval
    return f"{figure.value:.3f} [{low:.3f}, {high:.3f}]"


def best_of(baselines: Sequence[PredictorScores]) -> PredictorScores | None:
    """The baseline with the best first metric."""
    known = [one for one in baselines if one.figures[0].value is not None]
    if not known:
        return None
    sign = 1 if known[0].figures[0].is_higher_better else -1
    return max(known, key=lambda one: sign * (one.figures[0].value or 0.0))


def row_of(name: str, report: TaskReport, tongue: str) -> str:
    """One line of the table."""
    model = next(one for one in report.scores if one.kind == "model")
    baselines = [one for one in report.scores if one.kind == "baseline"]
    best = best_of(baselines)
    verdict = "-"
    for one in report.comparisons:
        if best is not None and one.other == best.name and one.model == model.name:
            low, high = one.interval or (float("nan"), float("nan"))
            verdict = (
                f"{VERDICTS[tongue][one.verdict]} ({one.difference:+.3f} [{low:+.3f}, {high:+.3f}])"
            )
    beside = "; ".join(f"{t(one.name)} {figure_cell(one.figures[0])}" for one in baselines)
    cells = (
        name,
        f"{report.num_items:,}",
        model.figures[0].metric,
        f"**{figure_cell(model.figures[0])}**",
        beside or "-",
        verdict,
    )
    return "| " + " | ".join(cells) + " |"


def report_files(run: Path) -> list[Path]:
    """The reports of what `run` has tuned and measured, those of earlier trainings apart."""
    return [
        file
        for folder in ("finetune", "measure")
        for file in (run / folder).rglob(REPORT_NAME)
        if (file.parent / ITEMS_NAME).is_file() and ".previous" not in str(file)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    arguments = parser.parse_args()
    tongue = language()
    print("| " + " | ".join(HEADINGS[tongue]) + " |")
    print("|" + "---|" * len(HEADINGS[tongue]))
    for run in arguments.runs:
        for file in sorted(report_files(run)):
            parts = file.relative_to(run).parent.parts[1:]
            names = [part for part in parts if part not in ("evaluate", run.name)]
            print(row_of("/".join([run.name, *names]), read_task_report(file), tongue))


if __name__ == "__main__":
    main()
