"""A text in groups of tokens: the text, whole and once, and the ids of encoding, for every kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tokens.outside_folders import CONTROLS, KINDS, SAMPLES, save_kind

from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.token_view import view_tokens
from yanmo.tokens.tokenizer import Tokenizer


@pytest.fixture(scope="module", params=sorted(KINDS))
def codec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TextCodec:
    """A small tokenizer of every kind that is read."""
    folder = tmp_path_factory.mktemp(request.param)
    save_kind(request.param, folder)
    return load_codec(folder)


@pytest.mark.parametrize("text", [*SAMPLES, *CONTROLS])
def test_groups_are_the_text_and_tokens_its_ids(codec: TextCodec, text: str) -> None:
    view = view_tokens(codec, text)
    assert "".join(text[group.start : group.end] for group in view.groups) == text
    ids = [token.id for group in view.groups for token in group.tokens]
    assert ids == codec.encode(text)
    assert view.num_tokens == len(ids)


@settings(max_examples=60)
@given(text=st.text(max_size=40))
def test_bytes_of_our_own_tokens_are_those_of_the_text(
    tiny_tokenizer: Tokenizer, text: str
) -> None:
    view = view_tokens(tiny_tokenizer, text)
    held = [t.data or b"" for group in view.groups for t in group.tokens]
    assert b"".join(held) == view.text.encode()
    for group in view.groups:
        own = b"".join(token.data or b"" for token in group.tokens)
        assert own == view.text[group.start : group.end].encode()


def test_what_no_token_stands_for_is_shown_as_such(tmp_path: Path) -> None:
    save_kind("bert", tmp_path)
    view = view_tokens(load_codec(tmp_path), "hello  world")
    assert [len(group.tokens) for group in view.groups] == [1, 0, 1]


def test_surroundings_are_no_part_of_the_text(codec: TextCodec) -> None:
    view = view_tokens(codec, "hello", with_specials=True)
    ids = [token.id for group in view.groups for token in group.tokens]
    assert ids == codec.with_specials("hello")
    assert view.num_tokens == len(codec.encode("hello"))
