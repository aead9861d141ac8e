"""Tags become BIO; what is illegal is found, or repaired as seqeval reads it."""

from __future__ import annotations

import random

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from yanmo.tasks.tag_scheme import IllegalTag, TagScheme, to_bio


@pytest.mark.parametrize(
    ("scheme", "tags", "bio"),
    [
        ("bio", "B-A I-A O B-A B-A I-A", "B-A I-A O B-A B-A I-A"),
        ("bmes", "B-A M-A E-A S-B O S-A", "B-A I-A I-A B-B O B-A"),
        ("bioes", "B-A I-A E-A B-B E-B S-A", "B-A I-A I-A B-B I-B B-A"),
        ("bioes", "B-A L-A U-A O", "B-A I-A B-A O"),
    ],
)
def test_legal_tags_are_converted(scheme: TagScheme, tags: str, bio: str) -> None:
    assert to_bio(tags.split(), scheme) == tuple(bio.split())
    assert to_bio(tags.split(), scheme, repair=True) == tuple(bio.split())


@pytest.mark.parametrize(
    ("scheme", "tags", "place", "what"),
    [
        ("bio", "O I-A", 1, "tag 'I-A' cannot follow 'O'"),
        ("bio", "I-A", 0, "tag 'I-A' cannot begin a sentence"),
        ("bio", "B-A I-B", 1, "tag 'I-B' cannot follow 'B-A'"),
        ("bio", "B-A E-A", 1, "'E-A' is no tag: known are O, B-TYPE, I-TYPE"),
        ("bio", "B-", 0, "'B-' is no tag"),
        ("bmes", "B-A O", 1, "tag 'O' cannot follow 'B-A'"),
        ("bmes", "B-A M-A", 1, "the entity of tag 'M-A' does not end"),
        ("bmes", "S-A E-A", 1, "tag 'E-A' cannot follow 'S-A'"),
        ("bioes", "B-A S-A", 1, "tag 'S-A' cannot follow 'B-A'"),
    ],
)
def test_illegal_tags_are_named(scheme: TagScheme, tags: str, place: int, what: str) -> None:
    with pytest.raises(IllegalTag) as caught:
        to_bio(tags.split(), scheme)
    assert caught.value.place == place
    assert what in caught.value.what


@pytest.mark.parametrize(("scheme", "letters"), [("bio", "BI"), ("bioes", "BIES")])
def test_repair_leaves_the_entities_that_seqeval_reads(scheme: TagScheme, letters: str) -> None:
    tags = ["O", *(f"{letter}-{entity}" for letter in letters for entity in ("PER", "LOC"))]
    draw = random.Random(1)
    for _ in range(500):
        sentence = draw.choices(tags, k=draw.randint(1, 9))
        repaired = to_bio(sentence, scheme, repair=True)
        assert to_bio(repaired, "bio") == repaired
        assert get_entities(list(repaired)) == get_entities(sentence)
