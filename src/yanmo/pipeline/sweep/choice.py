"""Which trial is the best, and which is the smallest that is nearly as good.

Comes in: the outcomes of trials. Goes out: one entry for each combination of values, repetitions
with other seeds summed up, and the picks. Knows nothing of runs and files.

The smallest within one standard error of the best is the rule of Breiman et al. 1984
("Classification and Regression Trees", section 3.4.3); an error is known where every combination
was run with several seeds. Without seeds it is the smallest within a part of the best figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from yanmo.pipeline.sweep.axes import Settings
from yanmo.pipeline.sweep.outcome import LOWER_IS_BETTER, Outcome

TOLERANCE_FRAC = 0.01
"""So much worse than the best may the smallest be, where no standard error is known."""


@dataclass(frozen=True)
class Entry:
    """A combination of values: its trials, the mean of their figure, and what one of them takes.

    `standard_error` is that of the mean; None where there are no repetitions.
    """

    settings: Settings
    trials: tuple[str, ...]
    figure: float
    standard_error: float | None
    num_params: int
    tokens: float
    elapsed_s: float


@dataclass(frozen=True)
class Choice:
    """The entries, the best first; `smallest` is the best itself where none is smaller. `limit` is
    the figure that the smallest had to reach; `has_sizes` says whether any differ in size."""

    by: str
    is_higher_better: bool
    entries: tuple[Entry, ...]
    best: Entry
    smallest: Entry
    limit: float
    rule: Literal["standard_error", "part"]
    has_sizes: bool


def choose(
    outcomes: Mapping[str, tuple[Settings, Outcome]],
    by: str,
    *,
    expected: int = 1,
    replicate_keys: frozenset[str] = frozenset(),
    tolerance_frac: float = TOLERANCE_FRAC,
    counts_tokens: bool = False,
) -> Choice:
    """Pick among finished trials, of which there must be one.

    Args:
        outcomes: settings and outcome of each, by name.
        by: the figure that decides.
        expected: repetitions of each combination; one that lacks some is not picked where another
            has all.
        replicate_keys: the keys whose values are seeds.
        tolerance_frac: what is nearly as good, where there are no repetitions.
        counts_tokens: of two of one size, the one that learned from fewer tokens is the smaller;
            only where lengths are varied, for early stopping ends runs by chance.
    """
    is_higher_better = by not in LOWER_IS_BETTER
    groups: dict[Settings, list[tuple[str, Outcome]]] = {}
    for name, (settings, outcome) in outcomes.items():
        own = tuple(pair for pair in settings if pair[0] not in replicate_keys)
        groups.setdefault(own, []).append((name, outcome))
    entries = [_entry(settings, members, by) for settings, members in groups.items()]
    sign = -1.0 if is_higher_better else 1.0
    entries.sort(key=lambda entry: (sign * entry.figure, entry.num_params, entry.tokens))

    def cost(entry: Entry) -> tuple[float, float]:
        return entry.num_params, entry.tokens if counts_tokens else 0.0

    whole = [entry for entry in entries if len(entry.trials) >= expected] or entries
    best = whole[0]
    rule: Literal["standard_error", "part"] = "part"
    allowed = tolerance_frac * abs(best.figure)
    if best.standard_error is not None:
        rule, allowed = "standard_error", best.standard_error
    limit = best.figure + sign * allowed
    near = [entry for entry in whole if sign * entry.figure <= sign * limit]
    smallest = min(near, key=lambda entry: (*cost(entry), sign * entry.figure))
    if cost(smallest) == cost(best):
        smallest = best
    has_sizes = len({cost(entry) for entry in entries}) > 1
    return Choice(by, is_higher_better, tuple(entries), best, smallest, limit, rule, has_sizes)


def _entry(settings: Settings, members: Sequence[tuple[str, Outcome]], by: str) -> Entry:
    figures = [outcome.figures[by] for _, outcome in members]
    error = stdev(figures) / math.sqrt(len(figures)) if len(figures) > 1 else None
    return Entry(
        settings=settings,
        trials=tuple(name for name, _ in members),
        figure=fmean(figures),
        standard_error=error,
        num_params=members[0][1].num_params,
        tokens=fmean(outcome.tokens for _, outcome in members),
        elapsed_s=fmean(outcome.elapsed_s for _, outcome in members),
    )
