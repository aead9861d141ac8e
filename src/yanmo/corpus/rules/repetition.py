"""How much of a document repeats itself: lines, paragraphs, and runs of words.

Comes in: a document as characters and words. Goes out: counts. The definitions are those of the
Gopher paper (Rae et al. 2021, table A1) as datatrove computes them: a run of words that was seen
before counts with its characters and is then stepped over as a whole. Knows nothing of thresholds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import SPACE
from yanmo.corpus.rules.reading import Characters, Words, hash_between, mixed

_NEW_LINE = 10
_ONE = np.uint64(1)
_NEVER_ZERO = np.uint64(1 << 63)  # 63 bits of a hash are enough; the last keeps it from being 0


class Seen(NamedTuple):
    """A hash table; its length is a power of 2.

    Args:
        keys: uint64, the hashes; 0 where a place is free.
        counts: int32, how often each was seen.
        firsts: int32, where it was seen first.
    """

    keys: NDArray[np.uint64]
    counts: NDArray[np.int32]
    firsts: NDArray[np.int32]


class Segments(NamedTuple):
    """Room for the beginnings and ends of lines or paragraphs, in characters, int64."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class Repeats(NamedTuple):
    """How many segments there were, how many had been seen before, and the latter's characters."""

    segments: int
    repeated: int
    characters: int


@kernel
def smallest_table(items: int, largest: int) -> int:
    """A power of two above twice the number of items, at most `largest`."""
    size = 64
    while size < 2 * items and size < largest:
        size *= 2
    return size


@kernel
def place_of(keys: Any, key: Any) -> Any:
    """Where `key`, which is not 0, is or belongs in the table."""
    last = np.uint64(len(keys) - 1)  # unsigned: no negative index to be looked for
    place = mixed(key) & last
    while keys[place] != 0 and keys[place] != key:
        place = (place + _ONE) & last
    return place


@kernel
def is_new(keys: Any, key: Any) -> bool:
    """Whether `key` was not in the table; it is now."""
    place = place_of(keys, key | _NEVER_ZERO)
    if keys[place] != 0:
        return False
    keys[place] = key | _NEVER_ZERO
    return True


@kernel
def emptied(keys: Any, items: int) -> Any:
    """The beginning of the table, empty, large enough for so many items."""
    part = keys[: smallest_table(items, len(keys))]
    part[:] = 0
    return part


@kernel
def split_at_runs(text: Characters, start: int, end: int, min_run: int, segments: Segments) -> int:
    """Split the characters from `start` to `end` at runs of at least `min_run` line feeds."""
    count = 0
    segments.starts[0] = start
    at = start
    while at < end:
        if text.points[at] != _NEW_LINE:
            at += 1
            continue
        run_start = at
        while at < end and text.points[at] == _NEW_LINE:
            at += 1
        if at - run_start >= min_run:
            segments.ends[count] = run_start
            count += 1
            segments.starts[count] = at
    segments.ends[count] = end
    return count + 1


@kernel
def split_lines(text: Characters, num_characters: int, segments: Segments) -> int:
    """Split at every line feed and keep the lines that are not blank."""
    count = 0
    start = 0
    for at in range(num_characters + 1):
        if at == num_characters or text.points[at] == _NEW_LINE:
            inside = start
            while inside < at and text.classes[inside] & SPACE:
                inside += 1
            if inside < at:
                segments.starts[count] = start
                segments.ends[count] = at
                count += 1
            start = at + 1
    return count


@kernel
def count_repeats(
    text: Characters, powers: Any, segments: Segments, count: int, seen: Seen
) -> Repeats:
    """How many of the first `count` segments are equal to an earlier one."""
    keys = emptied(seen.keys, count)
    repeated = characters = 0
    for index in range(count):
        start, end = segments.starts[index], segments.ends[index]
        if not is_new(keys, hash_between(text.prefix, powers, start, end)):
            repeated += 1
            characters += end - start
    return Repeats(count, repeated, characters)


@kernel
def stripped(text: Characters, num_characters: int) -> tuple[int, int]:
    """The range of characters without the white space at both ends."""
    start = 0
    end = num_characters
    while start < end and text.classes[start] & SPACE:
        start += 1
    while end > start and text.classes[end - 1] & SPACE:
        end -= 1
    return start, end


@kernel
def top_characters(
    words: Words, num_words: int, size: int, min_count: int, powers: Any, seen: Seen
) -> int:
    """Characters of the most frequent run of `size` words, spaces between them included, times its
    count; of several equally frequent, the first. 0 where none occurs `min_count` times."""
    keys = emptied(seen.keys, num_words)
    best_count = best_first = 0
    for start in range(num_words - size + 1):
        end = start + size
        length = words.ends[end] - words.ends[start] + size
        key = (words.spaced[end] - words.spaced[start] * powers[length]) | _NEVER_ZERO
        place = place_of(keys, key)
        if keys[place] == 0:
            keys[place] = key
            seen.counts[place] = 0
            seen.firsts[place] = start
        seen.counts[place] += 1
        count, first = seen.counts[place], seen.firsts[place]
        if count > best_count or (count == best_count and first < best_first):
            best_count, best_first = count, first
    if best_count < min_count:
        return 0
    length = words.ends[best_first + size] - words.ends[best_first] + size - 1
    return int(length * best_count)


@kernel
def repeated_characters(words: Words, num_words: int, size: int, powers: Any, seen: Seen) -> int:
    """Characters of the runs of `size` words that were seen before, without overlap."""
    keys = emptied(seen.keys, num_words)
    repeated = 0
    start = 0
    while start <= num_words - size:
        end = start + size
        length = words.ends[end] - words.ends[start]
        if is_new(keys, words.joined[end] - words.joined[start] * powers[length]):
            start += 1
        else:
            repeated += length
            start = end
    return repeated
