"""Streamed text, joined, is the decoded text, and never holds half a character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.core.errors import DataError
from yanmo.tokens.streaming import TokenStream
from yanmo.tokens.tokenizer import Tokenizer


def stream(tokenizer: Tokenizer, ids: list[int], *, skip: bool = True) -> list[str]:
    """What the stream gives for each id, and at the end."""
    decoder = TokenStream(tokenizer, skip_special_tokens=skip)
    return [*(decoder.push(id) for id in ids), decoder.finish()]


@settings(max_examples=300)
@given(ids=st.lists(st.integers(0, 399) | st.integers(0, 255), max_size=40), skip=st.booleans())
def test_any_ids_stream_to_the_decoded_text(
    tiny_tokenizer: Tokenizer, ids: list[int], skip: bool
) -> None:
    expected = tiny_tokenizer.decode(ids, skip_special_tokens=skip)
    assert "".join(stream(tiny_tokenizer, ids, skip=skip)) == expected


@pytest.mark.parametrize("text", ["白日依山尽，黄河入海流。", "👩‍👩‍👧 鑿壁偷光 😀", "naïve café"])
def test_pieces_are_whole_characters(tiny_tokenizer: Tokenizer, text: str) -> None:
    single_bytes = {tiny_tokenizer.token_bytes(id): id for id in range(256)}
    for ids in (
        tiny_tokenizer.encode(text),
        [single_bytes[bytes([byte])] for byte in text.encode()],
    ):
        pieces = stream(tiny_tokenizer, ids)
        assert "".join(pieces) == text
        assert "\ufffd" not in "".join(pieces)
        assert pieces[-1] == ""


def test_what_never_became_a_character_is_replaced_at_the_end(tiny_tokenizer: Tokenizer) -> None:
    single_bytes = {tiny_tokenizer.token_bytes(id): id for id in range(256)}
    ids = [single_bytes[bytes([byte])] for byte in "墨".encode()[:2]]
    decoder = TokenStream(tiny_tokenizer)
    assert [decoder.push(id) for id in ids] == ["", ""]
    assert decoder.finish() == "\ufffd"
    assert decoder.push(single_bytes[b"a"]) == "a"
    assert decoder.finish() == ""


def test_ids_outside_the_vocabulary_are_refused(tiny_tokenizer: Tokenizer) -> None:
    with pytest.raises(DataError):
        TokenStream(tiny_tokenizer).push(400)
