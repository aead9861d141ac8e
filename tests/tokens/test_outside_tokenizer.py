"""Tokenizers of others: ids and text are theirs, whole and streamed; control strings stay text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tokens.outside_folders import CONTROLS, KINDS, SAMPLES, save_kind

from yanmo.core.errors import DataError
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec, load_codec


@dataclass(frozen=True)
class Pair:
    """The same folder, opened by transformers and by yanmo."""

    kind: str
    auto: Any
    codec: TextCodec


@pytest.fixture(scope="module", params=sorted(KINDS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp(request.param)
    return Pair(request.param, save_kind(request.param, folder), load_codec(folder))


@pytest.mark.parametrize("text", SAMPLES)
def test_ids_are_those_of_transformers(pair: Pair, text: str) -> None:
    plain = pair.auto.encode(text, add_special_tokens=False)
    assert pair.codec.encode(text) == plain
    assert pair.codec.with_specials(text) == pair.auto.encode(text)
    assert pair.codec.with_specials(plain) == pair.auto.encode(text)
    assert pair.codec.encode_with_offsets(text)[0] == plain


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("skip", [True, False])
def test_text_is_that_of_transformers(pair: Pair, text: str, skip: bool) -> None:
    ids = pair.auto.encode(text)
    expected = pair.auto.decode(ids, skip_special_tokens=skip)
    assert pair.codec.decode(ids, skip_special_tokens=skip) == expected


@pytest.mark.parametrize("text", CONTROLS)
def test_a_control_string_in_a_text_is_no_control_token(pair: Pair, text: str) -> None:
    ids = pair.codec.encode(text)
    unknown = pair.auto.unk_token_id
    controls = [id for id in ids if pair.codec.is_special(id) and id != unknown]
    assert ids and not controls
    assert pair.codec.encode_with_offsets(text)[0] == ids
    if pair.kind != "t5":  # Unigram finds its control tokens in texts; there we go further
        split = pair.auto.encode(text, add_special_tokens=False, split_special_tokens=True)
        assert ids == split


def test_special_ids_are_those_of_transformers(pair: Pair) -> None:
    codec, auto = pair.codec, pair.auto
    assert codec.vocab_size == len(auto)
    assert (codec.bos_id, codec.pad_id, codec.mask_id) == (
        auto.bos_token_id,
        auto.pad_token_id,
        auto.mask_token_id,
    )
    assert codec.eos_ids == ({auto.eos_token_id} - {None})
    specials = {id for id in range(codec.vocab_size) if codec.is_special(id)}
    assert specials == set(auto.all_special_ids)


def streamed(codec: TextCodec, ids: list[int]) -> str:
    stream = codec.stream()
    pieces = [stream.push(token_id) for token_id in ids]
    text = "".join(pieces) + stream.finish()
    again = "".join(stream.push(token_id) for token_id in ids) + stream.finish()
    assert text == again, "a finished stream starts afresh"
    return text


@pytest.mark.parametrize("text", [*SAMPLES, *CONTROLS])
def test_a_stream_joins_to_the_whole_text(pair: Pair, text: str) -> None:
    ids = pair.auto.encode(text)
    assert streamed(pair.codec, ids) == pair.codec.decode(ids)


@settings(max_examples=150)
@given(data=st.data())
def test_any_ids_stream_to_what_they_decode_to(pair: Pair, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, pair.codec.vocab_size - 1), max_size=12))
    assert streamed(pair.codec, ids) == pair.codec.decode(ids)


@settings(max_examples=50)
@given(text=st.text(max_size=20))
def test_any_text_has_the_ids_that_transformers_gives(pair: Pair, text: str) -> None:
    expected = pair.auto.encode(text, add_special_tokens=False, split_special_tokens=True)
    assert pair.codec.encode(text) == expected


def test_a_character_is_streamed_when_it_is_whole(tmp_path: Path) -> None:
    save_kind("gpt2", tmp_path)
    codec = load_codec(tmp_path)
    stream = codec.stream()
    pieces = [stream.push(token_id) for token_id in codec.encode("a😀b")]
    assert [piece for piece in pieces if piece] == ["a", "😀", "b"]


def test_offsets_name_the_characters_of_each_token(pair: Pair) -> None:
    text = "The river 白日 runs"
    ids, offsets = pair.codec.encode_with_offsets(text)
    assert len(ids) == len(offsets)
    covered = {place for start, end in offsets for place in range(start, end)}
    assert {place for place, c in enumerate(text) if not c.isspace()} <= covered


def test_an_id_outside_the_vocabulary_is_an_error(pair: Pair) -> None:
    for wrong in (-1, pair.codec.vocab_size, 10**9):
        with pytest.raises(DataError, match="not in the vocabulary"):
            pair.codec.decode([wrong])
        with pytest.raises(DataError, match="not in the vocabulary"):
            pair.codec.stream().push(wrong)


def test_a_lone_surrogate_becomes_the_replacement_character(pair: Pair) -> None:
    assert pair.codec.encode("a\ud800b") == pair.codec.encode("a\ufffdb")


def test_tokens_that_are_no_bytes_have_none(tmp_path: Path) -> None:
    save_kind("bert", tmp_path)
    codec = load_codec(tmp_path)
    assert isinstance(codec, OutsideTokenizer)
    assert not codec.is_byte_level
    with pytest.raises(AssertionError):
        codec.token_bytes(0)


def test_padding_and_truncation_of_the_file_are_not_obeyed(tmp_path: Path) -> None:
    auto = save_kind("bert", tmp_path)
    text = "hello world " * 20
    expected = auto.encode(text)
    auto.backend_tokenizer.enable_truncation(8)
    auto.backend_tokenizer.enable_padding(length=64)
    auto.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    codec = load_codec(tmp_path)
    assert codec.with_specials(text) == expected
    assert codec.with_specials("hello") == auto("hello", padding=False)["input_ids"]
