"""The bundled model that tells languages with one script apart.

Comes in: the beginnings of texts. Goes out: an ISO 639-1 code (ISO 639-3 where there is none) and a
confidence for each. The model is lid.176.ftz of fastText; the arithmetic is ours and gives what
fastText gives, several times faster and without holding the interpreter. Knows nothing of scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.corpus.language.code_points import count_classes
from yanmo.corpus.language.model_file import bundled_model
from yanmo.corpus.language.model_kernels import predict_lines
from yanmo.corpus.scripts import NUM_CODE_POINTS
from yanmo.corpus.text_column import text_buffers

_MIN_UPPER_FRAC = 0.7
_UPPER, _OTHER_CASED = 1, 2
_CODES = {"als": "gsw", "bh": "bho", "eml": "egl", "sh": "hbs", "wuu": "zh", "yue": "zh"}
"""Labels of the model that are no, or no longer, ISO codes; and the written forms of Chinese."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A language and how sure the model is of it.

    Args:
        language: a code, or None where the text holds nothing to go by.
        confidence: from 0 to 1.
    """

    language: str | None
    confidence: float


def predict_languages(texts: Sequence[str]) -> list[Prediction]:
    """The language of each text; the texts should be short beginnings, not books."""
    return predict_column(pa.array(texts, pa.string()))


def predict_column(column: pa.StringArray) -> list[Prediction]:
    """As `predict_languages`, for an Arrow column without nulls."""
    model = bundled_model()
    lines = text_buffers(_without_shouting(column))
    best = np.empty(len(column), np.int64)
    probability = np.empty(len(column), np.float64)
    predict_lines(
        lines.data, lines.offsets, model.vectors, model.word_hashes, model.word_rows,
        model.ngram_rows, model.end_row, model.outputs, model.children, model.min_n, model.max_n,
        best, probability,
    )  # fmt: skip
    return [
        Prediction(_code(model.labels[label]) if label >= 0 else None, confidence)
        for label, confidence in zip(best.tolist(), probability.tolist(), strict=True)
    ]


def _code(label: str) -> str:
    return _CODES.get(label, label)


def _without_shouting(column: pa.StringArray) -> pa.StringArray:
    """The column with texts in capitals lowered, because the model has seen little of them."""
    counts = count_classes(text_buffers(column), _letter_case(), 3, np.iinfo(np.int64).max)
    upper, other = counts[:, _UPPER], counts[:, _OTHER_CASED]
    shouts = upper > _MIN_UPPER_FRAC * (upper + other)
    if not shouts.any():
        return column
    return pc.if_else(pa.array(shouts), pc.utf8_lower(column), column)


@lru_cache(maxsize=1)
def _letter_case() -> NDArray[np.uint8]:
    """For every code point 1 where it is a capital, 2 where it is another letter, else 0."""
    table = np.zeros(NUM_CODE_POINTS, np.uint8)
    for code in range(0x3000):  # no script with capitals that matters here lies beyond
        character = chr(code)
        if character.isupper():
            table[code] = _UPPER
        elif character.isalpha():
            table[code] = _OTHER_CASED
    return table
