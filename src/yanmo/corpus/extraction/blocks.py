"""A page cut into blocks, with everything that is known about each.

Comes in: the bytes of a page. Goes out: `Blocks`, from which the model judges and the text is
written. Knows nothing of what will be kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.features import NUM_FEATURES, PageView, fill_features
from yanmo.corpus.extraction.measures import (
    M_HASH,
    MEASURE_COLUMNS,
    hash_prefixes,
    measure_blocks,
)
from yanmo.corpus.extraction.memory import (
    B_END,
    B_START,
    B_TAG,
    HAS_TITLE,
    NUM_BLOCKS,
    NUM_CONTAINERS,
    PageMemory,
    memory_for,
)
from yanmo.corpus.extraction.phrases import phrase_slots
from yanmo.corpus.extraction.scan import scan
from yanmo.corpus.extraction.surroundings import SUM_COLUMNS, sum_containers
from yanmo.corpus.extraction.tags import TAGS

_MAX_TITLE_CHARACTERS = 256


@dataclass(frozen=True)
class Blocks:
    """A page in blocks (n blocks, c containers).

    Args:
        page: the scanner's memory; `page.data` is the HTML.
        table: (n, BLOCK_COLUMNS) int64, see `memory`.
        measures: (n, MEASURE_COLUMNS) float64, see `measures`.
        containers: (c, CONTAINER_COLUMNS) int64.
        sums: (c, SUM_COLUMNS) float64, see `surroundings`.
        best: the container that holds most paragraphs.
    """

    page: PageMemory
    table: NDArray[np.int64]
    measures: NDArray[np.float64]
    containers: NDArray[np.int64]
    sums: NDArray[np.float64]
    words: NDArray[np.int64]
    best: int

    def __len__(self) -> int:
        return len(self.table)

    def text_of(self, number: int) -> str:
        """The text of one block."""
        start, end = int(self.table[number, B_START]), int(self.table[number, B_END])
        return self.page.out[start:end].tobytes().decode("utf-8", "ignore")

    @property
    def title_block(self) -> int:
        """The block that holds the <title>; -1 where there is none."""
        return int(self.page.state[HAS_TITLE]) - 1

    def is_body(self) -> NDArray[np.bool_]:
        """(n,) whether a block is part of the page itself and not its <title>."""
        return np.asarray(self.table[:, B_TAG] != TAGS["title"])


def cut_blocks(html: bytes) -> Blocks:
    """Scan a page and measure its blocks."""
    page = memory_for(html)
    scan(page)
    table = page.blocks[: int(page.state[NUM_BLOCKS])]
    containers = page.containers[: int(page.state[NUM_CONTAINERS])]
    measures = np.empty((len(table), MEASURE_COLUMNS), np.float64)
    measure_blocks(page.out, table, measures, phrase_slots())
    sums = np.zeros((len(containers), SUM_COLUMNS), np.float64)
    words = np.zeros((len(containers), 2), np.int64)
    best = sum_containers(table, measures, containers, sums, words)
    return Blocks(page, table, measures, containers, sums, words, best)


def features_of(blocks: Blocks) -> NDArray[np.float32]:
    """(n, NUM_FEATURES) the features of all blocks."""
    count = len(blocks)
    features = np.zeros((count, NUM_FEATURES), np.float32)
    _, inverse, repeats = np.unique(
        blocks.measures[:, M_HASH], return_inverse=True, return_counts=True
    )
    title = np.zeros(_MAX_TITLE_CHARACTERS, np.float64)
    length = 0
    if blocks.title_block >= 0:
        row = blocks.table[blocks.title_block]
        length = hash_prefixes(blocks.page.out, int(row[B_START]), int(row[B_END]), title)
    view = PageView(
        blocks=blocks.table,
        measures=blocks.measures,
        containers=blocks.containers,
        sums=blocks.sums,
        words=blocks.words,
        running=np.zeros((count + 1, 3), np.float64),
        repeats=repeats[inverse].astype(np.int64),
        title=title[:length],
        features=features,
    )
    fill_features(view)
    return features
