"""Word lists in arrays that kernels look words up in.

Comes in: words with how often they occur. Goes out: a hash table of 64-bit word hashes with log
probabilities (open addressing, linear probing). Knows nothing of segmentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel

MAX_WORD_CHARACTERS = 16
"""Longer words of a list are left out; Chinese words hardly have more than seven characters."""

_JIEBA_DICTIONARY = "dict.txt"


@dataclass(frozen=True)
class Lexicon:
    """A set of words, each with the logarithm of its probability.

    Args:
        hashes: (m,) uint64, m a power of two; 0 marks a free place.
        log_probs: (m,) float32, natural logarithm of each word's share of all words.
        longest: characters of the longest word.
        num_words: how many words there are.
        total: how many words the probabilities were counted on.
    """

    hashes: NDArray[np.uint64]
    log_probs: NDArray[np.float32]
    longest: int
    num_words: int
    total: int

    def __contains__(self, word: str) -> bool:
        return int(_find(self.hashes, as_code_points(word))) >= 0


def as_code_points(text: str) -> NDArray[np.uint32]:
    """The code points of `text`."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def build_lexicon(counts: Mapping[str, int]) -> Lexicon:
    """A lexicon from word counts; every count must be at least 1."""
    words = {w: n for w, n in counts.items() if 0 < len(w) <= MAX_WORD_CHARACTERS}
    total = max(sum(words.values()), 1)
    size = 1 << max(4, (2 * len(words)).bit_length())
    hashes, log_probs = np.zeros(size, np.uint64), np.zeros(size, np.float32)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    values = np.log(np.fromiter(words.values(), np.float64, len(words)) / total)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    _fill(as_code_points("".join(words)), starts, values.astype(np.float32), hashes, log_probs)
    return Lexicon(hashes, log_probs, int(lengths.max(initial=0)), len(words), total)


@lru_cache(maxsize=1)
def general_chinese_lexicon() -> Lexicon:
    """The general Chinese word list that comes with the installed package jieba, with its counts.

    It is read as a file; jieba itself is not imported.
    """
    spec = find_spec("jieba")
    assert spec is not None and spec.submodule_search_locations, "jieba is missing"
    path = Path(spec.submodule_search_locations[0]) / _JIEBA_DICTIONARY
    counts: dict[str, int] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        counts[word] = max(int(count), 1)
    return build_lexicon(counts)


@kernel
def next_hash(before: np.uint64, code_point: np.uint32) -> np.uint64:
    """The hash of a word that is one character longer; the hash of nothing is `FIRST_HASH`."""
    mixed = (before ^ np.uint64(code_point)) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


FIRST_HASH = np.uint64(0xCBF29CE484222325)
"""The hash of no characters."""


@kernel
def find_word(hashes: NDArray[np.uint64], wanted: np.uint64) -> np.int64:
    """The place of a word's hash in the table, or -1."""
    mask = np.uint64(len(hashes) - 1)
    place = wanted & mask
    while hashes[place] != np.uint64(0):
        if hashes[place] == wanted:
            return np.int64(place)
        place = (place + np.uint64(1)) & mask
    return np.int64(-1)


@kernel
def _hash_of(characters: NDArray[np.uint32]) -> np.uint64:
    value = FIRST_HASH
    for character in characters:
        value = next_hash(value, character)
    return value


@kernel
def _find(hashes: NDArray[np.uint64], characters: NDArray[np.uint32]) -> np.int64:
    return find_word(hashes, _hash_of(characters))


@kernel
def _fill(
    characters: NDArray[np.uint32],
    starts: NDArray[np.int64],
    values: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    log_probs: NDArray[np.float32],
) -> None:
    mask = np.uint64(len(hashes) - 1)
    for word in range(len(starts) - 1):
        value = _hash_of(characters[starts[word] : starts[word + 1]])
        place = value & mask
        while hashes[place] != np.uint64(0):
            place = (place + np.uint64(1)) & mask
        hashes[place] = value
        log_probs[place] = values[word]
