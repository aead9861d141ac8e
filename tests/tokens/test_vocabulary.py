"""Vocabularies: what is found, and that the merges shown are those of encoding."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tokens.outside_folders import save_kind

from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.vocabulary import Merge, Vocabulary, merge, readable


@pytest.fixture(scope="module")
def vocabulary(tiny_tokenizer: Tokenizer) -> Vocabulary:
    """Of a tokenizer of two languages."""
    return Vocabulary(tiny_tokenizer)


def ranks_of(tree: Merge) -> list[int]:
    """All ranks below a piece."""
    own = [] if tree.rank is None else [tree.rank]
    return own + [rank for part in tree.parts for rank in ranks_of(part)]


def test_every_learned_entry_has_one_tree_and_each_merge_made_one(
    vocabulary: Vocabulary, tiny_tokenizer: Tokenizer
) -> None:
    made = set()
    for token_id in range(tiny_tokenizer.vocab_size):
        trees = vocabulary.merges_of(token_id)
        if tiny_tokenizer.is_special(token_id):
            assert trees is None
            continue
        assert trees is not None and len(trees) == 1
        [tree] = trees
        assert tree.id == token_id
        if tree.rank is not None:
            made.add(tree.rank)
            assert tree.rank == max(ranks_of(tree))
    assert made == set(range(len(made)))


def test_an_entry_that_merging_does_not_reach_ends_in_several_pieces() -> None:
    trees = merge(
        "abc", {("b", "c"): 0, ("a", "b"): 1}, {"a": 0, "b": 1, "c": 2, "bc": 3, "abc": 4}
    )
    assert [tree.piece for tree in trees] == ["a", "bc"]
    assert [part.piece for part in trees[1].parts] == ["b", "c"]


@pytest.mark.parametrize(("kind", "algorithm"), [("bert", "WordPiece"), ("t5", "Unigram")])
def test_what_does_not_merge_says_so(tmp_path: Path, kind: str, algorithm: str) -> None:
    save_kind(kind, tmp_path)
    vocabulary = Vocabulary(load_codec(tmp_path))
    assert vocabulary.algorithm == algorithm
    assert vocabulary.merges_of(30) is None
    assert vocabulary.search("hello" if kind == "bert" else "▁")


def test_the_entry_itself_is_found_first_then_its_id(vocabulary: Vocabulary) -> None:
    assert vocabulary.search("明月")[0].spelling == "明月"
    assert vocabulary.search("300")[0].id == 300
    assert vocabulary.search("no such entry") == []
    assert len(vocabulary.search("")) == len(vocabulary)
    assert all(entry.is_special for entry in vocabulary.search("", only_special=True))


def test_bytes_that_are_no_characters_are_readable() -> None:
    assert readable("ä½ł") == "你"
    assert readable("ä½") == "<E4><BD>"
    assert readable("▁the") == "▁the"
