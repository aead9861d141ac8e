"""The comparisons that a configuration asks for.

Comes in: a `DuplicatesConfig`. Goes out: the steps, in the order in which they decide: what one
rejects is out of sight of the next.
"""

from __future__ import annotations

from yanmo.corpus.duplicates.config import DuplicatesConfig
from yanmo.corpus.duplicates.exact import ExactDuplicates
from yanmo.corpus.duplicates.lines import RepeatedLines
from yanmo.corpus.duplicates.near import NearDuplicates
from yanmo.corpus.duplicates.substrings import RepeatedSubstrings
from yanmo.corpus.steps import Comparison


def build_comparisons(config: DuplicatesConfig) -> list[Comparison]:
    """Exact duplicates, near duplicates, lines, substrings; those that are switched on."""
    comparisons: list[Comparison] = []
    if config.exact is not None:
        comparisons.append(ExactDuplicates(config.exact, config.keep))
    if config.near is not None:
        comparisons.append(NearDuplicates(config.near, config.keep))
    if config.lines is not None:
        comparisons.append(RepeatedLines(config.lines))
    if config.substrings is not None:
        comparisons.append(RepeatedSubstrings(config.substrings, config.keep))
    return comparisons
