"""Every figure against a hand-worked example, and against what must hold between figures."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yanmo.core.errors import DataError, RunError
from yanmo.evaluation.language_model import (
    LanguageModelEvaluation,
    count_documents_to_take,
    evaluate_language_model,
)
from yanmo.evaluation.scorer import NgramScorer
from yanmo.inference.target_scores import TargetScores
from yanmo.models.kneser_ney import KneserNey

EOT = 0
LN2 = math.log(2)


class FixedScorer:
    """Gives the scores that it was made with."""

    def __init__(
        self, log_probs: Sequence[Sequence[float]], ranks: Sequence[Sequence[int]]
    ) -> None:
        self._scores = [
            TargetScores(np.array(p, dtype=np.float64), np.array(r, dtype=np.int64))
            for p, r in zip(log_probs, ranks, strict=True)
        ]

    def score(self, documents: Sequence[NDArray[np.integer]]) -> list[TargetScores]:
        return self._scores[: len(documents)]


def of_bits(*bits: Sequence[float]) -> FixedScorer:
    """A scorer whose targets cost so many bits; all ranked first."""
    log_probs = [[-LN2 * b for b in document] for document in bits]
    return FixedScorer(log_probs, [[0] * len(document) for document in bits])


def evaluate(
    scorers: dict[str, Any], lengths: Sequence[int], num_bytes: Sequence[int], **options: Any
) -> LanguageModelEvaluation:
    documents = [np.zeros(length, dtype=np.int64) for length in lengths]
    facts: dict[str, Any] = {"split": "test", "context_tokens": 16, "stride_tokens": 8}
    return evaluate_language_model(scorers, documents, num_bytes, **(facts | options))


def test_every_figure_of_a_hand_worked_example() -> None:
    # Bits 1 + 2 + 3 = 6 over 3 targets and 4 bytes.
    scorer = FixedScorer([[-1 * LN2, -2 * LN2], [-3 * LN2]], [[0, 4], [5]])
    report = evaluate({"m": ("neural", scorer)}, [2, 1], [4, 0]).report
    (model,) = report["models"]
    assert (model["name"], model["kind"]) == ("m", "neural")
    assert model["loss"] == pytest.approx(2 * LN2, abs=1e-15)
    assert model["perplexity"] == pytest.approx(4.0, abs=1e-14)
    assert model["bits_per_byte"] == pytest.approx(1.5, abs=1e-15)
    assert model["top1"] == pytest.approx(1 / 3)
    assert model["top5"] == pytest.approx(2 / 3)
    assert report["format_version"] == 1
    assert (report["documents"], report["tokens"], report["bytes"]) == (2, 3, 4)
    assert (report["split"], report["context_tokens"], report["stride_tokens"]) == ("test", 16, 8)
    assert report["differences"] == []
    json.dumps(report, allow_nan=False)


def test_perplexity_is_exp_of_loss() -> None:
    rng = np.random.default_rng(0)
    log_probs = [(-rng.exponential(3, size=n)).tolist() for n in (5, 1, 9)]
    scorer = FixedScorer(log_probs, [[0] * 5, [0], [0] * 9])
    (model,) = evaluate({"m": ("neural", scorer)}, [5, 1, 9], [7, 1, 20]).report["models"]
    assert model["perplexity"] == math.exp(model["loss"])


def test_bits_per_byte_is_the_same_for_two_tokenizations_with_equal_nats() -> None:
    characters = evaluate({"m": ("neural", of_bits([2, 2, 2, 2], [3, 3]))}, [4, 2], [9, 6])
    words = evaluate({"m": ("neural", of_bits([7, 1], [6]))}, [2, 1], [9, 6])
    (a,), (b,) = characters.report["models"], words.report["models"]
    assert a["bits_per_byte"] == pytest.approx(b["bits_per_byte"], abs=1e-15)
    assert a["bits_per_byte_interval"] == pytest.approx(b["bits_per_byte_interval"], abs=1e-14)
    assert a["loss"] < b["loss"]


def test_samples_hold_one_row_for_each_document() -> None:
    scorers = {
        "m": ("neural", of_bits([1, 2], [5])),
        "kn": ("ngram", of_bits([4, 4], [1])),
    }
    assert evaluate(scorers, [2, 1], [2, 0]).samples == [
        {
            "document": 0,
            "tokens": 2,
            "bytes": 2,
            "bits_per_byte/m": pytest.approx(1.5),
            "bits_per_byte/kn": pytest.approx(4.0),
        },
        {
            "document": 1,
            "tokens": 1,
            "bytes": 0,
            "bits_per_byte/m": None,
            "bits_per_byte/kn": None,
        },
    ]


def test_difference_of_paired_models_is_surer_than_either_model() -> None:
    # The documents differ widely in difficulty, the two models by one bit everywhere.
    difficulty = np.random.default_rng(1).uniform(2, 20, size=50)
    better = of_bits(*[[d] for d in difficulty])
    worse = of_bits(*[[d + 1] for d in difficulty])
    scorers = {"m": ("neural", better), "kn": ("ngram", worse)}
    report = evaluate(scorers, [1] * 50, [1] * 50).report
    (difference,) = report["differences"]
    assert (difference["model"], difference["baseline"]) == ("m", "kn")
    assert difference["bits_per_byte"] == pytest.approx(-1, abs=1e-12)
    assert difference["bits_per_byte_interval"] == pytest.approx([-1, -1], abs=1e-12)
    assert difference["loss"] == pytest.approx(-LN2, abs=1e-12)
    low, high = report["models"][0]["bits_per_byte_interval"]
    assert low < report["models"][0]["bits_per_byte"] < high
    assert high - low > 1


def test_one_document_gives_no_interval() -> None:
    scorers = {"m": ("neural", of_bits([1, 2])), "kn": ("ngram", of_bits([2, 2]))}
    report = evaluate(scorers, [2], [2]).report
    for figures in [*report["models"], *report["differences"]]:
        assert figures["loss_interval"] is None
        assert figures["bits_per_byte_interval"] is None


def test_same_seed_gives_the_same_report_and_another_seed_other_intervals() -> None:
    def report(seed: int) -> dict[str, Any]:
        scorers = {"m": ("neural", of_bits([1, 2], [5], [3]))}
        return evaluate(scorers, [2, 1, 1], [2, 3, 1], seed=seed, num_draws=50).report

    assert report(1) == report(1)
    assert report(1)["models"][0]["loss"] == report(2)["models"][0]["loss"]
    assert report(1)["models"][0]["loss_interval"] != report(2)["models"][0]["loss_interval"]


def test_draws_of_nothing_but_empty_documents_are_left_out() -> None:
    report = evaluate({"m": ("neural", of_bits([2], [2], [2]))}, [1, 1, 1], [0, 0, 4]).report
    json.dumps(report, allow_nan=False)


def test_documents_without_text_are_an_error() -> None:
    with pytest.raises(DataError, match="no text to evaluate on in the test split"):
        evaluate({"m": ("neural", of_bits([1]))}, [1], [0])
    with pytest.raises(DataError):
        evaluate({"m": ("neural", of_bits())}, [], [])


@pytest.mark.parametrize("log_prob", [-math.inf, math.nan, -1e5])
def test_figures_that_are_not_finite_are_an_error_that_names_the_model(log_prob: float) -> None:
    with pytest.raises(RunError, match="diverging"):
        evaluate({"diverging": ("neural", FixedScorer([[log_prob]], [[0]]))}, [1], [1])


def test_a_scorer_that_leaves_targets_out_is_caught() -> None:
    with pytest.raises(AssertionError, match="one score for each target"):
        evaluate({"m": ("neural", of_bits([1, 1]))}, [3], [3])


@pytest.mark.parametrize(
    ("lengths", "max_tokens", "expected"),
    [
        ([3, 3, 3], None, 3),
        ([3, 3, 3], 3, 1),
        ([3, 3, 3], 4, 2),
        ([3, 3, 3], 100, 3),
        ([50], 1, 1),
        ([], 5, 0),
    ],
)
def test_documents_are_taken_until_there_are_enough_tokens(
    lengths: list[int], max_tokens: int | None, expected: int
) -> None:
    assert count_documents_to_take(lengths, max_tokens) == expected


def test_kneser_ney_baseline_on_chinese_characters() -> None:
    lines = ["床前明月光", "疑是地上霜", "举头望明月", "低头思故乡"] * 5
    ids = {character: i for i, character in enumerate(sorted(set("".join(lines))), start=1)}
    documents = [np.array([EOT, *(ids[c] for c in line)]) for line in lines]
    model = KneserNey.fit(documents, vocab_size=len(ids) + 1, order=3, eot_id=EOT)
    evaluation = evaluate_language_model(
        {"三元": ("ngram", NgramScorer(model))},
        documents,
        [len(line.encode()) for line in lines],
        split="validation",
        context_tokens=2,
        stride_tokens=1,
    )
    (figures,) = evaluation.report["models"]
    assert evaluation.report["bytes"] == 20 * 15
    assert evaluation.report["tokens"] == 20 * 6
    assert figures["bits_per_byte"] == pytest.approx(figures["loss"] * 120 / 300 / LN2)
    assert figures["top1"] > 0.6
    assert figures["top5"] == 1.0
