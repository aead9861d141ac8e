"""A quick real model of each language: TF-IDF with logistic regression on published reviews.

In comes the folder of data sets; out comes a classifier that gives probabilities, and the first
test items. Small on purpose: some two thousand training texts, a second each.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LABELS = ("0", "1")


@dataclass(frozen=True)
class RealClassifier:
    """A fitted model and the items that it is measured on."""

    pipeline: Any
    texts: list[str]
    gold: list[str]
    train_texts: list[str]

    def probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(D, 2) probabilities."""
        return np.asarray(self.pipeline.predict_proba(list(texts)))

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The more probable class of each text."""
        return [LABELS[index] for index in self.probs(texts).argmax(axis=1)]


@lru_cache(maxsize=2)
def real_classifier(folder: Path, language: Literal["en", "zh"]) -> RealClassifier:
    """SST in English, ChnSentiCorp in Chinese."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    train, test = _sst(folder) if language == "en" else _chnsenticorp(folder)
    train, test = train[:: max(1, len(train) // 2000)], test[:: max(1, len(test) // 200)]
    kind: Any = ("word", (1, 2)) if language == "en" else ("char", (1, 2))
    vectorizer = TfidfVectorizer(analyzer=kind[0], ngram_range=kind[1], sublinear_tf=True)
    pipeline = make_pipeline(vectorizer, LogisticRegression(C=10))
    pipeline.fit([text for _, text in train], [label for label, _ in train])
    return RealClassifier(
        pipeline,
        [text for _, text in test],
        [label for label, _ in test],
        [text for _, text in train],
    )


def _sst(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    def rows(name: str) -> list[tuple[str, str]]:
        path = folder / "classification" / "sst" / f"stsa.binary.{name}"
        lines = path.read_text(encoding="utf-8").splitlines()
        return [(line[0], line[2:]) for line in lines]

    return rows("train"), rows("test")


def _chnsenticorp(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    def rows(text: str) -> list[tuple[str, str]]:
        pairs = [line.split("\t", 1) for line in text.splitlines()[1:]]
        return [(label, body) for label, body in pairs]

    folder = folder / "classification" / "chnsenticorp"
    train = gzip.decompress((folder / "train.tsv.gz").read_bytes()).decode("utf-8")
    return rows(train), rows((folder / "test.tsv").read_text(encoding="utf-8"))
