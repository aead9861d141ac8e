"""Word-by-word translation with a glossary that is learned from pairs of sentences.

In come pairs of sentences, out come for each source word the target word that explains it best, by
IBM model 1 (Brown et al. 1993, section 4.2), and translations that put one for the other without
moving any. Knows nothing of grammar, which is what a model has to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.baselines.words import join_words, split_text, words_of

_NOTHING = ""  # the empty source word, from which target words without a source come


class Glossary:
    """One target word for each source word, learned from pairs.

    Args:
        pairs: source and target sentences.
        target_language: `zh` is joined without spaces.
        num_rounds: passes of expectation and maximisation.
    """

    def __init__(
        self, pairs: Sequence[tuple[str, str]], *, target_language: str, num_rounds: int = 5
    ) -> None:
        sources = [[_NOTHING, *words_of(source, has_punctuation=True)] for source, _ in pairs]
        targets = [split_text(target) for _, target in pairs]
        self._target_language = target_language
        self.words = learn_word_translations(sources, targets, num_rounds=num_rounds)

    def translate(self, text: str) -> str:
        """The text word by word; a word that the glossary lacks stays as it is."""
        source = words_of(text, has_punctuation=True)
        found = [self.words.get(word, (word, 0.0))[0] for word in source]
        if found and self._target_language != "zh":
            found[0] = found[0][:1].upper() + found[0][1:]
        return join_words(found, language=self._target_language)


def learn_word_translations(
    sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]], *, num_rounds: int
) -> dict[str, tuple[str, float]]:
    """The most probable target word of each source word, and its probability.

    Args:
        sources: words of the source sentences, each beginning with the empty word.
        targets: words of the target sentences.
        num_rounds: passes of expectation and maximisation.
    """
    source_words, source_ids = _numbered(sources)
    target_words, target_ids = _numbered(targets)
    of_source, of_target, token = _links(source_ids, target_ids)
    if not of_source.size:
        return {}
    # One number for each pair of words that occurs together.
    codes, pair = np.unique(of_source * len(target_words) + of_target, return_inverse=True)
    source_of_pair = codes // len(target_words)
    probs = np.full(len(codes), 1 / len(target_words))
    for _ in range(num_rounds):
        share = probs[pair]
        share /= np.bincount(token, share)[token]  # which source word a target word came from
        counts = np.bincount(pair, share, minlength=len(codes))
        probs = counts / np.bincount(source_of_pair, counts)[source_of_pair]
    order = np.lexsort((-probs, source_of_pair))
    first = order[np.unique(source_of_pair[order], return_index=True)[1]]
    return {
        source_words[codes[index] // len(target_words)]: (
            target_words[codes[index] % len(target_words)],
            float(probs[index]),
        )
        for index in first
    }


def _numbered(
    sentences: Sequence[Sequence[str]],
) -> tuple[list[str], list[NDArray[np.int64]]]:
    """Distinct words, and sentences as their numbers."""
    words = sorted(set(chain.from_iterable(sentences)))
    number = {word: index for index, word in enumerate(words)}
    return words, [np.array([number[word] for word in row], dtype=np.int64) for row in sentences]


def _links(
    sources: Sequence[NDArray[np.int64]], targets: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every word of a source sentence with every word of its target: three arrays of one length.

    Returns:
        the source word, the target word, and which word of the whole target text it is.
    """
    left = [np.tile(s, len(t)) for s, t in zip(sources, targets, strict=True)]
    right = [np.repeat(t, len(s)) for s, t in zip(sources, targets, strict=True)]
    num_tokens = np.array([len(t) for t in targets], dtype=np.int64)
    copies = np.repeat(np.array([len(s) for s in sources], dtype=np.int64), num_tokens)
    empty = [np.zeros(0, dtype=np.int64)]
    return (
        np.concatenate(left or empty),
        np.concatenate(right or empty),
        np.repeat(np.arange(copies.size), copies),
    )
