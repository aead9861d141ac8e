"""Which documents of a batch are Chinese or Japanese, for rules that are made for them.

Comes in: a batch. Goes out: a truth value for each document, from its language where somebody said
it, else from the share of Han and kana among its letters. Knows nothing of rules.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import ALPHA, LONE_WORD, character_classes
from yanmo.corpus.text_column import text_buffers
from yanmo.corpus.utf8 import character_at

SEVERAL_LANGUAGES = "mul"
"""The language of a document that holds several (ISO 639-2)."""

_MIN_FRAC = 0.3  # a Chinese character carries about as much as a short word of an alphabet
_NUM_BYTES = 10_000  # the beginning of a longer document speaks for it


def wanted_rows(
    batch: pa.RecordBatch, documents: Literal["all", "chinese", "other"]
) -> NDArray[np.bool_]:
    """The rows of a batch that a rule for such documents judges.

    A document in several languages, such as a text beside its translation, has the language `mul`;
    it is neither Chinese nor other, since the rules of neither fit it.
    """
    if documents == "all":
        return np.ones(batch.num_rows, np.bool_)
    is_chinese = chinese_rows(batch)
    if documents == "chinese":
        return is_chinese
    return ~is_chinese & ~_rows_of_several_languages(batch)


def chinese_rows(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Which rows are Chinese or Japanese: (n,) bool."""
    is_chinese = np.zeros(batch.num_rows, np.bool_)
    is_unknown = np.ones(batch.num_rows, np.bool_)
    if "language" in batch.schema.names:
        language = batch["language"]
        found = pc.fill_null(pc.match_substring_regex(language, "^(zh|ja|yue)"), False)
        is_chinese = np.array(found.to_numpy(zero_copy_only=False), np.bool_)
        is_unknown = language.is_null().to_numpy(zero_copy_only=False)
    if is_unknown.any():
        texts = text_buffers(batch["text"])
        judge_by_script(texts.data, texts.offsets, is_unknown, character_classes(), is_chinese)
    return is_chinese


def _rows_of_several_languages(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Which rows are in several languages: (n,) bool."""
    if "language" not in batch.schema.names:
        return np.zeros(batch.num_rows, np.bool_)
    is_mul = pc.fill_null(pc.equal(batch["language"], SEVERAL_LANGUAGES), False)
    return np.array(is_mul.to_numpy(zero_copy_only=False), np.bool_)


@kernel
def judge_by_script(data: Any, offsets: Any, is_unknown: Any, table: Any, is_chinese: Any) -> None:
    """Fill `is_chinese` where the language is not known."""
    for index in range(len(offsets) - 1):
        if not is_unknown[index]:
            continue
        at = offsets[index]
        end = min(offsets[index + 1], at + _NUM_BYTES)
        letters = lone = 0
        while at < end:
            point, width = character_at(data, at)
            letters += (table[point] & ALPHA) != 0
            lone += (table[point] & LONE_WORD) != 0
            at += width
        is_chinese[index] = lone > 0 and lone >= _MIN_FRAC * letters
