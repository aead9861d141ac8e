"""Entity figures equal seqeval's, also on tags that no careful annotator would write."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from yanmo.core.tag_spans import spans_of
from yanmo.tasks.metrics.counts import Quantity
from yanmo.tasks.metrics.entities import entity_metric, table_of_types
from yanmo.tasks.metrics.metric import measure

seqeval = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed")
QUANTITIES: tuple[Quantity, ...] = ("precision", "recall", "f1")


def test_spans_are_read_leniently() -> None:
    assert spans_of(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"]) == [
        ("PER", 0, 2),
        ("LOC", 3, 4),
        ("LOC", 4, 5),
    ]
    assert spans_of(["B-PER", "I-LOC", "I-LOC"]) == [("PER", 0, 1), ("LOC", 1, 3)]
    assert spans_of([]) == []


def test_a_tag_that_is_not_bio_is_refused() -> None:
    with pytest.raises(ValueError, match="'E-PER' is no BIO tag"):
        spans_of(["B-PER", "E-PER"])


def drawn_tags(rng: np.random.Generator, lengths: list[int], *, is_bare: bool) -> list[list[str]]:
    tags = ["O", "O", "O"] if is_bare else ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "I-ORG"]
    return [[str(tag) for tag in rng.choice(tags, size=length)] for length in lengths]


@pytest.mark.slow
def test_equal_to_seqeval_on_1000_random_cases() -> None:
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        lengths = [int(n) for n in rng.integers(1, 9, size=int(rng.integers(1, 6)))]
        gold = drawn_tags(rng, lengths, is_bare=seed % 10 == 0)
        said = drawn_tags(rng, lengths, is_bare=seed % 10 in (0, 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for average in ("micro", "macro", "weighted"):
                for quantity in QUANTITIES:
                    published = getattr(seqeval, f"{quantity}_score")
                    expected = published(gold, said, average=average, zero_division=0)
                    if np.isnan(expected):  # seqeval's mean of no type at all
                        expected = 0.0
                    mine = measure(entity_metric(quantity, average), gold, said)
                    assert mine == pytest.approx(expected, abs=1e-12), (seed, quantity, average)


def test_table_of_types_equals_seqeval() -> None:
    rng = np.random.default_rng(0)
    lengths = [8] * 40
    gold = drawn_tags(rng, lengths, is_bare=False)
    said = drawn_tags(rng, lengths, is_bare=False)
    expected = seqeval.classification_report(gold, said, output_dict=True, zero_division=0)
    table = table_of_types(gold, said)
    assert set(table) == {"PER", "LOC", "ORG"}
    for kind, row in table.items():
        assert row["f1"] == pytest.approx(expected[kind]["f1-score"])
        assert row["items"] == expected[kind]["support"]


def test_all_right_is_one_and_nothing_found_is_zero() -> None:
    gold = [["B-PER", "I-PER", "O"], ["O"]]
    assert measure(entity_metric("f1"), gold, gold) == 1
    assert measure(entity_metric("f1"), gold, [["O", "O", "O"], ["O"]]) == 0
