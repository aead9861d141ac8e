"""Which split a document is in.

Comes in: a batch of documents. Goes out: `train`, `validation` or `test` for each. The answer
depends on the document and the configuration alone, so it is the same on every machine, and adding
documents to a corpus never moves one that was there. Equal texts have equal ids; by hash they are
in the same split even where duplicates are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.corpus.document import SPLITS
from yanmo.corpus.kernel import kernel
from yanmo.corpus.splits.config import SplitConfig
from yanmo.corpus.splits.dates import document_times, seconds_of
from yanmo.corpus.steps import NO_TIME
from yanmo.corpus.text_column import text_buffers

_TRAIN, _VALIDATION, _TEST = (np.int8(SPLITS.index(n)) for n in ("train", "validation", "test"))
_DIGITS = 13  # of the id's 32; 52 bits are exact in a float


def assign_splits(batch: pa.RecordBatch, config: SplitConfig | None = None) -> pa.StringArray:
    """The split of each document of a batch.

    Args:
        batch: the documents; looked at are `id`, or `metadata`, or `domain`.
        config: what decides; None takes the defaults.
    """
    config = config or SplitConfig()
    if config.by == "time":
        splits = _by_time(document_times(batch["metadata"]), config)
    elif config.by == "domain":
        splits = _by_domain(batch["domain"], config)
    else:
        splits = _by_hash(id_numbers(batch["id"], _DIGITS), config)
    return pa.DictionaryArray.from_arrays(pa.array(splits), pa.array(SPLITS)).cast(pa.string())


def count_undated(batch: pa.RecordBatch, config: SplitConfig) -> int:
    """How many documents of a batch are for training only because nobody says when they were
    written; 0 where time does not decide."""
    if config.by != "time":
        return 0
    return int((document_times(batch["metadata"]) == NO_TIME).sum())


def split_of(document_id: str, validation_frac: float, test_frac: float) -> str:
    """The split of one document by hash.

    The id is read as a position between 0 and 1. Validation takes the lower end and test the upper
    one, so that a change of one fraction leaves the other split as it was.
    """
    position = int(document_id[:_DIGITS], 16) / 16**_DIGITS
    if position < validation_frac:
        return "validation"
    return "test" if position >= 1.0 - test_frac else "train"


def id_numbers(ids: pa.StringArray, num_digits: int = 16) -> NDArray[np.uint64]:
    """(n,) the first hexadecimal digits of each id as a number, 16 digits at most."""
    buffers = text_buffers(ids)
    numbers = np.empty(len(ids), np.uint64)
    _read_hex(buffers.data, buffers.offsets, num_digits, numbers)
    return numbers


@kernel
def _read_hex(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    num_digits: int,
    numbers: NDArray[np.uint64],
) -> None:
    """Fill `numbers` with the first digits of each text; digits are 0-9 and a-f."""
    for row in range(len(numbers)):
        number = np.uint64(0)
        for i in range(offsets[row], offsets[row] + num_digits):
            digit = data[i] - 48 if data[i] < 58 else data[i] - 87
            number = number << np.uint64(4) | np.uint64(digit)
        numbers[row] = number


def _by_hash(numbers: NDArray[np.uint64], config: SplitConfig) -> NDArray[np.int8]:
    """As `split_of`, for all at once."""
    positions = numbers.astype(np.float64) / 16**_DIGITS
    splits = np.where(positions >= 1.0 - config.test_frac, _TEST, _TRAIN)
    return np.where(positions < config.validation_frac, _VALIDATION, splits).astype(np.int8)


def _by_time(times: NDArray[np.int64], config: SplitConfig) -> NDArray[np.int8]:
    """What was written last is held out; what has no date is for training."""
    assert config.validation_from is not None, "the configuration asks for it"
    assert config.test_from is not None, "the configuration asks for it"
    splits = np.where(times >= seconds_of(config.validation_from), _VALIDATION, _TRAIN)
    splits = np.where(times >= seconds_of(config.test_from), _TEST, splits)
    return np.where(times == NO_TIME, _TRAIN, splits).astype(np.int8)


def _by_domain(domains: pa.StringArray, config: SplitConfig) -> NDArray[np.int8]:
    """The named domains are held out; all others, and documents without one, are for training."""
    splits = np.full(len(domains), _TRAIN, np.int8)
    for split, names in ((_VALIDATION, config.validation_domains), (_TEST, config.test_domains)):
        is_in = pc.is_in(domains, value_set=pa.array(names, pa.string()))
        splits[is_in.to_numpy(zero_copy_only=False)] = split
    return splits


def check_splits(documents: Mapping[str, int], where: str) -> None:
    """Refuse a corpus in which a split is empty.

    Args:
        documents: the number of documents in each split.
        where: the corpus, for the message.

    Raises:
        DataError: there are no documents, or too few of them to have all three splits.
    """
    total = sum(documents.values())
    if total == 0:
        raise DataError(
            t("every document was rejected"),
            where=where,
            hint=t("The reasons are in report.json in this folder."),
        )
    empty = [name for name in SPLITS if documents.get(name, 0) == 0]
    if empty:
        raise DataError(
            t(
                "a corpus of {count} documents leaves nothing for {splits}",
                count=total,
                splits=listed(empty),
            ),
            where=where,
            why=t("documents are held out one by one, and training needs held-out text"),
            hint=t(
                "Add text, hold out more in corpus.split, or lower max_document_characters so that"
                " long files become more documents."
            ),
        )
