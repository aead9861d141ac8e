"""The sample: the smallest ids until it is full, however the corpus was divided."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tests.corpus.report.small_corpus import make_batch

from yanmo.corpus.document import document_id
from yanmo.corpus.report import text_sample
from yanmo.corpus.report.text_sample import TextSample
from yanmo.corpus.report.volume import Sizes


def _of(batches: list[pa.RecordBatch]) -> TextSample:
    sample = TextSample()
    for batch in batches:
        sample.add(batch, Sizes.of(batch["text"]).num_bytes)
    return sample


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """A sample of 20 kB."""
    monkeypatch.setattr(text_sample, "SAMPLE_BYTES", 20_000)
    return 20_000


def test_it_is_the_shortest_beginning_that_is_full(chinese: list[str], small: int) -> None:
    sample = _of([make_batch(chinese)])
    texts = sorted(set(chinese), key=document_id)
    sizes = np.cumsum([len(text[:4096].encode()) for text in texts])
    number = int(np.searchsorted(sizes, small)) + 1
    assert sample.texts() == [text[:4096] for text in texts[:number]]
    assert small <= sample.num_bytes == sizes[number - 1]


@pytest.mark.parametrize("size", [1, 7, 300])
def test_division_and_order_do_not_matter(chinese: list[str], small: int, size: int) -> None:
    batches = [make_batch(chinese[i : i + size]) for i in range(0, len(chinese), size)]
    expected = _of([make_batch(chinese)]).texts()
    assert _of(batches[::-1]).texts() == expected
    left, right = _of(batches[::2]), _of(batches[1::2])
    left.merge(TextSample.from_json(right.to_json()))
    assert left.texts() == expected
    left.merge(_of(batches))
    assert left.texts() == expected
    assert left.num_bytes == sum(len(text.encode()) for text in expected)


def test_a_long_document_does_not_fill_it_alone() -> None:
    sample = _of([make_batch(["墨" * 3_000_000, "研" * 10])])
    assert sorted(map(len, sample.texts())) == [10, 4096]
