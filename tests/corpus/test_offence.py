"""Why a document was rejected: the value and the limit are the rule's own, the places are shown."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.document import document_id
from yanmo.corpus.offence import find_offence
from yanmo.corpus.rules.config import RulesConfig

GOPHER = CorpusConfig(rules=RulesConfig(preset="gopher"))


def rejected(text: str, step: str, reason: str) -> dict[str, Any]:
    """A rejected document."""
    return {
        "id": document_id(text),
        "text": text,
        "source": "s",
        "language": "en",
        "metadata": "{}",
        "step": step,
        "reason": reason,
    }


def test_repeated_lines_are_marked_from_their_second_time_on() -> None:
    text = "a line\nanother\na line\na third\na line"
    offence = find_offence(GOPHER, rejected(text, "quality", "gopher_repetition/dup_line_frac"))
    assert (offence.measure, offence.max) == ("dup_line_frac", 0.3)
    assert offence.value == pytest.approx(2 / 5)
    assert [text[begin:end] for begin, end in offence.spans] == ["a line", "a line"]
    assert all(begin > 0 for begin, _ in offence.spans)


def test_the_most_frequent_run_of_words_is_marked_wherever_it_stands() -> None:
    text = "red ink and red ink but not red ink alone"
    offence = find_offence(GOPHER, rejected(text, "quality", "gopher_repetition/top_2_gram"))
    assert offence.value is not None and offence.max is not None
    assert offence.value > offence.max
    assert [text[begin:end] for begin, end in offence.spans] == ["red ink"] * 3


def test_runs_of_characters_in_chinese_are_marked() -> None:
    text = "全国人民代表大会常务委员会。全国人民代表大会常务委员会。"
    config = CorpusConfig(rules=RulesConfig(preset="chinese"))
    found = rejected(text, "quality", "chinese/duplicated_8_characters") | {"language": "zh"}
    offence = find_offence(config, found)
    assert offence.measure == "duplicated_8_character_frac"
    [[begin, end]] = offence.spans
    assert "全国人民代表大会" in text[begin:end] and begin > 0


@pytest.mark.parametrize(
    ("text", "step", "reason", "marked"),
    [
        ("for (;;) { x }", "c4", "curly_bracket", ["{"]),
        ("Lorem ipsum dolor", "c4", "lorem_ipsum", ["Lorem ipsum"]),
        ("- a\nb\n- c", "quality", "gopher_quality/gopher_too_many_bullets", ["- a", "- c"]),
        ("a…\nb\nc...", "quality", "gopher_quality/gopher_too_many_end_ellipsis", ["a…", "c..."]),
    ],
)
def test_what_offends_is_marked(text: str, step: str, reason: str, marked: list[str]) -> None:
    config = CorpusConfig(rules=RulesConfig(preset="fineweb"))
    offence = find_offence(config, rejected(text, step, reason))
    assert [text[begin:end] for begin, end in offence.spans] == marked


def test_places_are_those_of_the_text_that_is_shown() -> None:
    text, shown = "mail me at a@b.org\nmail me at a@b.org", "mail me at <EMAIL>\nmail me at <EMAIL>"
    found = rejected(text, "quality", "gopher_repetition/dup_line_frac")
    offence = find_offence(GOPHER, found, shown)
    assert [shown[begin:end] for begin, end in offence.spans] == ["mail me at <EMAIL>"]


@pytest.mark.parametrize("step", ["language", "exact_duplicates", "mixture", "decontamination"])
def test_of_other_rejections_nothing_is_said(step: str) -> None:
    offence = find_offence(GOPHER, rejected("any text", step, "whatever"))
    assert offence.measure is None and offence.spans == ()


def test_a_length_is_told_with_its_limit() -> None:
    config = CorpusConfig(rules=RulesConfig(min_characters=200))
    offence = find_offence(config, rejected("short", "length", "too_short"))
    assert (offence.value, offence.min) == (5.0, 200)
