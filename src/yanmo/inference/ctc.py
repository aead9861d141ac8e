"""From scores of characters at every place to texts: greedy, or with a beam of prefixes.

In: log-probabilities (T, C), class 0 the blank. Out: classes and their log-probability. Equal
classes at neighbouring places are one character unless a blank stands between (Graves et al. 2006,
section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Classes = tuple[int, ...]
Beams = dict[Classes, tuple[float, float]]
"""By prefix the log-probability of its paths that end in a blank, and of those that do not."""
BLANK = 0
_NEVER = -np.inf
PRUNED = -12.0
"""Classes below this log-probability (6e-6) begin no new prefix."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A text as classes.

    Attributes:
        classes: of its characters.
        log_prob: in nats; greedy, that of the one path; with a beam, that of all paths which the
            beam has kept.
    """

    classes: Classes
    log_prob: float


def collapse(path: NDArray[np.int64]) -> Classes:
    """The text of a path (T,): repetitions are one, blanks are nothing."""
    if not len(path):
        return ()
    is_new = np.append(True, path[1:] != path[:-1])
    return tuple(path[is_new & (path != BLANK)].tolist())


def greedy(log_probs: NDArray[np.float64]) -> Transcript:
    """The text of the most probable path through (T, C)."""
    path = log_probs.argmax(1)
    return Transcript(collapse(path), float(log_probs.max(1).sum()))


def prefix_beam(
    log_probs: NDArray[np.float64], num_beams: int, *, pruned: float = PRUNED
) -> list[Transcript]:
    """The most probable texts, summed over the paths of each, the best first.

    Each prefix carries two numbers: the probability of the paths that end in a blank, and of those
    that end in its last character (Hannun et al. 2014, algorithm 1, without a language model).

    Args:
        log_probs: (T, C), class 0 the blank.
        num_beams: prefixes that are kept at each place; with enough of them the sum is exact.
        pruned: classes that are less likely at a place extend nothing there.
    """
    beams: Beams = {(): (0.0, _NEVER)}
    for place in log_probs:
        grown = _grow(beams, place, pruned)
        ranked = sorted(grown.items(), key=lambda item: (-_sum(*item[1]), item[0]))
        beams = dict(ranked[:num_beams])
    return [Transcript(prefix, _sum(*ends)) for prefix, ends in beams.items()]


def _grow(beams: Beams, place: NDArray[np.float64], pruned: float) -> Beams:
    """All prefixes after one more place (C,)."""
    blank = float(place[BLANK])
    likely = [c for c in np.flatnonzero(place > pruned).tolist() if c != BLANK]
    grown: Beams = {}
    for prefix, (in_blank, in_character) in beams.items():
        in_any = _sum(in_blank, in_character)
        _add(grown, prefix, (in_any + blank, _NEVER))
        if prefix:
            _add(grown, prefix, (_NEVER, in_character + float(place[prefix[-1]])))
        for found in likely:
            # A character that repeats the last one is a new one only behind a blank.
            before = in_blank if prefix and prefix[-1] == found else in_any
            if before > _NEVER:
                _add(grown, (*prefix, found), (_NEVER, before + float(place[found])))
    return grown


def _add(beams: Beams, prefix: Classes, ends: tuple[float, float]) -> None:
    before = beams.get(prefix, (_NEVER, _NEVER))
    beams[prefix] = (_sum(before[0], ends[0]), _sum(before[1], ends[1]))


def _sum(first: float, second: float) -> float:
    """log(exp(first) + exp(second))."""
    return float(np.logaddexp(first, second))
