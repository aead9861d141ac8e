"""Which blocks of a page are kept.

Comes in: blocks and a model. Goes out: a mark for each block, and by which method it was set. Where
the model finds next to nothing, as on pages unlike any that it was trained on, the densest part of
the page is taken, and where there is none, all text that is not a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.blocks import Blocks, features_of
from yanmo.corpus.extraction.measures import M_PHRASES, M_UNITS
from yanmo.corpus.extraction.memory import B_CONTAINER, B_END, B_LINK_BYTES, B_START, C_PARENT
from yanmo.corpus.extraction.model import Model, score_blocks
from yanmo.corpus.extraction.phrases import PHRASE_GROUPS
from yanmo.corpus.extraction.surroundings import T_ALL_GOOD

Method = Literal["model", "density", "all_text"]

MIN_UNITS = 20.0
"""Words (a Chinese character counts 0.6) that the model must find to be believed."""
MIN_GOOD_FRAC = 0.25
"""Share of the text in the densest part of the page that the model must find to be believed."""
_MAX_LINK_FRAC = 0.5
_WIDGET_LINK_FRAC = 0.9
_WIDGET_MAX_UNITS = 8.0
_WIDGET_PHRASES = sum(
    1 << list(PHRASE_GROUPS).index(name) for name in ("share", "comment", "newsletter", "account")
)


@dataclass(frozen=True)
class Choice:
    """What is kept of a page of n blocks.

    Args:
        keep: (n,) bool.
        method: how it was found.
    """

    keep: NDArray[np.bool_]
    method: Method


def _link_fracs(blocks: Blocks) -> NDArray[np.float64]:
    """(n,) share of link text in each block."""
    table = blocks.table
    size = np.maximum(table[:, B_END] - table[:, B_START], 1)
    return np.asarray(table[:, B_LINK_BYTES] / size)


def _is_in_best(blocks: Blocks) -> NDArray[np.bool_]:
    """(n,) whether a block stands in the container that holds most paragraphs."""
    inside = np.zeros(len(blocks.containers), np.bool_)
    inside[blocks.best] = True
    for number in range(blocks.best + 1, len(inside)):
        inside[number] = inside[blocks.containers[number, C_PARENT]]
    return np.asarray(inside[blocks.table[:, B_CONTAINER]])


def _is_widget(blocks: Blocks) -> NDArray[np.bool_]:
    """(n,) whether a block is nothing but a few links that share, answer, subscribe or log in.

    The annotated pages have too few of them between paragraphs to learn it.
    """
    phrases = blocks.measures[:, M_PHRASES].astype(np.int64) & _WIDGET_PHRASES
    is_short = blocks.measures[:, M_UNITS] < _WIDGET_MAX_UNITS
    return np.asarray(is_short & (phrases != 0) & (_link_fracs(blocks) > _WIDGET_LINK_FRAC))


def choose_blocks(blocks: Blocks, model: Model) -> Choice:
    """The blocks of main text."""
    body = blocks.is_body()
    if not body.any():
        return Choice(body, "all_text")
    units = blocks.measures[:, M_UNITS]
    scores = score_blocks(model, features_of(blocks))
    keep = body & (scores > 0) & ~_is_widget(blocks)
    found = float(units[keep].sum())
    if found >= MIN_UNITS and found >= MIN_GOOD_FRAC * blocks.sums[blocks.best, T_ALL_GOOD]:
        return Choice(keep, "model")
    is_text = body & (_link_fracs(blocks) < _MAX_LINK_FRAC)
    dense = is_text & _is_in_best(blocks)
    if float(units[dense].sum()) >= MIN_UNITS:
        return Choice(dense, "density")
    return Choice(is_text if is_text.any() else body, "all_text")
