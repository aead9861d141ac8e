"""Beam search over many rows at once (Graves 2012; lengths weighed as in Wu et al. 2016).

At every step each text keeps its N most probable unended hypotheses. A hypothesis that ends counts
where it is among the N best candidates of its step. `full` stops when N have ended; `settled` stops
when no open one can overtake: its sum only falls, and the penalty it is divided by is largest at
the longest length allowed, so `sum / penalty(limit)` is the most that it can come to (Huang et al.
2017, section 3, with that bound). What ended goes before what a limit cut. Knows ids, not text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import torch

from yanmo.inference.open_rows import OpenRows
from yanmo.inference.writing_config import BeamStop
from yanmo.inference.writing_rules import WritingRules, Written


def length_divisor(num_tokens: int, length_penalty: float) -> float:
    """lp(Y) = ((5 + |Y|) / 6) ** alpha (Wu et al. 2016, eq. 14)."""
    return float(((5 + num_tokens) / 6) ** length_penalty)


@dataclass(frozen=True)
class BeamSettings:
    """How wide a beam is, what a length costs, when it is done; see `WritingConfig`."""

    num_beams: int
    length_penalty: float
    beam_stop: BeamStop


@dataclass
class _Hypothesis:
    ids: tuple[int, ...]
    log_prob: float


@dataclass
class _Text:
    """The beam of one text: open hypotheses in the order of their rows, and the best ended one."""

    row: int
    limit: int
    settings: BeamSettings
    open: list[_Hypothesis]
    ended: list[tuple[float, _Hypothesis]] = field(default_factory=list)

    def is_done(self) -> bool:
        """Whether nothing more needs to be written."""
        settings = self.settings
        best_open = max(hypothesis.log_prob for hypothesis in self.open)
        if best_open == -torch.inf or len(self.open[0].ids) >= self.limit:
            return True
        if settings.beam_stop == "full":
            return len(self.ended) >= settings.num_beams
        attainable = best_open / length_divisor(self.limit, settings.length_penalty)
        return bool(self.ended) and max(value for value, _ in self.ended) >= attainable

    def result(self) -> Written:
        """The best ended hypothesis; where none ended, the best open one, which then is cut."""
        if self.ended:
            best = max(self.ended, key=lambda entry: entry[0])[1]
            return Written(best.ids, best.log_prob, is_cut=False)
        best = max(self.open, key=lambda hypothesis: hypothesis.log_prob)
        return Written(best.ids, best.log_prob, is_cut=True)


def write_with_beam(
    rows: OpenRows,
    begins: Sequence[Sequence[int]],
    limits: Sequence[int],
    rules: WritingRules,
    settings: BeamSettings,
) -> list[Written]:
    """Continue `begins`, each with at most as many tokens as `limits` says.

    Args:
        rows: as many as there are beginnings, nothing read yet.
        begins: what each row starts with; of one length, and not part of what is written.
    """
    closed = [_Hypothesis((), -torch.inf)] * (settings.num_beams - 1)
    texts = [
        _Text(row, limit, settings, [_Hypothesis((), 0.0), *closed])
        for row, limit in enumerate(limits)
    ]
    return follow_beams(rows, begins, texts, partial(_advance, rules=rules, settings=settings))


class Hypothesis(Protocol):
    """One way in which a text may go on."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens so far."""


class Beam(Protocol):
    """The open hypotheses of one text, as many as every other text has, in the order of rows."""

    @property
    def row(self) -> int:
        """Its place among the texts at the beginning."""

    @property
    def open(self) -> Sequence[Hypothesis]:
        """What may still go on."""

    def is_done(self) -> bool:
        """Whether nothing more needs to be written."""

    def result(self) -> Written:
        """What is written in the end."""


AnyBeam = TypeVar("AnyBeam", bound=Beam)


def follow_beams(
    rows: OpenRows,
    begins: Sequence[Sequence[int]],
    texts: Sequence[AnyBeam],
    advance: Callable[[Sequence[AnyBeam], torch.Tensor], list[list[int]]],
) -> list[Written]:
    """Read, advance and drop what is done until everything is.

    Args:
        rows: as many as there are beginnings, nothing read yet.
        begins: of one length; what each text starts with.
        texts: one for each beginning, with N open hypotheses each.
        advance: gives every text its next hypotheses out of log-probabilities (texts * N, V), and
            says which rows these go on from, N of each text.
    """
    assert len(set(map(len, begins))) == 1, "rows of a beam begin with equally many tokens"
    num_beams = len(texts[0].open)
    results: dict[int, Written] = {}
    log_probs = rows.step(torch.tensor([list(begin) for begin in begins])).log_softmax(1)
    spread = torch.arange(len(begins)).repeat_interleave(num_beams)
    rows.select(spread)
    log_probs = log_probs.index_select(0, spread.to(log_probs.device))  # (R, V)
    while True:
        parents = advance(texts, log_probs)
        kept = []
        for place, text in enumerate(texts):
            if text.is_done():
                results[text.row] = text.result()
            else:
                kept.append(place)
        if not kept:
            return [results[row] for row in range(len(begins))]
        order = [parent for place in kept for parent in parents[place]]
        if order != list(range(len(texts) * num_beams)):
            rows.select(torch.tensor(order))
        texts = [texts[place] for place in kept]
        last = [[hypothesis.ids[-1]] for text in texts for hypothesis in text.open]
        log_probs = rows.step(torch.tensor(last)).log_softmax(1)  # (R, V)


def _advance(
    texts: Sequence[_Text],
    log_probs: torch.Tensor,
    rules: WritingRules,
    settings: BeamSettings,
) -> list[list[int]]:
    """Give every text its next hypotheses; the rows (N of each text) that these go on from."""
    num_beams, vocab_size = settings.num_beams, log_probs.shape[1]
    open_ones = [hypothesis for text in texts for hypothesis in text.open]
    allowed = rules.forbid(log_probs, [hypothesis.ids for hypothesis in open_ones])
    sums = torch.tensor([hypothesis.log_prob for hypothesis in open_ones], dtype=torch.float64).to(
        allowed.device
    )
    totals = (sums[:, None] + allowed).view(len(texts), -1)  # (B, N * V)
    # Enough that N of them do not end the text, whatever the stop ids do.
    num_candidates = min(num_beams * (1 + len(rules.stop_ids)), totals.shape[1])
    values, places = totals.topk(num_candidates, dim=1)
    return [
        _extend(text, number * num_beams, row_values, row_places, vocab_size, rules, settings)
        for number, (text, row_values, row_places) in enumerate(
            zip(texts, values.tolist(), places.tolist(), strict=True)
        )
    ]


def _extend(
    text: _Text,
    first_row: int,
    values: Sequence[float],
    places: Sequence[int],
    vocab_size: int,
    rules: WritingRules,
    settings: BeamSettings,
) -> list[int]:
    """Take the candidates of one text, best first: those that end, and N that go on."""
    following: list[_Hypothesis] = []
    parents: list[int] = []
    for rank, (value, place) in enumerate(zip(values, places, strict=True)):
        beam, token = divmod(place, vocab_size)
        if value == -torch.inf or len(following) == settings.num_beams:
            break
        ids = text.open[beam].ids
        if token in rules.stop_ids:
            if rank < settings.num_beams:
                worth = value / length_divisor(len(ids) + 1, settings.length_penalty)
                text.ended.append((worth, _Hypothesis(ids, value)))
            continue
        following.append(_Hypothesis((*ids, token), value))
        parents.append(first_row + beam)
    num_written = len(text.open[0].ids) + 1
    while len(following) < settings.num_beams:  # fewer tokens than beams: places that stay empty
        following.append(_Hypothesis((0,) * num_written, -torch.inf))
        parents.append(first_row)
    text.open = following
    return parents
