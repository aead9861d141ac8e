"""Robustness: a curve falls when a model needs what noise takes away, and not otherwise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from tests.evaluation.real_classifiers import real_classifier

from yanmo.corpus.augmentation.operators import AUGMENTATIONS, perturbations_for
from yanmo.evaluation.robustness import drawn_items, measure_robustness
from yanmo.tasks.metrics.mean import accuracy

WORDS = ["good", "bad"]


def texts_and_gold(number: int) -> tuple[list[str], list[str]]:
    gold = [WORDS[i % 2] for i in range(number)]
    return [f"film {i} was {word} indeed" for i, word in enumerate(gold)], gold


def reads_one_word(texts: Sequence[str]) -> list[str]:
    return ["good" if "good" in text else "bad" for text in texts]


def hides_the_word(text: str, strength: float, seed: int) -> str:
    return text.replace("good", "g00d") if random.Random(seed).random() < strength else text


def test_the_curve_falls_by_what_the_noise_takes_away() -> None:
    texts, gold = texts_and_gold(400)
    report = measure_robustness(
        reads_one_word,
        texts,
        gold,
        accuracy(),
        {"hide": hides_the_word, "nothing": lambda text, _strength, _seed: text},
        strengths=(0.2, 1.0),
        max_items=None,
    )
    hide, nothing = report.curves
    values = [point.figure.value for point in hide.points]
    assert [point.strength for point in hide.points] == [0, 0.2, 1.0]
    assert values[0] == 1.0 and values[2] == 0.5
    assert values[1] == pytest.approx(0.9, abs=0.03)
    drop = hide.points[2].drop_interval
    assert drop is not None and 0.4 < drop[0] < 0.5 < drop[1] < 0.6
    assert hide.points[1].changed_frac == pytest.approx(1 - values[1])
    assert [point.figure.value for point in nothing.points] == [1.0] * 3
    assert [point.changed_frac for point in nothing.points] == [0] * 3
    assert nothing.points[1].drop_interval == (0.0, 0.0)


def test_the_same_items_and_the_same_noise_give_the_same_curve() -> None:
    texts, gold = texts_and_gold(60)
    asked: list[int] = []

    def predict(some: Sequence[str]) -> list[str]:
        asked.append(len(some))
        return reads_one_word(some)

    first, second = (
        measure_robustness(
            predict, texts, gold, accuracy(), {"keys": AUGMENTATIONS["typing_noise"]}, max_items=20
        )
        for _ in range(2)
    )
    assert first == second and first.num_items == 20
    assert asked == [20] * 12, "once as they are, once for each strength"


def test_items_are_drawn_once_each_and_in_their_order() -> None:
    drawn = drawn_items(1000, 50, seed=1)
    assert drawn == sorted(set(drawn)) and len(drawn) == 50 and drawn[-1] < 1000
    assert drawn_items(10, 50, seed=1) == drawn_items(10, None, seed=1) == list(range(10))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_real_model_loses_accuracy_to_noise(
    shared_data: Path, language: Literal["en", "zh"]
) -> None:
    model = real_classifier(shared_data, language)
    report = measure_robustness(
        model.predict,
        model.texts,
        model.gold,
        accuracy(),
        {name: AUGMENTATIONS[name] for name in perturbations_for(language)},
        strengths=(0.3,),
        num_draws=300,
    )
    curves = {curve.perturbation: curve.points for curve in report.curves}
    assert set(curves) == set(perturbations_for(language))
    start = curves["typing_noise"][0].figure.value
    assert start is not None and start > 0.7
    noisy = curves["typing_noise" if language == "en" else "similar_characters"][-1]
    assert noisy.changed_frac > 0.95
    assert noisy.drop_interval is not None and noisy.drop_interval[0] > 0
