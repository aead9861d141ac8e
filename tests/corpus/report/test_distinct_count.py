"""The sketch counts few things exactly and many within its error; union is the union."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.corpus.report.distinct_count import DistinctCount, note_hash


def _of(hashes: np.ndarray) -> DistinctCount:
    count = DistinctCount()
    for value in hashes:
        note_hash(count.registers, value)
    return count


def _hashes(number: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 2**64, number, dtype=np.uint64, endpoint=False)


@pytest.mark.parametrize("number", [0, 1, 10, 1000, 20_000, 100_000, 400_000])
def test_the_estimate_is_within_three_standard_errors(number: int) -> None:
    estimate = _of(_hashes(number)).estimate()
    assert estimate == pytest.approx(number, rel=3 * 1.04 / 128, abs=0.6)


def test_repetition_changes_nothing() -> None:
    hashes = _hashes(5000)
    assert (_of(hashes).registers == _of(np.tile(hashes, 3)).registers).all()


def test_union_is_the_union() -> None:
    hashes = _hashes(9000)
    one, other = _of(hashes[:6000]), _of(hashes[3000:])
    one.merge(DistinctCount.from_json(other.to_json()))
    assert (one.registers == _of(hashes).registers).all()
