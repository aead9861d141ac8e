"""About a megabyte of a corpus, the same one whoever did the work.

Comes in: batches of documents. Goes out: the beginnings of the documents with the smallest ids,
each text once, until they are a megabyte together. As an id is a hash of the text, that is an even
sample; and as the rule needs no order, samples of parts give the sample of the whole.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import zstandard
from numpy.typing import NDArray

SAMPLE_BYTES = 1_000_000
DOCUMENT_CHARACTERS = 4096
"""Of a longer document the beginning stands for the whole, so that none fills the sample alone."""


class TextSample:
    """The documents with the smallest ids."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._num_bytes = 0
        self._last: str | None = None  # the largest id in a full sample

    @property
    def num_bytes(self) -> int:
        """Bytes of UTF-8 in the sample."""
        return self._num_bytes

    def add(self, batch: pa.RecordBatch, num_bytes: NDArray[np.int64]) -> None:
        """Look at a batch, of whose texts the sizes are known."""
        ids = batch["id"]
        rows = np.asarray(pc.sort_indices(ids))
        if self._last is not None:
            rows = rows[np.asarray(pc.less(ids, self._last))[rows]]
        # In order of their ids, what lies behind a full megabyte cannot get in.
        before = np.cumsum(np.minimum(num_bytes[rows], DOCUMENT_CHARACTERS)) - num_bytes[rows]
        for row in rows[before < SAMPLE_BYTES].tolist():
            identity = ids[row].as_py()
            if identity not in self._texts:
                text = batch["text"][row].as_py()[:DOCUMENT_CHARACTERS]
                self._texts[identity] = text
                self._num_bytes += len(text.encode())
        self._trim()

    def merge(self, other: TextSample) -> None:
        """The sample of both corpora together."""
        for identity, text in other._texts.items():
            if identity not in self._texts:
                self._texts[identity] = text
                self._num_bytes += len(text.encode())
        self._trim()

    def texts(self) -> list[str]:
        """The texts in the order of their ids."""
        return [self._texts[identity] for identity in sorted(self._texts)]

    def to_json(self) -> str:
        """The sample, compressed, as text."""
        content = json.dumps(self._texts, sort_keys=True, ensure_ascii=False).encode()
        return b64encode(zstandard.compress(content)).decode("ascii")

    @classmethod
    def from_json(cls, value: str) -> TextSample:
        """What `to_json` gave."""
        sample = cls()
        sample._texts = json.loads(zstandard.decompress(b64decode(value)))
        sample._num_bytes = sum(len(text.encode()) for text in sample._texts.values())
        sample._trim()
        return sample

    def _trim(self) -> None:
        """Take out the largest ids as long as a megabyte is left."""
        if self._num_bytes < SAMPLE_BYTES:
            return
        for identity in sorted(self._texts, reverse=True):
            size = len(self._texts[identity].encode())
            if self._num_bytes - size < SAMPLE_BYTES:
                self._last = identity
                return
            del self._texts[identity]
            self._num_bytes -= size
