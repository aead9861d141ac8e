"""Keywords by TF-IDF: phrases that a text has often and other texts seldom.

In come texts to learn the rarity of words from, then one text; out come its phrases, best first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from yanmo.evaluation.baselines.overlap import WordRarity
from yanmo.evaluation.baselines.stop_words import is_content
from yanmo.evaluation.baselines.words import words_of

_LONGEST = 3  # words in a phrase


class TfidfKeywords:
    """Keywords of a text by the rarity of words in other texts.

    Args:
        texts: what rarity is learned from.
        is_chinese: whether words are joined without spaces and judged by Chinese stop words.
    """

    def __init__(self, texts: Iterable[str], *, is_chinese: bool) -> None:
        self._rarity = WordRarity(texts)
        self._is_chinese = is_chinese

    def __call__(self, text: str, *, num_keywords: int = 10) -> list[str]:
        """The best phrases of one to three content words that stand side by side.

        A phrase is worth its count times the sum of its words' rarity; of phrases that hold one
        another only the best is kept.
        """
        words = words_of(text, has_punctuation=True)
        is_kept = [is_content(word, is_chinese=self._is_chinese) for word in words]
        counts: Counter[tuple[str, ...]] = Counter()
        for start in range(len(words)):
            for stop in range(start + 1, min(start + _LONGEST, len(words)) + 1):
                if not is_kept[stop - 1]:
                    break
                counts[tuple(words[start:stop])] += 1
        worth = {phrase: count * sum(map(self._rarity, phrase)) for phrase, count in counts.items()}
        best: list[tuple[str, ...]] = []
        for phrase in sorted(worth, key=lambda phrase: (-worth[phrase], phrase)):
            if len(best) == num_keywords:
                break
            if not any(_holds(other, phrase) or _holds(phrase, other) for other in best):
                best.append(phrase)
        joiner = "" if self._is_chinese else " "
        return [joiner.join(phrase) for phrase in best]


def _holds(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    return any(outer[i : i + len(inner)] == inner for i in range(len(outer) - len(inner) + 1))
