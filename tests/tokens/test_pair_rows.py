"""Pairs are cut at their first newline, whatever the tokenizer joined it to; what is no pair, or
too long, is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yanmo.core.errors import DataError
from yanmo.tokens.pair_rows import PairRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

PAIRS = [
    ("A dog runs.", "Ein Hund läuft."),
    ("The river runs to the sea", "黄河入海流。"),
    ("Twice!!", "Zweimal!!\nAnd once more"),
    ("x", "y"),
    (" spaced ", "  two"),
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """One that has learned that a sentence ends in a full stop and a newline."""
    return train_tokenizer(["A dog runs.\nEin Hund.\nA cat!!\nx \n"] * 5, 286)


def write(directory: Path, tokenizer: Tokenizer, texts: list[str]) -> TokenSplit:
    writer = ShardWriter(directory, "train", tokenizer.vocab_size, 50)
    for text in texts:
        ids = [tokenizer.eos_id, *tokenizer.encode(text)]
        writer.add(np.array(ids, np.uint32), np.array([len(ids)]), np.array([len(text.encode())]))
    writer.close()
    return TokenSplit(directory, "train", tokenizer.vocab_size)


def test_both_sides_are_encoded_as_they_would_be_alone(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    newline = [id for id in range(286) if tokenizer.token_bytes(id).endswith(b".\n")]
    assert newline, "the newline was never joined to anything"
    split = write(tmp_path, tokenizer, [f"{one}\n{other}" for one, other in PAIRS])
    rows = PairRows(split, tokenizer, 100, 100)
    assert rows.num_rows == len(PAIRS)
    for pair, (source, target) in zip(rows.pairs(np.arange(5)), PAIRS, strict=True):
        assert tokenizer.decode(pair.source.tolist()) == source
        assert tokenizer.decode(pair.target.tolist()) == target
        assert pair.source.tolist() == tokenizer.encode(source)
        assert pair.target.tolist() == tokenizer.encode(target)
    assert (rows.num_without_pair, rows.num_cut_sources, rows.num_cut_targets) == (0, 0, 0)


def test_documents_that_are_no_pairs_are_left_out_and_counted(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    texts = ["one line", "a\nb", "\nno source", "no target\n", ".\n", "c.\nd", "end"]
    rows = PairRows(write(tmp_path, tokenizer, texts), tokenizer, 100, 100)
    assert rows.num_without_pair == 5
    found = [
        (tokenizer.decode(pair.source.tolist()), tokenizer.decode(pair.target.tolist()))
        for pair in rows.pairs(np.arange(rows.num_rows))
    ]
    assert found == [("a", "b"), ("c.", "d")]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 9, 100])
def test_sides_that_are_too_long_are_cut_and_counted(
    tmp_path: Path, tokenizer: Tokenizer, limit: int
) -> None:
    split = write(tmp_path, tokenizer, [f"{one}\n{other}" for one, other in PAIRS])
    rows = PairRows(split, tokenizer, limit, limit)
    pairs = rows.pairs(np.arange(5))
    lengths = [(len(tokenizer.encode(a)), len(tokenizer.encode(b))) for a, b in PAIRS]
    assert rows.num_cut_sources == sum(source > limit for source, _ in lengths)
    assert rows.num_cut_targets == sum(target > limit for _, target in lengths)
    for pair, (source, target) in zip(pairs, lengths, strict=True):
        assert (len(pair.source), len(pair.target)) == (min(source, limit), min(target, limit))
        assert (pair.is_source_cut, pair.is_target_cut) == (source > limit, target > limit)


def test_a_split_without_any_pair_is_refused(tmp_path: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(DataError, match="no document is a pair"):
        PairRows(write(tmp_path, tokenizer, ["one", "two"]), tokenizer, 10, 10)


def test_an_empty_split_has_no_rows(tmp_path: Path, tokenizer: Tokenizer) -> None:
    assert PairRows(write(tmp_path, tokenizer, []), tokenizer, 10, 10).num_rows == 0
