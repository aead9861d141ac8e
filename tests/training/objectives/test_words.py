"""Words of English and Chinese are found in tokens, special tokens stand alone, rows are cut
anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.corpus.segmentation.chinese import jieba_segmenter
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer
from yanmo.training.objectives.words import TokenWords, split_words

CHINESE = "我们在北京大学研究自然语言处理的模型。"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer whose entries are short, so that words are several tokens."""
    return train_tokenizer(["the unbelievable reading of readings"] * 3 + [CHINESE] * 3, 300)


def jieba(text: str) -> list[str]:
    return jieba_segmenter().segment(text)


def units(tokenizer: Tokenizer, words: TokenWords, ids: list[int]) -> list[str]:
    """The text of the tokens from each start to the next."""
    starts = words(np.array(ids))
    groups: list[list[int]] = []
    for id, begins in zip(ids, starts.tolist(), strict=True):
        if begins or not groups:
            groups.append([])
        groups[-1].append(id)
    return [tokenizer.decode(group, skip_special_tokens=False) for group in groups]


def test_english_words_are_a_token_and_its_continuations(tokenizer: Tokenizer) -> None:
    text = "unbelievable readings, 42 of them.\n"
    ids = tokenizer.encode(text)
    found = units(tokenizer, TokenWords(tokenizer), ids)
    assert found == ["unbelievable", " readings", ",", " 42", " of", " them", ".", "\n"]
    assert len(ids) > len(found)


def test_chinese_words_are_those_of_the_segmenter(tokenizer: Tokenizer) -> None:
    found = units(tokenizer, TokenWords(tokenizer, jieba), tokenizer.encode(CHINESE))
    assert "".join(found) == CHINESE
    # Where a token reaches over a border, both words are one; no word is ever cut.
    borders = np.cumsum([len(word) for word in found])
    assert set(borders.tolist()) <= set(np.cumsum([len(word) for word in jieba(CHINESE)]).tolist())


def test_without_large_tokens_chinese_words_are_exactly_those_of_the_segmenter() -> None:
    plain = train_tokenizer(["ab ab ab"], 268)
    found = units(plain, TokenWords(plain, jieba), plain.encode(CHINESE))
    assert found == jieba(CHINESE)
    assert units(plain, TokenWords(plain), plain.encode("北京大学")) == list("北京大学")


def test_special_tokens_stand_alone(tokenizer: Tokenizer) -> None:
    ids = [tokenizer.eos_id, *tokenizer.encode("reading"), tokenizer.sep_id, tokenizer.pad_id]
    found = units(tokenizer, TokenWords(tokenizer), ids)
    assert found == ["<|endoftext|>", "reading", "<|sep|>", "<|pad|>"]


def test_a_row_may_begin_and_end_within_a_character() -> None:
    plain = train_tokenizer(["ab ab ab"], 268)
    ids = plain.encode("京大")[1:-1]
    starts = TokenWords(plain, jieba)(np.array(ids))
    assert starts.tolist() == [True, True, True, True]  # each stray byte by itself


def test_rows_are_remembered(tokenizer: Tokenizer) -> None:
    calls = []

    def segment(text: str) -> list[str]:
        calls.append(text)
        return [text]

    words = TokenWords(tokenizer, segment)
    ids = np.array(tokenizer.encode("北京大学"))
    first, again = words(ids), words(ids.copy())
    np.testing.assert_array_equal(first, again)
    assert calls == ["北京大学"]


@pytest.mark.parametrize("text", ["", " ", "a  b", "naïve café", "ไทย", "3.14 米", "e\u0301a"])
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(split_words(text, jieba)) == text


def test_a_segmenter_that_changes_the_text_is_caught() -> None:
    with pytest.raises(AssertionError, match="changed the text"):
        split_words("北京", lambda text: [text[0]])
