"""Text to ids and back: no injection, honest refusals, a stored tokenizer equal to the first."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from yanmo.core.errors import DataError
from yanmo.tokens.special import SPECIAL_TOKENS
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer


@pytest.mark.parametrize("text", [" " * 1_100_000 + "x", "\n" * 300_000, "墨" * 100_000])
def test_long_runs_are_encoded_like_any_text(tiny_tokenizer: Tokenizer, text: str) -> None:
    assert tiny_tokenizer.decode(tiny_tokenizer.encode(text)) == text


def test_threads_change_nothing(tiny_tokenizer: Tokenizer, texts: list[str]) -> None:
    batches = [tiny_tokenizer.encode_batch(texts, num_threads=n) for n in (1, 2, 5)]
    for batch in batches[1:]:
        for one, other in zip(batches[0], batch, strict=True):
            np.testing.assert_array_equal(one, other)
    assert tiny_tokenizer.encode_batch([]) == []
    assert tiny_tokenizer.encode_batch(["", "字"])[0].tolist() == []


@pytest.mark.parametrize("special", SPECIAL_TOKENS)
def test_control_strings_in_text_stay_text(tiny_tokenizer: Tokenizer, special: str) -> None:
    for text in (special, f"你好{special}", f"a {special} b", special * 3):
        ids = tiny_tokenizer.encode(text)
        assert not any(tiny_tokenizer.is_special(id) for id in ids)
        assert tiny_tokenizer.decode(ids) == text
        assert tiny_tokenizer.encode_batch([text])[0].tolist() == ids


def test_special_tokens_are_added_only_when_asked_for(tiny_tokenizer: Tokenizer) -> None:
    ids = tiny_tokenizer.encode("研墨")
    assert tiny_tokenizer.encode("研墨", add_special_tokens=True) == [tiny_tokenizer.bos_id, *ids]
    assert tiny_tokenizer.bos_id == tiny_tokenizer.eos_id == tiny_tokenizer.id_of("<|endoftext|>")
    assert tiny_tokenizer.decode([tiny_tokenizer.bos_id, *ids, tiny_tokenizer.pad_id]) == "研墨"
    kept = tiny_tokenizer.decode([tiny_tokenizer.mask_id, *ids], skip_special_tokens=False)
    assert kept == "<|mask|>研墨"


def test_lone_surrogates_become_replacement_characters(tiny_tokenizer: Tokenizer) -> None:
    for text, expected in [
        ("a\ud800b", "a\ufffdb"),
        ("\udc00字", "\ufffd字"),
        ("字\ud83d", "字\ufffd"),
        ("\ud83d\ude00", "😀"),
    ]:
        assert tiny_tokenizer.decode(tiny_tokenizer.encode(text)) == expected


@pytest.mark.parametrize("bad", [-1, 400, 10**9])
def test_ids_outside_the_vocabulary_are_refused(tiny_tokenizer: Tokenizer, bad: int) -> None:
    with pytest.raises(DataError, match=str(bad)):
        tiny_tokenizer.decode([5, bad])


def test_unknown_special_token_is_refused(tiny_tokenizer: Tokenizer) -> None:
    with pytest.raises(DataError, match="im_end"):
        tiny_tokenizer.id_of("<|im_stop|>")


def test_saved_tokenizer_loads_equal_and_saves_the_same_bytes(
    tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    tiny_tokenizer.save(tmp_path / "a")
    loaded = Tokenizer.load(tmp_path / "a")
    assert loaded.to_json() == tiny_tokenizer.to_json()
    assert loaded.is_fast
    loaded.save(tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_missing_or_damaged_folder_is_a_data_error(
    tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="no tokenizer here"):
        Tokenizer.load(tmp_path)
    tiny_tokenizer.save(tmp_path)
    path = tmp_path / "tokenizer.json"
    whole = path.read_bytes()
    for damaged in (b"", b"\xff\xfe", b"[]", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"tokenizer\.json"):
            Tokenizer.load(tmp_path)


def test_tokenizer_without_our_special_tokens_is_refused(
    tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    definition = json.loads(tiny_tokenizer.to_json())
    definition["added_tokens"] = definition["added_tokens"][:-1]
    (tmp_path / "tokenizer.json").write_text(json.dumps(definition), encoding="utf-8")
    with pytest.raises(DataError, match="eop"):
        Tokenizer.load(tmp_path)


def test_special_ids_are_all_told(tiny_tokenizer: Tokenizer) -> None:
    ids = tiny_tokenizer.special_ids
    named = [ids.eos, ids.pad, ids.mask, ids.sep, ids.fim_prefix, ids.fim_middle, ids.fim_suffix]
    assert len({*named, ids.sop, ids.eop}) == 9
    assert ids.special == set(range(389, 400))
    assert ids.sentinels == tiny_tokenizer.sentinel_ids == ()
    assert ids.vocab_size == 400


def test_sentinels_stand_last_and_survive_a_round_trip(texts: list[str], tmp_path: Path) -> None:
    tokenizer = train_tokenizer(texts, 400, num_sentinels=5)
    tokenizer.save(tmp_path)
    loaded = Tokenizer.load(tmp_path)
    assert loaded.sentinel_ids == tokenizer.sentinel_ids == (395, 396, 397, 398, 399)
    assert loaded.id_of("<|extra_4|>") == 399
    assert loaded.decode(loaded.encode("a <|extra_1|> b")) == "a <|extra_1|> b"
    assert not any(map(loaded.is_special, loaded.encode("<|extra_1|>")))
    assert 399 in loaded.special_ids.special
    assert loaded.is_fast


def test_a_gap_in_the_ids_is_refused(tiny_tokenizer: Tokenizer, tmp_path: Path) -> None:
    definition = json.loads(tiny_tokenizer.to_json())
    last = max(definition["model"]["vocab"], key=definition["model"]["vocab"].get)
    definition["model"]["vocab"][last] += 100
    (tmp_path / "tokenizer.json").write_text(json.dumps(definition), encoding="utf-8")
    with pytest.raises(DataError, match="from 0 upwards"):
        Tokenizer.load(tmp_path)
