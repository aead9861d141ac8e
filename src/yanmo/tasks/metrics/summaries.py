"""ROUGE-1, ROUGE-2 and ROUGE-L of summaries, in English, Chinese and mixtures of both.

In come for each item its references and one written text; out come means of F (Lin 2004), each of
the best reference. English words are cut as the published scorer does, stemmed or not; all else by
characters of Chinese and whole words of other scripts. The published cut knows only a-z and 0-9 and
gives every Chinese summary 0, which is why text that is not English never goes through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from yanmo.tasks.metrics.mean import MeanMetric
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.metrics.text_units import units, words_by_alphabet

Cut = Literal["english", "english, stemmed", "characters"]
Kind = Literal["1", "2", "l"]

_CUTS: dict[Cut, Callable[[str], list[str]]] = {
    "english": words_by_alphabet,
    "english, stemmed": partial(words_by_alphabet, is_stemmed=True),
    "characters": units,
}
_SIGNATURES: dict[Cut, str] = {
    "english": "F, best reference; lower-case runs of a-z and 0-9, not stemmed",
    "english, stemmed": "F, best reference; lower-case runs of a-z and 0-9, Porter's stems",
    "characters": "F, best reference; Chinese by character, other scripts by word, no marks",
}


def rouge(kind: Kind, cut: Cut) -> MeanMetric:
    """One of the three figures, `rouge_1`, `rouge_2` or `rouge_l`; stemmed, `rouge_1_stemmed`."""
    suffix = "_stemmed" if cut == "english, stemmed" else ""
    return MeanMetric(
        f"rouge_{kind}{suffix}", partial(_best, kind=kind, cut=_CUTS[cut]), _SIGNATURES[cut]
    )


def summary_metrics(language: str) -> tuple[Metric, ...]:
    """ROUGE-L first, then 1 and 2; English also stemmed."""
    kinds: tuple[Kind, ...] = ("l", "1", "2")
    if language == "en":
        cuts: tuple[Cut, ...] = ("english", "english, stemmed")
    else:
        cuts = ("characters",)
    return tuple(rouge(kind, cut) for cut in cuts for kind in kinds)


def rouge_of(true: Sequence[str], said: Sequence[str], kind: Kind) -> float:
    """F of the units that both share: n-grams, or the longest common subsequence for `l`."""
    if kind == "l":
        shared, num_true, num_said = longest_common_subsequence(true, said), len(true), len(said)
    else:
        left, right = _ngrams(true, int(kind)), _ngrams(said, int(kind))
        shared, num_true, num_said = (left & right).total(), left.total(), right.total()
    return 2 * shared / (num_true + num_said) if shared else 0.0


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence that stands in both in order, gaps allowed.

    Bits of one integer stand for the places of `first`; each unit of `second` moves them all at
    once (Hyyrö 2004).
    """
    places: dict[str, int] = {}
    for index, unit in enumerate(first):
        places[unit] = places.get(unit, 0) | 1 << index
    full = (1 << len(first)) - 1
    rows = full
    for unit in second:
        matches = rows & places.get(unit, 0)
        rows = ((rows + matches) | (rows - matches)) & full
    return len(first) - rows.bit_count()


def _best(
    references: str | Sequence[str],
    predicted: str,
    *,
    kind: Kind,
    cut: Callable[[str], list[str]],
) -> float:
    texts = (references,) if isinstance(references, str) else references
    assert texts, "a written text is compared with at least one reference"
    said = cut(predicted)
    return max(rouge_of(cut(text), said, kind) for text in texts)


def _ngrams(units_: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(units_[i : i + order]) for i in range(len(units_) - order + 1))
