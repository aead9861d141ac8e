"""The encoder: it sees both ways, never padding or another document, and its losses are those of
its scores."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.models.random_models import VOCAB_SIZE, build_random, draw_tokens
from torch.nn import functional as F

from yanmo.models.build import build_model, count_params, lay_out

CPU = torch.device("cpu")
FAMILIES = ("bert", "roberta")
every_family = pytest.mark.parametrize("family", FAMILIES)


@pytest.fixture
def build(make_shape: Any) -> Any:
    """A function from a family to a model away from its small initial values; `shape` replaces
    fields of the shape."""

    def make(family: str, shape: dict[str, Any] | None = None, **fields: Any) -> Any:
        config = make_shape(family, VOCAB_SIZE, **fields).model_copy(update=shape or {})
        return build_random(config)

    return make


def changed_at(tokens: torch.Tensor, place: int) -> torch.Tensor:
    other = tokens.clone()
    other[0, place] = (other[0, place] + 1) % VOCAB_SIZE
    return other


POSITIONS = ("learned", "none", "rotary", "alibi", "relative", "sinusoidal")


@pytest.mark.parametrize("positions", POSITIONS)
@torch.no_grad()
def test_every_position_sees_every_position(build: Any, positions: str) -> None:
    rotary = {"rope_theta": 1e4} if positions == "rotary" else {}
    model = build("bert", {"positions": positions} | rotary, depth=1)
    tokens = draw_tokens(1, 9)
    before = model(tokens=tokens).logits
    for place in range(9):
        after = model(tokens=changed_at(tokens, place)).logits
        assert ((after - before).abs().amax(-1) > 1e-5).all()
    # Where there are positions, order counts.
    order = torch.tensor([1, 0, *range(2, 9)])
    swapped = model(tokens=tokens[:, order]).logits
    assert ((swapped - before).abs().max() > 1e-4) and (
        ((swapped[:, 2:] - before[:, 2:]).abs().max() > 1e-4) == (positions != "none")
    )


@every_family
@torch.no_grad()
def test_padding_never_changes_a_real_position(build: Any, family: str) -> None:
    model, tokens = build(family), draw_tokens(3, 11)
    lengths = torch.tensor([11, 4, 7])
    document_ids = torch.where(torch.arange(11) < lengths[:, None], 0, -1)
    padded = model(tokens=tokens, document_ids=document_ids)
    other = torch.where(document_ids == 0, tokens, (tokens + 9) % VOCAB_SIZE)
    again = model(tokens=other, document_ids=document_ids)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(padded.logits[row, :length], again.logits[row, :length])
        alone = model(tokens=tokens[row : row + 1, :length])
        torch.testing.assert_close(padded.logits[row, :length], alone.logits[0], atol=1e-5, rtol=0)
        if family == "bert":
            torch.testing.assert_close(padded.pooled[row], alone.pooled[0], atol=1e-5, rtol=0)


@every_family
@torch.no_grad()
def test_packed_documents_equal_each_document_alone(build: Any, family: str) -> None:
    model, tokens = build(family), draw_tokens(1, 15)
    lengths = (6, 1, 8)
    positions = torch.cat([torch.arange(length) for length in lengths])[None]
    ids = torch.repeat_interleave(torch.arange(3), torch.tensor(lengths))[None]
    packed = model(tokens=tokens, positions=positions, document_ids=ids).logits
    for together, part in zip(
        packed.split(lengths, dim=1), tokens.split(lengths, dim=1), strict=True
    ):
        torch.testing.assert_close(together, model(tokens=part).logits, atol=1e-5, rtol=0)


@torch.no_grad()
def test_segments_count_and_the_first_is_meant_where_none_are_given(build: Any) -> None:
    model, tokens = build("bert"), draw_tokens(1, 8)
    plain = model(tokens=tokens).logits
    zeros = torch.zeros(1, 8, dtype=torch.long)
    assert torch.equal(model(tokens=tokens, segments=zeros).logits, plain)
    split = (torch.arange(8) >= 5).long()[None]
    other = model(tokens=tokens, segments=split).logits
    assert ((other - plain).abs().amax(-1) > 1e-5).all()


@every_family
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_the_loss_is_that_of_the_scores_where_a_token_is_hidden(
    build: Any, family: str, tie_embeddings: bool
) -> None:
    model, tokens = build(family, tie_embeddings=tie_embeddings), draw_tokens(3, 10)
    labels = torch.full((3, 10), -100)
    for row, place in ((0, 0), (0, 7), (2, 3)):
        labels[row, place] = draw_tokens(1, seed=row + place)[0]
    scores = model(tokens=tokens).logits
    expected = F.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="sum")
    output = model(tokens=tokens, labels=labels)
    assert output.scores is None
    torch.testing.assert_close(output.loss_sum, expected, atol=1e-4, rtol=0)
    own = torch.autograd.grad(output.loss_sum, list(model.blocks.parameters()))
    theirs = torch.autograd.grad(expected, list(model.blocks.parameters()))
    for found, wanted in zip(own, theirs, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_row_in_which_nothing_is_hidden_has_no_loss(build: Any) -> None:
    output = build("bert")(tokens=draw_tokens(2, 5), labels=torch.full((2, 5), -100))
    assert output.loss_sum.item() == 0.0
    output.loss_sum.backward()


def test_the_loss_of_the_next_sentence_weighs_as_much_as_that_of_the_tokens(build: Any) -> None:
    model, tokens = build("bert", {"has_next_sentence": True}), draw_tokens(4, 9)
    is_next = torch.tensor([1, 0, 0, 1])
    labels = torch.where(torch.arange(9) % 4 == 0, tokens, -100)  # 3 in each row
    labels[3, 4:] = -100  # and 1 in the last
    segments = (torch.arange(9) > 4).long().expand(4, -1)
    given = {"tokens": tokens, "segments": segments}
    output = model(**given)
    assert output.next_sentence_scores.shape == (4, 2)
    # Entry 0 says that the second segment follows.
    losses = -output.next_sentence_scores.log_softmax(-1)[torch.arange(4), 1 - is_next]
    tokens_alone = model(**given, labels=labels).loss_sum
    both = model(**given, labels=labels, is_next=is_next).loss_sum
    torch.testing.assert_close(
        both, tokens_alone + (losses * torch.tensor([3, 3, 3, 1])).sum(), atol=1e-4, rtol=0
    )
    halves = [
        model(
            **{name: value[rows] for name, value in given.items()},
            labels=labels[rows],
            is_next=is_next[rows],
        ).loss_sum
        for rows in (slice(0, 1), slice(1, 4))
    ]
    torch.testing.assert_close(sum(halves), both, atol=1e-4, rtol=0)
    both.backward()
    assert model.next_sentence_head.weight.grad.abs().max() > 0
    assert model.pooler.weight.grad.abs().max() > 0


@torch.no_grad()
def test_the_pooler_reads_the_first_position(build: Any) -> None:
    model, tokens = build("bert"), draw_tokens(2, 7)
    output = model(tokens=tokens)
    expected = torch.tanh(output.hidden[:, 0] @ model.pooler.weight.T + model.pooler.bias)
    torch.testing.assert_close(output.pooled, expected, atol=1e-6, rtol=0)
    assert build("roberta")(tokens=tokens).pooled is None


@every_family
@torch.no_grad()
def test_hidden_states_alone_are_given_where_asked(build: Any, family: str) -> None:
    model, tokens = build(family), draw_tokens(1, 6)
    output = model(tokens=tokens, has_scores=False)
    assert output.scores is None
    assert torch.equal(output.hidden, model(tokens=tokens).hidden)


@torch.no_grad()
def test_an_encoder_without_a_head_scores_nothing(build: Any) -> None:
    model = build("bert", {"has_mlm_head": False})
    output = model(tokens=draw_tokens(1, 6))
    assert output.scores is None
    assert output.hidden.shape == (1, 6, 32)


def test_rows_of_the_position_table_before_the_offset_are_never_read(build: Any) -> None:
    model = build("roberta")
    assert model.embed_positions.num_embeddings == model.config.max_seq_len + 2
    model(tokens=draw_tokens(2, model.config.max_seq_len)).logits.sum().backward()
    asked = model.embed_positions.weight.grad.abs().amax(1) > 0
    assert asked.tolist() == [False, False] + [True] * model.config.max_seq_len


@every_family
def test_the_longest_row_is_read_and_a_longer_one_is_not(build: Any, family: str) -> None:
    model = build(family)
    limit = model.config.max_seq_len
    assert model(tokens=draw_tokens(1, limit)).logits.shape == (1, limit, VOCAB_SIZE)
    with pytest.raises(IndexError):
        model(tokens=draw_tokens(1, limit + 1))


@every_family
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_the_loss_begins_at_knowing_nothing(
    make_shape: Any, family: str, tie_embeddings: bool
) -> None:
    shape = make_shape(family, 2048, d_model=128, tie_embeddings=tie_embeddings)
    model = build_model(shape, CPU, seed=0).eval()
    tokens = torch.randint(2048, (8, 24), generator=torch.Generator().manual_seed(2))
    masked = torch.full_like(tokens, 5)
    loss = model(tokens=masked, labels=tokens).loss_sum.item() / tokens.numel()
    assert loss == pytest.approx(math.log(2048), rel=0.05)


@every_family
@pytest.mark.parametrize("has_next_sentence", [True, False])
def test_parameters_are_counted_without_building(
    make_shape: Any, family: str, has_next_sentence: bool
) -> None:
    update = {"has_next_sentence": has_next_sentence, "has_pooler": True}
    shape = make_shape(family).model_copy(update=update)
    model = build_model(shape, CPU, seed=0)
    counted = sum({id(p): p.numel() for p in model.parameters()}.values())
    assert model.num_params() == count_params(shape) == counted
    assert {parameter.device.type for parameter in lay_out(shape).parameters()} == {"meta"}
    assert (model.next_sentence_head is not None) == has_next_sentence


@every_family
@torch.no_grad()
def test_dropout_acts_in_training_only(build: Any, family: str) -> None:
    model, tokens = build(family, dropout=0.3).train(), draw_tokens(1, 8)
    assert not torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)
    model.eval()
    assert torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)


@every_family
def test_an_encoder_keeps_no_cache(build: Any, family: str) -> None:
    with pytest.raises(TypeError, match="does not write"):
        build(family).build_cache(1)
