"""The lens at the last layer is the model; the score of a token is the sum of its parts."""

from __future__ import annotations

import pytest
import torch
from tests.interpretation.subjects import TEXT, language_model, question_of, tokenizer

from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.block_hooks import skipped
from yanmo.interpretation.logit_lens import read_lens
from yanmo.interpretation.logit_parts import split_logit

WITH_BLOCKS = [
    *("gpt2", "llama", "qwen3", "gpt2 continuation", "bert blank", "t5", "marian"),
    *("bert class", "gpt2 class", "t5 class", "bert tag", "bert span"),
]


@pytest.mark.parametrize("kind", WITH_BLOCKS)
def test_the_last_layer_says_what_the_model_says(kind: str) -> None:
    question = question_of(kind)
    lens = read_lens(question, 3)
    assert lens.layers == ("0", "1", "2")
    rows = question.rows()
    with torch.no_grad():
        log_probs = question.lens_log_probs(question.forward(rows), rows)
    assert len(lens.cells[-1]) == len(log_probs) == len(lens.positions or (0,))
    for cell, own, target in zip(lens.cells[-1], log_probs, question.lens_targets(), strict=True):
        assert cell.top[0].id == int(own.argmax())
        assert cell.target_probability == pytest.approx(float(own[target].exp()), abs=1e-5)
        assert cell.target_rank == int((own > own[target]).sum())
    first, last = lens.cells[0][-1], lens.cells[-1][-1]
    assert abs(first.target_probability - last.target_probability) > 1e-9


def test_the_lens_is_the_final_norm_and_the_output_projection() -> None:
    """Of a decoder, written out: the state behind layer 1 through both."""
    question = question_of("gpt2")
    model = question.subject.model
    states: list[torch.Tensor] = []
    handle = model.blocks[0].register_forward_hook(lambda _m, _a, out: states.append(out))
    with torch.no_grad():
        question.forward(question.rows())
        handle.remove()
        logits = model.lm_head(model.final_norm(states[0]))[0, :, : tokenizer().vocab_size]
    lens = read_lens(question)
    for cell, own in zip(lens.cells[1], logits.softmax(-1), strict=True):
        assert cell.top[0].probability == pytest.approx(float(own.max()), abs=1e-5)


def test_blocks_that_were_left_out_are_back_afterwards() -> None:
    question = question_of("gpt2")
    before = question.evaluate().scores
    with skipped(question.subject.blocks):
        without = question.evaluate().scores
    assert torch.equal(question.evaluate().scores, before)
    assert not torch.allclose(without, before)


def test_a_model_of_no_blocks_says_so() -> None:
    with pytest.raises(ConfigError, match="no blocks of one width"):
        read_lens(question_of("lstm"))


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen3"])
def test_a_score_is_the_sum_of_what_was_added(family: str) -> None:
    """The bias of attention, too, where the family has one."""
    question = ask(language_model(family), TEXT)
    parts = split_logit(question)
    assert sum(part.value for part in parts.parts) == pytest.approx(parts.logit, abs=1e-3)
    logits = question.evaluate().log_probs[0]
    centred = float(logits[question.answer_options[0]] - logits.mean())
    assert parts.logit == pytest.approx(centred, abs=1e-3)
    assert sum(part.kind == "head" for part in parts.parts) == 8


def test_a_model_whose_scores_are_no_sums_says_so() -> None:
    with pytest.raises(ConfigError, match="only the scores of a decoder"):
        split_logit(question_of("bert blank"))
