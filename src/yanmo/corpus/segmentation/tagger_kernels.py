"""The hot part of the tagging segmenter: features, the best tags, and learning them.

Comes in: sentences as code points, and arrays of weights. Goes out: a tag for every character
(begin, middle or end of a word, or a word by itself), or better weights. Features are hashed into
one table, so that any number of them fits (Weinberger et al. 2009). Knows nothing of files or text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.segmentation.lexicon import FIRST_HASH, find_word, next_hash

BEGIN, MIDDLE, END, SINGLE = 0, 1, 2, 3
NUM_TAGS = 4
NUM_FEATURES = 24
_LONGEST = 7  # characters of the longest word that the lexicon features tell apart
_OUTSIDE = np.uint32(0x110000)  # stands for what lies before and behind a sentence

_Int = int | np.int64

_OTHER, _DIGIT, _LATIN, _HAN_DIGIT, _DATE, _MARK = 0, 1, 2, 3, 4, 5


@kernel
def _class_of(character: np.int64) -> int:
    """The kind of a character: digit, letter, Chinese digit, unit of a date, mark, other."""
    if character >= 0xFF01 and character <= 0xFF5E:
        character -= np.int64(0xFEE0)  # the half-width character that it stands for
    if character < 0x80:
        if character >= 48 and character <= 57:
            return _DIGIT
        upper = character & 0xDF
        return _LATIN if upper >= 65 and upper <= 90 else _MARK
    for digit in (0x3007, 0x25CB, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B):
        if character == digit:  # 〇 ○ 一 二 三 四 五 六 七 八
            return _HAN_DIGIT
    for digit in (0x4E5D, 0x5341, 0x767E, 0x5343, 0x4E07, 0x4EBF, 0x96F6, 0x4E24):
        if character == digit:  # 九 十 百 千 万 亿 零 两
            return _HAN_DIGIT
    if character == 0x5E74 or character == 0x6708 or character == 0x65E5:  # 年 月 日
        return _DATE
    is_mark = character < 0x3000 or (character >= 0x3001 and character <= 0x3003)
    return _MARK if is_mark or (character >= 0x3008 and character <= 0x3030) else _OTHER


@kernel
def _word_lengths(
    characters: NDArray[np.uint32], hashes: NDArray[np.uint64], lengths: NDArray[np.int64]
) -> None:
    """Into `lengths` (n, 3): the longest listed word that begins, goes through, ends at each."""
    num = len(characters)
    for start in range(num):
        value = FIRST_HASH
        for end in range(start, min(start + _LONGEST, num)):
            value = next_hash(value, characters[end])
            size = end - start + 1
            if size > 1 and find_word(hashes, value) >= 0:
                lengths[start, 0] = max(lengths[start, 0], size)
                lengths[end, 2] = max(lengths[end, 2], size)
                for inside in range(start + 1, end):
                    lengths[inside, 1] = max(lengths[inside, 1], size)


@kernel
def _slot(template: int, first: _Int, second: _Int, third: _Int, mask: int) -> np.int64:
    """The place of a feature in the table of weights."""
    value = next_hash(FIRST_HASH, np.uint32(template))
    value = next_hash(value, np.uint32(first))
    value = next_hash(value, np.uint32(second))
    value = next_hash(value, np.uint32(third))
    return np.int64((value ^ (value >> np.uint64(32))) & np.uint64(mask))


@kernel
def _at(characters: NDArray[np.uint32], place: int) -> np.int64:
    inside = place >= 0 and place < len(characters)
    return np.int64(characters[place]) if inside else np.int64(_OUTSIDE)


@kernel
def _find_features(
    characters: NDArray[np.uint32],
    hashes: NDArray[np.uint64],
    mask: int,
    slots: NDArray[np.int64],
) -> None:
    """Into `slots` (n, NUM_FEATURES): the places of the weights of each character."""
    num = len(characters)
    lengths = np.zeros((num, 3), np.int64)
    _word_lengths(characters, hashes, lengths)
    for i in range(num):
        a, b, c = _at(characters, i - 2), _at(characters, i - 1), _at(characters, i)
        d, e = _at(characters, i + 1), _at(characters, i + 2)
        row = slots[i]
        row[0], row[1], row[2] = (
            _slot(0, c, 0, 0, mask),
            _slot(1, b, 0, 0, mask),
            _slot(2, d, 0, 0, mask),
        )
        row[3], row[4] = _slot(3, a, 0, 0, mask), _slot(4, e, 0, 0, mask)
        row[5], row[6] = _slot(5, b, c, 0, mask), _slot(6, c, d, 0, mask)
        row[7], row[8] = _slot(7, a, b, 0, mask), _slot(8, d, e, 0, mask)
        row[9] = _slot(9, b, d, 0, mask)
        row[10], row[11] = _slot(10, b, c, d, mask), _slot(11, a, b, c, mask)
        row[12] = _slot(12, c, d, e, mask)
        kind, before, after = _class_of(c), _class_of(b), _class_of(d)
        row[13] = _slot(13, before, kind, after, mask)
        row[14] = _slot(14, kind, _class_of(a) * 8 + before, after * 8 + _class_of(e), mask)
        row[15] = _slot(15, np.int64(b == c), np.int64(c == d), np.int64(a == c), mask)
        begins, through, ends = lengths[i, 0], lengths[i, 1], lengths[i, 2]
        row[16], row[17] = _slot(16, begins, 0, 0, mask), _slot(17, through, 0, 0, mask)
        row[18], row[19] = _slot(18, ends, 0, 0, mask), _slot(19, begins, through, ends, mask)
        row[20], row[21] = _slot(20, begins, c, 0, mask), _slot(21, ends, c, 0, mask)
        row[22] = _slot(22, lengths[i - 1, 2] if i else 0, begins, 0, mask)
        row[23] = _slot(23, ends, lengths[i + 1, 0] if i + 1 < num else 0, 0, mask)


@kernel
def _may_follow(before: int, tag: int) -> bool:
    """Whether two tags may stand beside each other."""
    is_open = before in (BEGIN, MIDDLE)
    return (tag in (MIDDLE, END)) == is_open


@kernel
def _best_tags(
    slots: NDArray[np.int64],
    weights: NDArray[np.float32],
    steps: NDArray[np.float32],
    tags: NDArray[np.int64],
) -> None:
    """Into `tags`: the tags with the greatest sum of weights that together make words (Viterbi)."""
    num = len(slots)
    score = np.full((num, NUM_TAGS), -np.inf, np.float32)
    came_from = np.zeros((num, NUM_TAGS), np.int64)
    for i in range(num):
        for tag in range(NUM_TAGS):
            own = np.float32(0.0)
            for feature in range(NUM_FEATURES):
                own += weights[slots[i, feature], tag]
            if i == 0:
                if tag in (BEGIN, SINGLE):
                    score[0, tag] = own
                continue
            for before in range(NUM_TAGS):
                if _may_follow(before, tag):
                    candidate = score[i - 1, before] + steps[before, tag] + own
                    if candidate > score[i, tag]:
                        score[i, tag], came_from[i, tag] = candidate, before
    tags[num - 1] = END if score[num - 1, END] > score[num - 1, SINGLE] else SINGLE
    for i in range(num - 1, 0, -1):
        tags[i - 1] = came_from[i, tags[i]]


@kernel
def tag_ends(
    characters: NDArray[np.uint32],
    hashes: NDArray[np.uint64],
    weights: NDArray[np.float32],
    steps: NDArray[np.float32],
) -> NDArray[np.int64]:
    """Where the words of a sentence end, ascending.

    Args:
        characters: (n,) code points, n at least 1.
        hashes: the hash table of a lexicon.
        weights: (m, 4), m a power of two.
        steps: (4, 4), weights of one tag after another.
    """
    num = len(characters)
    slots = np.empty((num, NUM_FEATURES), np.int64)
    tags = np.empty(num, np.int64)
    _find_features(characters, hashes, len(weights) - 1, slots)
    _best_tags(slots, weights, steps, tags)
    return np.flatnonzero(tags >= END) + 1


@kernel
def learn_epoch(
    characters: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    gold: NDArray[np.int64],
    order: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    weights: NDArray[np.float32],
    summed: NDArray[np.float32],
    steps: NDArray[np.float32],
    summed_steps: NDArray[np.float32],
    time: int,
) -> int:
    """One pass of the averaged perceptron (Collins 2002) over the sentences, in `order`.

    `weights - summed / time` is the average in the end: `summed` takes each change times the moment
    at which it was made. Returns the time, counted in sentences.
    """
    for sentence in order:
        start, end = offsets[sentence], offsets[sentence + 1]
        num = end - start
        slots = np.empty((num, NUM_FEATURES), np.int64)
        tags = np.empty(num, np.int64)
        _find_features(characters[start:end], hashes, len(weights) - 1, slots)
        _best_tags(slots, weights, steps, tags)
        wanted = gold[start:end]
        for i in range(num):
            if i and (tags[i] != wanted[i] or tags[i - 1] != wanted[i - 1]):
                steps[wanted[i - 1], wanted[i]] += 1
                summed_steps[wanted[i - 1], wanted[i]] += time
                steps[tags[i - 1], tags[i]] -= 1
                summed_steps[tags[i - 1], tags[i]] -= time
            if tags[i] != wanted[i]:
                for slot in slots[i]:
                    weights[slot, wanted[i]] += 1
                    summed[slot, wanted[i]] += time
                    weights[slot, tags[i]] -= 1
                    summed[slot, tags[i]] -= time
        time += 1
    return time
