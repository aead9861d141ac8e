"""Segmenters learned from segmented text."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.core.errors import DataError
from yanmo.corpus.segmentation.chinese import (
    jieba_segmenter,
    learned_segmenter,
    read_segmented,
    segment,
)
from yanmo.corpus.segmentation.lexicon import build_lexicon, general_chinese_lexicon
from yanmo.corpus.segmentation.score import score_words
from yanmo.corpus.segmentation.tagger import TaggingSegmenter, learn_segmenter
from yanmo.corpus.segmentation.unigram import MaxMatchSegmenter, UnigramSegmenter

SENTENCES = [
    ["我", "喜欢", "研墨"],
    ["研墨", "需要", "耐心"],
    ["他", "喜欢", "写", "毛笔字"],
    ["耐心", "写", "字"],
] * 5


def test_maximum_matching_takes_the_longest_word_first() -> None:
    lexicon = build_lexicon({"研究": 5, "研究生": 2, "生命": 4, "命": 1, "起源": 3})
    assert MaxMatchSegmenter(lexicon).segment("研究生命起源") == ["研究生", "命", "起源"]


def test_unigram_takes_the_most_probable_words() -> None:
    lexicon = build_lexicon({"研究": 5, "研究生": 2, "生命": 4, "命": 1, "起源": 3})
    assert UnigramSegmenter(lexicon).segment("研究生命起源") == ["研究", "生命", "起源"]


@cache
def learned_once() -> TaggingSegmenter:
    return learn_segmenter(SENTENCES[:2], lexicon=build_lexicon({"研究": 5, "生命": 4}))


@settings(max_examples=60)
@given(st.text(alphabet="研究生命起源墨abＡ１，\U00020000 \n", max_size=40))
def test_words_joined_are_the_text(text: str) -> None:
    lexicon = build_lexicon({"研究": 5, "研究生": 2, "生命": 4})
    for segmenter in (MaxMatchSegmenter(lexicon), UnigramSegmenter(lexicon), learned_once()):
        assert "".join(segmenter.segment(text)) == text


def test_a_lexicon_knows_its_words() -> None:
    words = {f"词{number}": number + 1 for number in range(1000)}
    lexicon = build_lexicon(words)
    assert lexicon.num_words == 1000
    assert all(word in lexicon for word in words)
    assert "词" not in lexicon and "词1000" not in lexicon


def test_the_general_lexicon_comes_from_jieba() -> None:
    lexicon = general_chinese_lexicon()
    assert lexicon.num_words > 300_000
    assert "研究生" in lexicon and "研墨研墨" not in lexicon


def test_what_was_learned_is_found_again() -> None:
    segmenter = learn_segmenter(SENTENCES)
    for words in SENTENCES[:4]:
        assert segmenter.segment("".join(words)) == words


def test_learning_is_reproducible_and_survives_saving(tmp_path: Path) -> None:
    one, other = learn_segmenter(SENTENCES, seed=3), learn_segmenter(SENTENCES, seed=3)
    assert np.array_equal(one._weights, other._weights)
    one.save(tmp_path / "segmenter.npz")
    loaded = TaggingSegmenter.load(tmp_path / "segmenter.npz")
    text = "他喜欢耐心研墨写毛笔字"
    assert loaded.segment(text) == one.segment(text)
    assert learned_segmenter(tmp_path / "segmenter.npz").segment(text) == one.segment(text)


def test_a_file_that_is_no_segmenter_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    path.write_text("not learned")
    with pytest.raises(DataError, match=r"other\.npz"):
        TaggingSegmenter.load(path)
    with pytest.raises(DataError, match="no segmented sentence"):
        learn_segmenter([[], [""]])


def test_jieba_cuts_and_mixed_text_keeps_its_other_words() -> None:
    assert "".join(jieba_segmenter().segment("我来到北京清华大学")) == "我来到北京清华大学"
    words = segment("我用GPT-2写了https://example.com/a的介绍，2024年。")
    assert "GPT-2" in words and "https://example.com/a" in words and "2024" in words
    assert "介绍" in words


def test_scores_count_words_whose_ends_are_right() -> None:
    score = score_words([["研究", "生命", "起源"]], [["研究生", "命", "起源"]])
    assert (score.precision, score.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert score_words([["a", "b"]], [["a", "b"]]).f1 == 1
    assert score_words([], []).f1 == 0


@pytest.mark.parametrize(("name", "least"), [("pku", 0.93), ("msr", 0.92)])
def test_learned_segmenters_on_sighan_2005(shared_data: Path, name: str, least: float) -> None:
    folder = shared_data / "segmentation" / "sighan2005"
    sentences = read_segmented(folder / f"{name}_test_gold.utf8")
    learn_from, held_out = sentences[0::2], sentences[1::2]
    texts = ["".join(words) for words in held_out]
    counted = build_lexicon(Counter(word for words in learn_from for word in words))
    unigram = UnigramSegmenter(counted)
    tagger = learn_segmenter(learn_from)
    scores = {
        "unigram": score_words(held_out, [unigram.segment(text) for text in texts]).f1,
        "jieba": score_words(held_out, [jieba_segmenter().segment(text) for text in texts]).f1,
        "tagger": score_words(held_out, [tagger.segment(text) for text in texts]).f1,
    }
    print(name, scores)
    assert scores["tagger"] >= least
    assert scores["tagger"] > scores["unigram"] > scores["jieba"]
