"""Packed rows: every stored token is a position once and has the target that the text gives it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit

EOT, PAD, VOCAB = 90, 91, 92


class Expected(NamedTuple):
    """One position, by the definition."""

    token: int
    label: int
    position: int
    document: int


def packed(folder: Path, documents: list[list[int]], row_tokens: int, shard: int) -> PackedRows:
    """Rows of documents given without their first end-of-text token."""
    writer = ShardWriter(folder, "train", VOCAB, shard)
    stored = [[EOT, *document] for document in documents]
    writer.add(
        np.array([id for document in stored for id in document], dtype=np.uint32),
        np.array([len(document) for document in stored], dtype=np.int64),
        np.zeros(len(stored), dtype=np.int64),
    )
    writer.close()
    return PackedRows(TokenSplit(folder, "train", VOCAB), row_tokens, EOT, PAD)


def expected_rows(documents: list[list[int]], row_tokens: int) -> list[list[Expected]]:
    """The rows, token by token, in the slow and plain way."""
    flat = [
        (number, index, token, [*document, EOT][index])
        for number, document in enumerate(documents)
        for index, token in enumerate([EOT, *document])
    ]
    rows = []
    for start in range(0, len(flat), row_tokens):
        row = []
        for column, (number, index, token, label) in enumerate(flat[start : start + row_tokens]):
            position = min(index, column)
            row.append(Expected(token, label, position, number - flat[start][0]))
        padding = Expected(PAD, IGNORED_LABEL, 0, -1)
        rows.append(row + [padding] * (row_tokens - len(row)))
    return rows


@settings(max_examples=80)
@given(
    documents=st.lists(st.lists(st.integers(0, 89), max_size=15), min_size=1, max_size=12),
    row_tokens=st.integers(1, 20),
    shard=st.integers(1, 40),
    data=st.data(),
)
def test_batches_follow_the_definition(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[list[int]],
    row_tokens: int,
    shard: int,
    data: st.DataObject,
) -> None:
    rows = packed(tmp_path_factory.mktemp("tokens"), documents, row_tokens, shard)
    expected = expected_rows(documents, row_tokens)
    assert rows.num_rows == len(expected)
    indices = data.draw(
        st.lists(st.integers(0, rows.num_rows - 1), min_size=1, max_size=2 * rows.num_rows)
    )
    batch = rows.batch(np.array(indices))
    wanted = np.array([expected[index] for index in indices])  # (B, T, 4)
    for number, name in enumerate(["tokens", "labels", "positions", "document_ids"]):
        np.testing.assert_array_equal(batch[name], wanted[:, :, number], err_msg=name)  # type: ignore[literal-required]
        assert batch[name].dtype == (np.int32 if name == "document_ids" else np.int64)  # type: ignore[literal-required]


def test_every_token_has_exactly_one_target(tmp_path: Path) -> None:
    documents = [list(range(n)) for n in (5, 0, 17, 30, 1)]
    rows = packed(tmp_path, documents, 8, 10)
    batch = rows.batch(np.arange(rows.num_rows))
    labels = batch["labels"][batch["labels"] != IGNORED_LABEL]
    assert len(labels) == rows.split.num_tokens
    assert labels.tolist() == [id for document in documents for id in [*document, EOT]]


def test_a_label_may_stand_in_the_next_row(tmp_path: Path) -> None:
    rows = packed(tmp_path, [[1, 2, 3, 4, 5]], 3, 100)
    batch = rows.batch(np.array([1, 0]))
    assert batch["tokens"].tolist() == [[3, 4, 5], [EOT, 1, 2]]
    assert batch["labels"].tolist() == [[4, 5, EOT], [1, 2, 3]]
    assert batch["positions"].tolist() == [[0, 1, 2], [0, 1, 2]]


def test_rows_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    rows = packed(tmp_path, [[1, 2, 3]], 2, 100)
    for bad in (-1, 2):
        with pytest.raises(AssertionError, match="no such row"):
            rows.batch(np.array([0, bad]))
