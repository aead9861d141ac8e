"""Folding as one function and as a step.

Comes in: text or batches of documents, and a `FoldingConfig`. Goes out: the folded text. Texts in
which nothing can change are found by a kernel and never become Python strings. Folding a second
time changes nothing. Knows nothing of profiles.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.folding.opencc import converted_characters, to_simplified, to_traditional
from yanmo.corpus.folding.variants import VARIANTS, fold_variants, variants_in
from yanmo.corpus.folding.width import WIDTH_CHARACTERS, fold_width
from yanmo.corpus.language.code_points import find_marked, table_of
from yanmo.corpus.steps import Rewritten
from yanmo.corpus.text_column import rewrite_where, text_buffers, with_text


def fold(text: str, config: FoldingConfig) -> str:
    """`text` with everything folded that `config` asks for."""
    if config.width == "letters":
        text = fold_width(text)
    if text.isascii():
        return text
    if config.variants:
        text = fold_variants(text, "simplified" if config.characters == "simplified" else "any")
    if config.characters == "simplified":
        return to_simplified(text)
    if config.characters == "traditional":
        text = to_traditional(text)
        return fold_variants(text) if config.variants else text  # OpenCC's own 峯 and 羣
    return text


class FoldChinese:
    """Folds the texts of documents.

    Args:
        config: what is folded.
    """

    name = "fold_chinese"

    def __init__(self, config: FoldingConfig) -> None:
        self._config = config

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with every text folded; `folded` counts those that changed."""
        column = batch["text"]
        may_change = find_marked(text_buffers(column), _characters_that_change(self._config))
        folded, num_changed = rewrite_where(
            column, may_change, lambda text: fold(text, self._config)
        )
        return Rewritten(with_text(batch, folded), {"folded": num_changed} if num_changed else {})


@lru_cache(maxsize=8)
def _characters_that_change(config: FoldingConfig) -> NDArray[np.uint8]:
    """A table that marks the characters without which a text stays as it is."""
    characters: set[str] = set()
    if config.width == "letters":
        characters |= WIDTH_CHARACTERS
    if config.variants:
        characters |= VARIANTS.keys() | set(map(chr, variants_in("any")))
    if config.characters != "keep":
        characters |= converted_characters(config.characters)
    return table_of(characters)
