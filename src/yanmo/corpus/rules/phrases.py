"""Where phrases of a list occur in documents.

Comes in: phrases, and Arrow's bytes of a batch. Goes out: for each document how often they occur,
how much of it they cover, and how much of it stands in lines that mostly consist of them. The
leftmost and longest occurrence counts, then the search goes on behind it. Case does not matter in
ASCII; a phrase that begins or ends with a letter of an alphabet must do so at the edge of a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import LONE_WORD, SPACE, WORD, character_classes
from yanmo.corpus.text_column import TextBuffers
from yanmo.corpus.utf8 import character_at, start_of_character

_ALPHABETIC = WORD | LONE_WORD  # of these, letters of alphabets have only WORD


class PhraseTree(NamedTuple):
    """Phrases as a tree of bytes; node 0 is the root.

    Args:
        keys: int64, 1 + 256 * node + byte; 0 where a place of the hash table is free.
        children: int32, the node that follows.
        is_end: bool, by node: a phrase ends here.
        may_begin: (65536,) bool, the pairs of bytes with which phrases begin.
    """

    keys: NDArray[np.int64]
    children: NDArray[np.int32]
    is_end: NDArray[np.bool_]
    may_begin: NDArray[np.bool_]


class PhraseHits(NamedTuple):
    """What was found in n documents; each (n,) int64.

    Args:
        hits: occurrences.
        covered: visible characters inside them.
        in_lines: visible characters of the lines of which they cover enough.
        visible: visible characters altogether.
    """

    hits: NDArray[np.int64]
    covered: NDArray[np.int64]
    in_lines: NDArray[np.int64]
    visible: NDArray[np.int64]


def read_phrases(path: Path) -> list[str]:
    """The words and phrases of a file, one on each line.

    Raises:
        DataError: the file cannot be read, is not UTF-8, or holds no word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            t("the word list cannot be read"),
            where=str(path),
            why=str(error),
            hint=t("It must be a text file in UTF-8 with a word or phrase on each line."),
        ) from error
    words = [line.strip() for line in lines]
    words = [word for word in words if word and not word.startswith("#")]
    if not words:
        raise DataError(
            t("the word list is empty"),
            where=str(path),
            why=t("every line is blank or begins with #"),
            hint=t("Write a word or phrase on each line, or leave the list out."),
        )
    return words


def build_tree(phrases: Iterable[str]) -> PhraseTree:
    """The tree of the phrases; white space in them is folded, empty ones are passed over."""
    children: dict[tuple[int, int], int] = {}
    ends: set[int] = set()
    for phrase in phrases:
        node = 0
        for byte in " ".join(phrase.split()).encode("utf-8").lower():
            node = children.setdefault((node, byte), len(children) + 1)
        if node:
            ends.add(node)
    size = 64
    while size < 2 * len(children):
        size *= 2
    tree = PhraseTree(
        np.zeros(size, np.int64),
        np.zeros(size, np.int32),
        np.zeros(len(children) + 1, np.bool_),
        np.zeros(65536, np.bool_),
    )
    if children:
        edges = np.array([(node, byte, child) for (node, byte), child in children.items()])
        fill_tree(edges.astype(np.int64), tree)
    tree.is_end[list(ends)] = True
    first_bytes = {child: byte for (node, byte), child in children.items() if node == 0}
    for (node, byte), child in children.items():
        if node in first_bytes:
            tree.may_begin[first_bytes[node] * 256 + byte] = True
        elif node == 0 and child in ends:
            tree.may_begin[byte * 256 : byte * 256 + 256] = True
    return tree


def find_phrases(
    texts: TextBuffers, is_wanted: NDArray[np.bool_], tree: PhraseTree, min_cover: float = 1.0
) -> PhraseHits:
    """Look for the phrases of a tree in the documents that `is_wanted` marks.

    Args:
        min_cover: of a line's visible characters, the share that phrases must cover for the line
            to count in `in_lines`.
    """
    found = PhraseHits(*(np.zeros(len(texts), np.int64) for _ in range(4)))
    find_in_batch(texts.data, texts.offsets, is_wanted, character_classes(), tree, min_cover, found)
    return found


@kernel
def edge_place(keys: Any, key: Any) -> Any:
    """Where an edge is or belongs in the table."""
    last = len(keys) - 1
    place = ((key * 0x9E3779B1) >> 15) & last
    while keys[place] != 0 and keys[place] != key:
        place = (place + 1) & last
    return place


@kernel
def fill_tree(edges: Any, tree: PhraseTree) -> None:
    """Enter edges of node, byte and child."""
    for index in range(len(edges)):
        key = 1 + edges[index, 0] * 256 + edges[index, 1]
        place = edge_place(tree.keys, key)
        tree.keys[place] = key
        tree.children[place] = edges[index, 2]


@kernel
def small(byte: Any) -> Any:
    """A byte as a number, capital letters as small ones."""
    return np.int64(byte) + 32 if 65 <= byte <= 90 else np.int64(byte)


@kernel
def pair_at(data: Any, at: int, end: int) -> Any:
    """The byte at `at` and the one behind it as one number."""
    return small(data[at]) * 256 + (small(data[at + 1]) if at + 1 < end else 0)


@kernel
def is_inside_word(data: Any, at: int, end: int, table: Any) -> Any:
    """Whether the letters on both sides of `at` belong to one word of an alphabet."""
    if at >= end:
        return False
    if (table[character_at(data, at)[0]] & _ALPHABETIC) != WORD:
        return False
    before = start_of_character(data, at - 1)
    return (table[character_at(data, before)[0]] & _ALPHABETIC) == WORD


@kernel
def longest_at(data: Any, start: int, end: int, table: Any, tree: PhraseTree) -> int:
    """The byte after the longest phrase that begins at `start`, or `start` where none does."""
    longest = at = start
    node = 0
    while at < end:
        place = edge_place(tree.keys, 1 + np.int64(node) * 256 + small(data[at]))
        if tree.keys[place] == 0:
            break
        node = tree.children[place]
        at += 1
        if tree.is_end[node] and not is_inside_word(data, at, end, table):
            longest = at
    return longest


@kernel
def find_in_batch(
    data: Any, offsets: Any, is_wanted: Any, table: Any, tree: PhraseTree, min_cover: float,
    found: PhraseHits,
) -> None:  # fmt: skip
    """Fill `found`."""
    for index in range(len(offsets) - 1):
        if not is_wanted[index]:
            continue
        at, end = offsets[index], offsets[index + 1]
        covered_to = at
        before = np.uint32(0)
        hits = covered = visible = line_covered = line_visible = in_lines = 0
        while at < end:
            point, width = character_at(data, at)
            kind = table[point]
            if at >= covered_to and tree.may_begin[pair_at(data, at, end)]:
                is_inside = (kind & _ALPHABETIC) == WORD and (before & _ALPHABETIC) == WORD
                behind = at if is_inside else longest_at(data, at, end, table, tree)
                if behind > at:
                    hits += 1
                    covered_to = behind
            if not kind & SPACE:
                line_visible += 1
                line_covered += at < covered_to
            at += width
            before = kind
            if point == 10 or at >= end:
                if line_covered and line_covered >= min_cover * line_visible:
                    in_lines += line_visible
                visible += line_visible
                covered += line_covered
                line_visible = line_covered = 0
        found.hits[index] = hits
        found.covered[index] = covered
        found.in_lines[index] = in_lines
        found.visible[index] = visible
