"""How alike two texts are by the words they share: cosine of TF-IDF, or plain overlap.

In come texts to learn the rarity of words from and pairs to compare; out come numbers from 0 to 1.
Order and meaning of words do not count, which is what a model has to add.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.baselines.words import characters_of, words_of


class WordRarity:
    """Inverse document frequency of words, ln((1 + D) / (1 + d)) + 1, learned from texts.

    Args:
        texts: what is counted, each as one document.
        cut: a text to its units; words where not given.
    """

    def __init__(self, texts: Iterable[str], cut: Callable[[str], list[str]] = words_of) -> None:
        self.cut = cut
        self._num_texts = 0
        self._num_with: Counter[str] = Counter()
        for text in texts:
            self._num_texts += 1
            self._num_with.update(set(cut(text)))

    def __call__(self, word: str) -> float:
        """How rare a word is; never seen is rarest."""
        return math.log((1 + self._num_texts) / (1 + self._num_with[word])) + 1

    def vector(self, text: str) -> dict[str, float]:
        """Count times rarity of each unit, of length 1; empty for a text without units."""
        weights = {word: count * self(word) for word, count in Counter(self.cut(text)).items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {word: weight / length for word, weight in weights.items()}

    def cosine(self, first: str, second: str) -> float:
        """Cosine of the two texts; 0 where one of them has no units."""
        left, right = self.vector(first), self.vector(second)
        return sum(weight * right.get(word, 0.0) for word, weight in left.items())


def overlap(first: str, second: str) -> float:
    """Shared words by all words of both (Jaccard); two texts without words count as 0."""
    left, right = set(words_of(first)), set(words_of(second))
    return len(left & right) / len(left | right) if left | right else 0.0


def similarity_baseline(
    texts: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    *,
    validation: tuple[Sequence[tuple[str, str]], Sequence[float]],
    language: str,
) -> tuple[NDArray[np.float64], str]:
    """Cosine of TF-IDF for each pair, by words or (Chinese) characters, as validation prefers.

    Args:
        texts: what rarity is learned from.
        pairs: what is compared.
        validation: pairs with true scores, for the choice alone.
        language: `zh` tries characters beside words.

    Returns:
        (D,) cosines, and what was chosen.
    """
    from yanmo.tasks.metrics.correlation import Spearman
    from yanmo.tasks.metrics.metric import measure

    cuts = {"words": words_of} | ({"characters": characters_of} if language == "zh" else {})
    best = (-2.0, "", WordRarity([]))
    for name, cut in cuts.items():
        rarity = WordRarity(texts, cut)
        said = [rarity.cosine(*pair) for pair in validation[0]]
        best = max(best, (measure(Spearman(), validation[1], said), name, rarity), key=_first)
    return np.array([best[2].cosine(*pair) for pair in pairs]), f"TF-IDF cosine of {best[1]}"


def _first(candidate: tuple[float, str, WordRarity]) -> float:
    return candidate[0]
