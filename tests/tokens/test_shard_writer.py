"""Shards on disk are plain little-endian numbers, as narrow as the vocabulary allows."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from yanmo.tokens.shard_writer import ShardWriter, SplitCounts

EOT = 99
DOCUMENTS = [[EOT, 1, 2, 3], [EOT], [EOT, 4, 5], [EOT, 6, 7, 8, 9, 10, 11, 12]]


def write(folder: Path, documents: list[list[int]], vocab_size: int = 100) -> SplitCounts:
    """Write documents in one call; document `i` counts as 10 + i bytes."""
    writer = ShardWriter(folder, "train", vocab_size, 5)
    writer.add(
        np.array(list(itertools.chain(*documents)), dtype=np.uint32),
        np.array([len(document) for document in documents], dtype=np.int64),
        10 + np.arange(len(documents), dtype=np.int64),
    )
    return writer.close()


@pytest.mark.parametrize(("vocab_size", "dtype"), [(65_536, np.uint16), (65_537, np.uint32)])
def test_width_of_an_id_follows_the_vocabulary(
    tmp_path: Path, vocab_size: int, dtype: type[np.generic]
) -> None:
    write(tmp_path, [[EOT, vocab_size - 1]], vocab_size)
    assert (tmp_path / "train-00000.bin").read_bytes() == np.array(
        [EOT, vocab_size - 1], dtype
    ).tobytes()


def test_files_are_plain_little_endian_numbers(tmp_path: Path) -> None:
    assert write(tmp_path, DOCUMENTS) == SplitCounts(4, 16, 46, 4)
    names = sorted(path.name for path in tmp_path.iterdir())
    shards = [f"train-0000{number}.bin" for number in range(4)]
    assert names == [*shards, "train.bytes", "train.index", "train.sums"]
    assert np.fromfile(tmp_path / "train.index", "<u8").tolist() == [4, 5, 8, 16]
    assert np.fromfile(tmp_path / "train.bytes", "<u8").tolist() == [10, 11, 12, 13]
    assert [(tmp_path / name).stat().st_size for name in shards] == [10, 10, 10, 2]


def test_writer_refuses_what_does_not_add_up(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, "train", 100, 5)
    one = np.array([1], dtype=np.int64)
    with pytest.raises(AssertionError, match="beyond the vocabulary"):
        writer.add(np.array([100], dtype=np.uint32), one, one)
    with pytest.raises(AssertionError, match="add up"):
        writer.add(np.array([1, 2], dtype=np.uint32), one, one)
    writer.close()
