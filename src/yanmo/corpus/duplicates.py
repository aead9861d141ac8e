"""Exact duplicates.

Comes in: batches of documents, in order. Goes out: a reason for every document whose text was seen
before. White space does not count: two texts that differ in it alone are the same. The first stays.
Memory: about 100 bytes for each document kept.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa


class ExactDuplicates:
    """Rejects a document whose text, with white space folded, has been seen before."""

    name = "exact_duplicates"

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def judge(self, batch: pa.RecordBatch) -> pa.StringArray:
        """`duplicate` or null for each document."""
        reasons: list[str | None] = []
        for text in batch["text"].to_pylist():
            folded = " ".join(text.split())
            digest = hashlib.blake2b(folded.encode("utf-8"), digest_size=16).digest()
            reasons.append("duplicate" if digest in self._seen else None)
            self._seen.add(digest)
        return pa.array(reasons, pa.string())
