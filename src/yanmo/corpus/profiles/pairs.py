"""Pairs of texts that say the same in two languages.

Comes in: two sides of a pair. Goes out: both sides cleaned, and a reason where the pair is of no
use for training (as Moses' clean-corpus-n does: length and the ratio of lengths). Knows nothing of
files.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from yanmo.corpus.normalise import clean
from yanmo.corpus.profiles.config import PairConfig

_LONE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_UNITS = re.compile(rf"{_LONE.pattern}|[^\W\u3040-\u9fff]+")
_WORDS_PER_CHARACTER = 0.6
_WHITE_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class CleanPair:
    """A pair after cleaning.

    Args:
        source: the one side, on one line.
        target: the other side, on one line.
        reason: why the pair is of no use: `empty`, `too_short`, `too_long`, `length_ratio` or
            `copy`; None where it is kept.
    """

    source: str
    target: str
    reason: str | None


def clean_pair(source: str, target: str, config: PairConfig) -> CleanPair:
    """Both sides cleaned, each on one line, and what is wrong with the pair."""
    source = _WHITE_SPACE.sub(" ", clean(source)).strip()
    target = _WHITE_SPACE.sub(" ", clean(target)).strip()
    return CleanPair(source, target, _reason(source, target, config))


def num_units(text: str) -> int:
    """The length of a side in words; a Han or kana character counts 0.6, and the sum is rounded
    up."""
    items = _UNITS.findall(text)
    num_lone = sum(_LONE.match(item) is not None for item in items)
    return math.ceil(len(items) - num_lone * (1 - _WORDS_PER_CHARACTER))


def _reason(source: str, target: str, config: PairConfig) -> str | None:
    if not source or not target:
        return "empty"
    shorter, longer = sorted((num_units(source), num_units(target)))
    if shorter < config.min_units:
        return "too_short"
    if config.max_units is not None and longer > config.max_units:
        return "too_long"
    if config.max_length_ratio is not None and longer > config.max_length_ratio * max(shorter, 1):
        return "length_ratio"
    if config.drop_copies and source == target:
        return "copy"
    return None
