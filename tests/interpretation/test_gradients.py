"""Gradients against finite differences, completeness, and captum called directly."""

from __future__ import annotations

import importlib

import pytest
import torch
from tests.interpretation.subjects import KINDS, TEXT, question_of, task_model

from yanmo.core.errors import ConfigError
from yanmo.interpretation import gradients
from yanmo.interpretation.ask import ask
from yanmo.interpretation.attribution import attribute, methods_for

captum_attr = pytest.importorskip("captum.attr")


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_times_input_is_the_slope_along_the_embedding(kind: str) -> None:
    question = question_of(kind)
    question.subject.model.double()
    try:
        found = gradients.multiply(question)
        x = question.embeddings()
        step = 1e-6
        for place in range(len(question.tokens)):
            scale = torch.zeros(1, len(question.tokens), 1, dtype=torch.float64)
            scale[0, place] = step
            with torch.no_grad():
                above = question.score_embedded(x * (1 + scale))
                below = question.score_embedded(x * (1 - scale))
            slope = float((above - below)[0]) / (2 * step)
            assert float(found[place]) == pytest.approx(slope, rel=1e-4, abs=1e-6)
    finally:
        question.subject.model.float()


@pytest.mark.parametrize("kind", KINDS)
def test_integrated_gradients_add_up_to_the_change_of_the_score(kind: str) -> None:
    question = question_of(kind)
    path = gradients.integrate(question)
    change = path.score - path.baseline_score
    assert path.score == pytest.approx(question.answer.score, abs=1e-4)
    assert float(path.scores.sum()) == pytest.approx(change + path.gap, abs=1e-3)
    if path.num_steps < gradients.MOST_STEPS:
        assert abs(path.gap) <= gradients.TOLERANCE * max(abs(change), gradients.LEAST_CHANGE)
    specials = [
        s for s, token in zip(path.scores, question.tokens, strict=True) if token.is_special
    ]
    assert all(float(one) == 0.0 for one in specials)


def test_captum_called_directly_gives_the_same() -> None:
    question = ask(task_model("textcnn"), TEXT)
    path = gradients.integrate(question, "zero")
    x = question.embeddings()
    is_text = question.is_removable[None, :, None]
    start = torch.where(is_text, torch.zeros_like(x), x)
    method = captum_attr.IntegratedGradients(question.score_embedded)
    found = method.attribute(x, start, n_steps=path.num_steps)[0].sum(-1)
    torch.testing.assert_close(path.scores, found, atol=1e-5, rtol=0)


def test_a_linear_model_is_explained_exactly() -> None:
    """Of scores that are linear in the mean embedding, every method gives the summand."""
    subject = task_model("bilstm")
    question = ask(subject, TEXT)
    weight = torch.linspace(-1, 1, question.embeddings().shape[2])
    linear = type(question).score_embedded
    try:
        type(question).score_embedded = lambda self, x: (x @ weight).sum(1)  # type: ignore[method-assign]
        path = gradients.integrate(question, "zero")
        summands = (question.embeddings()[0] @ weight) * question.is_removable
        torch.testing.assert_close(path.scores, summands, atol=1e-4, rtol=0)
        assert abs(path.gap) < 1e-4
    finally:
        type(question).score_embedded = linear  # type: ignore[method-assign]


def test_smoothing_is_the_same_each_time_and_near_the_gradient() -> None:
    question = question_of("textcnn class")
    torch.manual_seed(5)
    first = gradients.multiply(question, is_smooth=True)
    torch.manual_seed(6)
    second = gradients.multiply(question, is_smooth=True)
    assert torch.equal(first, second)
    plain = gradients.multiply(question)
    assert float(torch.corrcoef(torch.stack([first, plain]))[0, 1]) > 0.9


def test_a_missing_captum_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(gradients, "import_module", fail)
    with pytest.raises(ConfigError, match=r"pip install 'yanmo\[explain\]'"):
        attribute(question_of("gpt2"), "integrated_gradients")
    monkeypatch.setattr(gradients, "import_module", importlib.import_module)
    assert attribute(question_of("gpt2"), "integrated_gradients").baseline == "mean"


def test_methods_follow_the_model() -> None:
    assert "attention" in methods_for(question_of("gpt2").subject)
    assert "attention" not in methods_for(question_of("lstm").subject)
    with pytest.raises(ConfigError, match="no method 'magic'"):
        attribute(question_of("gpt2"), "magic")
    with pytest.raises(ConfigError, match="no attention heads"):
        attribute(question_of("lstm"), "attention_rollout")
