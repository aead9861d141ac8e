"""Which tokens each slot of a pool holds, who writes in it, and where a prompt is found again.

Slots that nobody writes in keep their tokens until they are needed; the one that was left longest
ago goes first. Knows ids, and no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_STRIDE = 64


class Holder(Protocol):
    """Who writes in a slot: the tokens of its context, of which the first `num_read` are in it."""

    ids: list[int]
    num_read: int


@dataclass(frozen=True)
class Found:
    """The beginning of a prompt in a slot.

    Attributes:
        slot: where it is; None where there is none.
        num_tokens: how many tokens there are in common.
    """

    slot: int | None
    num_tokens: int


class SlotPool:
    """The books of a pool of slots.

    Args:
        num_slots: slots there are.
    """

    def __init__(self, num_slots: int) -> None:
        self._holders: list[Holder | None] = [None] * num_slots
        self._kept: list[list[int]] = [[] for _ in range(num_slots)]
        self._free = list(range(num_slots - 1, -1, -1))  # the last one is taken first

    @property
    def num_free(self) -> int:
        """Slots that nobody writes in."""
        return len(self._free)

    @property
    def num_held(self) -> int:
        """Positions that writers fill."""
        return sum(holder.num_read for holder in self._holders if holder is not None)

    def find(self, ids: Sequence[int]) -> Found:
        """The slot, free or not, that holds the longest beginning of `ids`."""
        best = Found(None, 0)
        for slot, holder in enumerate(self._holders):
            held = self._kept[slot] if holder is None else holder.ids
            most = len(held) if holder is None else holder.num_read
            num_shared = num_in_common(held, ids, most)
            if num_shared > best.num_tokens:
                best = Found(slot, num_shared)
        return best

    def take(self, holder: Holder, found: Found) -> int:
        """A slot for `holder`: the one where the beginning was found, if it is free and little
        else in it is lost; otherwise the free one that was left longest ago."""
        assert self._free, "no slot is free"
        slot = self._free[-1]
        if found.slot in self._free and (
            len(self._free) == 1 or 2 * found.num_tokens >= len(self._kept[found.slot])
        ):
            slot = found.slot
        elif slot == found.slot:  # its tokens are copied from it, and so it stays
            slot = self._free[-2]
        self._free.remove(slot)
        self._holders[slot] = holder
        self._kept[slot] = []
        return slot

    def leave(self, slot: int) -> None:
        """Free a slot; its tokens stay until it is taken."""
        holder = self._holders[slot]
        assert holder is not None, f"slot {slot} is free already"
        self._kept[slot] = holder.ids[: holder.num_read]
        self._holders[slot] = None
        self._free.insert(0, slot)

    def clear(self) -> None:
        """Forget what free slots hold."""
        self._kept = [[] for _ in self._kept]


def num_in_common(one: Sequence[int], other: Sequence[int], most: int) -> int:
    """Tokens at the beginning that two sequences share, `most` at most."""
    most = min(most, len(one), len(other))
    place = 0
    while place < most and one[place : place + _STRIDE] == other[place : place + _STRIDE]:
        place += _STRIDE
    while place < most and one[place] == other[place]:
        place += 1
    return min(place, most)
