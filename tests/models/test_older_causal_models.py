"""What every language model before the Transformer promises, as the Transformer does."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.models.older_models import CAUSAL, build_causal, draw_tokens
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from yanmo.models.recurrent import RecurrentModel

every_model = pytest.mark.parametrize(("family", "fields"), CAUSAL)
LENGTHS = (6, 1, 8, 5)
DOCUMENTS = torch.repeat_interleave(torch.arange(4), torch.tensor(LENGTHS))[None]


@every_model
def test_packed_documents_equal_each_document_alone(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens, labels = draw_tokens(1, 20), draw_tokens(1, 20, seed=1)
    packed = model(tokens=tokens, document_ids=DOCUMENTS).logits
    packed_loss = model(tokens=tokens, document_ids=DOCUMENTS, labels=labels).loss_sum
    loss, begin = 0.0, 0
    for length in LENGTHS:
        part = slice(begin, begin + length)
        alone = model(tokens=tokens[:, part]).logits
        torch.testing.assert_close(packed[:, part], alone, atol=1e-5, rtol=0)
        loss += model(tokens=tokens[:, part], labels=labels[:, part]).loss_sum.item()
        begin += length
    assert packed_loss.item() == pytest.approx(loss, abs=1e-5 * 20)


@every_model
def test_the_loss_is_that_of_the_logits(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens, labels = draw_tokens(2, 9), draw_tokens(2, 9, seed=1)
    labels[0, :4] = -100
    logits = model(tokens=tokens).logits.flatten(0, 1)
    for smoothing in (0.0, 0.1):
        loss = model(tokens=tokens, labels=labels, label_smoothing=smoothing).loss_sum
        expected = F.cross_entropy(
            logits, labels.flatten(), reduction="sum", label_smoothing=smoothing
        )
        torch.testing.assert_close(loss, expected, atol=1e-4, rtol=0)


@every_model
@pytest.mark.parametrize("pieces", [(1,) * 12, (5, 1, 6)])
def test_a_cache_gives_the_logits_of_the_whole_sequence(
    family: str, fields: dict[str, Any], pieces: tuple[int, ...]
) -> None:
    model = build_causal(family, **fields).eval()
    tokens = draw_tokens(3, 12)
    with torch.no_grad():
        whole = model(tokens=tokens).logits
        cache = model.build_cache(3, 12)
        for _ in range(2):  # the second time after forgetting the first
            parts = [model(tokens=part, cache=cache).logits for part in tokens.split(pieces, dim=1)]
            assert cache.length == 12
            torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)
            cache.truncate(0)


@every_model
def test_a_later_token_never_changes_earlier_logits(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens = draw_tokens(1, 12)
    before = model(tokens=tokens).logits
    for changed in range(1, 12):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % 96
        after = model(tokens=other).logits
        assert torch.equal(after[:, :changed], before[:, :changed])
        assert not torch.equal(after[:, changed], before[:, changed])


@every_model
def test_another_document_in_the_row_changes_nothing(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens = draw_tokens(1, 20)
    other = torch.where(DOCUMENTS == 2, (tokens + 3) % 96, tokens)
    before = model(tokens=tokens, document_ids=DOCUMENTS).logits
    after = model(tokens=other, document_ids=DOCUMENTS).logits
    is_same = DOCUMENTS != 2
    assert torch.equal(before[is_same], after[is_same])
    assert not torch.equal(before[~is_same], after[~is_same])


@every_model
def test_the_last_batch_may_be_smaller(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens = draw_tokens(5, 8)
    whole = model(tokens=tokens).logits
    assert whole.shape == (5, 8, 96)
    parts = torch.cat([model(tokens=tokens[:4]).logits, model(tokens=tokens[4:]).logits])
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=0)


@every_model
def test_padding_costs_nothing_and_changes_nothing(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens, labels = draw_tokens(1, 12), draw_tokens(1, 12, seed=1)
    labels[:, 7:] = -100
    documents = torch.tensor([[0] * 7 + [-1] * 5])
    padded = model(tokens=tokens, document_ids=documents, labels=labels).loss_sum
    alone = model(tokens=tokens[:, :7], labels=labels[:, :7]).loss_sum
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("tie_embeddings", [True, False])
@pytest.mark.parametrize("family", ["rnn", "lstm", "gru", "cnn", "ffn"])
def test_the_loss_begins_at_knowing_nothing(family: str, tie_embeddings: bool) -> None:
    model = build_causal(
        family, vocab_size=4096, d_model=128, depth=3, tie_embeddings=tie_embeddings
    )
    tokens = draw_tokens(4, 129, vocab_size=4096)
    with torch.no_grad():
        loss = model(tokens=tokens[:, :-1], labels=tokens[:, 1:]).loss_sum / (4 * 128)
    assert loss.item() == pytest.approx(math.log(4096), rel=0.02)


@every_model
def test_every_parameter_gets_a_gradient(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields)
    tokens = draw_tokens(2, 20)
    model(tokens=tokens, labels=draw_tokens(2, 20, seed=1)).loss_sum.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


@every_model
def test_initial_values_depend_on_the_seed_and_the_name(
    family: str, fields: dict[str, Any]
) -> None:
    first, again, other = (build_causal(family, seed=seed, **fields) for seed in (1, 1, 2))
    matrices = {}
    for name, parameter in first.named_parameters():
        assert torch.isfinite(parameter).all()
        assert torch.equal(again.get_parameter(name), parameter)
        if parameter.ndim > 1:
            assert not torch.equal(other.get_parameter(name), parameter)
            matrices[name] = parameter.flatten()[:8]
    assert len({tuple(value.tolist()) for value in matrices.values()}) == len(matrices)


@every_model
def test_tied_weights_are_one_tensor(family: str, fields: dict[str, Any]) -> None:
    for tie_embeddings in (True, False):
        model = build_causal(family, **fields | {"tie_embeddings": tie_embeddings})
        assert (model.lm_head.weight is model.embed.weight) == tie_embeddings


@every_model
def test_flops_per_token_equal_the_matrix_products_that_torch_counts(
    family: str, fields: dict[str, Any]
) -> None:
    # Two products backward for one forward, but for one: nothing asks for the gradient of the state
    # before the first token.
    model = build_causal(family, **fields)
    tokens = draw_tokens(3, 20)
    counter = FlopCounterMode(display=False)
    # The fused LSTM of a CPU is one operation, in which nothing is counted.
    with counter, torch.backends.mkldnn.flags(enabled=False):
        model(tokens=tokens).logits.sum().backward()
    expected = tokens.numel() * model.flops_per_token(20)
    if isinstance(model, RecurrentModel):
        gates = {"rnn": 1, "gru": 3, "lstm": 4}[family]
        expected -= 2 * 3 * gates * model.config.d_hidden**2 * model.config.num_layers
    assert counter.get_total_flops() == expected
    assert model.flops_per_token(7) == model.flops_per_token()


@every_model
def test_dropout_acts_in_training_only(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields, dropout=0.3)
    tokens = draw_tokens(1, 8)
    assert not torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)
    model.eval()
    assert torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)


@every_model
def test_half_precision_products_stay_close(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields).eval()
    tokens, labels = draw_tokens(2, 20), draw_tokens(2, 20, seed=1)
    documents = DOCUMENTS.expand(2, -1)
    exact = model(tokens=tokens, document_ids=documents, labels=labels).loss_sum
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(tokens=tokens, document_ids=documents, labels=labels).loss_sum
    rough.backward()
    torch.testing.assert_close(rough, exact, atol=0.0, rtol=1e-2)
