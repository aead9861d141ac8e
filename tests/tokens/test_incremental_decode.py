"""The window shows what is certain, holds what is not, and does not decode the whole text again."""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.tokens.incremental_decode import WindowStream

WORDS = ["one", "two", "##s", "[X]", "<a>"]


def decode(ids: Sequence[int]) -> str:
    """Words with spaces between them, endings without; an open token doubles what follows it."""
    text = ""
    for place, token_id in enumerate(ids):
        word = WORDS[token_id]
        text += word[2:] if word.startswith("##") and place else f" {word}" if place else word
    return text.replace("<a> one", "ONE")


def test_text_depends_on_the_token_before_and_on_coming_first() -> None:
    stream = WindowStream(decode, is_skipped=lambda id: id == 3, is_open=lambda _: False)
    assert [stream.push(id) for id in (0, 3, 2, 1, 2, 0)] == ["one", "", "s", " two", "s", " one"]
    assert stream.finish() == ""
    assert stream.push(2) == "##s", "a finished stream starts afresh"


def test_an_open_token_waits_for_the_one_that_closes_it() -> None:
    stream = WindowStream(decode, is_skipped=lambda _: False, is_open=lambda id: id == 4)
    assert [stream.push(id) for id in (1, 4, 0, 4)] == ["two", "", " ONE", ""]
    assert stream.finish() == " <a>"


def test_the_work_for_a_token_does_not_grow_with_the_text() -> None:
    longest = 0

    def watched(ids: Sequence[int]) -> str:
        nonlocal longest
        longest = max(longest, len(ids))
        return decode(ids)

    stream = WindowStream(watched, is_skipped=lambda _: False, is_open=lambda _: False)
    assert "".join(stream.push(id % 3) for id in range(300)) == decode([n % 3 for n in range(300)])
    assert longest == 2
