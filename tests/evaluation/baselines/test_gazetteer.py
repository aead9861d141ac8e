"""Entities that were seen in training are found again, and no others."""

from __future__ import annotations

from yanmo.evaluation.baselines.gazetteer import Gazetteer

SENTENCES = [
    ["He", "lives", "in", "New", "York"],
    ["New", "York", "City", "is", "large"],
    ["Will", "will", "see", "Jordan"],
    ["will", "you", "see", "it"],
]
TAGS = [
    ["O", "O", "O", "B-LOC", "I-LOC"],
    ["B-LOC", "I-LOC", "I-LOC", "O", "O"],
    ["B-PER", "O", "O", "B-PER"],
    ["O", "O", "O", "O"],
]


def test_the_longest_match_wins() -> None:
    tags = Gazetteer(SENTENCES, TAGS).tag(["see", "new", "york", "city", "now"])
    assert tags == ["O", "B-LOC", "I-LOC", "I-LOC", "O"]


def test_a_name_that_is_mostly_a_word_is_left_out() -> None:
    # "will" is a name once and a word twice.
    assert Gazetteer(SENTENCES, TAGS).tag(["Will", "met", "Jordan"]) == ["O", "O", "B-PER"]


def test_neighbours_are_entities_of_their_own() -> None:
    assert Gazetteer(SENTENCES, TAGS).tag(["Jordan", "Jordan"]) == ["B-PER", "B-PER"]


def test_chinese_by_character() -> None:
    gazetteer = Gazetteer([list("他在北京大学")], [["O", "O", "B-ORG", "I-ORG", "I-ORG", "I-ORG"]])
    assert gazetteer.tag(list("去北京大学")) == ["O", "B-ORG", "I-ORG", "I-ORG", "I-ORG"]
    assert gazetteer.tag([]) == []


def test_nothing_learned_finds_nothing() -> None:
    assert Gazetteer([["a"]], [["O"]]).tag(["a", "b"]) == ["O", "O"]
