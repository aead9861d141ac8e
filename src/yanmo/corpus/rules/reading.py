"""A document as arrays of characters and words, made once and read by every rule.

Comes in: UTF-8 bytes. Goes out: code points, their classes, words, and prefix hashes from which the
hash of any stretch of characters or words follows by one multiplication. Knows nothing of rules.

A word is a Han or kana letter by itself, or a run of other letters, digits and underscores, or one
character of anything else that is not white space: the regular expression `WORD_PATTERN`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import (
    ALPHA,
    LONE_RANGES,
    LONE_WORD,
    SPACE,
    SYMBOL,
    WORD,
)
from yanmo.corpus.scripts import regex_class
from yanmo.corpus.utf8 import character_at

_LONE = regex_class(LONE_RANGES)
WORD_PATTERN = rf"(?=\w)[{_LONE}]|[^\W{_LONE}]+|[^\w\s]"
"""What a word is, for Python's `re`; the kernels find the same words."""

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd; a polynomial in it, modulo 2**64, is the hash
_SEPARATOR = np.uint64(0x21)
_MIX = np.uint64(0xD6E8FEB86659FD93)


class Powers(NamedTuple):
    """Powers of the hash's base: `of[n]` is the base to the n-th, uint64."""

    of: NDArray[np.uint64]


class Characters(NamedTuple):
    """Room for the characters of one document.

    Args:
        points: (n,) int32, code points.
        classes: (n,) uint32, their bit sets.
        prefix: (n + 1,) uint64, hash of everything before each character.
    """

    points: NDArray[np.int32]
    classes: NDArray[np.uint32]
    prefix: NDArray[np.uint64]


class Words(NamedTuple):
    """Room for the words of one document.

    Args:
        ends: (n + 1,) int64, characters of words up to each word's beginning (without spaces).
        joined: (n + 1,) uint64, hash of all words before, written together.
        spaced: (n + 1,) uint64, the same, each with a separator before it.
    """

    ends: NDArray[np.int64]
    joined: NDArray[np.uint64]
    spaced: NDArray[np.uint64]


class WordCounts(NamedTuple):
    """What a pass over the words counted.

    Args:
        words: all of them.
        no_symbols: those that hold a character which is no symbol.
        no_symbol_characters: the characters of those.
        alphabetic: those with a letter.
        stop_words: the different stop words among them.
    """

    words: int
    no_symbols: int
    no_symbol_characters: int
    alphabetic: int
    stop_words: int


def powers_up_to(length: int) -> NDArray[np.uint64]:
    """Powers of the base from 0 to `length`: (length + 1,) uint64."""
    powers = np.full(length + 1, _BASE, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def word_hash(word: str) -> int:
    """The hash that the kernels give to `word`."""
    value = 0
    for character in word:
        value = (value * int(_BASE) + ord(character) + 1) % 2**64
    return value


@kernel
def mixed(value: Any) -> Any:
    """The bits of a hash, spread so that the low ones can choose a place in a table."""
    value ^= value >> np.uint64(32)
    value *= _MIX
    return value ^ (value >> np.uint64(29))


@kernel
def decode(data: Any, start: int, end: int, table: Any, into: Characters) -> int:
    """Fill `into` with the characters of `data[start:end]`, valid UTF-8; gives their number."""
    count = 0
    value = np.uint64(0)
    into.prefix[0] = value
    at = start
    while at < end:
        point, width = character_at(data, at)
        at += width
        into.points[count] = point
        into.classes[count] = table[point]
        count += 1
        value = value * _BASE + np.uint64(point + 1)
        into.prefix[count] = value
    return count


@kernel
def hash_between(prefix: Any, powers: Any, start: int, end: int) -> Any:
    """The hash of the characters from `start` up to `end`."""
    return prefix[end] - prefix[start] * powers[end - start]


@kernel
def find_words(
    text: Characters, num_characters: int, powers: Any, stop_hashes: Any, skips_symbols: bool,
    words: Words,
) -> WordCounts:  # fmt: skip
    """Fill `words` and count them.

    Args:
        skips_symbols: leave out what is neither letter, digit nor underscore.
        stop_hashes: hashes of at most 63 stop words, uint64.
    """
    count = no_symbols = no_symbol_characters = alphabetic = 0
    seen = np.int64(0)
    words.ends[0] = 0
    words.joined[0] = np.uint64(0)
    words.spaced[0] = np.uint64(0)
    at = 0
    while at < num_characters:
        first = text.classes[at]
        if first & SPACE or (skips_symbols and not first & WORD):
            at += 1
            continue
        start = at
        every = first
        some = first
        at += 1
        if (first & (WORD | LONE_WORD)) == WORD:
            while at < num_characters and (text.classes[at] & (WORD | LONE_WORD)) == WORD:
                every &= text.classes[at]
                some |= text.classes[at]
                at += 1
        length = at - start
        value = hash_between(text.prefix, powers, start, at)
        words.ends[count + 1] = words.ends[count] + length
        power = powers[length]
        words.joined[count + 1] = words.joined[count] * power + value
        words.spaced[count + 1] = (words.spaced[count] * _BASE + _SEPARATOR) * power + value
        count += 1
        if not every & SYMBOL:
            no_symbols += 1
            no_symbol_characters += length
        if some & ALPHA:
            alphabetic += 1
        for index in range(len(stop_hashes)):
            if stop_hashes[index] == value:
                seen |= np.int64(1) << index
    return WordCounts(count, no_symbols, no_symbol_characters, alphabetic, num_bits(seen))


@kernel
def num_bits(bits: Any) -> int:
    """How many bits of a non-negative number are set."""
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count
