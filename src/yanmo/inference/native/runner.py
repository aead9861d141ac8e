"""The runner whose steps are computed in C: it hands slots and tokens over, and gets scores.

Weights, cache and working memory are laid out once; a step is one call, during which other threads
of Python go on.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Sequence
from typing import Any

import torch

from yanmo.inference.engine.runner import SlotWork
from yanmo.inference.native.structures import ModelStructure, PieceStructure

MAX_ROWS = 256
"""Tokens of a step; more are read in several."""


class NativeRunner:
    """A decoder in C over a pool of cache slots; an `engine.runner.Runner`.

    Args:
        library: the compiled kernels.
        model: the model for them.
        kept: what `model` has addresses of.
        slot_tokens: positions of a slot.
        num_threads: that compute a step together.
        weight_bytes: memory that the weights take.
        about: how it computes, for the user.

    Attributes:
        num_slots: slots there are.
        slot_tokens: positions of each.
        vocab_size: width V of the scores.
        weight_bytes: as above.
        about: as above.
    """

    def __init__(
        self,
        library: Any,
        model: ModelStructure,
        kept: object,
        *,
        slot_tokens: int,
        num_threads: int,
        weight_bytes: int,
        about: str,
    ) -> None:
        self.num_slots: int = model.num_slots
        self.slot_tokens = slot_tokens
        self.vocab_size: int = model.vocab_size
        self.weight_bytes = weight_bytes
        self.about = about
        self._library, self._model, self._kept = library, model, kept
        self._runner = library.yanmo_open(ctypes.byref(model), MAX_ROWS, num_threads)
        if not self._runner:
            raise MemoryError("no memory, or no thread, for a runner of the kernels")
        self._close = weakref.finalize(self, library.yanmo_close, self._runner)
        self._pieces = (PieceStructure * MAX_ROWS)()
        self._ids = (ctypes.c_int32 * MAX_ROWS)()
        self._scored = (ctypes.c_int32 * MAX_ROWS)()

    def run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        """Read `work`, of which no two have one slot; scores (R, V) in float32, R being the sum of
        all `num_scored`, in the order of `work` and of positions."""
        num_scores = sum(one.num_scored for one in work)
        scores = torch.empty(num_scores, self.vocab_size)
        done = 0
        batch: list[SlotWork] = []
        num_rows = 0
        for part in (part for one in work for part in _parts(one)):
            if num_rows + len(part.ids) > MAX_ROWS:
                done += self._step(batch, scores[done:])
                batch, num_rows = [], 0
            batch.append(part)
            num_rows += len(part.ids)
        if batch:
            done += self._step(batch, scores[done:])
        assert done == num_scores, f"{done} rows of scores in place of {num_scores}"
        return scores

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Make the first `num_tokens` positions of slot `target` those of slot `source`."""
        assert 0 <= source < self.num_slots and 0 <= target < self.num_slots, (source, target)
        assert 0 <= num_tokens <= self.slot_tokens, f"a slot does not have {num_tokens} positions"
        if source != target:
            self._library.yanmo_copy(self._runner, source, target, num_tokens)

    def close(self) -> None:
        """End its threads and give its memory back; nothing is run afterwards."""
        self._close()

    def _step(self, work: Sequence[SlotWork], scores: torch.Tensor) -> int:
        """Read all of `work` in one step; the number of rows of `scores` that are filled."""
        assert self._close.alive, "a runner that is closed"
        num_rows = num_scored = 0
        for place, one in enumerate(work):
            num_tokens = len(one.ids)
            assert 0 <= one.slot < self.num_slots, f"no slot {one.slot}"
            assert 0 <= one.start <= self.slot_tokens - num_tokens, "a slot asked for more"
            self._pieces[place] = PieceStructure(one.slot, one.start, num_tokens, num_rows)
            self._ids[num_rows : num_rows + num_tokens] = list(one.ids)
            for row in range(num_rows + num_tokens - one.num_scored, num_rows + num_tokens):
                self._scored[num_scored] = row
                num_scored += 1
            num_rows += num_tokens
        ids = self._ids[:num_rows]
        assert min(ids) >= 0 and max(ids) < self.vocab_size, "an id that the model does not have"
        self._library.yanmo_step(
            self._runner,
            len(work),
            self._pieces,
            self._ids,
            num_scored,
            self._scored,
            scores.data_ptr(),
        )
        return num_scored


def _parts(work: SlotWork) -> list[SlotWork]:
    """Work of at most MAX_ROWS tokens each, that comes to the same."""
    ids = list(work.ids)
    assert ids and 0 <= work.num_scored <= len(ids), "a slot reads a token at least"
    if len(ids) <= MAX_ROWS:
        return [SlotWork(work.slot, work.start, ids, work.num_scored)]
    first_scored = len(ids) - work.num_scored
    parts = []
    for begin in range(0, len(ids), MAX_ROWS):
        end = min(begin + MAX_ROWS, len(ids))
        num_scored = max(0, end - max(begin, first_scored))
        parts.append(SlotWork(work.slot, work.start + begin, ids[begin:end], num_scored))
    return parts
