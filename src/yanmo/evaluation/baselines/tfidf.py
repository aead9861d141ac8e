"""TF-IDF with logistic regression: what a neural classifier has to beat.

In come texts and their classes, out comes a classifier with probabilities. Features are words and
pairs of words (Wang and Manning 2012 show how strong these are) with sublinear counts; Chinese is
tried as words and as characters. The cut and the strength of the regularisation are chosen on the
validation texts. Pairs of texts are joined by a mark that is no word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.baselines.words import characters_of, words_of

_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # inverse regularisation, scikit-learn's C


@dataclass(frozen=True)
class TfidfClassifier:
    """A fitted classifier.

    Attributes:
        labels: the classes, in the order of the columns of `probs`.
        description: cut, n-grams and C, for reports.
        validation_accuracy: of the choice that was taken.
    """

    labels: tuple[str, ...]
    description: str
    validation_accuracy: float
    vectorizer: Any
    model: Any

    def probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, (D, C)."""
        return np.asarray(self.model.predict_proba(self.vectorizer.transform(texts)))

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable class of each text."""
        return [self.labels[index] for index in self.probs(texts).argmax(axis=1)]


def fit_tfidf_classifier(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    validation: tuple[Sequence[str], Sequence[str]],
    language: str,
) -> TfidfClassifier:
    """Learn from texts, choosing cut and C by the accuracy on `validation`.

    Args:
        texts: training texts.
        labels: their classes, at least two different ones.
        validation: texts and classes that are not learned from.
        language: `zh` tries characters beside words.
    """
    assert len(set(labels)) > 1, "a classifier needs two classes"
    candidates = [
        _fit(cut, texts, labels, validation) for cut in (_CUTS if language == "zh" else _CUTS[:1])
    ]
    return max(candidates, key=lambda candidate: candidate.validation_accuracy)


@dataclass(frozen=True)
class _Features:
    name: str
    cut: Callable[[str], list[str]]
    longest: int


_CUTS = (
    _Features("words", partial(words_of, has_punctuation=True), 2),
    _Features("characters", characters_of, 3),
)


def _fit(
    features: _Features,
    texts: Sequence[str],
    labels: Sequence[str],
    validation: tuple[Sequence[str], Sequence[str]],
) -> TfidfClassifier:
    """The best C for one way of cutting."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(
        analyzer=partial(_ngrams, cut=features.cut, longest=features.longest), sublinear_tf=True
    )
    train = vectorizer.fit_transform(texts)
    held_out = vectorizer.transform(validation[0])
    best: TfidfClassifier | None = None
    for strength in _STRENGTHS:
        # Newton's method gets to the optimum; the default solver stops early on such features,
        # which has cost eight points where its tolerance was loose.
        model = LogisticRegression(C=strength, solver="newton-cg").fit(train, labels)
        accuracy = float(np.mean(model.predict(held_out) == np.asarray(validation[1])))
        if best is None or accuracy > best.validation_accuracy:
            best = TfidfClassifier(
                tuple(str(name) for name in model.classes_),
                f"TF-IDF of {features.name}, 1 to {features.longest}; C = {strength:g}",
                accuracy,
                vectorizer,
                model,
            )
    assert best is not None
    return best


def _ngrams(text: str, *, cut: Callable[[str], list[str]], longest: int) -> list[str]:
    """All runs of 1 to `longest` units."""
    units = cut(text)
    return [
        " ".join(units[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(units) - size + 1)
    ]
