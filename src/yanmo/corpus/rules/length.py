"""The rule of lengths: empty, too short and too long documents.

Comes in: a batch of documents. Goes out: a reason for each that is rejected, and the length.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.steps import Verdict


class LengthRule:
    """Rejects documents that are empty, too short or too long.

    Args:
        min_characters: the least number of characters (Unicode code points) that is kept.
        max_characters: the greatest number that is kept; None for any.
        name: under which the report counts; another one where the rule runs a second time.
    """

    def __init__(
        self, min_characters: int, max_characters: int | None = None, name: str = "length"
    ) -> None:
        self.name = name
        self._min_characters = min_characters
        self._max_characters = max_characters

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`empty`, `too_short`, `too_long` or null for each document."""
        characters = pc.utf8_length(batch["text"])
        no_reason = pa.scalar(None, pa.string())
        short = pc.if_else(pc.equal(characters, 0), "empty", "too_short")
        reasons = pc.if_else(pc.less(characters, self._min_characters), short, no_reason)
        if self._max_characters is not None:
            is_long = pc.greater(characters, self._max_characters)
            reasons = pc.if_else(is_long, "too_long", reasons)
        measured = characters.to_numpy(zero_copy_only=False).astype(np.float64)
        return Verdict(reasons, {"num_characters": measured})
