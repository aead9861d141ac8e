"""MinHash signatures of texts and the hashes of their bands.

Comes in: UTF-8 bytes. Goes out: for each text and band one uint64, equal for two texts with the
probability `J**num_rows`, where J is the Jaccard similarity of their sets of shingles.

The signature is Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup: FOCS 2017): in each round
every shingle throws one hash at one of the signature's places, and the rounds end when no place is
empty; a place keeps its smallest hash of the earliest round. Long texts need one or two rounds,
where the textbook's MinHash needs as many hashes of every shingle as there are places; agreement of
the places estimates J without bias all the same, and no worse than independent hashes do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.duplicates.shingles import RING_SIZE, hash_shingle, next_token
from yanmo.corpus.duplicates.text_hashes import mix
from yanmo.corpus.kernel import kernel

_EMPTY_PLACE = np.uint64(0xFFFFFFFFFFFFFFFF)
_ROUND_STEP = np.uint64(0xA0761D6478BD642F)
_BAND_STEP = np.uint64(0xE7037ED1A0B428DB)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@kernel
def throw(shingle: np.uint64, number: int, places: NDArray[np.uint64]) -> int:
    """Let a shingle throw the hash of round `number`; 1 where it filled an empty place, else 0.

    There are twice as many rounds as places. In the later half, the round decides on the place, so
    that in the end none is empty.
    """
    value = mix(shingle + np.uint64(number) * _ROUND_STEP)
    place = np.int64((value >> _HALF) * np.uint64(len(places)) >> _HALF)
    if number >= len(places):
        place = np.int64(number - len(places))
    kept = np.uint64(number) << _HALF | value & _LOW
    before = places[place]
    places[place] = min(kept, before)
    return 1 if before == _EMPTY_PLACE else 0


@kernel
def remember(shingle: np.uint64, slots: NDArray[np.uint64], distinct: NDArray[np.uint64]) -> int:
    """Put a shingle into a set; 1 where it is new there, else 0. `distinct[0]` counts, the shingles
    follow. A full set takes no more: by then no place of the signature is empty."""
    count = np.int64(distinct[0])
    if count + 1 >= len(distinct):
        return 0
    slot = np.int64(shingle & np.uint64(len(slots) - 1))
    while slots[slot] != np.uint64(0):
        if slots[slot] == shingle:
            return 0
        slot = (slot + 1) & (len(slots) - 1)
    slots[slot] = shingle
    distinct[0] = count + 1
    distinct[count + 1] = shingle
    return 1


@kernel
def forget(slots: NDArray[np.uint64], distinct: NDArray[np.uint64]) -> None:
    """Empty the set."""
    for index in range(1, np.int64(distinct[0]) + 1):
        slot = np.int64(distinct[index] & np.uint64(len(slots) - 1))
        while slots[slot] != np.uint64(0):
            slots[slot] = np.uint64(0)
            slot = (slot + 1) & (len(slots) - 1)
    distinct[0] = 0


@kernel
def sketch_text(
    data: NDArray[np.uint8],
    start: int,
    stop: int,
    table: NDArray[np.uint32],
    num_words: int,
    num_characters: int,
    ring: NDArray[np.uint64],
    is_alone: NDArray[np.bool_],
    slots: NDArray[np.uint64],
    distinct: NDArray[np.uint64],
    places: NDArray[np.uint64],
) -> int:
    """Write the signature of a text into `places`; gives the number of its shingles, with repeats.

    `ring`, `is_alone`, `slots` and `distinct` are working memory.
    """
    places[:] = _EMPTY_PLACE
    num_empty = len(places)
    num_tokens = num_shingles = 0
    at = start
    while True:
        token, alone, at = next_token(data, at, stop, table)
        if token != np.uint64(0):
            ring[num_tokens & (RING_SIZE - 1)] = token
            is_alone[num_tokens & (RING_SIZE - 1)] = alone
            num_tokens += 1
        for kind in range(2):  # a shingle of words and one of characters may end here
            length = num_characters if kind else num_words
            first = num_tokens - length
            if token == np.uint64(0):  # the end: a text too short for any shingle is one itself
                if num_shingles or not num_tokens:
                    continue
                first, length = 0, num_tokens
            elif first < 0 or is_alone[first & (RING_SIZE - 1)] != (kind == 1):
                continue
            shingle = hash_shingle(ring, first, length)
            num_shingles += 1
            if num_empty:
                remember(shingle, slots, distinct)
            num_empty -= throw(shingle, 0, places)
        if token == np.uint64(0):
            break
    number = 1
    while num_empty and num_shingles:
        for index in range(1, np.int64(distinct[0]) + 1):
            num_empty -= throw(distinct[index], number, places)
        number += 1
    forget(slots, distinct)
    return num_shingles


@kernel
def write_bands(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    num_words: int,
    num_characters: int,
    num_rows: int,
    slots: NDArray[np.uint64],
    distinct: NDArray[np.uint64],
    bands: NDArray[np.uint64],
) -> None:
    """Write the band hashes of every text of a column.

    Args:
        data: UTF-8 bytes.
        offsets: (n + 1,) where the texts begin.
        table: what each character means.
        num_words: tokens in a shingle that begins with a word.
        num_characters: tokens in a shingle that begins with a character by itself.
        num_rows: places of the signature in a band.
        slots: working memory, zeros; a power of two, twice as long as `distinct` or more.
        distinct: working memory, zeros; much longer than the signature has places.
        bands: (num_bands, n) gets the hashes; 0 for texts without tokens.
    """
    num_bands = bands.shape[0]
    places = np.empty(num_bands * num_rows, dtype=np.uint64)
    ring = np.empty(RING_SIZE, dtype=np.uint64)
    is_alone = np.empty(RING_SIZE, dtype=np.bool_)
    for row in range(len(offsets) - 1):
        num_shingles = sketch_text(
            data, offsets[row], offsets[row + 1], table, num_words, num_characters,
            ring, is_alone, slots, distinct, places,
        )  # fmt: skip
        for band in range(num_bands):
            value = np.uint64(band + 1)
            for place in range(band * num_rows, (band + 1) * num_rows):
                value = (value ^ places[place]) * _BAND_STEP
                value ^= value >> _HALF
            bands[band, row] = max(mix(value), np.uint64(1)) if num_shingles else np.uint64(0)
