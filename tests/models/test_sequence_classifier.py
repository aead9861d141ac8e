"""A classifier scores classes, not tokens; padding and the vocabulary have no part in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.decoder import Decoder
from yanmo.models.encoder import Encoder
from yanmo.models.families import bert
from yanmo.models.presets import derive_model
from yanmo.models.sequence_classifier import SequenceClassifier
from yanmo.models.text_cnn import TextCNN
from yanmo.training.objectives.classification import ClassificationLoss
from yanmo.training.objectives.regression import RegressionLoss

KINDS = [("bert", "cls"), ("bert", "mean"), ("bert", "pooler"), ("qwen3", "last"), ("gpt2", "mean")]
LENGTHS = torch.tensor([12, 7, 1])


def build(family: str, num_labels: int = 3, pooling: Any = None) -> SequenceClassifier:
    section = ModelConfig.model_validate(
        {"family": family, "depth": 2, "d_model": 32, "num_heads": 4, "max_seq_len": 16}
    )
    model = build_model(derive_model(section, 64).config, torch.device("cpu"), seed=0)
    assert isinstance(model, Encoder | Decoder)
    classifier = SequenceClassifier(model, num_labels, pooling)
    classifier.init_classifier(seed=1)
    with torch.no_grad():  # away from the small initial values, so that a mistake shows
        classifier.classifier.weight.mul_(20)
    return classifier.eval()


def rows() -> dict[str, torch.Tensor]:
    tokens = torch.randint(60, (3, 12), generator=torch.Generator().manual_seed(2))
    return {"tokens": tokens, "mask": torch.arange(12)[None] < LENGTHS[:, None]}


@pytest.mark.parametrize(("family", "pooling"), KINDS)
def test_a_row_has_one_score_for_each_class(family: str, pooling: str) -> None:
    classifier = build(family, pooling=pooling)
    called: list[object] = []
    classifier.model.lm_head.register_forward_hook(lambda *_: called.append(1))
    output = classifier(**rows())
    assert output.scores.shape == (3, 3)
    assert output.pooled.shape == (3, 32) and output.hidden.shape == (3, 12, 32)
    assert not called, "the vocabulary was scored"


@pytest.mark.parametrize(("family", "pooling"), KINDS)
def test_padding_changes_no_score(family: str, pooling: str) -> None:
    classifier = build(family, pooling=pooling)
    batch = rows()
    together = classifier(**batch).scores
    for row, length in enumerate(LENGTHS.tolist()):
        alone = classifier(tokens=batch["tokens"][row : row + 1, :length]).scores
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=0)
    assert (together[0] - together[1]).abs().max() > 1e-2, "scores that are all alike prove nothing"


def test_pooling_takes_the_states_that_it_names() -> None:
    batch = rows()
    is_real = batch["mask"]
    output = build("bert", pooling="mean")(**batch)
    for row in range(3):
        mean = output.hidden[row][is_real[row]].mean(0)
        torch.testing.assert_close(output.pooled[row], mean, atol=1e-6, rtol=0)
    output = build("qwen3", pooling="last")(**batch)
    for row, length in enumerate(LENGTHS.tolist()):
        assert torch.equal(output.pooled[row], output.hidden[row, length - 1])
    output = build("bert", pooling="cls")(**batch)
    assert torch.equal(output.pooled, output.hidden[:, 0])


def test_the_loss_is_that_of_the_objective() -> None:
    classifier = build("bert")
    labels = torch.tensor([2, -100, 0])
    weights = torch.tensor([0.5, 1.0, 3.0])
    found = classifier(**rows(), labels=labels, class_weights=weights)
    objective = ClassificationLoss(class_weights=weights.tolist())
    expected, num_targets = objective.loss(classifier, {**rows(), "labels": labels})
    assert num_targets == 2
    torch.testing.assert_close(found.loss_sum, expected)
    log_probs = F.log_softmax(found.scores, 1)
    by_hand = -(3.0 * log_probs[0, 2] + 0.5 * log_probs[2, 0])
    torch.testing.assert_close(found.loss_sum, by_hand)


def test_a_class_is_the_same_as_all_probability_on_it() -> None:
    classifier = build("bert")
    labels = torch.tensor([2, 1, 0])
    hard = classifier(**rows(), labels=labels).loss_sum
    soft = classifier(**rows(), labels=F.one_hot(labels, 3)).loss_sum
    torch.testing.assert_close(hard, soft)


def test_one_label_is_a_number() -> None:
    classifier = build("bert", num_labels=1)
    labels = torch.tensor([0.5, -2.0, 4.0])
    output = classifier(**rows(), labels=labels)
    assert output.scores.shape == (3, 1)
    torch.testing.assert_close(output.loss_sum, ((output.scores[:, 0] - labels) ** 2).sum())
    expected, num_targets = RegressionLoss().loss(classifier, {**rows(), "labels": labels})
    assert num_targets == 3
    torch.testing.assert_close(output.loss_sum, expected)


def test_text_cnn_takes_the_same_batches() -> None:
    config = TextCNNConfig(vocab_size=64, d_model=8, num_filters=4, num_classes=3)
    network = TextCNN(config).eval()
    network.init_weights(seed=0)
    batch = {**rows(), "labels": torch.tensor([2, 1, 0])}
    for model in (network, build("bert")):
        loss_sum, num_targets = ClassificationLoss().loss(model, batch)
        assert num_targets == 3
        torch.testing.assert_close(model(**batch).loss_sum, loss_sum)


def test_the_classifier_begins_from_its_seed_and_the_model_keeps_what_it_has() -> None:
    classifier = build("bert")
    before = {name: value.clone() for name, value in classifier.model.state_dict().items()}
    classifier.init_classifier(seed=5)
    first = classifier.classifier.weight.clone()
    classifier.init_classifier(seed=6)
    assert not torch.equal(classifier.classifier.weight, first)
    classifier.init_classifier(seed=5)
    assert torch.equal(classifier.classifier.weight, first)
    for name, value in classifier.model.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize(("family", "pooling"), [("bert", "last"), ("qwen3", "cls")])
def test_a_state_that_has_not_seen_the_text_is_refused(family: str, pooling: str) -> None:
    with pytest.raises(ConfigError, match=pooling):
        build(family, pooling=pooling)


def test_an_encoder_without_a_pooler_cannot_be_pooled_by_it() -> None:
    with pytest.raises(ConfigError, match="pooler"):
        build("roberta", pooling="pooler")


def test_a_classifier_of_transformers_gives_the_same_scores(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    theirs = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=64,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=16,
            num_labels=3,
        )
    ).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    fields = theirs.config.to_dict() | {"architectures": ["BertModel"]}
    model = build_model(bert.from_hf_config(fields), torch.device("cpu"), seed=0)
    assert isinstance(model, Encoder)
    state = bert.from_hf_state(model.config, theirs.bert.state_dict())
    model.load_state_dict(state | {"lm_head.weight": state["embed.weight"]})
    classifier = SequenceClassifier(model, 3, "pooler").eval()
    classifier.classifier.load_state_dict(theirs.classifier.state_dict())
    batch = rows()
    with torch.no_grad():
        found = classifier(**batch).scores
        expected = theirs(batch["tokens"], attention_mask=batch["mask"].long()).logits
    assert expected.std() > 0.3
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_every_weight_that_makes_the_score_learns() -> None:
    classifier = build("bert").train()
    classifier(**rows(), labels=torch.tensor([2, 1, 0])).loss_sum.backward()
    for name, parameter in classifier.named_parameters():
        is_used = not name.startswith(("model.mlm_head", "model.lm_head", "model.pooler"))
        has_learned = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        if not name.endswith("k_proj.bias"):  # adds the same to all scores of a query
            assert has_learned == is_used, name
