"""The numbers by which a block is judged.

Comes in: blocks, their measures and their containers. Goes out: one row of features for each
block, in the order of `FEATURE_NAMES`. The trained coefficients belong to this order; a change
here needs a new training (`bench/train_extractor.py`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.measures import (
    END_COLON,
    END_ELLIPSIS,
    END_SENTENCE,
    M_CAPITALS,
    M_CHARACTERS,
    M_COMMAS,
    M_DIGITS,
    M_END_KIND,
    M_ENDS,
    M_HAN,
    M_HASH,
    M_MARKS,
    M_PHRASES,
    M_START_KIND,
    M_UNITS,
    M_WORDS,
)
from yanmo.corpus.extraction.memory import (
    B_BOLD_BYTES,
    B_BREAKS,
    B_CONTAINER,
    B_END,
    B_IMAGES,
    B_LINKS,
    B_SPLIT,
    B_START,
    B_STRUCTURE,
    B_TAG,
    B_TAGS,
    B_WORDS,
    C_PARENT,
)
from yanmo.corpus.extraction.phrases import PHRASE_GROUPS
from yanmo.corpus.extraction.surroundings import (
    T_ALL_GOOD,
    T_ALL_LINK,
    T_ALL_UNITS,
    T_BLOCKS,
    T_DISTANCE,
    T_GOOD,
    T_GOOD_BLOCKS,
    T_UNITS,
    is_paragraph,
    link_frac,
)
from yanmo.corpus.extraction.tags import NUM_TAGS, STRUCTURE, TAGS
from yanmo.corpus.extraction.words import WORD_GROUPS
from yanmo.corpus.kernel import lean_kernel

_TAG_GROUPS = (
    "p", "h1", "h2", "h3", "h4 h5 h6", "li", "td th", "div", "blockquote", "pre", "figcaption",
    "section article main", "dt dd", "ul ol dl table tr", "aside nav header footer form", "label",
)  # fmt: skip
_SELF_NAMES = (
    "log_units", "units_under_3", "units_under_8", "units_under_15", "units_over_30",
    "units_over_60", "link_frac", "is_link", "links_per_unit", "bold_frac", "commas_per_unit",
    "ends_per_unit", "has_end", "ends_sentence", "ends_colon", "ends_ellipsis", "starts_capital",
    "starts_small", "starts_digit", "digit_frac", "capital_frac", "han_frac", "is_paragraph",
    "has_copyright", "has_bar", "has_at", "has_arrow", "has_slash", "has_colon", "breaks",
    "split_by_breaks", "images_before", "log_tags_before", "log_tags_after", "is_repeated",
    "all_bold", "characters_per_unit",
)  # fmt: skip
_PHRASE_NAMES = tuple(PHRASE_GROUPS)
_PLACE_NAMES = (
    "block_place", "good_before", "good_after", "is_after_h1", "blocks_since_h1", "is_title",
    "is_in_title", "same_as_h1", "log_page_good", "log_page_blocks", "is_first_good",
    "log_blocks_since_heading", "blocks_since_related", "good_since_related",
)  # fmt: skip
_CONTAINER_NAMES = (
    "is_in_best", "steps_to_best_line", "steps_from_best", "best_line_good", "own_good",
    "own_good_blocks", "own_blocks", "own_link", "parent_good", "parent_link", "grandparent_good",
    "grandparent_link", "own_good_frac", "is_best_itself", "third_good", "depth_below",
)  # fmt: skip
_NEIGHBOUR_NAMES = (
    "log_units", "link_frac", "is_paragraph", "ends_sentence", "same_container", "is_heading",
    "same_tag",
)  # fmt: skip
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_WINDOW_NAMES = (
    "units_5", "link_5", "good_5", "units_12", "link_12", "good_12", "good_5_before",
    "good_5_after",
)  # fmt: skip


def _feature_names() -> tuple[str, ...]:
    """The names of all features, in order."""
    names = [*_SELF_NAMES]
    names += [f"tag_{group.split()[0]}" for group in _TAG_GROUPS]
    names += [f"in_{kind}" for kind in STRUCTURE]
    names += [f"{where}_{word}" for where in ("near", "inside", "any") for word in WORD_GROUPS]
    names += [*_PLACE_NAMES, *_CONTAINER_NAMES]
    names += [f"{where}_{name}" for where in ("says", "before_says") for name in _PHRASE_NAMES]
    names += [f"at_{at:+d}_{name}" for at in _NEIGHBOURS for name in _NEIGHBOUR_NAMES]
    return (*names, *_WINDOW_NAMES)


FEATURE_NAMES = _feature_names()
NUM_FEATURES = len(FEATURE_NAMES)

_NUM_TAG_GROUPS = len(_TAG_GROUPS)
_NUM_STRUCTURE = len(STRUCTURE)
_NUM_WORDS = len(WORD_GROUPS)
_TAG_AT = len(_SELF_NAMES)
_STRUCTURE_AT = _TAG_AT + _NUM_TAG_GROUPS
_WORDS_AT = _STRUCTURE_AT + _NUM_STRUCTURE
_PLACE_AT = _WORDS_AT + 3 * _NUM_WORDS
_CONTAINER_AT = _PLACE_AT + len(_PLACE_NAMES)
_PHRASE_AT = _CONTAINER_AT + len(_CONTAINER_NAMES)
_NUM_PHRASES = len(_PHRASE_NAMES)
_NEIGHBOUR_AT = _PHRASE_AT + 2 * _NUM_PHRASES
_NUM_NEIGHBOUR = len(_NEIGHBOUR_NAMES)
_WINDOW_AT = _NEIGHBOUR_AT + len(_NEIGHBOURS) * _NUM_NEIGHBOUR

_H1 = TAGS["h1"]
_ANNOUNCES = sum(
    1 << _PHRASE_NAMES.index(name) for name in ("more", "related", "comment", "share", "ad")
)


def _tag_groups() -> NDArray[np.int64]:
    """(NUM_TAGS,) the group of each element, -1 where it is in none."""
    groups = np.full(NUM_TAGS, -1, np.int64)
    for number, names in enumerate(_TAG_GROUPS):
        for name in names.split():
            groups[TAGS[name]] = number
    return groups


_GROUP_OF_TAG = _tag_groups()


class PageView(NamedTuple):
    """What features are computed from (n blocks, c containers).

    Args:
        blocks: (n, BLOCK_COLUMNS) int64.
        measures: (n, MEASURE_COLUMNS) float64.
        containers: (c, CONTAINER_COLUMNS) int64.
        sums: (c, SUM_COLUMNS) float64.
        words: (c, 2) int64, word groups of the containers around.
        running: (n + 1, 3) float64, running totals of units, link units and paragraph units.
        repeats: (n,) int64, how many blocks have the same text.
        title: (t,) float64, hashes of the beginnings of the title, the whole last.
        features: (n, NUM_FEATURES) float32.
    """

    blocks: NDArray[np.int64]
    measures: NDArray[np.float64]
    containers: NDArray[np.int64]
    sums: NDArray[np.float64]
    words: NDArray[np.int64]
    running: NDArray[np.float64]
    repeats: NDArray[np.int64]
    title: NDArray[np.float64]
    features: NDArray[np.float32]


@lean_kernel
def _self_features(page: PageView, number: int) -> None:
    """What the block itself looks like."""
    row, block, measure = page.features[number], page.blocks[number], page.measures[number]
    units = measure[M_UNITS]
    safe = max(units, 1.0)
    marks = int(measure[M_MARKS])
    start, end = measure[M_START_KIND], measure[M_END_KIND]
    link = link_frac(block)
    size = max(block[B_END] - block[B_START], 1)
    row[0] = math.log1p(units)
    row[1] = units < 3
    row[2] = units < 8
    row[3] = units < 15
    row[4] = units > 30
    row[5] = units > 60
    row[6] = link
    row[7] = link > 0.9
    row[8] = min(block[B_LINKS] / safe, 1.0)
    row[9] = block[B_BOLD_BYTES] / size
    row[10] = min(measure[M_COMMAS] / safe * 8, 2.0)
    row[11] = min(measure[M_ENDS] / safe * 8, 2.0)
    row[12] = measure[M_ENDS] > 0
    row[13] = end == END_SENTENCE
    row[14] = end == END_COLON
    row[15] = end == END_ELLIPSIS
    row[16] = start == 1
    row[17] = start == 2
    row[18] = start == 3
    row[19] = measure[M_DIGITS] / max(measure[M_CHARACTERS], 1.0)
    row[20] = measure[M_CAPITALS] / max(measure[M_WORDS], 1.0)
    row[21] = measure[M_HAN] / max(measure[M_CHARACTERS], 1.0)
    row[22] = is_paragraph(block, measure)
    for bit in range(6):
        row[23 + bit] = (marks >> bit) & 1
    row[29] = min(block[B_BREAKS], 5) / 5
    row[30] = block[B_SPLIT]
    row[31] = min(block[B_IMAGES], 3) / 3
    row[32] = math.log1p(block[B_TAGS]) / 3
    if number + 1 < page.blocks.shape[0]:
        row[33] = math.log1p(page.blocks[number + 1, B_TAGS]) / 3
    row[34] = page.repeats[number] > 1
    row[35] = row[9] > 0.9
    row[36] = min(measure[M_CHARACTERS] / safe / 10, 3.0)


@lean_kernel
def _kind_features(page: PageView, number: int, groups: NDArray[np.int64]) -> None:
    """Its element, its ancestors' kinds and the words of their class names."""
    row, block = page.features[number], page.blocks[number]
    group = groups[block[B_TAG]]
    if group >= 0:
        row[_TAG_AT + group] = 1
    for bit in range(_NUM_STRUCTURE):
        row[_STRUCTURE_AT + bit] = (block[B_STRUCTURE] >> bit) & 1
    near = block[B_WORDS]
    inside = page.words[block[B_CONTAINER], 0]
    anywhere = page.words[block[B_CONTAINER], 1]
    for bit in range(_NUM_WORDS):
        row[_WORDS_AT + bit] = (near >> (bit + 1)) & 1
        row[_WORDS_AT + _NUM_WORDS + bit] = (inside >> (bit + 1)) & 1
        row[_WORDS_AT + 2 * _NUM_WORDS + bit] = (anywhere >> (bit + 1)) & 1


@lean_kernel
def _phrase_features(page: PageView, number: int) -> None:
    """Telling words in the block and in the one before."""
    row = page.features[number]
    own = int(page.measures[number, M_PHRASES])
    before = int(page.measures[number - 1, M_PHRASES]) if number else 0
    for bit in range(_NUM_PHRASES):
        row[_PHRASE_AT + bit] = (own >> bit) & 1
        row[_PHRASE_AT + _NUM_PHRASES + bit] = (before >> bit) & 1


@lean_kernel
def _container_features(page: PageView, number: int) -> None:
    """How much of the page's paragraph text lies around it, and where the best container is."""
    row = page.features[number]
    sums = page.sums
    own = page.blocks[number, B_CONTAINER]
    total = max(sums[0, T_ALL_GOOD], 1.0)
    above = own
    steps = 0
    while sums[above, T_DISTANCE] < 0:
        above = page.containers[above, C_PARENT]
        steps += 1
    at = _CONTAINER_AT
    row[at] = sums[above, T_DISTANCE] == 0
    row[at + 1] = min(steps, 6) / 6
    row[at + 2] = min(sums[above, T_DISTANCE], 6) / 6
    row[at + 3] = sums[above, T_ALL_GOOD] / total
    row[at + 4] = sums[own, T_ALL_GOOD] / total
    row[at + 5] = math.log1p(sums[own, T_GOOD_BLOCKS])
    row[at + 6] = math.log1p(sums[own, T_BLOCKS])
    row[at + 7] = sums[own, T_ALL_LINK] / max(sums[own, T_ALL_UNITS], 1.0)
    parent = page.containers[own, C_PARENT]
    row[at + 8] = sums[parent, T_ALL_GOOD] / total
    row[at + 9] = sums[parent, T_ALL_LINK] / max(sums[parent, T_ALL_UNITS], 1.0)
    grand = page.containers[parent, C_PARENT]
    row[at + 10] = sums[grand, T_ALL_GOOD] / total
    row[at + 11] = sums[grand, T_ALL_LINK] / max(sums[grand, T_ALL_UNITS], 1.0)
    row[at + 12] = sums[own, T_GOOD] / max(sums[own, T_UNITS], 1.0)
    row[at + 13] = sums[own, T_DISTANCE] == 0
    row[at + 14] = sums[page.containers[grand, C_PARENT], T_ALL_GOOD] / total
    row[at + 15] = sums[own, T_UNITS] / max(sums[parent, T_ALL_UNITS], 1.0)


@lean_kernel
def _neighbour_features(page: PageView, number: int, step: int, at: int) -> None:
    """What one of the blocks before or after it looks like."""
    other = number + step
    if other < 0 or other >= page.blocks.shape[0]:
        return
    row = page.features[number]
    row[at] = math.log1p(page.measures[other, M_UNITS])
    row[at + 1] = link_frac(page.blocks[other])
    row[at + 2] = is_paragraph(page.blocks[other], page.measures[other])
    row[at + 3] = page.measures[other, M_END_KIND] == END_SENTENCE
    row[at + 4] = page.blocks[other, B_CONTAINER] == page.blocks[number, B_CONTAINER]
    tag = page.blocks[other, B_TAG]
    row[at + 5] = _H1 <= tag < _H1 + 6
    row[at + 6] = tag == page.blocks[number, B_TAG]


@lean_kernel
def _window_features(page: PageView, number: int) -> None:
    """How much text and link text lies close by."""
    row = page.features[number]
    running = page.running
    count = page.blocks.shape[0]
    for place in range(2):
        reach = 5 if place == 0 else 12
        first, last = max(number - reach, 0), min(number + reach + 1, count)
        units = running[last, 0] - running[first, 0]
        at = _WINDOW_AT + 3 * place
        row[at] = math.log1p(units / (last - first))
        row[at + 1] = (running[last, 1] - running[first, 1]) / max(units, 1.0)
        row[at + 2] = (running[last, 2] - running[first, 2]) / max(units, 1.0)
    first, last = max(number - 5, 0), min(number + 6, count)
    row[_WINDOW_AT + 6] = math.log1p(running[number, 2] - running[first, 2]) / 5
    row[_WINDOW_AT + 7] = math.log1p(running[last, 2] - running[number + 1, 2]) / 5


@lean_kernel
def _title_features(page: PageView, number: int, h1_hash: float) -> None:
    """Whether the block repeats the title, its beginning, or the main heading."""
    row = page.features[number]
    value = page.measures[number, M_HASH]
    if value == 0 or page.measures[number, M_UNITS] > 60:
        return
    row[_PLACE_AT + 7] = value == h1_hash
    for place in range(len(page.title)):
        if page.title[place] == value:
            row[_PLACE_AT + 6] = page.measures[number, M_UNITS] >= 3
            row[_PLACE_AT + 5] = place == len(page.title) - 1


@lean_kernel
def _place_features(page: PageView) -> None:
    """Where the block stands in the page, seen from its headings."""
    count = page.blocks.shape[0]
    running = page.running
    total = max(running[count, 2], 1.0)
    heading, h1, related = -1, -1, -1
    h1_hash = -1.0
    for number in range(count):
        row, measure = page.features[number], page.measures[number]
        at = _PLACE_AT
        tag = page.blocks[number, B_TAG]
        if tag == _H1 and measure[M_UNITS] >= 2:
            h1 = number
            h1_hash = measure[M_HASH]
        _title_features(page, number, h1_hash)
        row[at] = number / count
        row[at + 1] = running[number, 2] / total
        row[at + 2] = 1.0 - running[number + 1, 2] / total
        row[at + 3] = h1 >= 0
        row[at + 4] = math.log1p(number - h1) / 4 if h1 >= 0 else 0.0
        row[at + 8] = math.log1p(running[count, 2]) / 5
        row[at + 9] = math.log1p(count) / 5
        row[at + 10] = running[number, 2] < 0.01 * total
        if heading >= 0:
            row[at + 11] = math.log1p(number - heading) / 3
        if related >= 0:
            row[at + 12] = 1.0 / (number - related)
            row[at + 13] = math.exp(-(running[number, 2] - running[related, 2]) / 40)
        if _H1 <= tag < _H1 + 6:
            heading = number
        if measure[M_UNITS] < 8 and int(measure[M_PHRASES]) & _ANNOUNCES:
            related = number


@lean_kernel
def _run_totals(page: PageView) -> None:
    """Fill `running`."""
    running = page.running
    running[0, :] = 0.0
    for number in range(page.blocks.shape[0]):
        block, measure = page.blocks[number], page.measures[number]
        units = measure[M_UNITS]
        running[number + 1, 0] = running[number, 0] + units
        running[number + 1, 1] = running[number, 1] + units * link_frac(block)
        good = units if is_paragraph(block, measure) else 0.0
        running[number + 1, 2] = running[number, 2] + good


@lean_kernel
def _fill(page: PageView, groups: NDArray[np.int64]) -> None:
    """Fill `features`, which is zero on entry."""
    _run_totals(page)
    _place_features(page)
    for number in range(page.blocks.shape[0]):
        _self_features(page, number)
        _kind_features(page, number, groups)
        _container_features(page, number)
        _phrase_features(page, number)
        _window_features(page, number)
        for place in range(6):
            step = place - 3 if place < 3 else place - 2
            at = _NEIGHBOUR_AT + place * _NUM_NEIGHBOUR
            _neighbour_features(page, number, step, at)


def fill_features(page: PageView) -> None:
    """Fill `page.features` and `page.running`."""
    _fill(page, _GROUP_OF_TAG)
