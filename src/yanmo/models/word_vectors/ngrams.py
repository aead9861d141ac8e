"""The n-grams of a word's characters, and vectors composed of them.

Comes in: a word. Goes out: the buckets that its n-grams fall into, and the mean of the vectors of
those buckets that training has filled. The numbering is fastText's, so that vectors trained by any
implementation of it fit. Bojanowski et al. 2017, "Enriching word vectors with subword information",
section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FNV_OFFSET, _FNV_PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF


@dataclass(frozen=True)
class Subwords:
    """Vectors of n-grams.

    Attributes:
        min_chars: characters of the shortest n-gram, the marks of a word's ends included.
        max_chars: characters of the longest.
        num_buckets: how many buckets n-grams are hashed into.
        bucket_ids: (M,) int64 ascending, the buckets that an n-gram of the vocabulary falls into.
        vectors: (M, D) float32, their vectors.
    """

    min_chars: int
    max_chars: int
    num_buckets: int
    bucket_ids: NDArray[np.int64]
    vectors: NDArray[np.float32]

    def compose(self, word: str) -> NDArray[np.float32] | None:
        """The mean (D,) of the vectors of the word's n-grams, or None where none is known.

        n-grams that training never met do not count: their vectors would be noise.
        """
        wanted = np.array(
            list(iter_buckets(word, self.min_chars, self.max_chars, self.num_buckets)), np.int64
        )
        rows = np.searchsorted(self.bucket_ids, wanted)
        is_inside = rows < len(self.bucket_ids)
        rows, wanted = rows[is_inside], wanted[is_inside]
        known = rows[self.bucket_ids[rows] == wanted]
        if not len(known):
            return None
        mean: NDArray[np.float32] = self.vectors[known].mean(axis=0, dtype=np.float32)
        return mean


def iter_ngrams(word: str, min_chars: int, max_chars: int) -> Iterator[str]:
    """The n-grams of `<word>`, from left to right, the short ones first at each place. The marks
    alone are none."""
    marked = f"<{word}>"
    for start in range(len(marked)):
        for end in range(start + min_chars, min(start + max_chars, len(marked)) + 1):
            if end - start > 1 or 0 < start < len(marked) - 1:
                yield marked[start:end]


def iter_buckets(word: str, min_chars: int, max_chars: int, num_buckets: int) -> Iterator[int]:
    """The bucket of each n-gram of `word`."""
    for ngram in iter_ngrams(word, min_chars, max_chars):
        yield hash_ngram(ngram) % num_buckets


def hash_ngram(ngram: str) -> int:
    """32 bits of FNV-1a over the UTF-8 bytes, each widened with its sign, as fastText does."""
    value = _FNV_OFFSET
    for byte in ngram.encode("utf-8"):
        widened = byte if byte < 0x80 else byte | 0xFFFFFF00
        value = ((value ^ widened) * _FNV_PRIME) & _32_BITS
    return value
