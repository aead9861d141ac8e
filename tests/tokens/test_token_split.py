"""Shards: what is written is read, over every border, and damage is named by file and offset."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.core.errors import DataError
from yanmo.tokens.shard_writer import ShardWriter, SplitCounts
from yanmo.tokens.token_split import TokenSplit

EOT = 99
DOCUMENTS = [[EOT, 1, 2, 3], [EOT], [EOT, 4, 5], [EOT, 6, 7, 8, 9, 10, 11, 12]]


def write(
    folder: Path,
    documents: list[list[int]],
    *,
    vocab_size: int = 100,
    shard_tokens: int = 5,
    split: str = "train",
) -> SplitCounts:
    """Write documents in two calls; document `i` counts as 10 + i bytes."""
    writer = ShardWriter(folder, split, vocab_size, shard_tokens)
    half = len(documents) // 2
    for first, part in ((0, documents[:half]), (half, documents[half:])):
        writer.add(
            np.array(list(itertools.chain(*part)), dtype=np.uint32),
            np.array([len(document) for document in part], dtype=np.int64),
            10 + first + np.arange(len(part), dtype=np.int64),
        )
    return writer.close()


@settings(max_examples=60)
@given(
    documents=st.lists(
        st.lists(st.integers(0, 69_999), max_size=12).map(lambda ids: [EOT, *ids]), max_size=12
    ),
    shard_tokens=st.integers(1, 30),
    is_wide=st.booleans(),
)
def test_read_gives_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[list[int]],
    shard_tokens: int,
    is_wide: bool,
) -> None:
    folder = tmp_path_factory.mktemp("tokens")
    vocab_size = 70_000 if is_wide else 65_536
    documents = [[id % vocab_size for id in document] for document in documents]
    counts = write(folder, documents, vocab_size=vocab_size, shard_tokens=shard_tokens)
    split = TokenSplit(folder, "train", vocab_size)
    flat = list(itertools.chain(*documents))
    assert split.num_documents == counts.num_documents == len(documents)
    assert split.num_tokens == counts.num_tokens == len(flat)
    assert split.num_bytes == counts.num_bytes == sum(10 + i for i in range(len(documents)))
    assert counts.num_shards == -(-len(flat) // shard_tokens)
    for index, document in enumerate(documents):
        assert split.document(index).tolist() == document
    for start, end in itertools.combinations(range(0, len(flat) + 1, 3), 2):
        assert split.slice(start, end).tolist() == flat[start:end]
    owners = [index for index, document in enumerate(documents) for _ in document]
    assert split.document_ids_of(0, len(flat)).tolist() == owners
    assert split.document_ids_of(1, len(flat)).tolist() == owners[1:]
    split.verify(EOT)


def test_empty_split_opens(tmp_path: Path) -> None:
    assert write(tmp_path, [], split="test") == SplitCounts(0, 0, 0, 0)
    split = TokenSplit(tmp_path, "test", 100)
    assert (split.num_tokens, split.num_documents, split.num_bytes) == (0, 0, 0)
    assert split.slice(0, 0).tolist() == []
    split.verify(EOT)


def test_splits_do_not_see_each_other(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS)
    write(tmp_path, [[EOT, 50]], split="test")
    assert TokenSplit(tmp_path, "train", 100).num_tokens == 16
    assert TokenSplit(tmp_path, "test", 100).num_tokens == 2


def open_damaged(folder: Path, match: str, vocab_size: int = 100) -> str:
    """Open, expect a DataError, and return its text."""
    with pytest.raises(DataError, match=match) as caught:
        TokenSplit(folder, "train", vocab_size).verify(EOT)
    return str(caught.value)


@pytest.mark.parametrize("number", [0, 1, 3])
@pytest.mark.parametrize("num_bytes", [1, 2])
def test_truncated_shard_is_named(tmp_path: Path, number: int, num_bytes: int) -> None:
    write(tmp_path, [*DOCUMENTS, [EOT, 1]])
    path = tmp_path / f"train-0000{number}.bin"
    path.write_bytes(path.read_bytes()[:-num_bytes])
    message = open_damaged(tmp_path, path.name)
    assert f"byte {path.stat().st_size}" in message


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_missing_shard_is_named(tmp_path: Path, number: int) -> None:
    write(tmp_path, DOCUMENTS)
    (tmp_path / f"train-0000{number}.bin").unlink()
    named = number if number < 3 else 2  # the last shard leaves no gap: the one before is too short
    assert f"train-0000{named}.bin" in open_damaged(tmp_path, "missing")


def test_all_shards_missing(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS, shard_tokens=100)
    (tmp_path / "train-00000.bin").unlink()
    open_damaged(tmp_path, r"train-00000\.bin: this shard is missing")


@pytest.mark.parametrize("content", [b"\x01\x00", b"\x01\x00" * 5])
def test_extra_shard_is_named(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, DOCUMENTS)
    (tmp_path / "train-00004.bin").write_bytes(content)
    open_damaged(tmp_path, r"train-0000[34]\.bin")


def test_longer_last_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS)
    with (tmp_path / "train-00003.bin").open("ab") as file:
        file.write(b"\x01\x00")
    open_damaged(tmp_path, r"train-00003\.bin")


@pytest.mark.parametrize(("made_with", "opened_with"), [(100, 70_000), (70_000, 100)])
def test_other_width_is_told_from_damage(tmp_path: Path, made_with: int, opened_with: int) -> None:
    write(tmp_path, [*DOCUMENTS, [EOT] * 4], vocab_size=made_with)
    open_damaged(tmp_path, "another tokenizer", vocab_size=opened_with)


def test_id_beyond_the_vocabulary_is_found_when_read(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS)
    path = tmp_path / "train-00001.bin"
    content = bytearray(path.read_bytes())
    content[4:6] = b"\xff\x00"  # the token at offset 7
    path.write_bytes(content)
    split = TokenSplit(tmp_path, "train", 100)
    assert split.slice(0, 7).tolist() == [99, 1, 2, 3, 99, 99, 4]
    for read in (lambda: split.slice(3, 12), lambda: split.document(2), lambda: split.verify(EOT)):
        with pytest.raises(DataError, match=r"train-00001\.bin, byte 4: token id 255"):
            read()


def test_verify_finds_a_document_that_begins_wrongly(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS)
    path = tmp_path / "train-00001.bin"
    path.write_bytes(b"\x03\x00" + path.read_bytes()[2:])  # the first token of document 2
    open_damaged(tmp_path, r"train-00001\.bin, byte 0: a document does not begin")


def test_damaged_index_is_named(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS)
    for ends in ([4, 4, 8, 16], [0, 5, 8, 16], [4, 5, 3, 16]):
        np.array(ends, "<u8").tofile(tmp_path / "train.index")
        open_damaged(tmp_path, r"train\.index, byte")
    (tmp_path / "train.index").write_bytes(b"123456789")
    assert "byte 8" in open_damaged(tmp_path, r"train\.index")
    np.array([4, 5, 16], "<u8").tofile(tmp_path / "train.index")
    open_damaged(tmp_path, r"train\.bytes counts 4 documents")
    (tmp_path / "train.index").unlink()
    open_damaged(tmp_path, r"train\.index: this token file is missing")
