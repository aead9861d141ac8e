"""Which documents are held out."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from yanmo.core.errors import DataError
from yanmo.corpus.document import document_id
from yanmo.corpus.splits.assign import (
    assign_splits,
    check_splits,
    count_undated,
    id_numbers,
    split_of,
)
from yanmo.corpus.splits.config import SplitConfig
from yanmo.corpus.splits.dates import document_times
from yanmo.corpus.steps import NO_TIME

fractions = st.floats(0.01, 0.45)
ids = st.text(alphabet="0123456789abcdef", min_size=32, max_size=32)

BY_TIME = SplitConfig.model_validate(
    {"by": "time", "validation_from": "2023-01-01", "test_from": "2024-01-01"}
)


def batch_of(names: list[str], **columns: list[Any]) -> pa.RecordBatch:
    values = {"id": names, **columns}
    return pa.RecordBatch.from_pydict({k: pa.array(v, pa.string()) for k, v in values.items()})


def dated(*dates: Any) -> pa.RecordBatch:
    metadata = [json.dumps({} if each is None else {"date": each}) for each in dates]
    return batch_of([document_id(str(i)) for i in range(len(dates))], metadata=metadata)


@given(ids, fractions, fractions)
def test_changing_one_fraction_leaves_the_other_split(key: str, low: float, high: float) -> None:
    is_test = split_of(key, low, 0.1) == "test"
    assert is_test == (split_of(key, high, 0.1) == "test")


@given(st.lists(ids, max_size=30), fractions, fractions)
def test_a_batch_is_split_as_its_documents_one_by_one(
    keys: list[str], low: float, high: float
) -> None:
    config = SplitConfig(validation_frac=low, test_frac=high)
    got = assign_splits(batch_of(keys), config).to_pylist()
    assert got == [split_of(key, low, high) for key in keys]


def test_shares_are_as_asked() -> None:
    config = SplitConfig(validation_frac=0.1, test_frac=0.2)
    batch = batch_of([document_id(str(i)) for i in range(10_000)])
    splits = assign_splits(batch, config).to_pylist()
    assert splits.count("validation") == pytest.approx(1000, abs=120)
    assert splits.count("test") == pytest.approx(2000, abs=160)


def test_appending_moves_nobody_and_no_id_is_in_two_splits() -> None:
    first = [document_id(str(i)) for i in range(2000)]
    more = [document_id(str(i)) for i in range(1000, 5000)]  # half of the first come again
    config = SplitConfig(validation_frac=0.1, test_frac=0.1)
    before = assign_splits(batch_of(first), config).to_pylist()
    after = assign_splits(batch_of(first + more), config).to_pylist()
    assert after[: len(first)] == before
    seen: dict[str, set[str]] = {}
    for key, split in zip(first + more, after, strict=True):
        seen.setdefault(key, set()).add(split)
    assert all(len(splits) == 1 for splits in seen.values())


@given(st.lists(ids, max_size=20), st.integers(0, 5))
def test_ids_become_the_numbers_they_spell(keys: list[str], start: int) -> None:
    column = pa.array(["ff" * 16, *keys], pa.string()).slice(min(start, len(keys)))
    assert id_numbers(column).tolist() == [int(key[:16], 16) for key in column.to_pylist()]


def test_by_time_the_latest_documents_are_held_out() -> None:
    batch = dated("2022-12-31T23:59:59Z", "2023-01-01", "2023-12-31T23:59:59", "2024-01-01", "2025")
    got = assign_splits(batch, BY_TIME).to_pylist()
    assert got == ["train", "validation", "validation", "test", "test"]


def test_zones_count() -> None:
    batch = dated("2024-01-01T00:30:00+08:00", "2023-12-31T20:00:00-05:00")
    assert assign_splits(batch, BY_TIME).to_pylist() == ["validation", "test"]


def test_documents_without_a_date_are_for_training_and_are_counted() -> None:
    batch = dated(None, "last spring", 2024, "2024-05")
    assert assign_splits(batch, BY_TIME).to_pylist() == ["train", "train", "train", "test"]
    assert count_undated(batch, BY_TIME) == 3
    assert count_undated(batch, SplitConfig()) == 0


def test_only_the_date_at_the_top_of_the_metadata_counts() -> None:
    metadata = pa.array(['{"fields": {"date": "2024-01-01"}}', '{"a": "\\"date\\": 1"}', "{}"])
    assert document_times(metadata).tolist() == [NO_TIME] * 3


def test_by_domain_whole_domains_are_held_out() -> None:
    config = SplitConfig(by="domain", validation_domains=["法律"], test_domains=["medicine", "x"])
    batch = batch_of(["0" * 32] * 4, domain=["法律", "medicine", None, "finance"])
    assert assign_splits(batch, config).to_pylist() == ["validation", "test", "train", "train"]


@pytest.mark.parametrize(
    "values",
    [
        {"validation_frac": 0.6, "test_frac": 0.5},
        {"by": "time"},
        {"by": "time", "validation_from": "2024-01-01", "test_from": "2023-01-01"},
        {"by": "domain", "validation_domains": ["a"]},
        {"by": "domain", "validation_domains": ["a", "b"], "test_domains": ["b"]},
        {"validation_domains": ["a"]},
        {"by": "domain", "validation_domains": ["a"], "test_domains": ["b"], "test_frac": 0.1},
        {"by": "hash", "test_from": "2024-01-01"},
        {"by": "time", "validation_from": "2024", "test_from": "2025-13-01"},
    ],
)
def test_settings_without_effect_or_sense_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SplitConfig.model_validate(values)


def test_a_resolved_configuration_can_be_read_again() -> None:
    for config in (SplitConfig(), BY_TIME):
        assert SplitConfig.model_validate(config.model_dump(mode="json")) == config


def test_days_may_be_written_as_dates() -> None:
    days = {"validation_from": date(2023, 1, 1), "test_from": date(2024, 1, 1)}
    assert SplitConfig.model_validate({"by": "time", **days}) == BY_TIME


def test_empty_split_is_an_error_that_gives_the_count() -> None:
    with pytest.raises(DataError, match="3 documents leaves nothing for validation, test"):
        check_splits({"train": 3, "validation": 0, "test": 0}, "corpus")
    check_splits({"train": 3, "validation": 1, "test": 1}, "corpus")


def test_corpus_without_documents_is_an_error() -> None:
    with pytest.raises(DataError, match="every document was rejected"):
        check_splits({"train": 0, "validation": 0, "test": 0}, "corpus")
