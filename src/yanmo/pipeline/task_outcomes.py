"""What came of the tasks of a run, a line for each: the metric, its interval, the best baseline.

Comes in: a run directory. Goes out: the reports of its evaluations, and sentences for lists and for
the end of a run. A report that cannot be read is left out here; the page says why.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.evaluation.task_report import REPORT_NAME, TaskReport, read_task_report
from yanmo.evaluation.task_table import predictor_name
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX

PLACES = ("finetune/*/evaluate", "finetune/*/evaluate/*", "prompt/*")


@dataclass(frozen=True)
class TaskOutcome:
    """One evaluated task: its section, such as `finetune/sst`, and its report."""

    section: str
    report: TaskReport

    @property
    def name(self) -> str:
        """The task, told apart from the same one of another section."""
        return task_name(self.report.task, self.section)

    @property
    def place(self) -> str:
        """Its section, and its own name where that is another."""
        task = self.report.task
        return self.section if self.section.endswith(f"/{task}") else f"{self.section}, {task}"

    def as_json(self) -> dict[str, Any]:
        """The figure of the task and the verdict, None where there is none."""
        main, verdict = self.report.main_figure, _verdict(self.report)
        best = self.report.best_baseline
        return {
            "section": self.section,
            "place": self.place,
            "task": self.report.task,
            "split": self.report.split,
            "metric": main.metric if main else None,
            "value": main.value if main else None,
            "interval": list(main.interval) if main and main.interval else None,
            "best_baseline": best.name if best else None,
            "baseline_value": best.figures[0].value if best else None,
            "verdict": verdict,
        }

    def line(self) -> str:
        """The metric with its interval, and how that compares with the best baseline."""
        main, best = self.report.main_figure, self.report.best_baseline
        if main is None or main.value is None:
            return t("The model gave nothing that could be measured.")
        figure = f"{main.metric} {main.value:.4f}"
        if main.interval is not None:
            low, high = (f"{end:.4f}" for end in main.interval)
            figure = t("{figure}, 95% interval {low} to {high}", figure=figure, low=low, high=high)
        if best is None:
            return figure
        named = f"{predictor_name(best.name)} {best.figures[0].value:.4f}"
        against = {
            "better": t("better than the best baseline, {name}", name=named),
            "worse": t("worse than the best baseline, {name}", name=named),
            "no difference": t("no certain difference from the best baseline, {name}", name=named),
            None: t("the best baseline is {name}", name=named),
        }
        return figure + t("; ") + against[_verdict(self.report)]


def task_name(task: str, section: str) -> str:
    """A task, and the section that it was measured for where that has another name."""
    if section == f"finetune/{task}":
        return task
    return t("{task} ({section})", task=task, section=section)


def task_outcomes(run_dir: Path, sections: Collection[str] | None = None) -> list[TaskOutcome]:
    """The evaluated tasks of a run, in the order of their sections.

    Args:
        run_dir: a run, finished or not.
        sections: take only these, such as `finetune/sst`; all of them when None.
    """
    found = []
    for path in sorted(path for place in PLACES for path in run_dir.glob(f"{place}/{REPORT_NAME}")):
        kind, name = path.relative_to(run_dir).parts[:2]
        section = f"{kind}/{name}"
        is_aside = name.endswith((PREVIOUS_SUFFIX, UNFINISHED_SUFFIX))
        if is_aside or (sections is not None and section not in sections):
            continue
        try:
            found.append(TaskOutcome(section, read_task_report(path)))
        except DataError:
            continue
    return found


def _verdict(report: TaskReport) -> Any:
    best = report.best_baseline
    return next((c.verdict for c in report.comparisons if best and c.other == best.name), None)
