"""Rows that never cross a document hold every token of text once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yanmo.tokens.document_rows import DocumentRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit

EOT, PAD = 98, 99


def write(directory: Path, lengths: list[int]) -> TokenSplit:
    """Documents of the given lengths, end-of-text not counted; tokens count on."""
    writer = ShardWriter(directory, "train", 100, 50)
    for length in lengths:
        counts = np.array([length + 1])
        ids = np.concatenate([[EOT], np.arange(length) % 98]).astype(np.uint32)
        writer.add(ids, counts, counts)
    writer.close()
    return TokenSplit(directory, "train", 100)


@pytest.mark.parametrize("row_tokens", [1, 4, 7, 100])
def test_every_token_but_the_first_of_a_document_is_in_one_row(
    tmp_path: Path, row_tokens: int
) -> None:
    split = write(tmp_path, [3, 0, 7, 1, 20, 0])
    rows = DocumentRows(split, row_tokens, PAD)
    batch = rows.batch(np.arange(rows.num_rows))
    assert batch["tokens"].shape[1] <= row_tokens
    found: dict[int, list[int]] = {}
    for tokens, length, document in zip(*(batch[k] for k in batch), strict=True):  # type: ignore[literal-required]
        assert 1 <= length <= row_tokens
        assert (tokens[length:] == PAD).all()
        found.setdefault(int(document), []).extend(tokens[:length].tolist())
    expected = {n: split.document(n)[1:].tolist() for n in range(6) if split.document(n)[1:].size}
    assert found == expected


def test_rows_come_in_any_order_and_know_their_document(tmp_path: Path) -> None:
    rows = DocumentRows(write(tmp_path, [5, 2, 9]), 4, PAD)
    numbers = np.array([5, 0, 2, 2])
    assert rows.num_rows == 6
    assert rows.batch(numbers)["documents"].tolist() == [2, 0, 1, 1]
    assert [rows.rows_of_document(row) for row in range(6)] == [
        (0, 2),
        (0, 2),
        (2, 3),
        (3, 6),
        (3, 6),
        (3, 6),
    ]
    with pytest.raises(AssertionError, match="no such row"):
        rows.batch(np.array([6]))


def test_an_empty_split_has_no_rows(tmp_path: Path) -> None:
    assert DocumentRows(write(tmp_path, []), 4, PAD).num_rows == 0
