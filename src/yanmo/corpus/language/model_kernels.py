"""The hot part of language identification: n-grams of bytes to the most probable label.

Comes in: lines as UTF-8 bytes and the arrays of a fastText classifier. Goes out: for each line the
best label and its probability. White space, digits, addresses, @names and #tags are passed over,
because they are the same in every language. Knows nothing of files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import goes_on

_FNV_START, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_START_64, _PRIME_64 = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_OPEN, _CLOSE = np.uint8(0x3C), np.uint8(0x3E)  # < and > stand around every word
_MAX_WORD_BYTES = 1_000  # a longer word is cut; it is none
_NUM_KNOWN = 4_096  # words repeat, so their sums are kept; which ones are there changes no result


@kernel
def predict_lines(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    vectors: NDArray[np.float32],
    word_hashes: NDArray[np.uint64],
    word_rows: NDArray[np.int32],
    ngram_rows: NDArray[np.int32],
    end_row: int,
    outputs: NDArray[np.float32],
    children: NDArray[np.int32],
    min_n: int,
    max_n: int,
    best: NDArray[np.int64],
    probability: NDArray[np.float64],
) -> None:
    """Into `best` (n,) the index of each line's label, -1 for lines without a word, and into
    `probability` (n,) how probable it is.

    The hidden vector is the mean of the vectors of all words and n-grams; the label is the leaf of
    the tree with the greatest product of sigmoids on the way to it.
    """
    width = vectors.shape[1]
    hidden = np.empty(width, np.float32)
    word = np.empty(_MAX_WORD_BYTES + 2, np.uint8)
    known = np.zeros(_NUM_KNOWN, np.uint64)  # hashes of words whose vectors lie in `sums`
    sums = np.empty((_NUM_KNOWN, width), np.float32)
    counts = np.empty(_NUM_KNOWN, np.int64)
    for line in range(len(offsets) - 1):
        hidden[:] = 0
        count, has_word = np.int64(0), False
        at, end = offsets[line], offsets[line + 1]
        while at < end:
            if data[at] < 0x80:
                is_gap = data[at] <= 0x20 or (data[at] >= 0x30 and data[at] <= 0x39)
            else:
                is_gap = _is_wide_gap(data, at, end)
            if is_gap:
                at += 1
                continue
            size, wanted = _take_word(data, at, end, word)
            at += size
            place = np.int64(wanted & np.uint64(_NUM_KNOWN - 1))
            if known[place] != wanted:
                known[place] = wanted
                sums[place, :] = 0
                counts[place] = -1
                if _is_language(word, size):
                    row = _row_of_word(wanted, word_hashes, word_rows)
                    counts[place] = _add_word(
                        word, size, row, sums[place], vectors, ngram_rows, min_n, max_n
                    )
            if counts[place] >= 0:
                has_word = True
                count += counts[place]
                for i in range(width):
                    hidden[i] += sums[place, i]
        best[line], probability[line] = -1, 0.0
        if has_word:
            if end_row >= 0:
                hidden += vectors[end_row]
                count += 1
            hidden /= np.float32(count if count else 1)
            best[line], probability[line] = _best_leaf(hidden, outputs, children)


@kernel
def _is_wide_gap(data: NDArray[np.uint8], at: np.int64, end: np.int64) -> bool:
    """Whether the byte at `at`, which is no ASCII, belongs to a no-break or ideographic space."""
    byte = data[at]
    before = np.uint8(data[at - 1]) if at else np.uint8(0)
    after = np.uint8(data[at + 1]) if at + 1 < end else np.uint8(0)
    if byte == 0xC2 or byte == 0xA0:
        return bool(after == 0xA0 if byte == 0xC2 else before == 0xC2)
    if byte == 0xE3:
        return bool(after == 0x80 and at + 2 < end and data[at + 2] == 0x80)
    if byte == 0x80:
        is_second = before == 0xE3 and after == 0x80
        return bool(is_second or (before == 0x80 and at >= 2 and data[at - 2] == 0xE3))
    return False


@kernel
def _take_word(
    data: NDArray[np.uint8], at: np.int64, end: np.int64, word: NDArray[np.uint8]
) -> tuple[np.int64, np.uint64]:
    """Copy the word that begins at `at` into `word`, from its second byte on, and put < and >
    around it. Returns how long it is, and its hash."""
    size = np.int64(0)
    value = _START_64
    while at + size < end and size < _MAX_WORD_BYTES:
        byte = data[at + size]
        if byte < 0x80:
            if byte <= 0x20 or (byte >= 0x30 and byte <= 0x39):
                break
        elif _is_wide_gap(data, at + size, end):
            break
        word[size + 1] = byte
        value = (value ^ np.uint64(byte)) * _PRIME_64
        size += 1
    word[0] = _OPEN
    word[size + 1] = _CLOSE
    return size, value


@kernel
def _is_language(word: NDArray[np.uint8], size: np.int64) -> bool:
    """Whether a word is none of: address, name after @, tag after #."""
    if word[1] == 0x23:  # #
        return False
    for i in range(1, size + 1):
        if word[i] == 0x40:  # @
            return False
        if word[i] == 0x3A and i + 2 <= size and word[i + 1] == 0x2F and word[i + 2] == 0x2F:
            return False  # ://
    is_www = size > 4 and word[1] == 0x77 and word[2] == 0x77 and word[3] == 0x77
    return not (is_www and word[4] == 0x2E)


@kernel
def _add_word(
    word: NDArray[np.uint8],
    size: np.int64,
    row: np.int64,
    total_vector: NDArray[np.float32],
    vectors: NDArray[np.float32],
    ngram_rows: NDArray[np.int32],
    min_n: int,
    max_n: int,
) -> np.int64:
    """Add the vectors of a word (`row`, or -1) and of the n-grams of `<word>`; how many."""
    count = np.int64(0)
    if row >= 0:
        _add_row(total_vector, vectors, row)
        count += 1
    total = size + 2
    bucket = np.uint32(len(ngram_rows))
    for start in range(total):
        if goes_on(word[start]):
            continue
        value = _FNV_START
        at = start
        for length in range(1, max_n + 1):
            if at >= total:
                break
            value = _fnv(value, word[at])
            at += 1
            while at < total and goes_on(word[at]):
                value = _fnv(value, word[at])
                at += 1
            if length >= min_n and not (length == 1 and (start == 0 or at == total)):
                row = np.int64(ngram_rows[value % bucket])
                if row >= 0:
                    _add_row(total_vector, vectors, row)
                    count += 1
    return count


@kernel
def _fnv(value: np.uint32, byte: np.uint8) -> np.uint32:
    """One step of fastText's hash: FNV-1a, but bytes from 0x80 on are negative numbers to it."""
    mixed = value ^ np.uint32(byte)
    if byte >= 0x80:
        mixed ^= np.uint32(0xFFFFFF00)
    return np.uint32(mixed * _FNV_PRIME)


@kernel
def _add_row(hidden: NDArray[np.float32], vectors: NDArray[np.float32], row: np.int64) -> None:
    for i in range(len(hidden)):
        hidden[i] += vectors[row, i]


@kernel
def _hash_64(word: NDArray[np.uint8]) -> np.uint64:
    value = _START_64
    for byte in word:
        value = (value ^ np.uint64(byte)) * _PRIME_64
    return value


@kernel
def _row_of_word(
    wanted: np.uint64, word_hashes: NDArray[np.uint64], word_rows: NDArray[np.int32]
) -> np.int64:
    mask = np.uint64(len(word_hashes) - 1)
    place = wanted & mask
    while word_hashes[place] != np.uint64(0):
        if word_hashes[place] == wanted:
            return np.int64(word_rows[place])
        place = (place + np.uint64(1)) & mask
    return np.int64(-1)


@kernel
def fill_words(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    word_hashes: NDArray[np.uint64],
    word_rows: NDArray[np.int32],
) -> None:
    """Enter words, given as bytes and where each begins, into an empty hash table."""
    mask = np.uint64(len(word_hashes) - 1)
    for row in range(len(starts) - 1):
        value = _hash_64(data[starts[row] : starts[row + 1]])
        place = value & mask
        while word_hashes[place] != np.uint64(0):
            place = (place + np.uint64(1)) & mask
        word_hashes[place] = value
        word_rows[place] = row


@kernel
def _best_leaf(
    hidden: NDArray[np.float32], outputs: NDArray[np.float32], children: NDArray[np.int32]
) -> tuple[int, float]:
    """The most probable leaf; a branch that is less probable than the best leaf is not entered."""
    num_labels = (len(children) + 1) // 2
    nodes = np.empty(len(children), np.int64)
    scores = np.empty(len(children), np.float64)
    nodes[0], scores[0] = len(children) - 1, 0.0
    waiting = 1
    best, best_score = -1, -np.inf
    while waiting:
        waiting -= 1
        node, score = nodes[waiting], scores[waiting]
        if score < best_score:
            continue
        if children[node, 0] < 0:
            best, best_score = node, score
            continue
        total = 0.0
        for i in range(len(hidden)):
            total += hidden[i] * outputs[node - num_labels, i]
        right = 1.0 / (1.0 + np.exp(-total))
        likely = 1 if right > 0.5 else 0  # comes last, so that it is looked at first
        nodes[waiting] = children[node, 1 - likely]
        scores[waiting] = score + np.log(min(right, 1.0 - right) + 1e-5)
        nodes[waiting + 1] = children[node, likely]
        scores[waiting + 1] = score + np.log(max(right, 1.0 - right) + 1e-5)
        waiting += 2
    return best, min(np.exp(best_score), 1.0)
