"""Answers and choices by shared words: the nearest sentence, a sliding window, the longest option.

In come a passage and a question, or a context and choices; out comes a piece of the passage or the
index of a choice. The sliding window is that of Richardson et al. (2013).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from yanmo.evaluation.baselines.words import characters_of, sentences_of, words_of


def nearest_sentence(question: str, passage: str) -> str:
    """The sentence that shares most with the question, rare words weighing more.

    A word weighs ln(1 + 1/count) by how often the passage has it; of equal sentences the first.
    """
    counts = Counter(words_of(passage))
    asked = set(words_of(question))

    def shared(sentence: str) -> float:
        return sum(math.log(1 + 1 / counts[word]) for word in asked & set(words_of(sentence)))

    return max(sentences_of(passage), key=shared, default="")


def nearest_window(question: str, passage: str, *, num_words: int) -> str:
    """The run of words next to what the question asks about that has most of its rare words.

    The nearest sentence is searched for the `num_words` words that are not in the question and
    stand in the midst of those that are: a short answer, where the whole sentence is too long.
    """
    sentence = nearest_sentence(question, passage)
    pieces = _pieces(sentence)
    asked = set(words_of(question)) | set(characters_of(question))
    is_asked = [piece.strip().lower().strip(".,;:!?，。；：！？") in asked for piece in pieces]
    best, best_worth = "", -1.0
    for start in range(len(pieces)):
        window = range(start, min(start + num_words, len(pieces)))
        around = range(max(0, start - 5), min(len(pieces), start + num_words + 5))
        worth = sum(is_asked[i] for i in around) - 3 * sum(is_asked[i] for i in window)
        if worth > best_worth:
            best, best_worth = "".join(pieces[i] for i in window), worth
    return best.strip()


def sliding_window_choice(context: str, question: str, choices: Sequence[str]) -> int:
    """The choice whose words together with the question's best fill one window of the context.

    The window is as long as question and choice have different words; each word in it weighs
    ln(1 + 1/count) (algorithm 1 of the paper). Without a context the choices are compared with the
    question itself.
    """
    words = words_of(context or question)
    counts = Counter(words)
    asked = set(words_of(question)) if context else set()
    worths = []
    for choice in choices:
        wanted = asked | set(words_of(choice))
        weights = [math.log(1 + 1 / counts[word]) if word in wanted else 0.0 for word in words]
        size = max(1, len(wanted))
        sums = [sum(weights[:size])]
        for start in range(1, max(1, len(words) - size + 1)):
            sums.append(sums[-1] - weights[start - 1] + weights[start + size - 1])
        worths.append(max(sums))
    return _first_best(worths)


def longest_choice(choices: Sequence[str]) -> int:
    """The longest one: writers of tests say more where they have to be right."""
    return _first_best([len(choice) for choice in choices])


def _first_best(worths: Sequence[float]) -> int:
    return max(range(len(worths)), key=lambda index: (worths[index], -index))


def _pieces(sentence: str) -> list[str]:
    """Words with the space behind them, and single characters of Chinese."""
    pieces: list[str] = []
    for character in sentence:
        is_new = (
            not pieces
            or pieces[-1][-1].isspace()
            or not (character.isascii() and pieces[-1][-1].isascii())
        )
        if is_new and not character.isspace():
            pieces.append(character)
        elif pieces:
            pieces[-1] += character
    return pieces
