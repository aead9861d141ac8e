"""The operators: deletion and swapping of words or characters, and typing errors.

Comes in: a text, a strength, a seed. Goes out: the changed text. An operator is a pure function:
the same arguments give the same text on every machine. Deletion and swapping follow Wei & Zou 2019
("EDA"), without the part that needs a dictionary of synonyms. Knows nothing of labels.
"""

from __future__ import annotations

import hashlib
import random
import re
import string
from collections.abc import Callable

from yanmo.corpus.augmentation.config import AugmentationConfig, Operator
from yanmo.corpus.segmentation.chinese import Segmenter, jieba_segmenter
from yanmo.corpus.segmentation.words import is_han, is_mark, split_words

_SPACES = re.compile(r"\s+")
_LETTERS = string.ascii_lowercase


def augment(
    text: str,
    operator: Operator,
    strength: float,
    seed: int,
    *,
    segmenter: Segmenter | None = None,
) -> str:
    """A changed copy of `text`.

    Args:
        text: any text; Chinese is cut into words first where an operator works on words.
        operator: `delete_words` leaves words out, but never the last one; `swap_words` exchanges
            neighbouring words; `delete_characters` and `swap_characters` do so with letters and
            Han characters; `noise` makes one typing error for each chosen letter of the Latin
            alphabet: left out, doubled, or another letter in its place.
        strength: the share of the words or characters that is changed, from 0 (none) to 1.
        seed: decides which ones. The text takes part in the choice, so that the same seed does
            not mean the same places in every text.
        segmenter: what cuts Chinese into words; None takes jieba.

    White space, punctuation and line ends stay where they are; spaces that a deleted word leaves
    behind become one.
    """
    assert 0 <= strength <= 1, f"strength {strength} is not between 0 and 1"
    if strength == 0 or not text:
        return text
    chance = random.Random(_seed_of(text, operator, seed))
    if operator == "noise":
        return _noise(text, strength, chance)
    by_word = operator.endswith("words")
    pieces = _word_pieces(text, segmenter) if by_word else list(text)
    places = [place for place, piece in enumerate(pieces) if _may_change(piece)]
    change = _delete if operator.startswith("delete") else _swap
    change(pieces, places, strength, chance)
    changed = "".join(pieces)
    return _join_spaces(changed) if operator == "delete_words" else changed


def augmented_copies(text: str, config: AugmentationConfig, seed: int) -> list[str]:
    """The changed copies of `text` that a configuration asks for, `num_copies` of them."""
    copies: list[str] = []
    for number in range(config.num_copies):
        operator = config.operators[number % len(config.operators)]
        copies.append(augment(text, operator, config.strength, seed + number))
    return copies


def _seed_of(text: str, operator: str, seed: int) -> int:
    """A number that differs between texts, operators and seeds."""
    digest = hashlib.blake2b(f"{seed}\0{operator}\0{text}".encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest.digest()[:8], "little")


def _word_pieces(text: str, segmenter: Segmenter | None) -> list[str]:
    """The text as words and what stands between them; joined, they are the text."""
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
    return pieces


def _may_change(piece: str) -> bool:
    """Whether a piece is a word or a letter, no space or mark."""
    return not is_mark(piece)


def _chosen(count: int, strength: float, chance: random.Random) -> list[int]:
    """The places that are changed: each with the probability `strength`, at least one."""
    places = [place for place in range(count) if chance.random() < strength]
    return places or ([chance.randrange(count)] if count else [])


def _delete(pieces: list[str], places: list[int], strength: float, chance: random.Random) -> None:
    """Empty the chosen pieces; one is left."""
    chosen = _chosen(len(places), strength, chance)
    if len(chosen) == len(places) and chosen:
        chosen.pop(chance.randrange(len(chosen)))
    for place in chosen:
        pieces[places[place]] = ""


def _swap(pieces: list[str], places: list[int], strength: float, chance: random.Random) -> None:
    """Exchange chosen pieces with their right neighbours; none moves twice to the right."""
    last = -2
    for place in _chosen(len(places) - 1, strength, chance) if len(places) > 1 else []:
        if place > last + 1:
            one, other = places[place], places[place + 1]
            pieces[one], pieces[other] = pieces[other], pieces[one]
            last = place


_Error = Callable[[str, random.Random], str]


def _leave_out(_letter: str, _chance: random.Random) -> str:
    return ""


def _double(letter: str, _chance: random.Random) -> str:
    return letter * 2


def _mistype(letter: str, chance: random.Random) -> str:
    """Another letter of the same case."""
    other = chance.choice([wrong for wrong in _LETTERS if wrong != letter.lower()])
    return other.upper() if letter.isupper() else other


_ERRORS: tuple[_Error, ...] = (_leave_out, _double, _mistype)


def _noise(text: str, strength: float, chance: random.Random) -> str:
    """Typing errors in Latin letters."""
    letters = list(text)
    places = [place for place, c in enumerate(letters) if c.isascii() and c.isalpha()]
    for place in _chosen(len(places), strength, chance):
        at = places[place]
        letters[at] = chance.choice(_ERRORS)(letters[at], chance)
    return "".join(letters)


def _join_spaces(text: str) -> str:
    """White space that met where a word was deleted, as one; line ends win over spaces."""
    return _SPACES.sub(_one_space, text).strip(" \t")


def _one_space(match: re.Match[str]) -> str:
    space = match.group()
    return space if "\n" in space or len(space) == 1 else " "
