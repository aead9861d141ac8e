"""`yanmo sweep`: the trials of a plan, one after another; the table; the best of them.

Comes in: a plan. Goes out, in the folder of the sweep: `trials/NAME/`, a run of its own for each
combination of values, and what `report` writes. What is finished is left alone, what was
interrupted is gone on with, and a trial that fails does not stop the others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, Interrupted, RunError, YanmoError
from yanmo.core.lock import hold_lock
from yanmo.core.messages import listed, t
from yanmo.parallel.environment import is_launched
from yanmo.pipeline.life import inspect_stages, run
from yanmo.pipeline.report.numbers import duration
from yanmo.pipeline.sweep.choice import Choice, choose
from yanmo.pipeline.sweep.outcome import choose_figure, evaluated_figures, read_outcome
from yanmo.pipeline.sweep.plan import SweepPlan
from yanmo.pipeline.sweep.report import Record, build_report, require_own_folder, write_report
from yanmo.pipeline.sweep.sharing import share_stages
from yanmo.pipeline.sweep.trials import REDUCTION, shortened, stages_until, without_others

TRIALS_NAME = "trials"
FIRST_ROUND_NAME = "first_round"
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Sweep:
    """What a sweep gave: its folder, the content of `sweep.json`, and whether all trials ended
    well."""

    folder: Path
    report: dict[str, Any]
    has_failures: bool


def run_sweep(plan: SweepPlan, out: Path | None = None, console: Console | None = None) -> Sweep:
    """Run every trial that is not finished, and write the table, the page and the best recipe.

    Args:
        plan: from `plan_sweep`.
        out: folder of the sweep; `runs/NAME-sweep` unless told.
        console: where progress goes; standard error unless told.

    Raises:
        Interrupted: the user asked to stop; the trial under way can be gone on with.
        YanmoError: no trial came through, or one failed and failures end the sweep.
    """
    if is_launched():
        raise ConfigError(
            t("a sweep is one process; its trials start those that they need"),
            hint=t("Start it without a launcher; set parallel.replicate in the recipe."),
        )
    folder = out if out is not None else plan.default_folder
    require_own_folder(folder)
    with hold_lock(folder):
        return _Running(plan, folder, console or Console()).run()


def unfinished_trials(plan: SweepPlan, folder: Path) -> list[str]:
    """The names of trials that would be run now."""
    running = _Running(plan, folder, Console(is_quiet=True))
    return [
        record.trial.name
        for record in running.records
        if record.trial.recipe is not None and not running.is_finished(record, TRIALS_NAME)
    ]


class _Running:
    """One go at a sweep."""

    def __init__(self, plan: SweepPlan, folder: Path, console: Console) -> None:
        self.plan = plan
        self.folder = folder
        self.console = console
        self.records = [Record(trial) for trial in plan.trials]
        self._choice: Choice | None = None
        self._evaluated: dict[str, Any] | None = None
        self._began_at = time.monotonic()
        self._seconds: list[float] = []

    def run(self) -> Sweep:
        for record in self.records:
            if record.trial.error is not None:
                record.fail(record.trial.error)
        self._write()
        kept: Sequence[Record] = self.records
        if self.plan.options.has_halving:
            self._run_round(self.records, FIRST_ROUND_NAME)
            kept = self._keep_best_third()
        self._run_round(kept, TRIALS_NAME)
        if not any(record.outcome for record in self.records):
            if any(record.status == "waiting" for record in self.records):
                raise RunError(
                    t("the time was over before one trial was finished"),
                    where="--max-hours",
                    hint=t("Give the command again to go on."),
                )
            whys = dict.fromkeys(one.error.splitlines()[0] for one in self.records if one.error)
            raise RunError(t("every trial failed"), where=str(self.folder), why=t("; ").join(whys))
        if self.plan.options.until == "evaluate":
            self._evaluate_best()
        report = self._write()
        return Sweep(self.folder, report, any(one.status == "failed" for one in self.records))

    def is_finished(self, record: Record, place: str) -> bool:
        """Whether nothing of a trial is left to do."""
        recipe = self._recipe(record, place)
        run_dir = self.folder / place / record.trial.name
        states = inspect_stages(recipe, run_dir, stages_until(recipe, self.plan.judged))
        return all(state.reason is None for state in states)

    def _recipe(self, record: Record, place: str) -> Any:
        assert record.trial.recipe is not None, "a trial with an error is not run"
        recipe = without_others(record.trial.recipe, self.plan.judged)
        return shortened(recipe, self.plan.judged) if place == FIRST_ROUND_NAME else recipe

    def _run_round(self, records: Sequence[Record], place: str) -> None:
        waiting = [record for record in records if record.trial.recipe is not None]
        for index, record in enumerate(waiting, start=1):
            if record.status == "failed":
                continue
            is_finished = self.is_finished(record, place)
            if not is_finished:
                if self._is_time_over():
                    continue
                self._announce(record, place, index, len(waiting))
            self._run_trial(record, place, is_finished=is_finished)
            self._write()

    def _announce(self, record: Record, place: str, index: int, count: int) -> None:
        said = t("trial {n}/{count}: {name}", n=index, count=count, name=record.trial.name)
        if place == FIRST_ROUND_NAME:
            said += " " + t("(first round, a third of the training)")
        if self._seconds:
            left_s = (count - index + 1) * sum(self._seconds) / len(self._seconds)
            said += " " + t("(about {time} left)", time=duration(left_s))
        self.console.note(said)

    def _run_trial(self, record: Record, place: str, *, is_finished: bool) -> None:
        recipe = self._recipe(record, place)
        run_dir = self.folder / place / record.trial.name
        judged = self.plan.judged
        began_at = time.monotonic()
        record.status = "running"
        try:
            if not is_finished:
                donors = self._donors(run_dir)
                stages = stages_until(recipe, judged)
                share_stages(recipe, run_dir, stages, donors, self.console)
                run(recipe, out=run_dir, until=judged.partition("/")[0], console=self.console)
                self._seconds.append(time.monotonic() - began_at)
            outcome = read_outcome(run_dir, judged)
            bad = [name for name, one in outcome.figures.items() if not math.isfinite(one)]
            if bad:
                raise RunError(t("{names} came out as no number", names=listed(bad)))
        except Interrupted:
            record.status = "waiting"
            self._write()
            raise
        except (YanmoError, OSError, RuntimeError, ValueError, ArithmeticError) as error:
            # Not YanmoErrors alone: one unlucky combination must not end a sweep of hours.
            self.console.end_progress()
            told = (
                str(error) if isinstance(error, YanmoError) else f"{type(error).__name__}: {error}"
            )
            record.fail(told)
            self.console.warn(t("{name} failed: {error}", name=record.trial.name, error=told))
            if self.plan.options.stops_on_error:
                self._write()
                if isinstance(error, YanmoError):
                    raise
                raise RunError(told, where=str(run_dir)) from error
            return
        if place == FIRST_ROUND_NAME:
            record.status, record.first_outcome = "waiting", outcome
        else:
            record.status, record.outcome = "done", outcome

    def _donors(self, run_dir: Path) -> list[Path]:
        """Other trials, those of this recipe's own sweep, and the run that it itself would be."""
        trials = [
            path
            for folder in dict.fromkeys((self.folder, self.plan.default_folder))
            for place in (TRIALS_NAME, FIRST_ROUND_NAME)
            for path in sorted((folder / place).glob("*"))
        ]
        return [path for path in [*trials, Path("runs") / self.plan.recipe.name] if path != run_dir]

    def _is_time_over(self) -> bool:
        limit = self.plan.options.max_hours
        return limit is not None and time.monotonic() - self._began_at > limit * _HOUR_S

    def _keep_best_third(self) -> list[Record]:
        """Those that go on to the second round; all others of the first are behind.

        Where time ran out before all had their first round, nobody can be told to be behind.
        """
        tried = [record for record in self.records if record.first_outcome is not None]
        if not tried or any(
            record.status == "waiting" and record not in tried for record in self.records
        ):
            return []
        choice = self._choose([(record, record.first_outcome) for record in tried])
        names = {
            name
            for entry in choice.entries[: -(-len(choice.entries) // REDUCTION)]
            for name in entry.trials
        }
        for record in tried:
            if record.trial.name not in names:
                record.status = "behind"
        return [record for record in tried if record.trial.name in names]

    def _choose(self, tried: Sequence[tuple[Record, Any]]) -> Choice:
        options = self.plan.options
        by = choose_figure(options.by, [outcome for _, outcome in tried])
        return choose(
            {one.trial.name: (one.trial.settings, outcome) for one, outcome in tried},
            by,
            expected=self.plan.num_replicates,
            replicate_keys=self.plan.replicate_keys,
            tolerance_frac=options.tolerance_frac,
            counts_tokens=any(axis.is_length for axis in self.plan.axes),
        )

    def _evaluate_best(self) -> None:
        """Measure the best trial, and no other one, on the split that nothing was chosen by."""
        assert self._choice is not None, "a trial has come through"
        name = self._choice.best.trials[0]
        (record,) = [one for one in self.records if one.trial.name == name]
        recipe = self._recipe(record, TRIALS_NAME)
        run_dir = self.folder / TRIALS_NAME / name
        self.console.note(t("measuring the best trial, {name}", name=name))
        run(recipe, out=run_dir, until="evaluate", console=self.console)
        section = self.plan.judged.partition("/")[2]
        stage = f"{self.plan.judged}/evaluate" if section else "evaluate"
        config = recipe.finetune[section].evaluate if section else recipe.evaluate
        figures = evaluated_figures(run_dir / stage)
        self._evaluated = {"trial": name, "split": config.split, "figures": figures}

    def _write(self) -> dict[str, Any]:
        done = [(record, record.outcome) for record in self.records if record.outcome is not None]
        self._choice = self._choose(done) if done else None
        report = build_report(self.plan, self.folder, self.records, self._choice, self._evaluated)
        write_report(self.plan, self.folder, report, self._choice)
        return report
