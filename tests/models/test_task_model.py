"""Heads on backbones: what they score, that padding and packing change nothing, and that they
learn."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.task_backbones import (
    FAMILIES,
    LABELS,
    LENGTHS,
    NUMBER,
    PACKING,
    SPAN,
    TAGGERS,
    TAGS,
    build_backbone,
    build_task_model,
    classes,
    draw_rows,
    tagger,
)
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.training.objectives.classification import ClassificationLoss
from yanmo.training.objectives.regression import RegressionLoss

POOLED = [
    ("bert", "cls"),
    ("bert", "mean"),
    ("bert", "max"),
    ("bert", "pooler"),
    ("roberta", "pooler"),
    ("qwen3", "last"),
    ("gpt2", "mean"),
    ("llama", "last"),
    ("lstm", "last"),
    ("cnn", "mean"),
    ("ffn", "mean"),
    ("t5", "mean"),
    ("lstm_seq2seq", "max"),
    ("bilstm", "max"),
    ("textcnn", None),
]


@pytest.mark.parametrize(("family", "pooling"), POOLED)
def test_a_row_has_one_score_for_each_class(family: str, pooling: Any) -> None:
    model = build_task_model(family, classes(pooling))
    called: list[object] = []
    if hasattr(model.backbone, "lm_head"):
        model.backbone.lm_head.register_forward_hook(lambda *_: called.append(1))
    output = model(**draw_rows())
    assert output.scores.shape == (3, 3)
    assert not called, "the vocabulary was scored"


@pytest.mark.parametrize(("family", "pooling"), POOLED)
def test_padding_changes_no_score_of_a_row(family: str, pooling: Any) -> None:
    model = build_task_model(family, classes(pooling), NUMBER)
    batch = draw_rows()
    for head in (0, 1):
        together = model(**batch, head=head).scores
        for row, length in enumerate(LENGTHS.tolist()):
            alone = model(tokens=batch["tokens"][row : row + 1, :length], head=head).scores
            torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=0)
        assert (together[0] - together[1]).abs().max() > 1e-2, "scores that are alike prove nothing"


@pytest.mark.parametrize("family", TAGGERS)
def test_padding_changes_no_score_and_no_loss_of_tokens(family: str) -> None:
    model = build_task_model(family, tagger(), tagger_with_chain(), SPAN)
    batch = draw_rows()
    tags = torch.randint(len(TAGS), (3, 12), generator=torch.Generator().manual_seed(3))
    tags = tags.masked_fill(~batch["mask"], -100)
    spans = torch.tensor([[2, 5], [6, 6], [0, 0]])
    for head, labels in ((0, tags), (1, tags), (2, spans)):
        together = model(**batch, head=head, labels=labels)
        loss_sum = 0.0
        for row, length in enumerate(LENGTHS.tolist()):
            own = labels[row : row + 1] if head == 2 else labels[row : row + 1, :length]
            tokens = batch["tokens"][row : row + 1, :length]
            alone = model(tokens=tokens, head=head, labels=own)
            scores = together.scores[row : row + 1, :length]
            torch.testing.assert_close(scores, alone.scores, atol=1e-5, rtol=0)
            loss_sum += alone.loss_sum.item()
        assert together.loss_sum.item() == pytest.approx(loss_sum, abs=1e-3)
    assert bool((together.scores[1, 7:] < -1e30).all()), "padding could begin an answer"


def tagger_with_chain() -> HeadSpec:
    return HeadSpec("chained", "tagging", TAGS, has_crf=True)


@pytest.mark.parametrize("family", PACKING)
@pytest.mark.parametrize("has_crf", [False, True])
def test_packed_texts_are_tagged_as_if_each_had_its_row(family: str, has_crf: bool) -> None:
    model = build_task_model(family, tagger(has_crf=has_crf))
    tokens = draw_rows()["tokens"][:1]
    document_ids = torch.tensor([[0] * 5 + [1] * 4 + [-1] * 3])
    positions = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 0, 0]])
    labels = torch.randint(len(TAGS), (1, 12), generator=torch.Generator().manual_seed(3))
    labels[0, 9:] = labels[0, 2] = -100
    packed = model(tokens, positions=positions, document_ids=document_ids, labels=labels)
    loss_sum = 0.0
    for part in (slice(0, 5), slice(5, 9)):
        alone = model(tokens[:, part], labels=labels[:, part])
        torch.testing.assert_close(packed.scores[:, part], alone.scores, atol=1e-5, rtol=0)
        loss_sum += alone.loss_sum.item()
    assert packed.loss_sum.item() == pytest.approx(loss_sum, abs=1e-3)
    is_counted = labels != -100
    found = model.decode_tags(packed.scores, is_counted, document_ids)
    first = model.decode_tags(packed.scores[:, :5], is_counted[:, :5])
    assert torch.equal(found[:, :5], first)
    assert torch.equal(found == -100, ~is_counted)


def test_pooling_takes_the_states_that_it_names() -> None:
    batch = draw_rows()
    is_real = batch["mask"]
    for pooling, reduce in (("mean", lambda x: x.mean(0)), ("max", lambda x: x.amax(0))):
        output = build_task_model("bert", classes(pooling))(**batch)
        for row in range(3):
            expected = reduce(output.hidden[row][is_real[row]])
            torch.testing.assert_close(output.pooled[row], expected, atol=1e-6, rtol=0)
    output = build_task_model("qwen3", classes("last"))(**batch)
    for row, length in enumerate(LENGTHS.tolist()):
        assert torch.equal(output.pooled[row], output.hidden[row, length - 1])
    output = build_task_model("bert", classes("cls"))(**batch)
    assert torch.equal(output.pooled, output.hidden[:, 0])


def test_the_loss_is_that_of_the_objective() -> None:
    model = build_task_model("bert", classes("mean"))
    labels = torch.tensor([2, -100, 0])
    weights = torch.tensor([0.5, 1.0, 3.0])
    found = model(**draw_rows(), labels=labels, class_weights=weights)
    objective = ClassificationLoss(class_weights=weights.tolist())
    expected, num_targets = objective.loss(model, {**draw_rows(), "labels": labels})
    assert num_targets == 2
    torch.testing.assert_close(found.loss_sum, expected)
    log_probs = F.log_softmax(found.scores, 1)
    by_hand = -(3.0 * log_probs[0, 2] + 0.5 * log_probs[2, 0])
    torch.testing.assert_close(found.loss_sum, by_hand)
    hard = model(**draw_rows(), labels=torch.tensor([2, 1, 0])).loss_sum
    soft = model(**draw_rows(), labels=F.one_hot(torch.tensor([2, 1, 0]), 3)).loss_sum
    torch.testing.assert_close(hard, soft)


def test_a_number_has_a_squared_error() -> None:
    model = build_task_model("bert", NUMBER)
    labels = torch.tensor([0.5, -2.0, 4.0])
    output = model(**draw_rows(), labels=labels)
    assert output.scores.shape == (3,)
    torch.testing.assert_close(output.loss_sum, ((output.scores - labels) ** 2).sum())
    expected, num_targets = RegressionLoss().loss(model, {**draw_rows(), "labels": labels})
    assert num_targets == 3
    torch.testing.assert_close(output.loss_sum, expected)


def test_a_span_has_the_mean_loss_of_its_ends() -> None:
    model = build_task_model("bert", SPAN)
    labels = torch.tensor([[2, 5], [6, 6], [-100, -100]])
    output = model(**draw_rows(), labels=labels)
    log_probs = F.log_softmax(output.scores, 1)
    ends = log_probs[0, 2, 0] + log_probs[0, 5, 1] + log_probs[1, 6, 0] + log_probs[1, 6, 1]
    torch.testing.assert_close(output.loss_sum, -ends / 2)


def test_tags_without_labels_do_not_break_a_chain() -> None:
    """The pieces of a word behind its first carry no tag: neighbours are the first pieces."""
    model = build_task_model("bert", tagger(has_crf=True))
    labels = torch.tensor([[-100, 1, -100, 2, 0, -100, 3, 4, -100, 0, 0, -100]])
    output = model(draw_rows()["tokens"][:1], labels=labels)
    is_counted = labels != -100
    scores, tags = output.scores[is_counted][None], labels[is_counted][None]
    chain = model.head().chain
    assert chain is not None
    expected = -chain(scores, tags, torch.ones_like(tags, dtype=torch.bool))
    torch.testing.assert_close(output.loss_sum, expected[0])
    assert output.loss_sum.item() > 1


@pytest.mark.parametrize("has_crf", [False, True])
def test_decoded_tags_are_bio_where_the_labels_are(has_crf: bool) -> None:
    model = build_task_model("bert", tagger(has_crf=has_crf))
    batch = draw_rows()
    scores = model(**batch).scores
    found = model.decode_tags(scores, batch["mask"])
    for row, length in enumerate(LENGTHS.tolist()):
        names = [TAGS[tag] for tag in found[row, :length].tolist()]
        for before, tag in zip(["O", *names], names, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:]
    free = model.decode_tags(scores, batch["mask"], is_bio=False)
    assert not torch.equal(found, free), "the rule changed nothing here"
    if not has_crf:
        assert torch.equal(free[batch["mask"]], scores.argmax(-1)[batch["mask"]])


def test_several_heads_share_a_backbone_and_none_changes_another() -> None:
    model = build_task_model("bert", classes("mean"), NUMBER, tagger(), SPAN)
    shapes = [model(**draw_rows(), head=index).scores.shape for index in range(4)]
    assert shapes == [(3, 3), (3,), (3, 12, 5), (3, 12, 2)]
    model.train()
    model(**draw_rows(), head=torch.tensor(1), labels=torch.zeros(3)).loss_sum.backward()
    for name, parameter in model.heads.named_parameters():
        assert (parameter.grad is not None) == name.startswith("1."), name
    with pytest.raises(ConfigError, match="sentiment"):
        build_task_model("bert", classes(), classes())


def test_pairs_are_told_apart_where_the_encoder_knows_segments() -> None:
    batch = draw_rows()
    segments = (torch.arange(12) > 5).long().expand(3, 12)
    model = build_task_model("bert", classes())
    assert model.num_segments == 2
    assert not torch.equal(model(**batch, segments=segments).scores, model(**batch).scores)
    for family in ("roberta", "qwen3"):
        model = build_task_model(family, classes())
        assert model.num_segments == 1
        assert torch.equal(model(**batch, segments=segments).scores, model(**batch).scores)


def test_heads_begin_from_their_seed_and_the_backbone_keeps_what_it_has() -> None:
    model = build_task_model("bert", classes("mean"), tagger(has_crf=True))
    before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
    model.init_heads(seed=5)
    first = [parameter.clone() for parameter in model.heads.parameters()]
    model.init_heads(seed=6)
    assert not torch.equal(model.head().out_proj.weight, first[0])
    model.init_heads(seed=5)
    for parameter, expected in zip(model.heads.parameters(), first, strict=True):
        assert torch.equal(parameter, expected)
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_that_makes_the_score_learns_and_no_other(family: str) -> None:
    model = build_task_model(family, classes()).train()
    model(**draw_rows(), labels=torch.tensor([2, 1, 0])).loss_sum.backward()
    for name, parameter in model.named_parameters():
        has_learned = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        if not name.endswith(("k_proj.bias", "embed_segments.weight")):  # keys' biases say nothing
            assert has_learned == parameter.requires_grad, name


def test_what_no_head_reads_takes_no_gradient() -> None:
    model = build_task_model("bert", classes("mean"))
    frozen = {
        name.split(".")[1] for name, weight in model.named_parameters() if not weight.requires_grad
    }
    assert frozen == {"mlm_head", "lm_head", "pooler"}
    assert model.backbone.embed.weight.requires_grad, "it is the output projection too"
    with_pooler = build_task_model("bert", classes("pooler"))
    assert all(weight.requires_grad for weight in with_pooler.backbone.pooler.parameters())
    untied = build_task_model("qwen3", classes("mean"), tie_embeddings=False)
    assert not untied.backbone.lm_head.weight.requires_grad


@pytest.mark.parametrize(
    ("family", "pooling"), [("bert", "last"), ("qwen3", "cls"), ("bilstm", "last")]
)
def test_a_state_that_has_not_seen_the_text_is_refused(family: str, pooling: Any) -> None:
    with pytest.raises(ConfigError, match=pooling):
        build_task_model(family, classes(pooling))


@pytest.mark.parametrize("head", [tagger(), SPAN])
def test_a_convolutional_classifier_refuses_to_score_tokens(head: HeadSpec) -> None:
    with pytest.raises(ConfigError, match=head.kind):
        build_task_model("textcnn", head)


def test_what_is_no_model_of_texts_is_refused() -> None:
    with pytest.raises(ConfigError, match="Linear"):
        TaskModel(torch.nn.Linear(2, 2), [classes()])


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "classification"},
        {"kind": "classification", "labels": ("one",)},
        {"kind": "tagging", "labels": ("a", "a")},
        {"kind": "regression", "labels": LABELS},
        {"kind": "spans", "pooling": "mean"},
        {"kind": "classification", "labels": LABELS, "has_crf": True},
    ],
)
def test_parts_that_do_not_go_together_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="topic"):
        HeadSpec("topic", **fields)


def test_flops_leave_out_the_vocabulary() -> None:
    backbone = build_backbone("qwen3")
    model = TaskModel(backbone, [classes()])
    assert backbone.flops_per_token(8) - model.flops_per_token(8) == 6 * 64 * 32
    assert TaskModel(build_backbone("bilstm"), [classes()]).flops_per_token(8) == 6 * (
        4 * 32 * (16 + 16)
    )


@pytest.mark.parametrize("family", ["bilstm", "textcnn", "qwen3"])
def test_a_task_model_learns_which_token_its_texts_hold(family: str) -> None:
    model = build_task_model(family, classes()).train()
    model.init_heads(0)
    optimizer = torch.optim.AdamW(
        [weight for weight in model.parameters() if weight.requires_grad], lr=1e-2
    )
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(60):
        tokens = torch.randint(8, 60, (16, 10), generator=generator)
        labels = torch.randint(3, (16,), generator=generator)
        tokens[torch.arange(16), torch.randint(10, (16,), generator=generator)] = labels + 2
        loss = model(tokens, labels=labels).loss_sum / 16
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
