"""The language of each document, and the rule that keeps some languages.

Comes in: batches of documents. Goes out: the same batches with `language` filled in where it was
null, and the confidence in the metadata; or a reason for each document that is in a language not
wanted. Scripts decide first (Han, kana, hangul), which is quicker and surer than any model; the
bundled model decides the rest. Knows nothing of what is done with the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.corpus.language.code_points import count_classes
from yanmo.corpus.language.config import SEVERAL_LANGUAGES, LanguageConfig
from yanmo.corpus.language.predictor import Prediction, predict_column
from yanmo.corpus.scripts import SCRIPTS, language_by_script, script_of_code_point
from yanmo.corpus.steps import Rewritten, Rule, Transform, Verdict
from yanmo.corpus.text_column import text_buffers

SCORE_FIELD = "language_score"
"""Where the metadata of a document holds the confidence, from 0 to 1."""

_SCORE_PATTERN = r'^(?s:.*)"language_score": ?(?P<score>[0-9.]+)'
_HAN, _KANA, _HANGUL = (SCRIPTS.index(name) for name in ("Han", "Kana", "Hangul"))
_EAST_ASIAN = frozenset(("zh", "ja", "ko"))
_UNKNOWN = Prediction(None, 0.0)
_EMPTY_OBJECT = "{}"
_LETTERS_PER_CHARACTER = 3  # a Chinese character says about as much as three Latin letters


def identify(texts: Sequence[str], max_characters: int = 1_000) -> list[Prediction]:
    """The language of each text, as the step finds it."""
    column = pa.array(texts, pa.string())
    return _identify_rows(column, np.arange(len(texts)), max_characters)


def language_steps(config: LanguageConfig) -> list[Transform | Rule]:
    """The steps that a configuration asks for, in the order in which they run.

    They belong behind the normalisation, and before everything that asks for the language.
    """
    steps: list[Transform | Rule] = []
    if config.identify:
        steps.append(IdentifyLanguage(config.max_characters))
    if config.keep is not None:
        steps.append(LanguageRule(config.keep, config.min_confidence))
    return steps


class IdentifyLanguage:
    """Fills in the language where it is null, and `language_score` in the metadata there.

    Documents without a letter stay without a language.

    Args:
        max_characters: how many characters from the beginning of a document are looked at.
    """

    name = "identify_language"

    def __init__(self, max_characters: int = 1_000) -> None:
        self._max_characters = max_characters

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with its languages; counted are the documents in which none was found."""
        rows = np.flatnonzero(pc.is_null(batch["language"]).to_numpy(zero_copy_only=False))
        if not len(rows):
            return Rewritten(batch)
        found = _identify_rows(batch["text"], rows, self._max_characters)
        languages: list[str | None] = [None] * batch.num_rows
        scores: list[str | None] = [None] * batch.num_rows
        for row, prediction in zip(rows.tolist(), found, strict=True):
            if prediction.language is not None:
                languages[row] = prediction.language
                scores[row] = f"{prediction.confidence:.3f}"
        language = pc.coalesce(batch["language"], pa.array(languages, pa.string()))
        metadata = _with_scores(batch["metadata"], pa.array(scores, pa.string()))
        num_unknown = sum(prediction.language is None for prediction in found)
        return Rewritten(
            _with_columns(batch, language, metadata),
            {"language_unknown": num_unknown} if num_unknown else {},
        )


class LanguageRule:
    """Rejects documents in other languages, and those whose language is uncertain.

    Measures `language_score`; it is NaN for documents whose source said the language.

    Args:
        keep: the codes of the languages that are kept.
        min_confidence: the least score that is kept (FineWeb keeps English from 0.65); None
            looks at the language only.
    """

    name = "language"

    def __init__(self, keep: Sequence[str], min_confidence: float | None) -> None:
        self._keep = pa.array(list(keep), pa.string())
        self._kept = frozenset(keep)
        self._min_confidence = min_confidence

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`language`, `low_confidence` or null for each document."""
        scores = _read_scores(batch["metadata"])
        is_kept = pc.is_in(batch["language"], value_set=self._keep)
        is_several = pc.fill_null(pc.equal(batch["language"], SEVERAL_LANGUAGES), False)
        if pc.any(is_several).as_py():
            is_kept = pc.or_(is_kept, self._are_all_kept(batch["metadata"], is_several))
        least = 0.0 if self._min_confidence is None else self._min_confidence
        is_unsure = pa.array(np.nan_to_num(scores, nan=1.0) < least)
        null = pa.scalar(None, pa.string())
        reasons = pc.if_else(is_kept, pc.if_else(is_unsure, "low_confidence", null), "language")
        return Verdict(reasons, {SCORE_FIELD: scores})

    def _are_all_kept(self, metadata: pa.StringArray, is_several: pa.BooleanArray) -> pa.Array:
        """For documents in several languages whether all those that the metadata names are kept."""
        found = [False] * len(metadata)
        for row in np.flatnonzero(is_several.to_numpy(zero_copy_only=False)).tolist():
            named = json.loads(metadata[row].as_py()).get("languages")
            found[row] = bool(named) and isinstance(named, list) and self._kept.issuperset(named)
        return pa.array(found, pa.bool_())


@lru_cache(maxsize=1)
def _script_table() -> NDArray[np.uint8]:
    """For every code point its script, as `count_classes` wants it."""
    return np.ascontiguousarray(script_of_code_point(), dtype=np.uint8)


def _identify_rows(
    column: pa.StringArray, rows: NDArray[np.int64], max_characters: int
) -> list[Prediction]:
    """The languages of the texts in the given rows: script first, then the model."""
    texts = text_buffers(column)
    counts = count_classes(texts, _script_table(), len(SCRIPTS) + 1, max_characters)[:, 1:]
    found: list[Prediction | None] = []
    for row in rows.tolist():
        found.append(_by_script(counts[row]))
    open_places = [place for place, prediction in enumerate(found) if prediction is None]
    beginnings = pc.utf8_slice_codeunits(
        column.take(pa.array(rows[open_places], pa.int64())), 0, max_characters
    )
    for place, prediction in zip(open_places, predict_column(beginnings), strict=True):
        found[place] = prediction if _is_possible(prediction, counts[rows[place]]) else _UNKNOWN
    return [prediction for prediction in found if prediction is not None]


def _is_possible(prediction: Prediction, counts: NDArray[np.int64]) -> bool:
    """Whether the letters allow the answer: what is in a script that the model does not know, such
    as Yi, is not Chinese, though the model says so."""
    has_script = int(counts[_HAN] + counts[_KANA] + counts[_HANGUL]) > 0
    return has_script or prediction.language not in _EAST_ASIAN


def _by_script(counts: NDArray[np.int64]) -> Prediction | None:
    """What the letters alone say: a language, that there is none, or nothing (None)."""
    num_letters = int(counts.sum())
    if num_letters == 0:
        return _UNKNOWN
    code = language_by_script(counts)
    if code is None:
        return None
    east_asian = int(counts[_HAN] + counts[_KANA] + counts[_HANGUL])
    weighted = _LETTERS_PER_CHARACTER * east_asian
    return Prediction(code, weighted / (weighted + num_letters - east_asian))


def _with_scores(metadata: pa.StringArray, scores: pa.StringArray) -> pa.StringArray:
    """JSON objects, as text, with the score as their last field; unchanged where it is null."""
    is_empty = pc.equal(metadata, _EMPTY_OBJECT)
    opened = pc.utf8_slice_codeunits(metadata, 0, -1)
    comma = pc.if_else(is_empty, "", ",")
    joined = pc.binary_join_element_wise(opened, comma, f'"{SCORE_FIELD}":', scores, "}", "")
    return pc.if_else(pc.is_valid(scores), joined, metadata)


def _read_scores(metadata: pa.StringArray) -> NDArray[np.float64]:
    """The last score in each object, or NaN."""
    found = pc.struct_field(pc.extract_regex(metadata, _SCORE_PATTERN), "score")
    scores: NDArray[np.float64] = pc.cast(found, pa.float64()).to_numpy(zero_copy_only=False)
    return scores


def _with_columns(
    batch: pa.RecordBatch, language: pa.StringArray, metadata: pa.StringArray
) -> pa.RecordBatch:
    """The batch with other `language` and `metadata` columns."""
    for name, column in (("language", language), ("metadata", metadata)):
        position = batch.schema.get_field_index(name)
        batch = batch.set_column(position, batch.schema.field(name), column)
    return batch
