"""Predictions do not depend on company, name the right characters, and tell what was not read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.inference.conftest import ModelMaker

from yanmo.core.errors import ConfigError, RunError
from yanmo.core.tag_spans import spans_of
from yanmo.inference.predict import TaskPredictor
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.tokenizer import Tokenizer

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
HEADS = (
    HeadSpec("topic", "classification", ("sea", "hill", "moon")),
    HeadSpec("score", "regression"),
    HeadSpec("entities", "tagging", TAGS),
    HeadSpec("spans", "spans"),
)
TEXTS = (
    "The river runs to the sea.",
    "白日依山尽，黄河入海流。",
    "a",
    "",
    "The end. " * 12,
)
FAMILIES = ("bert", "llama", "lstm")

TaskMaker = Callable[..., TaskModel]


@pytest.fixture(scope="module")
def make_task(make_model: ModelMaker, tokenizer: Tokenizer) -> TaskMaker:
    def make(family: str = "bert", heads: Sequence[HeadSpec] = HEADS, **fields: int) -> TaskModel:
        backbone = make_model(family, tokenizer.vocab_size, **({"max_seq_len": 64} | fields))
        model = TaskModel(backbone, heads)
        model.init_heads(3)
        with torch.no_grad():
            for head in model.heads:
                for parameter in head.parameters():
                    parameter.mul_(20.0)
        return model.eval()

    return make


@pytest.mark.parametrize("family", FAMILIES)
def test_padding_and_company_change_no_prediction(
    family: str, make_task: TaskMaker, tokenizer: Tokenizer
) -> None:
    model = make_task(family)

    def predictor(head: str, batch_tokens: int) -> TaskPredictor:
        return TaskPredictor(model, tokenizer, head=head, batch_tokens=batch_tokens)

    for batch_tokens in (1, 100_000):
        together = predictor("topic", batch_tokens).classify(TEXTS).items
        scores = predictor("score", batch_tokens).score(TEXTS, TEXTS[::-1]).items
        answers = predictor("spans", batch_tokens).answer(["what?"] * len(TEXTS), TEXTS).items
        entities = predictor("entities", batch_tokens).entities(TEXTS).items
        for place, text in enumerate(TEXTS):
            (alone,) = predictor("topic", 1).classify([text]).items
            np.testing.assert_allclose(
                alone.probabilities, together[place].probabilities, atol=1e-5
            )
            (score,) = predictor("score", 1).score([text], [TEXTS[::-1][place]]).items
            assert score == pytest.approx(scores[place], abs=1e-4)
            (answer,) = predictor("spans", 1).answer(["what?"], [text]).items
            assert (answer.text, answer.start) == (answers[place].text, answers[place].start)
            assert predictor("entities", 1).entities([text]).items == (entities[place],)


def test_networks_made_for_tasks_predict_alone_as_in_company(tokenizer: Tokenizer) -> None:
    shape: dict[str, int] = {"vocab_size": tokenizer.vocab_size, "d_model": 16, "max_seq_len": 48}
    cnn = TextCNN(TextCNNConfig(**shape, num_classes=0, num_filters=8))
    lstm = BidirectionalRecurrent(
        RecurrentEncoderConfig(**shape, cell="lstm", d_hidden=16, num_layers=1)
    )
    crf = HeadSpec("entities", "tagging", TAGS, has_crf=True)
    for network, heads in ((cnn, HEADS[:2]), (lstm, [*HEADS[:2], crf])):
        network.init_weights(0)
        model = TaskModel(network, heads)
        model.init_heads(1)
        for head in heads:
            predictor = TaskPredictor(model, tokenizer, head=head.name)
            if head.kind == "tagging":
                together = predictor.entities(TEXTS).items
                assert [predictor.entities([text]).items[0] for text in TEXTS] == list(together)
                continue
            if head.kind == "regression":
                scores = predictor.score(TEXTS).items
                alone = [predictor.score([text]).items[0] for text in TEXTS]
                np.testing.assert_allclose(alone, scores, atol=1e-6)
                continue
            classes = predictor.classify(TEXTS).items
            for text, one in zip(TEXTS, classes, strict=True):
                (found,) = predictor.classify([text]).items
                np.testing.assert_allclose(found.probabilities, one.probabilities, atol=1e-6)


def test_a_model_in_training_stays_in_training(make_task: TaskMaker, tokenizer: Tokenizer) -> None:
    model = make_task().train()
    before = TaskPredictor(model, tokenizer).classify(TEXTS).items
    assert model.training
    assert TaskPredictor(model.eval(), tokenizer).classify(TEXTS).items == before
    assert not model.training


def test_probabilities_are_those_of_the_model(make_task: TaskMaker, tokenizer: Tokenizer) -> None:
    model = make_task()
    found = TaskPredictor(model, tokenizer).classify(TEXTS[:1]).items[0]
    ids = torch.tensor([tokenizer.with_specials(TEXTS[0])])
    with torch.no_grad():
        expected = model(ids, head=0).scores.softmax(-1)[0]
    np.testing.assert_allclose(found.probabilities, expected.numpy(), atol=1e-6)
    assert found.label == HEADS[0].labels[int(expected.argmax())]
    assert sum(found.probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_entities_and_answers_stand_where_they_say(
    family: str, make_task: TaskMaker, tokenizer: Tokenizer
) -> None:
    model = make_task(family)
    entities = TaskPredictor(model, tokenizer, head="entities").entities(TEXTS).items
    assert any(entities)
    for text, own in zip(TEXTS, entities, strict=True):
        for entity in own:
            assert text[entity.start : entity.end] == entity.text
            assert entity.text.strip() == entity.text != ""
    questions = ["what?"] * len(TEXTS)
    for text, answer in zip(
        TEXTS,
        TaskPredictor(model, tokenizer, head="spans").answer(questions, TEXTS).items,
        strict=True,
    ):
        assert answer.start == -1 or text[answer.start :].startswith(answer.text)
        assert answer.has_answer == (answer.log_odds >= 0)
        assert answer.answer == (answer.text if answer.has_answer else "")


def test_the_threshold_decides_whether_there_is_an_answer(
    make_task: TaskMaker, tokenizer: Tokenizer
) -> None:
    predictor = TaskPredictor(make_task(), tokenizer, head="spans")
    (usual,) = predictor.answer(["what?"], [TEXTS[0]]).items
    for threshold, is_answered in ((usual.log_odds - 0.1, True), (usual.log_odds + 0.1, False)):
        (found,) = predictor.answer(["what?"], [TEXTS[0]], threshold=threshold).items
        assert found.has_answer is is_answered
        assert found.text == usual.text


def test_every_word_gets_a_tag_that_its_neighbours_allow(
    make_task: TaskMaker, tokenizer: Tokenizer
) -> None:
    sentences = [text.split() for text in TEXTS] + [list("白日依山尽") * 20]
    joiners = [" "] * len(TEXTS) + [""]
    for length in (None, LengthConfig(max_tokens=24)):
        predictor = TaskPredictor(make_task(), tokenizer, length, head="entities")
        found = predictor.tag(sentences, joiners)
        for words, tags in zip(sentences, found.items, strict=True):
            assert len(tags) == len(words)
            before = "O"
            for tag in tags:
                assert not tag.startswith("I-") or before[2:] == tag[2:]
                before = tag
            spans_of(tags)
        assert (found.counts.num_cut_words > 0) == (length is not None)


def test_windows_of_a_short_text_change_nothing(make_task: TaskMaker, tokenizer: Tokenizer) -> None:
    model = make_task()
    cut = TaskPredictor(model, tokenizer, LengthConfig()).classify(TEXTS)
    read = TaskPredictor(model, tokenizer).classify(TEXTS)
    assert cut.items[:4] == read.items[:4]
    assert cut.items[4] != read.items[4]
    assert (cut.counts.num_cut_texts, read.counts.num_cut_texts) == (1, 0)


def test_a_head_is_asked_for_what_it_does(make_task: TaskMaker, tokenizer: Tokenizer) -> None:
    model = make_task()
    with pytest.raises(ConfigError, match="no head elsewhere"):
        TaskPredictor(model, tokenizer, head="elsewhere")
    with pytest.raises(ConfigError, match="topic"):
        TaskPredictor(model, tokenizer).score(["a"])
    plain = make_task(heads=[HeadSpec("parts", "tagging", ("NOUN", "VERB"))])
    with pytest.raises(ConfigError, match="does not mark entities"):
        TaskPredictor(plain, tokenizer).entities(["a"])
    assert set(TaskPredictor(plain, tokenizer).tag([["a", "b"]], [" "]).items[0]) <= {
        "NOUN",
        "VERB",
    }


def test_scores_that_are_not_numbers_are_an_error(
    make_task: TaskMaker, tokenizer: Tokenizer
) -> None:
    model = make_task()
    with torch.no_grad():
        model.backbone.embed.weight.fill_(float("nan"))
    with pytest.raises(RunError):
        TaskPredictor(model, tokenizer).classify(["a"])


def test_real_passages_of_both_languages_are_read_whole(
    make_task: TaskMaker, tokenizer: Tokenizer, shared_data: Path
) -> None:
    for name in ("xquad/xquad.en.json", "xquad/xquad.zh.json"):
        data = json.loads((shared_data / "qa" / name).read_text(encoding="utf-8"))["data"]
        paragraphs = [paragraph for article in data[:2] for paragraph in article["paragraphs"]]
        passages = [paragraph["context"] for paragraph in paragraphs]
        questions = [paragraph["qas"][0]["question"] for paragraph in paragraphs]
        predictor = TaskPredictor(make_task(max_seq_len=512), tokenizer, head="spans")
        found = predictor.answer(questions, passages)
        assert found.counts.num_cut_tokens == 0
        assert found.counts.num_texts_in_windows > 0
        for passage, answer in zip(passages, found.items, strict=True):
            assert passage[answer.start :].startswith(answer.text)
