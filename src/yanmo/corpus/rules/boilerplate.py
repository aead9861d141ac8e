"""Phrases that stand around text on web pages, and the rule that looks for them.

Comes in: a batch of documents. Goes out: a reason for those that mostly consist of navigation,
advertising and legal notices. The phrases stand in two files beside this one; lines that repeat
over many documents are found elsewhere, by comparison. Knows nothing of presets.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.rules.config import BoilerplateConfig
from yanmo.corpus.rules.languages import wanted_rows
from yanmo.corpus.rules.phrases import PhraseTree, build_tree, find_phrases, read_phrases
from yanmo.corpus.steps import Verdict
from yanmo.corpus.text_column import text_buffers

_FOLDER = Path(__file__).parent
_FILES = ("phrases_zh.txt", "phrases_en.txt")


def built_in_phrases() -> list[str]:
    """The phrases of the files beside this module, Chinese and English."""
    return [phrase for name in _FILES for phrase in read_phrases(_FOLDER / name)]


@lru_cache(maxsize=8)
def _tree(extra_phrases: tuple[str, ...]) -> PhraseTree:
    return build_tree((*built_in_phrases(), *extra_phrases))


class BoilerplateRule:
    """Rejects documents of which too much stands in lines made of such phrases.

    Args:
        config: how much is too much.
        documents: which documents are judged.
    """

    name = "boilerplate"

    def __init__(
        self, config: BoilerplateConfig, documents: Literal["all", "chinese", "other"] = "all"
    ) -> None:
        self._config = config
        self._documents = documents

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`boilerplate` or null for each document."""
        is_wanted = wanted_rows(batch, self._documents)
        found = find_phrases(
            text_buffers(batch["text"]),
            is_wanted,
            _tree(self._config.extra_phrases),
            self._config.min_line_cover_frac,
        )
        frac = np.full(batch.num_rows, np.nan)
        np.divide(found.in_lines, found.visible, out=frac, where=found.visible > 0)
        limit = self._config.max_boilerplate_frac
        is_over = frac > limit if limit is not None else np.zeros(batch.num_rows, np.bool_)
        reasons = pc.if_else(pa.array(is_over), "boilerplate", pa.scalar(None, pa.string()))
        return Verdict(reasons, {"boilerplate_frac": frac})
