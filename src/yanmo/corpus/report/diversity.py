"""How varied a corpus is: how little of it is said twice, and how rich what it says is.

Comes in: batches of kept documents. Goes out: the `diversity` part of the report with a score from
0 to 1 (formula below, and in the documentation). What it keeps can be put together in any order.

    score = novelty * variety
    novelty = different phrases / phrases, over the whole corpus (`survey` says what a phrase is)
    variety = the mean of four numbers from 0 to 1, the first three over an even sample:
        vocabulary = log(different words) / log(words): Herdan's C (G. Herdan, 1960)
        entropy = the mean over n = 1, 2, 3 of the entropy of n-grams / log2(n-grams)
        density = bytes of zstd -19 / bytes of text, at most 1/2, times 2
        spread = 1 - 1 / (1 + ln(sources) + ln(domains) + ln(languages)), each an effective number
            exp(entropy of its bytes) (M. O. Hill, 1973, order 1); 0 for one of each
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import zstandard
from numpy.typing import NDArray

from yanmo.corpus.report.distinct_count import DistinctCount
from yanmo.corpus.report.survey import PHRASE_WORDS, survey, words_of
from yanmo.corpus.report.text_sample import TextSample
from yanmo.corpus.report.volume import Volumes
from yanmo.corpus.text_column import text_buffers

SAMPLE_WORDS = 65_536
"""Vocabulary and entropy depend on how much is looked at, so it is the same amount everywhere."""

COMPRESSED_BYTES = 262_144
"""How much of the sample is compressed."""

_FIRST_WORDS = 1024  # the growth of the vocabulary is reported from here on, doubling
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Diversity:
    """What is remembered of the kept documents."""

    def __init__(self) -> None:
        self.words = 0
        self.phrases = 0
        self._distinct_words = DistinctCount()
        self._distinct_phrases = DistinctCount()
        self._sample = TextSample()

    def add(self, batch: pa.RecordBatch, num_bytes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Look at kept documents, of whose texts the sizes are known.

        Returns:
            The letters of each script, in the order of `SCRIPTS`.
        """
        found = survey(
            text_buffers(batch["text"]),
            self._distinct_words.registers,
            self._distinct_phrases.registers,
        )
        self.words += found.words
        self.phrases += found.phrases
        self._sample.add(batch, num_bytes)
        return found.scripts

    def merge(self, other: Diversity) -> None:
        """Add what was seen of another part of the corpus."""
        self.words += other.words
        self.phrases += other.phrases
        self._distinct_words.merge(other._distinct_words)
        self._distinct_phrases.merge(other._distinct_phrases)
        self._sample.merge(other._sample)

    def as_report(
        self, *, sources: Volumes, domains: Volumes, languages: Volumes
    ) -> dict[str, Any]:
        """The `diversity` part of the report.

        Args:
            sources: the kept text by source.
            domains: the kept text by domain.
            languages: the kept text by language.
        """
        if not self.words:
            return {}
        effective = {
            "sources": _effective_number(sources),
            "domains": _effective_number(domains),
            "languages": _effective_number(languages),
        }
        sample = _describe_sample(self._sample)
        distinct_phrases = min(self._distinct_phrases.estimate(), self.phrases)
        novelty = distinct_phrases / self.phrases
        variety = {
            **sample.pop("variety"),
            "spread": 1 - 1 / (1 + sum(math.log(number) for number in effective.values())),
        }
        return {
            "score": _rounded(novelty * sum(variety.values()) / len(variety)),
            "novelty": _rounded(novelty),
            "variety": {name: _rounded(value) for name, value in variety.items()},
            "words": self.words,
            "distinct_words": round(min(self._distinct_words.estimate(), self.words)),
            "phrases": self.phrases,
            "distinct_phrases": round(distinct_phrases),
            "phrase_words": PHRASE_WORDS,
            "effective_number": {name: _rounded(value) for name, value in effective.items()},
            "sample": sample,
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, for `from_json`."""
        return {
            "words": self.words,
            "phrases": self.phrases,
            "distinct_words": self._distinct_words.to_json(),
            "distinct_phrases": self._distinct_phrases.to_json(),
            "sample": self._sample.to_json(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Diversity:
        """What `to_json` gave."""
        diversity = cls()
        diversity.words, diversity.phrases = value["words"], value["phrases"]
        diversity._distinct_words = DistinctCount.from_json(value["distinct_words"])
        diversity._distinct_phrases = DistinctCount.from_json(value["distinct_phrases"])
        diversity._sample = TextSample.from_json(value["sample"])
        return diversity


def _describe_sample(sample: TextSample) -> dict[str, Any]:
    """What is measured on the sample; `variety` holds what goes into the score."""
    texts = sample.texts()
    words, rows = words_of(text_buffers(pa.array(texts, pa.string())))
    words, rows = words[:SAMPLE_WORDS], rows[:SAMPLE_WORDS]
    entropies = {n: _entropy_of_ngrams(words, rows, n) for n in (1, 2, 3)}
    growth = _vocabulary_growth(words)
    compressed_frac, ratio = _compressed("\n\n".join(texts).encode()[:COMPRESSED_BYTES])
    return {
        "documents": len(texts),
        "bytes": sample.num_bytes,
        "words": len(words),
        "wanted_words": SAMPLE_WORDS,
        "distinct_words": growth["distinct"][-1] if growth["distinct"] else 0,
        "vocabulary_growth": growth,
        "entropy_bits": {str(n): _rounded(bits) for n, (bits, _) in entropies.items()},
        "compression_ratio": _rounded(ratio),
        "variety": {
            "vocabulary": _herdan(growth),
            "entropy": sum(frac for _, frac in entropies.values()) / len(entropies),
            "density": min(1.0, 2 * compressed_frac),
        },
    }


def _vocabulary_growth(words: NDArray[np.uint64]) -> dict[str, list[int]]:
    """Different words among the first 1024, 2048, ... and all words."""
    _, firsts = np.unique(words, return_index=True)
    firsts.sort()
    seen: list[int] = []
    number = _FIRST_WORDS
    while number < len(words):
        seen.append(number)
        number *= 2
    if len(words):
        seen.append(len(words))
    return {"words": seen, "distinct": [int(np.searchsorted(firsts, n)) for n in seen]}


def _herdan(growth: dict[str, list[int]]) -> float:
    if not growth["words"] or growth["words"][-1] < 2:
        return 0.0
    return math.log(growth["distinct"][-1]) / math.log(growth["words"][-1])


def _entropy_of_ngrams(
    words: NDArray[np.uint64], rows: NDArray[np.int64], n: int
) -> tuple[float, float]:
    """The entropy of n-grams inside documents in bits, and as a share of what it could be."""
    number = len(words) - n + 1
    if number < 2:
        return 0.0, 0.0
    grams = np.zeros(number, dtype=np.uint64)
    for place in range(n):
        grams = grams * _MULTIPLIER + words[place : place + number]
    grams = grams[rows[:number] == rows[n - 1 :]]
    if len(grams) < 2:
        return 0.0, 0.0
    _, counts = np.unique(grams, return_counts=True)
    shares = counts / len(grams)
    bits = float(-(shares * np.log2(shares)).sum())
    return bits, bits / math.log2(len(grams))


def _compressed(data: bytes) -> tuple[float, float]:
    """Compressed bytes per byte, and the other way round."""
    if not data:
        return 0.0, 0.0
    size = len(zstandard.ZstdCompressor(level=19).compress(data))
    return size / len(data), len(data) / size


def _effective_number(volumes: Volumes) -> float:
    """exp of the entropy of the bytes: as varied as so many parts of equal size."""
    sizes = [volumes[name].bytes for name in volumes]
    total = sum(sizes)
    if not total:
        return 1.0
    return math.exp(-sum(s / total * math.log(s / total) for s in sizes if s))


def _rounded(value: float) -> float:
    """Six digits: enough to read, and steady against the last bit of a logarithm."""
    return round(value, 6)
