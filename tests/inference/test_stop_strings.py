"""Text is held back until it is certain, and the first stop string decides."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from yanmo.inference.stop_strings import StopStrings

characters = st.sampled_from("ab白日")


def shown(pieces: Sequence[str], words: Sequence[str]) -> list[str]:
    stops = StopStrings(words)
    return [*map(stops.push, pieces), stops.push("", is_last=True)]


@given(st.lists(st.text(characters, max_size=5)), st.lists(st.text(characters, max_size=4)))
def test_what_is_shown_is_the_text_before_the_first_stop_string(
    pieces: list[str], words: list[str]
) -> None:
    text = "".join(pieces)
    places = [text.find(word) for word in words if word and word in text]
    assert "".join(shown(pieces, words)) == text[: min(places, default=len(text))]


def test_nothing_is_held_back_longer_than_it_may_begin_a_stop_string() -> None:
    assert shown(["海", "流", "a"], ["流。"]) == ["海", "", "流a", ""]
    assert shown(["海", "流"], []) == ["海", "流", ""]


def test_after_a_stop_string_nothing_is_shown() -> None:
    stops = StopStrings(["。"])
    assert stops.push("流。欲") == "流" and stops.is_stopped
    assert stops.push("穷") == "" and stops.push("", is_last=True) == ""
