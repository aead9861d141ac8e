"""C4's rule: a step that judges documents by their lines, and one that drops the bad lines.

Comes in: a batch of documents. Goes out: reasons from the one, new text from the other. The rule
runs first; what it keeps, the transform edits, so that both together decide and write as
datatrove's one filter does. Knows nothing of presets.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from yanmo.corpus.rules.c4_lines import (
    CURLY_BRACKET,
    LOREM_IPSUM,
    OFFENCES,
    C4Settings,
    KeptLines,
    keep_lines,
)
from yanmo.corpus.rules.config import C4Config
from yanmo.corpus.rules.languages import wanted_rows
from yanmo.corpus.steps import Rewritten, Verdict
from yanmo.corpus.text_column import column_of, text_buffers, with_text

_REASONS = pa.array(["lorem_ipsum", "curly_bracket", "too_few_sentences"], pa.string())


def settings_of(config: C4Config, *, ends_in_punctuation: bool) -> C4Settings:
    """The settings as kernels read them."""
    words, length = config.min_words_per_line, config.max_word_characters
    return C4Settings(
        remove_citations=int(config.remove_citations),
        ends_in_punctuation=int(ends_in_punctuation),
        min_words=-1 if words is None else words,
        max_word_characters=-1 if length is None else length,
        rejects_lorem_ipsum=int(config.reject_lorem_ipsum),
        drops_javascript=int(config.drop_javascript_lines),
        rejects_curly_bracket=int(config.reject_curly_brackets),
        drops_policy=int(config.drop_policy_lines),
    )


class C4Rule:
    """Rejects documents with a line that condemns them, or with too few sentences in good lines.

    Args:
        settings: what is asked of lines.
        min_sentences: in the lines that are kept; None for any number.
        documents: which documents are judged.
    """

    name = "c4"

    def __init__(
        self,
        settings: C4Settings,
        min_sentences: int | None,
        documents: Literal["all", "chinese", "other"] = "all",
    ) -> None:
        self._settings = settings
        self._min_sentences = min_sentences
        self._documents = documents

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`lorem_ipsum`, `curly_bracket`, `too_few_sentences` or null for each document."""
        is_wanted = wanted_rows(batch, self._documents)
        kept = keep_lines(text_buffers(batch["text"]), is_wanted, self._settings)
        found = np.full(batch.num_rows, -1, np.int32)
        if self._min_sentences is not None:
            found[is_wanted & (kept.sentences < self._min_sentences)] = 2
        found[kept.condemned == LOREM_IPSUM] = 0
        found[kept.condemned == CURLY_BRACKET] = 1
        reasons = _REASONS.take(pa.array(found, pa.int32(), mask=found < 0))
        is_counted = is_wanted & (kept.condemned == 0)
        return Verdict(reasons, {"num_sentences": np.where(is_counted, kept.sentences, np.nan)})


class C4Lines:
    """Drops the lines that are no prose, and citation marks; runs after `C4Rule`.

    Args:
        settings: what is asked of lines.
        documents: which documents are edited.
    """

    name = "c4_lines"

    def __init__(
        self, settings: C4Settings, documents: Literal["all", "chinese", "other"] = "all"
    ) -> None:
        self._settings = settings
        self._documents = documents

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """The batch with its good lines; counts the dropped ones by what was wrong with them."""
        is_wanted = wanted_rows(batch, self._documents)
        kept: KeptLines = keep_lines(text_buffers(batch["text"]), is_wanted, self._settings)
        counts = {
            f"line_{name}": int(dropped)
            for name, dropped in zip(OFFENCES, kept.dropped, strict=True)
            if dropped
        }
        return Rewritten(with_text(batch, column_of(kept.data, kept.offsets)), counts)
