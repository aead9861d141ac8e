"""Texts that share rare words are alike; order does not count."""

from __future__ import annotations

import math

import pytest

from yanmo.evaluation.baselines.overlap import WordRarity, overlap, similarity_baseline


def test_rarity_worked_by_hand() -> None:
    rarity = WordRarity(["a cat", "a dog", "a bird"])
    assert rarity("a") == pytest.approx(1)
    assert rarity("cat") == pytest.approx(math.log(4 / 2) + 1)
    assert rarity("unseen") == pytest.approx(math.log(4) + 1)


def test_cosine_is_that_of_the_vectors() -> None:
    rarity = WordRarity(["a cat", "a dog", "a bird"])
    assert rarity.cosine("a cat sat", "sat cat a") == pytest.approx(1)
    assert rarity.cosine("cat", "dog") == 0
    assert rarity.cosine("", "dog") == 0
    rare = math.log(2) + 1
    assert rarity.cosine("a cat", "a dog") == pytest.approx(1 / (1 + rare**2))


def test_overlap_of_words() -> None:
    assert overlap("the cat sat", "The cat ran!") == pytest.approx(2 / 4)
    assert overlap("", "") == 0
    assert overlap("我喜欢猫", "我喜欢狗") == pytest.approx(2 / 4)


def test_chinese_cut_is_chosen_on_validation() -> None:
    pairs = [("天气好", "天气很好"), ("下雨了", "正在下雨"), ("他笑", "股票大跌")]
    said, description = similarity_baseline(
        [text for pair in pairs for text in pair],
        pairs,
        validation=(pairs, [5.0, 3.0, 0.0]),
        language="zh",
    )
    assert said[0] > said[2]
    assert description in ("TF-IDF cosine of words", "TF-IDF cosine of characters")
