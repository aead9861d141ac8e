"""TextRank: sentences for a summary and words for keywords, by votes of their neighbours.

In comes one text, out come its own sentences or words, best first (Mihalcea and Tarau 2004). Needs
no training data. English and Chinese, by words; Chinese words are jieba's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.baselines.extracts import join_sentences
from yanmo.evaluation.baselines.stop_words import is_content
from yanmo.evaluation.baselines.words import sentences_of, words_of

_DAMPING = 0.85
_WINDOW = 5  # words within so many of one another vote for each other


def rank_nodes(links: NDArray[np.float64], *, tolerance: float = 1e-8) -> NDArray[np.float64]:
    """PageRank of an undirected graph with weights (eq. 2 of the paper, normalised to sum to 1).

    Args:
        links: (n, n) symmetric weights of at least 0; the diagonal does not count.
        tolerance: largest change of a score at which the votes have settled.

    Returns:
        (n,) scores; nodes without links keep the least score.
    """
    links = links - np.diag(links.diagonal())
    votes = links.sum(axis=1, keepdims=True)
    shares = np.divide(links, votes, out=np.zeros_like(links), where=votes > 0)
    scores = np.full(len(links), 1 / max(1, len(links)))
    for _ in range(1000):
        settled = scores
        scores = (1 - _DAMPING) / len(links) + _DAMPING * (shares.T @ scores)
        if np.abs(scores - settled).max() < tolerance:
            break
    return scores


def rank_sentences(text: str) -> list[tuple[int, str, float]]:
    """Sentences of a text, best first: place in the text, the sentence, its score.

    Two sentences are as close as their shared words by the logarithms of their lengths (eq. 3).
    """
    sentences = sentences_of(text)
    if not sentences:
        return []
    words = [set(words_of(sentence)) for sentence in sentences]
    links = np.zeros((len(sentences), len(sentences)))
    for i, left in enumerate(words):
        for j in range(i):
            lengths = math.log(max(1, len(left))) + math.log(max(1, len(words[j])))
            if lengths > 0:
                links[i, j] = links[j, i] = len(left & words[j]) / lengths
    scores = rank_nodes(links)
    order = sorted(range(len(sentences)), key=lambda place: (-scores[place], place))
    return [(place, sentences[place], float(scores[place])) for place in order]


def summarise(text: str, *, num_sentences: int = 1) -> str:
    """The best sentences in the order of the text; Chinese ones are joined without a space."""
    return join_sentences(
        [sentence for _, sentence, _ in sorted(rank_sentences(text)[:num_sentences])]
    )


def keywords(text: str, *, num_keywords: int = 10, is_chinese: bool = False) -> list[str]:
    """Keywords, best first: runs of content words by the sum of their scores.

    Words that stand near each other vote for each other; function words never do. Content words
    that stand side by side in the text become one keyword: in English up to four of any score, in
    Chinese two of the best third, which is the paper's choice for both. Either was the best of its
    kind on training texts (Inspec, CSL).
    """
    words = words_of(text, has_punctuation=True)
    candidates = sorted({word for word in words if is_content(word, is_chinese=is_chinese)})
    if not candidates:
        return []
    place = {word: index for index, word in enumerate(candidates)}
    links = np.zeros((len(candidates), len(candidates)))
    for start, left in enumerate(words):
        for right in words[start + 1 : start + _WINDOW]:
            if left in place and right in place and left != right:
                links[place[left], place[right]] += 1
                links[place[right], place[left]] += 1
    scores = dict(zip(candidates, rank_nodes(links).tolist(), strict=True))
    if is_chinese:
        num_kept = max(3, len(candidates) // 3)
        kept = sorted(candidates, key=lambda word: (-scores[word], word))[:num_kept]
        scores = {word: scores[word] for word in kept}
    return best_runs(words, scores, num_keywords, is_chinese)


def best_runs(
    words: Sequence[str], scores: dict[str, float], num_keywords: int, is_chinese: bool
) -> list[str]:
    """Runs of scored words as they stand in the text, by the sum of their scores."""
    joiner, longest = ("", 2) if is_chinese else (" ", 4)
    found: dict[str, float] = {}
    run: list[str] = []
    for word in [*words, ""]:
        if word in scores and len(run) < longest:
            run.append(word)
            continue
        if run:
            found.setdefault(joiner.join(run), sum(scores[part] for part in run))
        run = [word] if word in scores else []
    return sorted(found, key=lambda run: (-found[run], run))[:num_keywords]
