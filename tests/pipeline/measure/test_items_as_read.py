"""What stands in `items.parquet` is whole: the figures can be computed again from it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yanmo.pipeline.measure.opened import readable
from yanmo.pipeline.measure.section import RobustnessConfig
from yanmo.tasks.example import TaggedExample


@pytest.mark.parametrize("num_tokens", [3, 49, 50, 400])
def test_tags_of_sentences_of_any_length_are_separated_alike(num_tokens: int) -> None:
    tags = ("B-NAME", *["I-NAME"] * (num_tokens - 1))
    example = TaggedExample(id="f:1", tokens=("字",) * num_tokens, tags=tags, joiner="")
    shown = readable(example, tags, ("O",) * num_tokens)
    assert shown.gold is not None and tuple(shown.gold.split(" | ")) == tags
    assert shown.predicted.count("O") == shown.predicted.count(" | ") + 1 == num_tokens
    assert shown.text == "字" * num_tokens


@pytest.mark.parametrize("strength", [0.0, -0.1, 1.5])
def test_share_of_changed_words_is_a_share(strength: float) -> None:
    with pytest.raises(ValidationError):
        RobustnessConfig(strengths=(0.1, strength))
