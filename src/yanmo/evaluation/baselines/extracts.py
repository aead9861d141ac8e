"""Summaries that are the beginning of the text: its first sentences, or its first words.

In comes a text, out comes its beginning. Hard to beat where texts begin with what matters. The
beginning in the length of the reference knows what no model knows: it shows how much of ROUGE is
length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from yanmo.evaluation.baselines.words import join_words, sentences_of, split_text


def lead(text: str, *, num_sentences: int = 1) -> str:
    """The first sentences."""
    return join_sentences(sentences_of(text)[:num_sentences])


def first_words(text: str, num_words: int, *, language: str) -> str:
    """The first words."""
    return join_words(split_text(text)[:num_words], language=language)


def lead_in_length_of(text: str, reference: str, *, language: str) -> str:
    """As many first words of the text as the reference has: an oracle of length."""
    return first_words(text, len(split_text(reference)), language=language)


def best_num_sentences(
    extract: Callable[[str, int], str],
    texts: Sequence[str],
    worth: Callable[[Sequence[str]], float],
    *,
    most: int = 4,
) -> int:
    """How many sentences of an extract do best on validation texts.

    Args:
        extract: a text and a number of sentences to a summary.
        texts: validation texts.
        worth: summaries of all of them to the figure that is to be high.
        most: largest number that is tried.
    """
    worths = [worth([extract(text, size) for text in texts]) for size in range(1, most + 1)]
    return max(range(most), key=lambda index: (worths[index], -index)) + 1


def join_sentences(sentences: Sequence[str]) -> str:
    """Sentences as one text, with a space between two where the first does not end in Chinese."""
    text = ""
    for sentence in sentences:
        text += (" " if text and text[-1].isascii() else "") + sentence
    return text
