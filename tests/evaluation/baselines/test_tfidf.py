"""TF-IDF with logistic regression learns what is plain and chooses on validation alone."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.evaluation.baselines.majority import majority_class, mean_score
from yanmo.evaluation.baselines.tfidf import fit_tfidf_classifier

GOOD = ["a good film", "great acting", "a lovely , good story", "great and good"] * 3
BAD = ["a bad film", "awful acting", "a boring , bad story", "awful and bad"] * 3


def test_learns_plain_words_and_gives_probabilities() -> None:
    fitted = fit_tfidf_classifier(
        GOOD + BAD,
        ["yes"] * 12 + ["no"] * 12,
        validation=(["good", "bad"], ["yes", "no"]),
        language="en",
    )
    assert fitted.predict(["a great story", "an awful story"]) == ["yes", "no"]
    probs = fitted.probs(["a great story", "words never seen"])
    assert fitted.labels == ("no", "yes")
    np.testing.assert_allclose(probs.sum(axis=1), 1)
    assert probs[0, 1] > 0.5
    assert "words, 1 to 2" in fitted.description


def test_pairs_of_words_count() -> None:
    # Each word alone says nothing; "not good" and "not bad" do.
    texts = ["not good", "good", "bad", "not bad"] * 5
    labels = ["no", "yes", "no", "yes"] * 5
    fitted = fit_tfidf_classifier(texts, labels, validation=(texts[:4], labels[:4]), language="en")
    assert fitted.predict(texts[:4]) == labels[:4]


def test_chinese_takes_characters_where_words_fail() -> None:
    # The clue is a character inside names that no training text repeats.
    train = [f"{a}好{b}" for a, b in zip("东南西北中前", "山水田园林海", strict=True)]
    train += [f"{a}坏{b}" for a, b in zip("东南西北中前", "山水田园林海", strict=True)]
    labels = ["yes"] * 6 + ["no"] * 6
    held_out = ["左好川", "右坏川", "上好河", "下坏河"]
    fitted = fit_tfidf_classifier(
        train, labels, validation=(held_out, ["yes", "no", "yes", "no"]), language="zh"
    )
    assert fitted.validation_accuracy == 1
    assert fitted.predict(["内坏江"]) == ["no"]


def test_one_class_is_refused() -> None:
    with pytest.raises(AssertionError, match="two classes"):
        fit_tfidf_classifier(["a"], ["yes"], validation=(["a"], ["yes"]), language="en")


def test_majority_and_mean() -> None:
    assert majority_class(["b", "a", "b", "a", "c"]) == "a"
    assert mean_score([1.0, 2.0, 6.0]) == 3.0
