"""Changes to whole words: left out, exchanged, or replaced by words of a similar sense.

Comes in: a text, a strength, a source of chance, what cuts Chinese into words. Goes out: the
changed text. Deletion, exchange and replacement follow Wei & Zou 2019 ("EDA"), with neighbours in a
space of word vectors in the place of a dictionary of synonyms. Knows no vectors, only a function
that gives a word's neighbours.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from yanmo.corpus.augmentation.choice import drawn_pairs, drawn_places
from yanmo.corpus.segmentation.chinese import Segmenter, jieba_segmenter
from yanmo.corpus.segmentation.words import is_han, is_mark, split_words

Nearest = Callable[[str], Sequence[str]]
"""Words of a similar sense, nearest first; empty for a word that is not known."""

_SPACES = re.compile(r"\s+")


def delete_words(
    text: str, strength: float, chance: random.Random, segmenter: Segmenter | None = None
) -> str:
    """Some words are left out, never all; spaces that meet become one."""
    pieces, places = _cut(text, segmenter)
    drawn = drawn_places(places, len(places), strength, chance)
    if drawn and len(drawn) == len(places):
        drawn.pop(chance.randrange(len(drawn)))
    if not drawn:
        return text
    for place in drawn:
        pieces[place] = ""
    return _SPACES.sub(_one_space, "".join(pieces)).strip(" \t")


def swap_words(
    text: str, strength: float, chance: random.Random, segmenter: Segmenter | None = None
) -> str:
    """Neighbouring words change places; both count as changed, and none moves twice."""
    pieces, places = _cut(text, segmenter)
    pairs = [(one, other) for one, other in pairwise(places) if pieces[one] != pieces[other]]
    for one, other in drawn_pairs(pairs, len(places), strength, chance):
        pieces[one], pieces[other] = pieces[other], pieces[one]
    return "".join(pieces)


def replace_words(
    text: str,
    strength: float,
    chance: random.Random,
    nearest: Nearest,
    segmenter: Segmenter | None = None,
) -> str:
    """Some words become one of their neighbours; words without neighbours stay."""
    pieces, places = _cut(text, segmenter)
    return "".join(replaced(pieces, places, strength, chance, nearest))


def replaced(
    pieces: Sequence[str],
    places: Sequence[int],
    strength: float,
    chance: random.Random,
    nearest: Nearest,
) -> list[str]:
    """The pieces, `strength` of those at `places` replaced by a neighbour, as far as there are any.

    A word that is not known as it is written is looked up in small letters, and what replaces it
    begins with a capital where it did.
    """
    after = list(pieces)
    count = len(drawn_places(places, len(places), strength, chance))
    for place in chance.sample(list(places), len(places)):
        if count == 0:
            break
        word = pieces[place]
        others = _others(word, nearest)
        if others:
            other = chance.choice(others)
            after[place] = other[:1].upper() + other[1:] if word[:1].isupper() else other
            count -= 1
    return after


def _others(word: str, nearest: Nearest) -> list[str]:
    """Neighbours that are other words, each without white space."""
    found = nearest(word) or nearest(word.lower())
    return [
        each for each in found if each.lower() != word.lower() and each and not _SPACES.search(each)
    ]


def _cut(text: str, segmenter: Segmenter | None) -> tuple[list[str], list[int]]:
    """The text as pieces that give it when joined, and which of them are words."""
    pieces: list[str] = []
    done = 0
    for item in split_words(text):
        start = text.index(item, done)
        if start > done:
            pieces.append(text[done:start])
        if len(item) > 1 and is_han(item):
            pieces += (segmenter or jieba_segmenter()).segment(item)
        else:
            pieces.append(item)
        done = start + len(item)
    if done < len(text):
        pieces.append(text[done:])
    return pieces, [place for place, piece in enumerate(pieces) if not is_mark(piece)]


def _one_space(match: re.Match[str]) -> str:
    space = match.group()
    return space if "\n" in space or len(space) == 1 else " "
