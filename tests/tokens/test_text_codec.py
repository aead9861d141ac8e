"""One way to open any tokenizer: ours stays ours, and both kinds answer the same questions."""

from __future__ import annotations

from pathlib import Path

import yanmo
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.tokenizer import Tokenizer


def test_our_own_tokenizer_is_opened_as_such(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    tiny_tokenizer.save(tmp_path)
    codec = load_codec(tmp_path)
    assert isinstance(codec, Tokenizer)
    assert codec.encode("白日 river") == tiny_tokenizer.encode("白日 river")
    assert isinstance(yanmo.load_tokenizer(tmp_path), Tokenizer)


def test_our_own_tokenizer_is_a_codec(tiny_tokenizer: Tokenizer) -> None:
    codec: TextCodec = tiny_tokenizer
    text = "They'll 研墨 😀"
    ids = tiny_tokenizer.encode(text)
    assert codec.with_specials(text) == tiny_tokenizer.encode(text, add_special_tokens=True)
    assert codec.with_specials(ids) == [*codec.beginning_ids, *ids, *codec.ending_ids]
    assert codec.eos_ids == {tiny_tokenizer.eos_id}
    found, offsets = codec.encode_with_offsets(text)
    assert found == ids
    assert (offsets[0][0], offsets[-1][1]) == (0, len(text))
    stream = codec.stream()
    assert "".join(map(stream.push, ids)) + stream.finish() == text


def test_our_tokenizer_gives_the_same_ids_as_an_outside_one(
    tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    """A tokenizer that lacks one of our special tokens is opened as others' are."""
    tiny_tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_text(path.read_text("utf-8").replace("<|mask|>", "<|other|>"), "utf-8")
    codec = load_codec(tmp_path)
    assert isinstance(codec, OutsideTokenizer)
    for text in ("The sun 白日依山尽 😀", "<|endoftext|><|pad|>", ""):
        assert codec.encode(text) == tiny_tokenizer.encode(text)
        assert codec.with_specials(text) == tiny_tokenizer.with_specials(text)
    assert (codec.bos_id, codec.pad_id) == (tiny_tokenizer.bos_id, tiny_tokenizer.pad_id)
    assert codec.mask_id is None
