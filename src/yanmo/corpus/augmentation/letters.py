"""Changes to single characters: typing errors, look-alikes, exchange, deletion.

Comes in: a text as a list of characters, a strength, a source of chance. Goes out: a list of the
same length, an entry for each character: what stands in its place now. Units are letters, digits
and Chinese characters; white space and punctuation stay as they are. Knows nothing of words.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from itertools import pairwise

from yanmo.corpus.augmentation.choice import drawn_pairs, drawn_places
from yanmo.corpus.augmentation.look_alikes import homoglyphs, similar_characters
from yanmo.corpus.augmentation.same_sound import same_sound

LetterChange = Callable[[Sequence[str], float, random.Random], list[str]]
"""What turns characters into what stands in their places."""

_KEY_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SLIPS = ("beside", "left out", "doubled")
_SLIP_WEIGHTS = (3, 1, 1)


def typing_noise(characters: Sequence[str], strength: float, chance: random.Random) -> list[str]:
    """Typing errors, as hands make them on the keyboard of each script.

    A Latin letter becomes a neighbour on the keyboard, is left out or doubled (3 : 1 : 1), a digit
    becomes a neighbour, a Chinese character another one that is typed by the same syllable. The
    first letter of a word is never left out, so that no word disappears.
    """
    after = list(characters)
    places = [i for i, c in enumerate(characters) if c.lower() in _NEIGHBOURS or same_sound(c)]
    for place in drawn_places(places, _num_units(characters), strength, chance):
        after[place] = _mistyped(characters, place, chance)
    return after


def replace_homoglyphs(
    characters: Sequence[str], strength: float, chance: random.Random
) -> list[str]:
    """Other code points of the same shape: a reader sees no difference, a tokenizer does."""
    return _replace(characters, homoglyphs, strength, chance)


def replace_similar(characters: Sequence[str], strength: float, chance: random.Random) -> list[str]:
    """Chinese characters become others that look like them; everything else stays."""
    return _replace(characters, similar_characters, strength, chance)


def swap_characters(characters: Sequence[str], strength: float, chance: random.Random) -> list[str]:
    """Neighbours inside a word or a run of Chinese change places; each at most once.

    Both characters of a pair count as changed.
    """
    after = list(characters)
    pairs = [
        (i, i + 1)
        for i, (one, other) in enumerate(pairwise(characters))
        if one != other and one.isalnum() and other.isalnum()
    ]
    for one, other in drawn_pairs(pairs, _num_units(characters), strength, chance):
        after[one], after[other] = after[other], after[one]
    return after


def delete_characters(
    characters: Sequence[str], strength: float, chance: random.Random
) -> list[str]:
    """Some characters are left out, never all."""
    after = list(characters)
    places = _units(characters)
    drawn = drawn_places(places, len(places), strength, chance)
    if drawn and len(drawn) == len(places):
        drawn.pop(chance.randrange(len(drawn)))
    for place in drawn:
        after[place] = ""
    return after


def _units(characters: Sequence[str]) -> list[int]:
    return [place for place, character in enumerate(characters) if character.isalnum()]


def _num_units(characters: Sequence[str]) -> int:
    return len(_units(characters))


def _replace(
    characters: Sequence[str],
    others: Callable[[str], str],
    strength: float,
    chance: random.Random,
) -> list[str]:
    after = list(characters)
    places = [place for place, character in enumerate(characters) if others(character)]
    for place in drawn_places(places, _num_units(characters), strength, chance):
        after[place] = chance.choice(others(characters[place]))
    return after


def _mistyped(characters: Sequence[str], place: int, chance: random.Random) -> str:
    letter = characters[place]
    others = same_sound(letter)
    if others:
        return chance.choice(others)
    slip = chance.choices(_SLIPS, _SLIP_WEIGHTS)[0]
    is_first = place == 0 or not characters[place - 1].isalnum()
    if letter.isdigit() or slip == "beside" or (slip == "left out" and is_first):
        other = chance.choice(_NEIGHBOURS[letter.lower()])
        return other.upper() if letter.isupper() else other
    return "" if slip == "left out" else letter * 2


def _keyboard_neighbours() -> dict[str, str]:
    """For each letter and digit the keys beside it on a QWERTY keyboard, of its own kind.

    A row is shifted by half a key against the one above, so a key touches two in each other row.
    """
    neighbours: dict[str, str] = {}
    for number, row in enumerate(_KEY_ROWS):
        for column, key in enumerate(row):
            beside = [(number, column - 1), (number, column + 1)]
            beside += [(number - 1, column), (number - 1, column + 1)]
            beside += [(number + 1, column - 1), (number + 1, column)]
            keys = [
                _KEY_ROWS[r][c]
                for r, c in beside
                if 0 <= r < len(_KEY_ROWS) and 0 <= c < len(_KEY_ROWS[r])
            ]
            kind = string.digits if key in string.digits else string.ascii_lowercase
            neighbours[key] = "".join(other for other in keys if other in kind)
    return neighbours


_NEIGHBOURS = _keyboard_neighbours()
