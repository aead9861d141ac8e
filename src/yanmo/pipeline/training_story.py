"""How the training of a run went, beside how its loss fell: processes, restarts, skipped steps.

In: the rows of a run's `events.jsonl` and `metrics.jsonl`, finished or not. Out: facts as pairs of
words and values, and the incidents in the order in which they came, in the reader's language but
for sentences that were written down while it ran. Knows nothing of pages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from yanmo.core.device import device_text
from yanmo.core.messages import listed, t
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.launch import Death
from yanmo.pipeline.report.numbers import exact, share
from yanmo.training.guards.spike import Cause, describe

Row = Mapping[str, Any]
_AXES = ("pipeline", "replicate", "shard", "context", "tensor")
_SWITCHES_OF = {
    "pipeline": ("pipeline_schedule", "stages_per_process", "pipeline_micro_batches"),
    "replicate": ("data_parallel", "local_sgd"),
    "shard": ("data_parallel", "reshard_after_forward"),
    "context": ("context_attention",),
    "tensor": ("is_sequence_parallel", "has_expert_parallel"),
}
"""The settings that matter where an axis is longer than 1."""
_MAX_STEPS_NAMED = 8


@dataclass(frozen=True)
class Incident:
    """Something that happened, with the seconds since 1970 and the optimiser steps done then."""

    time: float
    step: int | None
    text: str


@dataclass(frozen=True)
class TrainingStory:
    """`facts` are pairs of a label and a value."""

    facts: tuple[tuple[str, str], ...]
    incidents: tuple[Incident, ...]


def tell_training(events: Sequence[Row], rows: Sequence[Row]) -> TrainingStory | None:
    """The story of a training; None where no event was noted, as in a run of an older version.

    Args:
        events: rows of events.jsonl, the oldest first.
        rows: of metrics.jsonl.
    """
    beginnings = [event for event in events if event["event"] == "began"]
    if not beginnings:
        return None
    facts = [*_machines(beginnings[-1]), *_speed(rows), *_counts(events, beginnings, rows)]
    return TrainingStory(tuple(facts), tuple(_incidents(events)))


def _machines(began: Row) -> list[tuple[str, str]]:
    """What trains, as it was the last time that the run began or went on."""
    size = began["num_processes"]
    facts = [(t("processes"), exact(size)), (t("machines"), exact(began["num_hosts"]))]
    parallel = began["parallel"]
    if size > 1:
        mesh = " × ".join(str(parallel.get(axis) or 1) for axis in _AXES)
        facts.append((t("pipeline × replicate × shard × context × tensor"), mesh))
        facts.append((t("switches in [parallel]"), listed(_switches(parallel))))
    facts.append((t("device"), device_text(str(began["device"]))))
    facts.append((t("precision"), str(began["dtype"])))
    facts.append((t("compiled"), _compilation(str(began["compilation"]))))
    return facts


def _switches(parallel: Row) -> list[str]:
    """Settings of the axes that are in use, and what differs from the default besides."""
    names = {name for axis in _AXES if (parallel.get(axis) or 1) > 1 for name in _SWITCHES_OF[axis]}
    defaults = ParallelConfig().model_dump(mode="json")
    others = {n for n in defaults if parallel.get(n, defaults[n]) != defaults[n]} - {*_AXES}
    chosen = [name for name in defaults if name in names | others]
    return [f"{name} = {_short(parallel[name])}" for name in chosen if parallel[name] is not None]


def _short(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {entry}" for name, entry in value.items()) + "}"
    return str(value)


def _compilation(state: str) -> str:
    words = {
        "compiled": t("with torch.compile"),
        "not_asked_for": t("no: the recipe does not ask for it"),
        "not_worth_it": t("no: it would take longer than it saves"),
        "failed": t("no: torch.compile failed; the warnings say why"),
    }
    return words.get(state, state)


def _speed(rows: Sequence[Row]) -> list[tuple[str, str]]:
    facts = []
    speeds = _values(rows, "train/tokens_per_s")
    if speeds:
        facts.append((t("tokens per second, median"), exact(median(speeds))))
    fractions = _values(rows, "train/mfu")
    if fractions:
        facts.append((t("part of the measured peak (MFU)"), share(median(fractions))))
    return facts


def _counts(
    events: Sequence[Row], beginnings: Sequence[Row], rows: Sequence[Row]
) -> list[tuple[str, str]]:
    """How often what happened; that nothing did is told too, where it could have."""
    of = Counter(str(event["event"]) for event in events)
    restarted = [event for event in beginnings if event["attempt"]]
    resumed = [event for event in beginnings[1:] if not event["attempt"]]
    deaths = [event for event in events if event["event"] == "died"]
    facts = []
    if beginnings[-1]["num_processes"] > 1 or deaths or restarted:
        count = max(len(deaths), len(restarted))
        facts.append((t("started again after a death"), _with_steps(count, deaths or restarted)))
    facts.append((t("taken up again by command"), _with_steps(len(resumed), resumed)))
    if of["interrupted"]:
        wishes = [event for event in events if event["event"] == "interrupted"]
        facts.append((t("wishes to stop granted"), _with_steps(len(wishes), wishes)))
    if of["stopped"]:
        errors = [event for event in events if event["event"] == "stopped"]
        facts.append((t("ended by an error"), _with_steps(len(errors), errors)))
    skipped = [row for row in rows if "train/skipped_because" in row]
    facts.append((t("skipped steps"), _skipped(skipped)))
    passed_over = sum(len(event["passed_over"]) for event in beginnings)
    if passed_over:
        facts.append((t("damaged checkpoints passed over"), exact(passed_over)))
    facts.append((t("warnings"), exact(of["warned"])))
    return facts


def _skipped(rows: Sequence[Row]) -> str:
    """How many steps were skipped, which, and why."""
    text = _with_steps(len(rows), rows)
    causes = Counter(str(row["train/skipped_because"]) for row in rows)
    known = {cause.value: describe(cause) for cause in Cause}
    for name, count in causes.most_common():
        reason = t("{where}: {what}", where=known.get(name, name), what=count)
        text = t("{first}; {second}", first=text, second=reason)
    return text


def _with_steps(count: int, rows: Sequence[Row]) -> str:
    """`2 (after steps 40, 57)`."""
    steps = [exact(row["step"]) for row in rows if isinstance(row.get("step"), int)]
    if not steps:
        return exact(count)
    named = listed(steps, limit=_MAX_STEPS_NAMED)
    return t("{count} (step {steps})", count=exact(count), steps=named)


def _incidents(events: Sequence[Row]) -> list[Incident]:
    found = []
    has_begun, has_stall = False, False
    for event in events:
        kind = event["event"]
        if kind == "began":
            text = _went_on(event) if has_begun else ""
            has_begun, has_stall = True, False
        elif kind == "stalled" and has_stall:
            continue  # every process that waited says the same
        else:
            has_stall = has_stall or kind == "stalled"
            text = _describe(event)
        if text:
            found.append(Incident(float(event["time"]), event.get("step"), text))
    return found


def _went_on(event: Row) -> str:
    values = {"step": event["step"], "count": event["num_processes"]}
    if event["attempt"]:
        return t("all processes go on after step {step}", step=event["step"])
    return t("taken up again after step {step}; processes: {count}", **values)


def _describe(event: Row) -> str:
    kind = event["event"]
    if kind == "died":
        death = Death(event["rank"], event["code"]).describe()
        return t("{death}; all are started again", death=death)
    if kind == "interrupted":
        return t("asked to stop; a checkpoint was saved")
    if kind == "stopped":
        parts = [event.get(name) for name in ("where", "why")]
        inside = t("; ").join(str(part) for part in parts if part)
        what = t("stopped: {what}", what=event["what"])
        return f"{what} ({inside})" if inside else what
    return str(event.get("text", ""))


def _values(rows: Sequence[Row], name: str) -> list[float]:
    values = [row[name] for row in rows if isinstance(row.get(name), int | float)]
    return [float(value) for value in values if math.isfinite(value)]
