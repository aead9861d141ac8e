"""BIO tags and spans are two forms of the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.core.tag_spans import spans_of, tags_of

TAGS = st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), max_size=12)


@given(TAGS)
def test_spans_of_the_tags_of_spans_are_the_spans(tags: list[str]) -> None:
    spans = spans_of(tags)
    assert spans_of(tags_of(spans, len(tags))) == spans


def test_an_inside_tag_that_follows_nothing_begins_an_entity() -> None:
    assert spans_of(["O", "I-PER", "I-LOC", "B-LOC"]) == [
        ("PER", 1, 2),
        ("LOC", 2, 3),
        ("LOC", 3, 4),
    ]


@pytest.mark.parametrize("tag", ["PER", "S-PER", "B-", "b-PER"])
def test_what_is_no_bio_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="no BIO tag"):
        spans_of([tag])


@pytest.mark.parametrize("spans", [[("A", 0, 2), ("B", 1, 3)], [("A", 2, 2)], [("A", 1, 5)]])
def test_spans_that_overlap_or_stand_outside_are_refused(spans: list[tuple[str, int, int]]) -> None:
    with pytest.raises(ValueError, match="no place"):
        tags_of(spans, 4)
