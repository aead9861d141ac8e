"""Learning a vocabulary: exact size, exact repetition, honest errors, even sampling."""

from __future__ import annotations

import json
import re

import pytest

from yanmo.core.errors import DataError
from yanmo.tokens.special import SPECIAL_TOKENS
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import sample_text, train_tokenizer


def test_vocabulary_has_the_size_asked_for_and_specials_stand_last(
    tiny_tokenizer: Tokenizer,
) -> None:
    assert tiny_tokenizer.vocab_size == 400
    assert [tiny_tokenizer.id_of(token) for token in SPECIAL_TOKENS] == list(range(389, 400))


def test_every_byte_has_an_entry(tiny_tokenizer: Tokenizer) -> None:
    assert {tiny_tokenizer.token_bytes(id) for id in range(256)} == {
        bytes([byte]) for byte in range(256)
    }


def test_same_texts_give_the_same_file(texts: list[str], tiny_tokenizer: Tokenizer) -> None:
    for _ in range(3):
        assert train_tokenizer(iter(texts), 400).to_json() == tiny_tokenizer.to_json()


def test_order_of_texts_does_not_matter(texts: list[str], tiny_tokenizer: Tokenizer) -> None:
    assert train_tokenizer(reversed(texts), 400).to_json() == tiny_tokenizer.to_json()


def test_control_strings_in_text_teach_no_control_entry() -> None:
    tokenizer = train_tokenizer(["<|im_start|>user <|endoftext|>"] * 50, 280)
    learned = [tokenizer.token_bytes(id).decode() for id in range(256, 269)]
    assert not set(learned) & set(SPECIAL_TOKENS)


def test_tokenizer_has_the_qwen2_split_and_no_normaliser(tiny_tokenizer: Tokenizer) -> None:
    definition = json.loads(tiny_tokenizer.to_json())
    assert definition["normalizer"] is None
    assert definition["model"]["unk_token"] is None
    split, byte_level = definition["pre_tokenizer"]["pretokenizers"]
    assert split["behavior"] == "Isolated"
    assert split["pattern"]["Regex"] == (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    assert (byte_level["add_prefix_space"], byte_level["use_regex"]) == (False, False)


def test_too_little_text_names_the_size_that_works(texts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        train_tokenizer(texts, 5000)
    match = re.search(r"tokenizer\.vocab_size=(\d+)", str(caught.value))
    assert match is not None
    supported = int(match.group(1))
    assert 268 < supported < 5000
    assert train_tokenizer(texts, supported).vocab_size == supported
    with pytest.raises(DataError):
        train_tokenizer(texts, supported + 1)


@pytest.mark.parametrize("texts_given", [[], [""], ["ab"], ["字"]])
def test_no_text_is_an_error_of_its_own(texts_given: list[str]) -> None:
    with pytest.raises(DataError, match="no text to learn"):
        train_tokenizer(texts_given, 300)


def test_all_text_is_used_where_there_is_no_cap_or_less_text() -> None:
    documents = [("a", "one"), ("b", "二")]
    assert list(sample_text(documents, 0, None)) == ["one", "二"]
    assert list(sample_text(documents, 6, 6)) == ["one", "二"]


def test_sample_is_even_repeatable_and_about_as_large_as_asked() -> None:
    documents = [(f"{number:032x}", "墨" * 2000) for number in range(2000)]
    total = 2000 * 6000
    once = list(sample_text(documents, total, total // 4))
    assert once == list(sample_text(documents, total, total // 4))
    assert 0.2 < len(once) / 2000 < 0.3
    reversed_sample = list(sample_text(documents[::-1], total, total // 4))
    assert len(reversed_sample) == len(once)


def test_one_long_document_is_sampled_too() -> None:
    text = "".join(chr(0x4E00 + index % 20000) for index in range(2_000_000))
    pieces = list(sample_text([("0" * 32, text)], 3 * len(text), len(text)))
    assert 0.25 < sum(map(len, pieces)) / len(text) < 0.42
    assert all(piece in text for piece in pieces[:20])
