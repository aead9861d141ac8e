"""The smallest edit found that turns a right prediction wrong.

In come a predictor, texts with their gold, and a judge that says how sure a prediction is of what
is right; out come flips, with the number of predictions that the search asked for. The search is
greedy: words whose removal hurts most are edited first, a character at a time (left out, exchanged
with its neighbour, replaced), after Gao et al. 2018 ("DeepWordBug") and Li et al. 2019
("TextBugger"); edits that turn out not to be needed are taken back. What is found is an upper
bound: a smaller edit may exist. Knows no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from yanmo.evaluation.robustness import Predict, drawn_items
from yanmo.evaluation.task_report import Flip, FlipSearch

Judge = Callable[[Any, Any], tuple[bool, float]]
"""`(gold, prediction)` to whether it is right, and how sure it is of what is right."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_UNIT = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")
_MAX_PER_UNIT = 8
_UNITS_PER_STEP = 4


@dataclass(frozen=True, order=True)
class _Edit:
    """Characters `start` to `end` of the original text become `new`."""

    start: int
    end: int
    new: str

    def overlaps(self, other: _Edit) -> bool:
        return self.start < other.end and other.start < self.end


def no_replacement(_character: str) -> str:
    """Of a search that leaves characters out and exchanges them, but puts in no others."""
    return ""


def as_text(_place: int, text: str) -> str:
    """Of a predictor that reads the text and nothing else."""
    return text


def is_equal(gold: Any, predicted: Any) -> tuple[bool, float]:
    """The judge of predictions that are right or wrong and tell nothing more."""
    return gold == predicted, float(gold == predicted)


def find_flips(
    predict: Predict,
    texts: Sequence[str],
    gold: Sequence[Any],
    *,
    ids: Sequence[str] | None = None,
    as_input: Callable[[int, str], Any] = as_text,
    judge: Judge = is_equal,
    shown: Callable[[Any], str] = str,
    replacements: Callable[[str], str] = no_replacement,
    max_items: int | None = 50,
    max_edits: int = 3,
    max_queries: int = 200,
    max_flips: int = 50,
    seed: int = 0,
) -> FlipSearch:
    """Search for small edits that turn right predictions wrong.

    Args:
        predict: inputs to predictions.
        texts, gold: the items; `texts` is what is edited of them.
        ids: their names; numbers from 0 where None.
        as_input: the number of an item and its text, edited or not, to what the predictor reads.
        judge: what says whether a prediction is right and how sure it is.
        shown: a prediction or a gold value as the report shows it.
        replacements: for a character those that may stand in its place, the likeliest first.
        max_items: a seeded draw of so many items is searched; None takes all. Items whose
            prediction is wrong as they are need no search.
        max_edits: single-character edits in one text.
        max_queries: predictions asked for about one item, the first one left out.
        max_flips: how many are listed.
        seed: of the draw and of the edits tried.
    """
    chosen = drawn_items(len(texts), max_items, seed)
    first = predict([as_input(index, texts[index]) for index in chosen]) if chosen else []

    def asked(index: int) -> Predict:
        return lambda some: predict([as_input(index, text) for text in some])

    searches = [
        _Search(asked(index), judge, texts[index], gold[index], replacements, max_queries)
        for index, prediction in zip(chosen, first, strict=True)
        if judge(gold[index], prediction)[0]
    ]
    right = [
        (index, prediction)
        for index, prediction in zip(chosen, first, strict=True)
        if judge(gold[index], prediction)[0]
    ]
    flips: list[Flip] = []
    for search, (index, before) in zip(searches, right, strict=True):
        found = search.run(judge(gold[index], before)[1], max_edits, random.Random(seed + index))
        if found is not None:
            edits, after = found
            flips.append(
                Flip(
                    id=ids[index] if ids is not None else str(index),
                    gold=shown(gold[index]),
                    before=shown(before),
                    after=shown(after),
                    text=texts[index],
                    edited=applied(texts[index], edits),
                    num_edits=len(edits),
                    num_queries=search.num_queries,
                )
            )
    flips.sort(key=lambda flip: (flip.num_edits, flip.num_queries))
    return FlipSearch(
        num_attacked=len(searches),
        num_flipped=len(flips),
        max_edits=max_edits,
        max_queries=max_queries,
        num_queries=len(chosen) + sum(search.num_queries for search in searches),
        flips=tuple(flips[:max_flips]),
    )


def applied(text: str, edits: Sequence[_Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


@dataclass
class _Search:
    """The search on one text."""

    predict: Predict
    judge: Judge
    text: str
    gold: Any
    replacements: Callable[[str], str]
    max_queries: int
    num_queries: int = field(default=0, init=False)

    def run(
        self, sureness: float, max_edits: int, chance: random.Random
    ) -> tuple[list[_Edit], Any] | None:
        """The edits of a flip and the wrong prediction, or None where none was found."""
        edits: list[_Edit] = []
        units = self._ranked_units(chance)
        while len(edits) < max_edits:
            step = self._step(units, edits, sureness, chance)
            if step is None:
                return None
            edit, sureness, wrong = step
            edits.append(edit)
            if wrong is not None:
                return self._pruned(edits, wrong[0])
        return None

    def _step(
        self,
        units: Sequence[tuple[int, int]],
        edits: Sequence[_Edit],
        sureness: float,
        chance: random.Random,
    ) -> tuple[_Edit, float, tuple[Any] | None] | None:
        """The edit that hurts most among those of the next few units, as soon as one hurts.

        Returns:
            The edit, how sure the prediction is now, and the prediction where it is wrong (in a
            tuple, as it may be None itself); None where nothing hurts or the budget is spent.
        """
        for start in range(0, len(units), _UNITS_PER_STEP):
            group = units[start : start + _UNITS_PER_STEP]
            candidates = [each for unit in group for each in self._possible(unit, edits, chance)]
            tried = self._asked([applied(self.text, [*edits, each]) for each in candidates])
            judged = [self.judge(self.gold, prediction) for prediction in tried]
            best = min(range(len(judged)), key=judged.__getitem__, default=None)
            if best is None:
                continue
            is_right, now = judged[best]
            if not is_right:
                return candidates[best], now, (tried[best],)
            if now < sureness:
                return candidates[best], now, None
        return None

    def _asked(self, texts: Sequence[str]) -> list[Any]:
        """Predictions on as many of the texts as the budget still allows."""
        allowed = texts[: self.max_queries - self.num_queries]
        if not allowed:
            return []
        self.num_queries += len(allowed)
        return list(self.predict(allowed))

    def _ranked_units(self, chance: random.Random) -> list[tuple[int, int]]:
        """Words and Chinese characters as spans, those first whose removal hurts most.

        Half of the budget may go into this; of a longer text a draw is looked at.
        """
        spans = [match.span() for match in _UNIT.finditer(self.text)]
        allowed = self.max_queries // 2
        if len(spans) > allowed:
            spans = [spans[place] for place in sorted(chance.sample(range(len(spans)), allowed))]
        without = [self.text[:start] + self.text[end:] for start, end in spans]
        judged = [self.judge(self.gold, prediction) for prediction in self._asked(without)]
        order = sorted(range(len(judged)), key=judged.__getitem__)
        return [spans[place] for place in order]

    def _possible(
        self, unit: tuple[int, int], edits: Sequence[_Edit], chance: random.Random
    ) -> list[_Edit]:
        """Some edits of a unit that leave those made before alone."""
        possible = [
            edit
            for edit in self._edits_of(*unit)
            if not any(edit.overlaps(other) for other in edits)
        ]
        if len(possible) <= _MAX_PER_UNIT:
            return possible
        return chance.sample(possible, _MAX_PER_UNIT)

    def _edits_of(self, start: int, end: int) -> list[_Edit]:
        """What can be done to one word or one Chinese character."""
        text = self.text
        edits = [
            _Edit(place, place + 1, new)
            for place in range(start, end)
            for new in self.replacements(text[place])
        ]
        is_han = _IS_HAN.match(text[start]) is not None
        if end - start > 1 or (is_han and len(text.strip()) > 1):
            edits += [_Edit(place, place + 1, "") for place in range(start, end)]
        last = end if is_han and end < len(text) and _IS_HAN.match(text[end]) else end - 1
        edits += [
            _Edit(place, place + 2, text[place + 1] + text[place])
            for place in range(start, last)
            if text[place] != text[place + 1]
        ]
        return edits

    def _pruned(self, edits: list[_Edit], after: Any) -> tuple[list[_Edit], Any]:
        """The flip without the edits that it does not need."""
        for edit in list(edits[:-1]):
            fewer = [each for each in edits if each != edit]
            tried = self._asked([applied(self.text, fewer)])
            if tried and not self.judge(self.gold, tried[0])[0]:
                edits, after = fewer, tried[0]
        return edits, after
