"""ROUGE equals the published scorer in English, a worked example, and is not 0 in Chinese."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.summaries import (
    Kind,
    longest_common_subsequence,
    rouge,
    rouge_of,
    summary_metrics,
)

KINDS: tuple[Kind, ...] = ("1", "2", "l")
WORDS = (
    "the The police killed kills gunman gunmen was running runs 2024 3.5% well-known isn't happily "
    "happiness, . ! naïve 中文 a of relational nationally"
)


def test_example_of_the_rouge_paper() -> None:
    # Lin (2004), section 3.2: of two candidates with the same pairs of words the one that keeps the
    # order of three is better; a third has two in order, whichever two are taken.
    assert of_words("police killed the gunman", "police kill the gunman", "l") == 3 / 4
    assert of_words("police killed the gunman", "the gunman kill police", "l") == 2 / 4
    assert of_words("police killed the gunman", "the gunman police killed", "l") == 2 / 4
    assert of_words("police killed the gunman", "the gunman police killed", "2") == 2 / 3


def of_words(true: str, said: str, kind: Kind) -> float:
    return rouge_of(true.split(), said.split(), kind)


def drawn_text(rng: np.random.Generator) -> str:
    return " ".join(rng.choice(WORDS.split(), size=int(rng.integers(0, 14))))


@pytest.mark.parametrize("is_stemmed", [False, True])
def test_equal_to_rouge_score_on_1000_random_cases(is_stemmed: bool) -> None:
    scorer_module = pytest.importorskip("rouge_score.rouge_scorer", reason="no rouge-score")
    names = ["rouge1", "rouge2", "rougeL"]
    scorer = scorer_module.RougeScorer(names, use_stemmer=is_stemmed)
    cut = "english, stemmed" if is_stemmed else "english"
    metrics = [rouge(kind, cut) for kind in KINDS]
    rng = np.random.default_rng(0)
    for case in range(1000):
        said = "" if case % 20 == 0 else drawn_text(rng)
        references = tuple(drawn_text(rng) for _ in range(int(rng.integers(1, 4))))
        if case % 20 == 1:
            references = ("",)
        expected = scorer.score_multi(list(references), said)
        for metric, name in zip(metrics, names, strict=True):
            assert measure(metric, [references], [said]) == pytest.approx(
                expected[name].fmeasure, abs=1e-12
            ), (name, references, said)


def test_longest_common_subsequence_equals_the_table() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        first = [str(x) for x in rng.integers(4, size=int(rng.integers(0, 90)))]
        second = [str(x) for x in rng.integers(4, size=int(rng.integers(0, 90)))]
        table = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
        for i, left in enumerate(first, start=1):
            for j, right in enumerate(second, start=1):
                table[i, j] = (
                    table[i - 1, j - 1] + 1
                    if left == right
                    else max(table[i - 1, j], table[i, j - 1])
                )
        assert longest_common_subsequence(first, second) == table[-1, -1]


def test_chinese_is_measured_by_character() -> None:
    gold = [("基于深度学习的图像分割方法",)]
    said = ["深度学习图像分割"]
    metrics = {metric.name: metric for metric in summary_metrics("zh")}
    assert measure(metrics["rouge_1"], gold, said) == pytest.approx(2 * 8 / (13 + 8))
    assert measure(metrics["rouge_l"], gold, said) == pytest.approx(2 * 8 / (13 + 8))
    assert measure(metrics["rouge_2"], gold, said) == pytest.approx(2 * 6 / (12 + 7))
    # The published cut would have seen nothing at all.
    assert measure(rouge("1", "english"), gold, said) == 0


def test_mixed_text_keeps_latin_words_whole() -> None:
    metric = rouge("1", "characters")
    # 用 bert 做 分 类 against 用 ＢＥＲＴ 做 翻 译: three of five units.
    assert measure(metric, [("用BERT做分类",)], ["用ＢＥＲＴ做翻译。"]) == pytest.approx(3 / 5)
    assert measure(metric, [("用 BERT 做分类！",)], ["用BERT做分类"]) == 1
