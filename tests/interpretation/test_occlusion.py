"""Occlusion is the score of the text less the score of the text without the token."""

from __future__ import annotations

import pytest
import torch
from tests.interpretation.subjects import question_of

from yanmo.interpretation.attribution import attribute
from yanmo.interpretation.occlusion import occlude


@pytest.mark.parametrize("kind", ["gpt2", "lstm", "textcnn class", "bert tag", "marian"])
def test_a_token_is_worth_what_its_loss_costs(kind: str) -> None:
    question = question_of(kind)
    found = occlude(question)
    for place, token in enumerate(question.tokens):
        kept = torch.ones(1, len(question.tokens), dtype=torch.bool)
        kept[0, place] = False
        lost = question.answer.score - float(question.evaluate(kept).scores[0])
        assert float(found[place]) == pytest.approx(0.0 if token.is_special else lost, abs=1e-4)
    assert attribute(question, "occlusion").removal == question.resolve("auto")


def test_how_tokens_go_makes_a_difference() -> None:
    question = question_of("bert class")
    by_mask, by_leaving_out = occlude(question, "mask"), occlude(question, "delete")
    assert not torch.allclose(by_mask, by_leaving_out)
