"""States of one text in another: where the difference enters, and where it is read."""

from __future__ import annotations

import pytest
from tests.interpretation.subjects import TEXT, language_model, question_of, task_model

from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.patching import patch_activations
from yanmo.interpretation.question import Question


def pair(family: str) -> tuple[Question, Question]:
    """Two texts that differ in one token."""
    subject = language_model(family)
    clean = ask(subject, "the river runs to the sea", answer=" the")
    other = ask(subject, "the river runs to the bad", answer=" the")
    return clean, other


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_difference_enters_at_the_changed_token_and_is_read_at_the_end(family: str) -> None:
    clean, other = pair(family)
    last = len(clean.tokens) - 1
    changed = [
        place
        for place, (a, b) in enumerate(zip(clean.tokens, other.tokens, strict=True))
        if a.id != b.id
    ]
    assert changed == [last]
    found = patch_activations(clean, other)
    assert found.layers == ("0", "1", "2")
    assert found.recovered[0] == pytest.approx([0.0] * last + [1.0], abs=1e-3)
    assert found.recovered[-1] == pytest.approx([0.0] * last + [1.0], abs=1e-3)


def test_states_in_between_carry_the_difference() -> None:
    """A token before the last is changed: its state brings the answer back before the layer that
    reads it, that of the last token behind it."""
    subject = language_model("gpt2")
    clean = ask(subject, "to the sea and the", answer=" the")
    other = ask(subject, "to the bad and the", answer=" the")
    found = patch_activations(clean, other)
    (place,) = [
        place for place in range(len(clean.tokens)) if clean.tokens[place] != other.tokens[place]
    ]
    assert found.recovered[0][place] == pytest.approx(1.0, abs=1e-3)
    assert found.recovered[2][place] == pytest.approx(0.0, abs=1e-3)
    assert found.recovered[2][-1] == pytest.approx(1.0, abs=1e-3)
    assert abs(found.recovered[1][-1]) > 1e-3


def test_texts_that_cannot_be_compared_are_told() -> None:
    subject = language_model("gpt2")
    clean = ask(subject, TEXT, answer=" is")
    with pytest.raises(ConfigError, match="different numbers of tokens"):
        patch_activations(clean, ask(subject, TEXT + TEXT, answer=" is"))
    with pytest.raises(ConfigError, match="different answers"):
        patch_activations(clean, ask(subject, TEXT, answer=" as"))
    with pytest.raises(ConfigError, match="alike"):
        patch_activations(clean, ask(subject, TEXT, answer=" is"))
    with pytest.raises(ConfigError, match="no blocks"):
        patch_activations(question_of("bilstm class"), ask(task_model("bilstm"), TEXT))
