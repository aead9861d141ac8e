"""Who proposes tokens that the model only has to check: the text itself, or a smaller model.

In: choices that write. Out: for each some tokens that may follow. Whether they are kept is decided
in `draw`, such that what comes out is distributed as without them (Leviathan et al. 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.runner import Runner, SlotWork
from yanmo.inference.engine.slots import num_in_common
from yanmo.inference.sampling import adjust, candidates_of, draw_token

_LONGEST_MATCH = 4
_SHORTEST_MATCH = 2


@dataclass(frozen=True)
class Draft:
    """Tokens that are proposed.

    Attributes:
        ids: K of them.
        distributions: from what each was drawn, (V,); None where it was not drawn at all.
    """

    ids: tuple[int, ...] = ()
    distributions: tuple[npt.NDArray[np.float64], ...] | None = None


class Drafter(Protocol):
    """Proposes tokens."""

    def propose(self, wanted: Sequence[tuple[Choice, int]]) -> list[Draft]:
        """For each choice at most so many tokens."""

    def forget(self, choice: Choice) -> None:
        """The choice has ended."""


class TextLookup:
    """Prompt look-up (Saxena 2023): what followed the last tokens when they stood in the text
    before. Costs next to nothing, and helps where a text repeats itself or its prompt."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[int, int], _Index] = {}

    def propose(self, wanted: Sequence[tuple[Choice, int]]) -> list[Draft]:
        """For each choice at most so many tokens."""
        drafts = []
        for choice, count in wanted:
            index = self._indexes.setdefault(choice.number, _Index())
            if not index.goes_on_in(choice.ids):
                index = self._indexes[choice.number] = _Index()
            drafts.append(Draft(tuple(index.find(choice.ids, count))))
        return drafts

    def forget(self, choice: Choice) -> None:
        """The choice has ended."""
        self._indexes.pop(choice.number, None)


class _Index:
    """Where each run of a few tokens stood last in a text that grows."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        self._num_known = 0
        self._last = -1

    def goes_on_in(self, ids: Sequence[int]) -> bool:
        """Whether `ids` is the text that is known, grown; it is another one after a shift."""
        known = self._num_known
        return known <= len(ids) and (known == 0 or ids[known - 1] == self._last)

    def find(self, ids: Sequence[int], count: int) -> Sequence[int]:
        """What followed the last tokens of `ids` before, the longest run deciding."""
        for end in range(self._num_known, len(ids)):  # a run counts once something follows it
            for size in range(_SHORTEST_MATCH, min(_LONGEST_MATCH, end) + 1):
                self._ends[tuple(ids[end - size : end])] = end
        self._num_known, self._last = len(ids), ids[-1]
        for size in range(_LONGEST_MATCH, _SHORTEST_MATCH - 1, -1):
            place = self._ends.get(tuple(ids[-size:]))
            if place is not None:
                return ids[place : place + count]
        return ()


class DraftModel:
    """A smaller model that writes ahead.

    Args:
        runner: the model, with as many slots as the large one.
        num_drawable: ids from here on are never drawn.
    """

    def __init__(self, runner: Runner, num_drawable: int) -> None:
        self._runner = runner
        self._num_drawable = num_drawable
        self._held: list[list[int]] = [[] for _ in range(runner.num_slots)]

    def propose(self, wanted: Sequence[tuple[Choice, int]]) -> list[Draft]:
        """For each choice at most so many tokens; none where its context is too long for the
        smaller model."""
        drafted: list[list[int]] = [[] for _ in wanted]
        drawn_from: list[list[npt.NDArray[np.float64]]] = [[] for _ in wanted]
        room = self._runner.slot_tokens
        most = [min(count, room - len(choice.ids)) for choice, count in wanted]
        for place in range(max(most, default=0)):
            active = [number for number, limit in enumerate(most) if limit > place]
            scores = self._runner.run(
                [self._work(wanted[number][0], drafted[number]) for number in active]
            )
            for row, number in zip(scores.numpy(), active, strict=True):
                choice = wanted[number][0]
                adjusted = adjust(row[: self._num_drawable], choice.history, choice.sampling)
                if choice.sampling.temperature == 0.0:
                    drafted[number].append(draw_token(adjusted, choice.sampling, choice.generator))
                    continue
                found = candidates_of(adjusted, choice.sampling)
                drawn_from[number].append(found.probabilities(self._num_drawable))
                drafted[number].append(found.draw(choice.generator.random()))
        return [
            Draft(tuple(ids), tuple(chances) if chances else None)
            for ids, chances in zip(drafted, drawn_from, strict=True)
        ]

    def forget(self, choice: Choice) -> None:
        """The choice has ended; what its slot holds may serve the next one."""

    def _work(self, choice: Choice, drafted: Sequence[int]) -> SlotWork:
        """What the choice's slot has not read yet of its text and what was drafted."""
        assert choice.slot is not None, "who writes has a slot"
        ids = [*choice.ids, *drafted]
        held = self._held[choice.slot]
        start = num_in_common(held, ids, len(ids) - 1)
        self._held[choice.slot] = ids
        return SlotWork(choice.slot, start, ids[start:])
