"""The rule of word lists that the user supplies.

Comes in: a file of words and phrases, and batches of documents. Goes out: a reason for documents in
which they are too frequent. Knows nothing of what the words mean.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.rules.config import WordListConfig
from yanmo.corpus.rules.languages import wanted_rows
from yanmo.corpus.rules.phrases import PhraseTree, build_tree, find_phrases, read_phrases
from yanmo.corpus.steps import Verdict
from yanmo.corpus.text_column import text_buffers


class WordListRule:
    """Rejects documents in which the words of a list are too frequent.

    Args:
        config: the file and the limits.

    Raises:
        DataError: the file cannot be read, is not UTF-8, or holds no word.
    """

    name = "word_list"

    def __init__(self, config: WordListConfig) -> None:
        self._config = config
        self._words = read_phrases(Path(config.path))
        self._tree: PhraseTree | None = None

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """The list's name or null for each document."""
        if self._tree is None:
            self._tree = build_tree(self._words)
        config = self._config
        is_wanted = wanted_rows(batch, config.documents)
        found = find_phrases(text_buffers(batch["text"]), is_wanted, self._tree)
        frac = np.full(batch.num_rows, np.nan)
        np.divide(found.covered, found.visible, out=frac, where=found.visible > 0)
        is_over = np.zeros(batch.num_rows, np.bool_)
        if config.max_hits is not None:
            is_over |= found.hits > config.max_hits
        if config.max_frac is not None:
            is_over |= frac > config.max_frac
        reasons = pc.if_else(pa.array(is_over), config.name, pa.scalar(None, pa.string()))
        hits = np.where(is_wanted, found.hits, np.nan)
        return Verdict(reasons, {f"{config.name}_hits": hits, f"{config.name}_frac": frac})
