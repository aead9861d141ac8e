"""A head that is switched off is one whose slice of the last projection is zero."""

from __future__ import annotations

import copy

import pytest
import torch
from tests.interpretation.subjects import TEXTS, language_model, question_of, task_model

from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.head_ablation import ablate_heads, measure_heads

KINDS = ["gpt2", "llama", "gpt2 continuation", "bert class", "bert tag", "t5", "marian"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_at_zero_is_a_slice_of_zeros(kind: str) -> None:
    question = question_of(kind)
    found = ablate_heads(question)
    places = question.subject.attention_places
    assert len(found.effects) == sum(place.module.num_heads for place in places)
    for place in places:
        weight = place.module.o_proj.weight
        kept = weight.detach().clone()
        for head in range(place.module.num_heads):
            columns = slice(head * place.module.head_dim, (head + 1) * place.module.head_dim)
            with torch.no_grad():
                weight[:, columns] = 0
                expected = float(question.evaluate().scores[0]) - found.score
                weight.copy_(kept)
            (effect,) = [
                one
                for one in found.effects
                if (one.part, one.layer, one.head) == (place.part, place.layer, head)
            ]
            assert effect.score_change == pytest.approx(expected, abs=1e-4)
            assert effect.divergence >= 0
    assert float(question.evaluate().scores[0]) == pytest.approx(found.score, abs=1e-6)


def test_the_mean_is_kept_where_a_head_gives_its_mean() -> None:
    question = question_of("gpt2")
    (place, *_) = question.subject.attention_places
    given: list[torch.Tensor] = []
    handle = place.module.o_proj.register_forward_pre_hook(lambda _m, args: given.append(args[0]))
    with torch.no_grad():
        question.forward(question.rows())
        handle.remove()
        mixed = given[0].clone()
        width = place.module.head_dim
        mixed[..., :width] = mixed[..., :width].mean(1, keepdim=True)
        handle = place.module.o_proj.register_forward_pre_hook(lambda _m, _args: (mixed,))
        expected = question.evaluate().scores[0]
        handle.remove()
    effect = ablate_heads(question, "mean").effects[0]
    assert effect.score_change == pytest.approx(float(expected) - question.answer.score, abs=1e-4)


def test_a_head_that_the_answer_hangs_on_is_found_over_many_texts() -> None:
    """All heads but one are silenced beforehand: only that one can change anything."""
    subject = language_model("gpt2")
    model = copy.deepcopy(subject.model)
    with torch.no_grad():
        for layer, block in enumerate(model.blocks):
            width = block.attn.head_dim
            keep = slice(2 * width, 3 * width) if layer == 1 else slice(0, 0)
            own = block.attn.o_proj.weight[:, keep].clone()
            block.attn.o_proj.weight.zero_()
            block.attn.o_proj.weight[:, keep] = own
    subject = type(subject)(model, subject.codec)
    questions = [ask(subject, text[:20]) for text in TEXTS]
    found = measure_heads(questions)
    moved = [(one.layer, one.head) for one in found.heads if abs(one.loss_change.mean) > 1e-6]
    assert moved == [(1, 2)]
    assert found.num_texts == 3


def test_a_model_without_heads_says_so() -> None:
    with pytest.raises(ConfigError, match="no attention heads"):
        ablate_heads(ask(task_model("bilstm"), "the sea"))
