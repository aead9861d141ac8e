"""BLEU and chrF equal sacrebleu's, on whole sets and on drawn ones, and a worked example."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.translation import Bleu, ChrF, translation_metrics

ENGLISH = "the cat sat on a mat , it's 3.5 % red . A dog-house ( big ) runs"
CHINESE = "一只猫坐在垫子上，2024年的Python语言很好。他 们"


def drawn_text(rng: np.random.Generator, is_chinese: bool) -> str:
    size = int(rng.integers(0, 15))
    if is_chinese:
        return "".join(rng.choice(list(CHINESE), size=size))
    return " ".join(rng.choice(ENGLISH.split(), size=size))


@pytest.mark.slow
@pytest.mark.parametrize("is_chinese", [False, True])
def test_equal_to_sacrebleu_on_1000_random_cases(is_chinese: bool) -> None:
    tokenizer: Any = "zh" if is_chinese else "13a"
    rng = np.random.default_rng(1)
    bleu, chrf = BLEU(tokenize=tokenizer), CHRF()
    for case in range(1000):
        num_items, num_references = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        said = [drawn_text(rng, is_chinese) for _ in range(num_items)]
        if case % 10 == 0:
            said = [""] * num_items
        gold = [
            tuple(drawn_text(rng, is_chinese) for _ in range(num_references))
            for _ in range(num_items)
        ]
        if case % 10 == 1:
            said = [targets[0] for targets in gold]
        streams = [list(stream) for stream in zip(*gold, strict=True)]
        assert measure(Bleu(tokenizer), gold, said) == pytest.approx(
            bleu.corpus_score(said, streams).score, abs=1e-9
        )
        assert measure(ChrF(), gold, said) == pytest.approx(
            chrf.corpus_score(said, streams).score, abs=1e-9
        )


def test_a_drawn_set_has_the_figure_that_sacrebleu_gives_it() -> None:
    rng = np.random.default_rng(2)
    said = [drawn_text(rng, False) for _ in range(12)]
    gold = [(drawn_text(rng, False) + " the cat sat on a mat",) for _ in range(12)]
    drawn = rng.integers(12, size=12)
    weights = np.bincount(drawn, minlength=12).astype(float)[None]
    for metric, published in ((Bleu(), BLEU()), (ChrF(), CHRF())):
        expected = published.corpus_score(
            [said[i] for i in drawn], [[gold[i][0] for i in drawn]]
        ).score
        assert metric.figures(metric.items(gold, said), weights)[0] == pytest.approx(expected)


def test_precision_worked_in_the_bleu_paper() -> None:
    # Papineni et al. (2002), example 2: "the" seven times; two of seven are clipped matches.
    items = Bleu().items(
        [("The cat is on the mat", "There is a cat on the mat")], ["the the the the the the the"]
    )
    correct, total = items[0, 2:6], items[0, 6:10]
    assert (correct[0], total[0]) == (1, 7)  # "The" at the start is another word here
    lower = Bleu().items(
        [("the cat is on the mat", "there is a cat on the mat")], ["the the the the the the the"]
    )
    assert (lower[0, 2], lower[0, 6]) == (2, 7)


def test_bleu_worked_by_hand() -> None:
    # Matches 4/5, 3/4, 2/3, 1/2 and a reference one word longer.
    value = measure(Bleu(), [("a b c d e f",)], ["a b c d x"])
    expected = 100 * math.exp(1 - 6 / 5) * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert value == pytest.approx(expected)


def test_signature_names_the_tokenizer_and_the_version() -> None:
    bleu, _ = translation_metrics("zh")
    published = BLEU(tokenize="zh")
    published.corpus_score(["一"], [["一"]])
    assert str(published.get_signature()) == f"nrefs:1|{bleu.signature}"
    assert "tok:13a" in translation_metrics("de")[0].signature
    chrf = CHRF()
    chrf.corpus_score(["a"], [["a"]])
    assert str(chrf.get_signature()) == f"nrefs:1|{ChrF().signature}"
