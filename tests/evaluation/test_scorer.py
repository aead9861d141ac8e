"""A count-based model behind the interface that evaluation asks for."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.evaluation.scorer import NgramScorer, Scorer
from yanmo.inference.target_scores import TargetScores
from yanmo.models.kneser_ney import KneserNey


def test_ngram_scorer_gives_the_scores_of_its_model() -> None:
    documents = [np.array([0, 1, 2, 1]), np.array([0]), np.array([0, 2])]
    model = KneserNey.fit(documents, vocab_size=3, order=2, eot_id=0)
    scorer: Scorer = NgramScorer(model)
    scores = scorer.score(documents)
    assert len(scores) == 3
    for document, score in zip(documents, scores, strict=True):
        np.testing.assert_array_equal(score.log_probs, model.log_probs(document))
        np.testing.assert_array_equal(score.ranks, model.target_ranks(document))


def test_scores_of_unequal_length_or_wrong_type_are_refused() -> None:
    with pytest.raises(AssertionError):
        TargetScores(np.zeros(2), np.zeros(3, dtype=np.int64))
    with pytest.raises(AssertionError):
        TargetScores(np.zeros(2, dtype=np.float32), np.zeros(2, dtype=np.int64))
