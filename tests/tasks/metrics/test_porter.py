"""Stems are those of the published algorithm with the deviations that ROUGE is counted with."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.tasks.metrics.porter import stem

porter = pytest.importorskip("nltk.stem.porter", reason="nltk is not installed")

SUFFIXES = (
    "s es ies sses ied eed ed ing y ational tional enci anci izer bli alli entli eli ousli "
    "ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate "
    "ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion sion "
    "tion ou ism ate iti ous ive ize e ll"
)

# From the lists of examples in Porter (1980).
EXAMPLES = {
    "caresses": "caress",
    "ponies": "poni",
    "cats": "cat",
    "feed": "feed",
    "agreed": "agre",
    "plastered": "plaster",
    "motoring": "motor",
    "conflated": "conflat",
    "hopping": "hop",
    "falling": "fall",
    "filing": "file",
    "happy": "happi",
    "relational": "relat",
    "conditional": "condit",
    "formalize": "formal",
    "electrical": "electr",
    "hopefulness": "hope",
    "revival": "reviv",
    "adoption": "adopt",
    "effective": "effect",
    "probate": "probat",
    "rate": "rate",
    "cease": "ceas",
    "controll": "control",
    "roll": "roll",
}


@pytest.mark.parametrize(("word", "expected"), EXAMPLES.items())
def test_published_examples(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_equal_to_the_implementation_behind_published_rouge() -> None:
    suffixes = SUFFIXES.split()
    reference = porter.PorterStemmer()
    rng = np.random.default_rng(0)
    letters = list("aeiouybcdlmnrstwxz")
    for _ in range(10_000):
        root = "".join(rng.choice(letters, size=int(rng.integers(0, 7))))
        word = root + str(rng.choice(suffixes)) + (str(rng.choice(suffixes)) if root else "")
        assert stem(word) == reference.stem(word), word
    for word in (
        "skies",
        "news",
        "dying",
        "innings",
        "proceed",
        "spied",
        "died",
        "dies",
        "geologi",
    ):
        assert stem(word) == reference.stem(word)
