"""What the fine-tunings of a recipe would cost, as lines for a terminal.

Comes in: trials of its sections. Goes out: text, and a warning for each that does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.messages import listed, t
from yanmo.pipeline.planning.tuning_probe import PROBE_STEPS, TuningTrial
from yanmo.training.progress import format_duration


def format_tunings(trials: Sequence[TuningTrial], machine_bytes: int, base_s: float | None) -> str:
    """The fine-tunings, a few lines each.

    Args:
        trials: of all sections.
        machine_bytes: memory of the machine.
        base_s: seconds of everything before them; None where that is nothing, or not known.
    """
    lines = [line for trial in trials for line in _lines(trial, machine_bytes)]
    known = [trial.total_s for trial in trials if trial.problem is None]
    if known:
        spent = format_duration(sum(known) + (base_s or 0.0))
        lines.append(
            t("all fine-tunings and what stands above: {time} at most", time=spent)
            if base_s is not None
            else t("all fine-tunings: {time} at most", time=spent)
        )
        lines.append(
            t(
                "early stopping may end sooner; their evaluation, disk, energy and money are not in"
                " this bill"
            )
        )
    return "\n".join(lines)


def not_tried(names: Sequence[str]) -> str:
    """What is said of fine-tunings that nobody tried."""
    return t(
        "not in this bill: {names}; steps and time of a fine-tuning are known after a probe",
        names=listed(names),
    )


def _lines(trial: TuningTrial, machine_bytes: int) -> list[str]:
    name = f"finetune.{trial.section}"
    if trial.problem is not None:
        return [t("! {name} could not be tried: {why}", name=name, why=trial.problem)]
    draws = ""
    if trial.num_draws > 1:
        draws = t("{n} draws, each: ", n=trial.num_draws)
    speed = trial.step_tokens / trial.step_s if trial.step_s else 0.0
    lines = [
        t(
            "{name}: {draws}{rows:,} {rows:row|rows}, {steps:,} {steps:step|steps}; {trained:,} of"
            " {params:,} parameters learn",
            name=name,
            draws=draws,
            rows=trial.num_rows,
            steps=trial.steps,
            trained=trial.num_trained_params,
            params=trial.num_params,
        ),
        "  "
        + t(
            "{tokens:,} tokens, {memory:,.0f} MiB, {time} ({speed:,.0f} tokens/s in a probe of"
            " {probe} steps)",
            tokens=trial.tokens,
            memory=trial.peak_bytes / 2**20,
            time=format_duration(trial.total_s),
            speed=speed,
            probe=PROBE_STEPS,
        ),
    ]
    if trial.is_stand_in:
        lines.append(
            "  "
            + t(
                "tried with random weights and a vocabulary of the task's texts: the recipe's own"
                " model is not trained yet"
            )
        )
    if trial.peak_bytes > machine_bytes:
        lines.append(
            t(
                "! {name} needs {needed:.1f} GiB, and the machine has {there:.1f} GiB",
                name=name,
                needed=trial.peak_bytes / 2**30,
                there=machine_bytes / 2**30,
            )
        )
    return lines
