"""Looks for test items in the text that a model was trained on.

Comes in: the texts of test items, and training texts: a corpus that the run has built, or any
others. Goes out: how many passages of each item were found, for `evaluation.contamination`. The
search is that of `corpus.decontamination`: words in English, characters in Chinese; case, width,
punctuation and white space do not count. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.decontamination.config import DecontaminationConfig
from yanmo.corpus.decontamination.contamination import contamination_report
from yanmo.corpus.decontamination.folding import folding_table
from yanmo.corpus.decontamination.items import EvaluationItem
from yanmo.corpus.decontamination.ngrams import count_units
from yanmo.corpus.document import read_documents
from yanmo.corpus.text_column import text_buffers
from yanmo.evaluation.contamination import FoundPassages
from yanmo.tasks.example import (
    ChoiceExample,
    Example,
    KeywordExample,
    PairExample,
    QuestionExample,
    TaggedExample,
    TextExample,
)

_WORDS = (8, 13)
_CHARACTERS = (14, 20)
_SHORT_ITEMS = 5  # per cent of the items that may be shorter than a passage
_BATCH = 1024
_SET = "test"


def find_in_corpus(
    items: Sequence[Sequence[str]],
    corpus_dir: Path,
    *,
    name: str = "corpus",
    config: DecontaminationConfig | None = None,
) -> FoundPassages:
    """What the training split of a run's corpus holds of test items.

    Args:
        items: the texts of each item; see `texts_to_find`.
        corpus_dir: the directory of a finished corpus stage.
        name: what the report calls it.
        config: what counts as a passage; `passages_of_length` of the items where None.

    Raises:
        DataError: the corpus cannot be read.
    """
    batches = read_documents(corpus_dir, split="train", columns=["id", "text"])
    return _find(items, batches, name, config)


def find_in_texts(
    items: Sequence[Sequence[str]],
    texts: Iterable[str],
    *,
    name: str,
    config: DecontaminationConfig | None = None,
) -> FoundPassages:
    """What any texts hold of test items: the training examples of a task, for instance.

    Args:
        items: the texts of each item.
        texts: each is looked at once; they need not fit into memory together.
        name: what the report calls them.
        config: what counts as a passage; `passages_of_length` of the items where None.
    """
    return _find(items, _batches(texts), name, config)


def texts_to_find(example: Example) -> tuple[str, ...]:
    """The texts of an example that a training text should not hold.

    Of a question about a passage the question alone: the passage is given to the model anyway, and
    most stand in any large corpus. Targets count, as they are what a model could have learned by
    heart. Conversations and preferences have nothing to look for.
    """
    if isinstance(example, TextExample):
        return (example.text,) if example.second is None else (example.text, example.second)
    if isinstance(example, TaggedExample):
        return (example.joiner.join(example.tokens),)
    if isinstance(example, QuestionExample):
        return (example.question,)
    if isinstance(example, PairExample):
        return (example.source, *example.targets)
    if isinstance(example, ChoiceExample):
        return (example.context, *example.choices)
    if isinstance(example, KeywordExample):
        return (example.text,)
    return ()


def passages_of_length(items: Sequence[Sequence[str]]) -> DecontaminationConfig:
    """Passages as long as all but the shortest twentieth of the items allow.

    Brown et al. 2020 take the 5th percentile of the length of the items, from 8 to 13 words; in
    Chinese 14 to 20 characters stand for that. Shorter items are looked for as a whole, down to 8
    words or 14 characters.
    """
    texts = [max(item, key=len, default="") for item in items]
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    counts = np.zeros((len(buffers), 2), np.int64)
    count_units(buffers.data, buffers.offsets, folding_table(), counts)
    is_spaceless = 2 * counts[:, 1] >= np.maximum(counts[:, 0], 1)
    return DecontaminationConfig(
        ngram_words=_length(counts[~is_spaceless, 0], *_WORDS),
        ngram_characters=_length(counts[is_spaceless, 0], *_CHARACTERS),
        min_words=_WORDS[0],
        min_characters=_CHARACTERS[0],
    )


def _length(lengths: NDArray[np.int64], low: int, high: int) -> int:
    if not len(lengths):
        return high
    return int(np.clip(np.percentile(lengths, _SHORT_ITEMS), low, high))


def _find(
    items: Sequence[Sequence[str]],
    batches: Iterable[pa.RecordBatch],
    name: str,
    config: DecontaminationConfig | None,
) -> FoundPassages:
    assert items, "there are no items to look for"
    config = config or passages_of_length(items)
    asked = [
        EvaluationItem(_SET, number, tuple(text for text in texts if text.strip()))
        for number, texts in enumerate(items)
    ]
    report = contamination_report(asked, batches, config)
    found = report.sets[_SET]
    return FoundPassages(
        corpus=name,
        num_documents=report.num_documents,
        ngram_words=config.ngram_words,
        ngram_characters=config.ngram_characters,
        num_passages=found.num_passages,
        num_found=found.num_found,
    )


def _batches(texts: Iterable[str]) -> Iterator[pa.RecordBatch]:
    """Texts as documents whose ids are their numbers."""
    source = iter(texts)
    number = 0
    while some := list(islice(source, _BATCH)):
        ids = [str(number + place) for place in range(len(some))]
        number += len(some)
        yield pa.record_batch({"id": ids, "text": pa.array(some, pa.large_string())})
