"""Marian's two models and one table: pieces get the table's ids, and come back as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.tokens.sentencepiece_bytes import UNIGRAM_PIECES, t5_model

from yanmo.core.errors import DataError
from yanmo.tokens.marian_tokenizer import MarianTokenizer
from yanmo.tokens.text_codec import load_codec

# Another order than that of the pieces, and without 山.
PIECES = sorted(piece for piece, _, _ in UNIGRAM_PIECES[3:] if piece != "山")
TABLE = {name: id for id, name in enumerate(["</s>", "<unk>", ">>zh<<", *PIECES, "<pad>"])}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("source.spm", "target.spm"):
        (tmp_path / name).write_bytes(t5_model())
    (tmp_path / "vocab.json").write_text(json.dumps(TABLE), encoding="utf-8")
    return tmp_path


def test_pieces_get_the_ids_of_the_table(folder: Path) -> None:
    codec = load_codec(folder)
    assert isinstance(codec, MarianTokenizer)
    assert codec.encode("hello world") == [TABLE["▁hello"], TABLE["▁wor"], TABLE["ld"]]
    assert codec.encode_target("hello") == [TABLE["▁hello"]]
    assert codec.with_specials("hello") == [TABLE["▁hello"], TABLE["</s>"]]
    assert codec.encode("白日山") == [TABLE["▁"], TABLE["白日"], TABLE["<unk>"]]
    assert (codec.eos_ids, codec.pad_id) == ({TABLE["</s>"]}, TABLE["<pad>"])
    assert codec.vocab_size == len(TABLE)


def test_text_comes_back_whole_and_streamed(folder: Path) -> None:
    codec = load_codec(folder)
    text = "hello hello, 白日 he"
    ids = codec.with_specials(text)
    stream = codec.stream()
    assert codec.decode(ids) == "".join(map(stream.push, ids)) + stream.finish() == text
    assert codec.decode(ids, skip_special_tokens=False) == f"{text}</s>"


def test_a_first_language_code_is_one_token_and_other_controls_are_text(folder: Path) -> None:
    codec = load_codec(folder)
    assert codec.encode(">>zh<< hello") == [TABLE[">>zh<<"], TABLE["▁hello"]]
    ids, offsets = codec.encode_with_offsets(">>zh<< hello")
    assert (len(ids), offsets[0], offsets[1][1]) == (2, (0, 6), 12)
    assert codec.encode(">>xx<<")[0] == TABLE["<unk>"]
    assert TABLE["</s>"] not in codec.encode("hello</s>")


def test_what_is_missing_or_unknown_is_an_error(folder: Path) -> None:
    with pytest.raises(DataError, match="not in the vocabulary"):
        load_codec(folder).decode([len(TABLE)])
    settings = folder / "tokenizer_config.json"
    settings.write_text('{"separate_vocabs": true}', encoding="utf-8")
    with pytest.raises(DataError, match="for each side"):
        load_codec(folder)
    settings.unlink()
    (folder / "target.spm").unlink()
    with pytest.raises(DataError, match=r"target\.spm"):
        load_codec(folder)
    (folder / "vocab.json").write_text('{"a": 0}', encoding="utf-8")
    with pytest.raises(DataError, match="<unk>"):
        load_codec(folder)
