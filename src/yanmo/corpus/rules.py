"""Rules that look at one document alone.

Comes in: a batch of documents. Goes out: a reason for each that is rejected.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


class LengthRule:
    """Rejects documents that are empty or too short.

    Args:
        min_characters: the least number of characters (Unicode code points) that is kept.
    """

    name = "length"

    def __init__(self, min_characters: int) -> None:
        self._min_characters = min_characters

    def judge(self, batch: pa.RecordBatch) -> pa.StringArray:
        """`empty`, `too_short` or null for each document."""
        characters = pc.utf8_length(batch["text"])
        is_short = pc.less(characters, self._min_characters)
        reason = pc.if_else(pc.equal(characters, 0), "empty", "too_short")
        return pc.if_else(is_short, reason, pa.scalar(None, pa.string()))
