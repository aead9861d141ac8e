"""The deletion test knows a method that names what a planted model looks at from any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.interpretation.subjects import CLASSES, tokenizer

from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.attribution import attribute
from yanmo.interpretation.deletion_test import deletion_test, judge_rankings
from yanmo.interpretation.question import Question
from yanmo.interpretation.subject import Subject
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN

WORD = " sea"


def planted() -> Subject:
    """A classifier that says the third class where one word stands, and sees nothing else."""
    shape = TextCNNConfig(
        vocab_size=320, num_classes=0, d_model=4, num_filters=1, filter_widths=(1,)
    )
    network = TextCNN(shape)
    model = TaskModel(network, (CLASSES,))
    (word,) = tokenizer().encode(WORD)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        network.embed.weight[:, 1:] = torch.randn(320, 3, generator=generator)
        network.embed.weight[word, 0] = 1.0
        network.filters[0].weight[0, 0, 0] = 1.0
        model.heads[0].out_proj.weight[2, 0] = 6.0
        model.heads[0].out_proj.bias[0] = 2.0
    return Subject(model.eval(), tokenizer())


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """Texts in which the word stands somewhere."""
    subject = planted()
    generator = np.random.default_rng(0)
    words = ["the", "bad", "river", "film", "end", "full", "to", "never"]
    texts = []
    for _ in range(25):
        drawn = list(generator.choice(words, size=8))
        drawn.insert(int(generator.integers(1, 8)), WORD.strip())
        texts.append(" ".join(drawn))
    return [ask(subject, text) for text in texts]


def test_the_planted_word_is_the_answer(questions: list[Question]) -> None:
    assert {question.answer.text for question in questions} == {"good"}
    scores = attribute(questions[0], "occlusion").scores
    assert questions[0].tokens[int(np.argmax(scores))].text == WORD


def test_methods_that_name_the_word_pass(questions: list[Question]) -> None:
    pytest.importorskip("captum")
    test = deletion_test(
        questions, ["integrated_gradients", "gradient_x_input", "occlusion"], num_draws=5
    )
    for one in test.methods:
        assert one.verdict == "passes", one
        # Without the word the class of the bias is said, and with it alone everything stays.
        assert one.changed == (1.0,) * 4
        assert one.sufficiency == pytest.approx(0.0, abs=1e-3)
        assert one.gain.low > 0.3
        assert one.sufficiency_gain.low > 0.3


def test_numbers_that_know_nothing_or_the_contrary_do_not_pass(questions: list[Question]) -> None:
    generator = np.random.default_rng(3)
    test = judge_rankings(
        questions,
        {
            "drawn": lambda question: generator.random(len(question.tokens)).tolist(),
            "turned round": lambda question: [
                -one for one in attribute(question, "occlusion").scores
            ],
        },
        num_draws=20,
    )
    drawn, turned = test.methods
    assert drawn.verdict == "undecided"
    assert drawn.gain.low < 0 < drawn.gain.high
    assert turned.verdict == "fails"
    assert test.of("drawn") == drawn and test.of("attention") is None


def test_the_same_seed_draws_the_same(questions: list[Question]) -> None:
    first = deletion_test(questions[:5], ["occlusion"], num_draws=3, seed=1)
    assert first == deletion_test(questions[:5], ["occlusion"], num_draws=3, seed=1)
    assert first != deletion_test(questions[:5], ["occlusion"], num_draws=3, seed=2)


def test_texts_of_one_token_are_left_out_and_counted(questions: list[Question]) -> None:
    subject = planted()
    short = ask(subject, ".")
    test = deletion_test([*questions[:3], short], ["occlusion"], num_draws=2)
    assert (test.num_texts, test.num_left_out) == (3, 1)
    with pytest.raises(ConfigError, match="no text has two tokens"):
        deletion_test([short], ["occlusion"])
