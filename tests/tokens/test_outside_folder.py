"""Folders without tokenizer.json give the same ids as with it; what cannot be read says why."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import transformers
from tests.tokens.outside_folders import (
    CONTROLS,
    SAMPLES,
    byte_level_parts,
    save_kind,
    with_entries,
    wordpiece_vocabulary,
)
from tests.tokens.sentencepiece_bytes import UNIGRAM_PIECES, llama_model, model_bytes, t5_model

from yanmo.core.errors import DataError
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import check_ids_fit, load_codec


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def without_tokenizer_json(kind: str, folder: Path) -> Any:
    """A folder of plain vocabulary files as older releases have it; what transformers opens."""
    save_kind(kind, folder)
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (folder / "tokenizer.json").unlink()
    if "merges" in model:
        write_json(folder / "vocab.json", model["vocab"])
        lines = ["#version: 0.2", *(" ".join(pair) for pair in model["merges"])]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        entries = sorted(model["vocab"], key=model["vocab"].__getitem__)
        (folder / "vocab.txt").write_text("\n".join(entries) + "\n", encoding="utf-8")
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("kind", ["gpt2", "qwen2", "roberta", "bert", "bert_cased"])
def test_plain_vocabulary_files_give_the_ids_of_transformers(kind: str, tmp_path: Path) -> None:
    auto = without_tokenizer_json(kind, tmp_path)
    codec = load_codec(tmp_path)
    for text in (*SAMPLES, *CONTROLS):
        assert codec.with_specials(text) == auto.encode(text, split_special_tokens=True), text
        assert codec.decode(auto.encode(text)) == auto.decode(
            auto.encode(text), skip_special_tokens=True
        )
    assert (codec.bos_id, codec.pad_id, codec.mask_id) == (
        auto.bos_token_id,
        auto.pad_token_id,
        auto.mask_token_id,
    )
    assert codec.vocab_size == len(auto)


def test_a_lone_vocabulary_of_bert_is_enough(tmp_path: Path) -> None:
    entries = sorted(wordpiece_vocabulary().items(), key=lambda item: item[1])
    (tmp_path / "vocab.txt").write_text("".join(f"{name}\n" for name, _ in entries), "utf-8")
    codec = load_codec(tmp_path)
    assert isinstance(codec, OutsideTokenizer)
    spelled = [codec.spelling(id) for id in codec.with_specials("Hello, world!")]
    assert spelled == ["[CLS]", "hello", ",", "world", "!", "[SEP]"]
    assert codec.mask_id == wordpiece_vocabulary()["[MASK]"]
    assert codec.decode(codec.with_specials("Hello, world!")) == "hello, world!"


def test_the_case_and_accents_are_kept_where_the_folder_says_so(tmp_path: Path) -> None:
    entries = [*wordpiece_vocabulary(), *"cC", "##a", "##f", "##e", "##é"]
    (tmp_path / "vocab.txt").write_text("\n".join(dict.fromkeys(entries)), "utf-8")
    for lower, accents, expected in (
        (True, None, ["cafe"]),
        (True, False, ["c", "##a", "##f", "##é"]),
        (False, None, ["C", "##a", "##f", "##é"]),
        (False, True, ["C", "##a", "##f", "##e"]),
    ):
        write_json(
            tmp_path / "tokenizer_config.json", {"do_lower_case": lower, "strip_accents": accents}
        )
        codec = load_codec(tmp_path)
        assert isinstance(codec, OutsideTokenizer)
        assert [codec.spelling(id) for id in codec.encode("Café")] == expected


def test_beginnings_that_the_configuration_asks_for_are_added(tmp_path: Path) -> None:
    vocabulary, merges = byte_level_parts()
    write_json(tmp_path / "vocab.json", with_entries(vocabulary, ["</s>", "<pad>"]))
    (tmp_path / "merges.txt").write_text("\n".join(map(" ".join, merges)), "utf-8")
    write_json(
        tmp_path / "tokenizer_config.json",
        {"tokenizer_class": "GPT2Tokenizer", "bos_token": "</s>", "eos_token": {"content": "</s>"},
         "pad_token": "<pad>", "unk_token": "</s>", "add_bos_token": True},
    )  # fmt: skip
    codec = load_codec(tmp_path)
    end = len(vocabulary)
    assert (codec.beginning_ids, codec.bos_id, codec.pad_id) == ((end,), end, end + 1)
    assert codec.encode("a</s>") == [vocabulary[c] for c in "a</s>"]


def test_added_tokens_keep_the_ids_that_the_files_give_them(tmp_path: Path) -> None:
    vocabulary, merges = byte_level_parts()
    write_json(tmp_path / "vocab.json", vocabulary)
    (tmp_path / "merges.txt").write_text("\n".join(map(" ".join, merges)), "utf-8")
    size = len(vocabulary)
    added = {str(size + 1): {"content": "<b>", "special": False},
             str(size): {"content": "<|endoftext|>", "special": True}}  # fmt: skip
    write_json(tmp_path / "tokenizer_config.json", {"added_tokens_decoder": added})
    codec = load_codec(tmp_path)
    assert codec.encode("a<b>") == [vocabulary["a"], size + 1], "it is no special token"
    assert codec.eos_ids == {size}
    write_json(tmp_path / "tokenizer_config.json", {"added_tokens_decoder": {"9999": "<c>"}})
    with pytest.raises(DataError, match="should have id 9999"):
        load_codec(tmp_path)


# The ids are those that SentencePiece 0.2 itself gives for these model files.
UNIGRAM_IDS = {
    "hello world": [4, 11, 12],
    "  hello   hello, ": [4, 4, 21],
    "白日山 白": [3, 13, 16, 3, 14],
    "helloo<s> é": [4, 8, 18, 17, 20, 3, 2],
    "": [],
    "hello 😀!": [4, 3, 2],
    " hello  he": [4, 5],
}
BPE_IDS = {
    "hello world": [263, 265, 122, 269, 117, 268, 103],
    "  hello   hello, ": [265, 265, 263, 265, 265, 263, 276, 265],
    "白日山 白": [265, 264, 232, 180, 180, 265, 270],
    "helloo<s> é": [263, 269, 273, 272, 274, 265, 198, 172],
    "": [],
    "hello 😀!": [263, 265, 243, 162, 155, 131, 36],
    " hello  he": [265, 263, 265, 261],
}


def test_a_sentencepiece_model_of_t5_gives_the_ids_of_sentencepiece(tmp_path: Path) -> None:
    (tmp_path / "spiece.model").write_bytes(t5_model())
    write_json(tmp_path / "config.json", {"model_type": "t5"})
    codec = load_codec(tmp_path)
    for text, ids in UNIGRAM_IDS.items():
        assert codec.encode(text) == ids
        assert codec.with_specials(text) == [*ids, 1]
    assert (codec.eos_ids, codec.pad_id, codec.bos_id) == ({1}, 0, None)
    assert codec.vocab_size == len(UNIGRAM_PIECES) + 100
    assert isinstance(codec, OutsideTokenizer)
    assert codec.spelling(codec.vocab_size - 1) == "<extra_id_0>"
    assert codec.spelling(len(UNIGRAM_PIECES)) == "<extra_id_99>"
    assert not any(map(codec.is_special, codec.encode("hello</s>")))
    assert codec.decode(codec.encode("hello  hello, he")) == "hello hello, he"


def test_a_sentencepiece_model_of_llama_gives_the_ids_of_sentencepiece(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(llama_model())
    codec = load_codec(tmp_path)
    for text, ids in BPE_IDS.items():
        assert codec.encode(text) == ids
        assert codec.with_specials(text) == [1, *ids]
        assert codec.decode([1, *ids, 2]) == text
        stream = codec.stream()
        assert "".join(map(stream.push, ids)) + stream.finish() == text
    assert (codec.bos_id, codec.eos_ids) == (1, {2})
    write_json(tmp_path / "tokenizer_config.json", {"add_bos_token": False, "add_eos_token": True})
    assert load_codec(tmp_path).with_specials("hello") == [263, 2]


def damage(folder: Path, name: str, content: bytes) -> str:
    """Put `content` in place of a file; the message of the error."""
    (folder / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        load_codec(folder)
    return str(caught.value)


def test_damaged_files_are_errors_that_name_the_file(tmp_path: Path) -> None:
    for name, content in {
        "tokenizer.json": b'{"version": "1.0"}',
        "vocab.txt": b"\xff\xfe",
        "spiece.model": t5_model()[:-3],
        "tokenizer.model": b"\xff" * 40,
        "tokenizer_config.json": b"[1]",
        "config.json": b"{",
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        if name.endswith("config.json"):
            (folder / "vocab.txt").write_text("[UNK]\n", encoding="utf-8")
        if name == "spiece.model":
            write_json(folder / "config.json", {"model_type": "t5"})
        assert name in damage(folder, name, content)


def test_a_tokenizer_that_cannot_encode_is_an_error(tmp_path: Path) -> None:
    save_kind("t5", tmp_path)
    definition = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    whole = json.dumps(definition)
    definition["model"]["unk_id"] = None
    write_json(tmp_path / "tokenizer.json", definition)
    with pytest.raises(DataError, match="cannot encode"):
        load_codec(tmp_path).encode("☃")
    definition = json.loads(whole)
    definition["post_processor"]["special_tokens"] = {}
    damage(tmp_path, "tokenizer.json", json.dumps(definition).encode())


def test_damaged_byte_pairs_are_errors(tmp_path: Path) -> None:
    vocabulary, _ = byte_level_parts()
    write_json(tmp_path / "vocab.json", vocabulary)
    assert "line 2" in damage(tmp_path, "merges.txt", b"a b\na b c\n")
    assert "merges.txt" in damage(tmp_path, "merges.txt", "x 不在\n".encode())
    (tmp_path / "merges.txt").write_text("", encoding="utf-8")
    for content in (b"[]", b"{}", b'{"a": -1}', b'{"a": true}', b'{"a": "b"}', b"{"):
        assert "vocab.json" in damage(tmp_path, "vocab.json", content)
    message = damage(tmp_path, "vocab.json", b'{"a</w>": 0}')
    assert "save_pretrained" in message


def test_a_vocabulary_without_a_token_for_the_unknown_is_an_error(tmp_path: Path) -> None:
    assert "[UNK]" in damage(tmp_path, "vocab.txt", b"a\nb\n")


def test_models_of_unknown_families_say_how_to_convert_them(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"model_type": "xlnet"})
    assert "save_pretrained" in damage(tmp_path, "spiece.model", t5_model())
    other = tmp_path / "other"
    other.mkdir()
    write_json(other / "config.json", {"model_type": "t5"})
    assert "type 3" in damage(other, "spiece.model", model_bytes(UNIGRAM_PIECES, algorithm=3))


def test_a_folder_without_a_tokenizer_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no tokenizer here.*vocab\.txt"):
        load_codec(tmp_path)


def test_nothing_in_a_folder_is_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    save_kind("bert", tmp_path)
    (tmp_path / "tokenizer.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    (tmp_path / "tokenizer.pkl").write_bytes(pickle.dumps(Trap()))
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings["auto_map"] = {"AutoTokenizer": ["tokenizer.Tokenizer", None]}
    write_json(tmp_path / "tokenizer_config.json", settings)
    assert load_codec(tmp_path).encode("hello")
    assert not (tmp_path / "sprung").exists()


def test_the_ends_of_a_text_are_those_of_the_generation_configuration(tmp_path: Path) -> None:
    save_kind("qwen2", tmp_path)
    write_json(tmp_path / "config.json", {"eos_token_id": 7, "bos_token_id": 400})
    assert load_codec(tmp_path).eos_ids == {7, 400}
    write_json(tmp_path / "generation_config.json", {"eos_token_id": [401, 402, "x", None]})
    codec = load_codec(tmp_path)
    assert codec.eos_ids == {400, 401, 402}
    assert codec.bos_id == 400, "the model's own, where the tokenizer names none"


def test_ids_beyond_the_model_are_an_error() -> None:
    check_ids_fit([0, 9], 10)
    check_ids_fit([], 10)
    with pytest.raises(DataError, match="id 10, and the model has 10"):
        check_ids_fit([3, 10], 10)


def test_what_is_not_needed_may_be_missing(tmp_path: Path) -> None:
    auto = save_kind("bert", tmp_path / "whole")
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(tmp_path / "whole" / "tokenizer.json", bare)
    codec = load_codec(bare)
    assert codec.with_specials("Hello, world!") == auto.encode("Hello, world!")
    assert (codec.pad_id, codec.mask_id) == (auto.pad_token_id, auto.mask_token_id)
