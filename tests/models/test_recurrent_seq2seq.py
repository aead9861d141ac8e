"""Recurrent encoder-decoders: what the decoder may know of the source, and what it learns."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.models.copy_task import CopyTask, exact_match, train_on_task
from tests.models.older_models import build_seq2seq, draw_tokens
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

FAMILIES = ("rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq")
KINDS = [
    (family, attention, is_bidirectional)
    for family in FAMILIES
    for attention, is_bidirectional in (
        ("none", False),
        ("none", True),
        ("additive", True),
        ("multiplicative", False),
    )
]
every_kind = pytest.mark.parametrize(("family", "attention", "is_bidirectional"), KINDS)
SOURCE_MASK = torch.arange(8) < torch.tensor([8, 3, 5])[:, None]


def build(family: str, attention: str, is_bidirectional: bool, **fields: Any) -> Any:
    return build_seq2seq(
        family, attention=attention, is_bidirectional=is_bidirectional, **fields
    ).eval()


@every_kind
def test_a_padded_batch_equals_each_pair_alone(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(3, 8), draw_tokens(3, 6, seed=1)
    together = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK).logits
    for row, length in enumerate((8, 3, 5)):
        alone = model(tokens=tokens[row : row + 1], source_tokens=source[row : row + 1, :length])
        torch.testing.assert_close(together[row], alone.logits[0], atol=1e-5, rtol=0)


@every_kind
def test_padding_of_the_source_is_never_seen(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(3, 8), draw_tokens(3, 6, seed=1)
    other = torch.where(SOURCE_MASK, source, (source + 5) % 96)
    before = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK).logits
    after = model(tokens=tokens, source_tokens=other, source_mask=SOURCE_MASK).logits
    assert torch.equal(before, after)


@every_kind
def test_a_later_token_never_changes_earlier_logits(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(1, 5), draw_tokens(1, 7, seed=1)
    before = model(tokens=tokens, source_tokens=source).logits
    for changed in range(1, 7):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % 96
        after = model(tokens=other, source_tokens=source).logits
        assert torch.equal(after[:, :changed], before[:, :changed])


@every_kind
def test_every_source_token_changes_the_first_logits(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(1, 5), draw_tokens(1, 1, seed=1)
    before = model(tokens=tokens, source_tokens=source).logits
    for changed in range(5):
        other = source.clone()
        other[0, changed] = (other[0, changed] + 1) % 96
        assert not torch.equal(model(tokens=tokens, source_tokens=other).logits, before)


@every_kind
@pytest.mark.parametrize("pieces", [(1,) * 7, (3, 1, 3)])
def test_a_cache_gives_the_logits_of_the_whole_target(
    family: str, attention: str, is_bidirectional: bool, pieces: tuple[int, ...]
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(3, 8), draw_tokens(3, 7, seed=1)
    whole = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK)
    memory = model.encode(source, SOURCE_MASK)
    assert torch.equal(memory, whole.memory)
    cache = model.build_cache(3, 7)
    for _ in range(2):  # the second time after forgetting the first
        parts = [
            model(tokens=part, source_mask=SOURCE_MASK, memory=memory, cache=cache).logits
            for part in tokens.split(pieces, dim=1)
        ]
        assert cache.length == 7
        torch.testing.assert_close(torch.cat(parts, 1), whole.logits, atol=1e-5, rtol=0)
        cache.truncate(0)


@every_kind
def test_rows_of_an_encoding_can_be_chosen(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens = draw_tokens(3, 8), draw_tokens(3, 6, seed=1)
    memory = model.encode(source, SOURCE_MASK)
    chosen = torch.tensor([2, 0, 0, 1])
    rows = model(tokens=tokens[chosen], source_mask=SOURCE_MASK[chosen], memory=memory[chosen])
    whole = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK).logits
    torch.testing.assert_close(rows.logits, whole[chosen], atol=1e-6, rtol=0)


def test_without_attention_the_decoder_knows_the_last_state_alone() -> None:
    model = build("lstm_seq2seq", "none", False)
    source, tokens = draw_tokens(1, 5), draw_tokens(1, 4, seed=1)
    memory = model.encode(source)
    assert memory.shape == (1, 5 + 4, model.config.d_hidden)  # hidden and cell of two layers
    before = model(tokens=tokens, memory=memory).logits
    memory[:, :5] = 0.0
    assert torch.equal(model(tokens=tokens, memory=memory).logits, before)
    memory[:, 5:] = 0.0
    assert not torch.equal(model(tokens=tokens, memory=memory).logits, before)


@every_kind
def test_the_loss_is_that_of_the_logits(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional)
    source, tokens, labels = draw_tokens(3, 8), draw_tokens(3, 6, seed=1), draw_tokens(3, 6, seed=2)
    labels[1, 2:] = -100
    given = {"tokens": tokens, "source_tokens": source, "source_mask": SOURCE_MASK}
    logits = model(**given).logits.flatten(0, 1)
    for smoothing in (0.0, 0.1):
        loss = model(**given, labels=labels, label_smoothing=smoothing).loss_sum
        expected = F.cross_entropy(
            logits, labels.flatten(), reduction="sum", label_smoothing=smoothing
        )
        torch.testing.assert_close(loss, expected, atol=1e-4, rtol=0)


@every_kind
def test_every_parameter_gets_a_gradient(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build_seq2seq(family, attention=attention, is_bidirectional=is_bidirectional)
    source, labels = draw_tokens(3, 8), draw_tokens(3, 6, seed=2)
    tokens = draw_tokens(3, 6, seed=1)
    output = model(tokens=tokens, source_tokens=source, source_mask=SOURCE_MASK, labels=labels)
    assert output.loss_sum is not None
    torch.autograd.backward(output.loss_sum)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


@every_kind
def test_the_loss_begins_at_knowing_nothing(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    model = build(family, attention, is_bidirectional, vocab_size=4096, d_model=128)
    source = draw_tokens(4, 20, vocab_size=4096)
    target = draw_tokens(4, 21, vocab_size=4096, seed=1)
    output = model(tokens=target[:, :-1], source_tokens=source, labels=target[:, 1:])
    assert output.loss_sum.item() / 80 == pytest.approx(math.log(4096), rel=0.02)


@every_kind
def test_flops_per_token_are_close_to_the_products_that_torch_counts(
    family: str, attention: str, is_bidirectional: bool
) -> None:
    # Less by the gradients of the states before the first token; more by nothing.
    model = build_seq2seq(family, attention=attention, is_bidirectional=is_bidirectional)
    source, tokens = draw_tokens(3, 20), draw_tokens(3, 20, seed=1)
    counter = FlopCounterMode(display=False)
    with counter, torch.backends.mkldnn.flags(enabled=False):
        model(tokens=tokens, source_tokens=source).logits.sum().backward()
    counted = counter.get_total_flops() / tokens.numel()
    assert counted == pytest.approx(model.flops_per_token(20), rel=0.02)


LEARNED = [
    ("rnn_seq2seq", "multiplicative", 5e-3, "copy"),
    ("rnn_seq2seq", "multiplicative", 5e-3, "reverse"),
    ("lstm_seq2seq", "multiplicative", 6e-3, "copy"),
    ("lstm_seq2seq", "multiplicative", 6e-3, "reverse"),
    ("lstm_seq2seq", "additive", 6e-3, "reverse"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "attention", "learning_rate", "task"), LEARNED)
def test_attention_learns_to_copy_and_to_reverse(
    family: str, attention: str, learning_rate: float, task: Any
) -> None:
    model = build_toy(family, attention, d_hidden=64)
    train_on_task(model, CopyTask(task), steps=500, learning_rate=learning_rate)
    assert exact_match(model, CopyTask(task)) >= 0.99


@pytest.mark.slow
def test_a_fixed_vector_holds_a_short_sequence_and_no_long_one() -> None:
    short, long = CopyTask("reverse", max_symbols=6), CopyTask("copy", max_symbols=10)
    wide = build_toy("gru_seq2seq", "none", d_hidden=128)
    train_on_task(wide, short, steps=600, learning_rate=4e-3)
    assert exact_match(wide, short) >= 0.98
    # As wide as the models with attention that copy ten symbols without fault.
    narrow = build_toy("gru_seq2seq", "none", d_hidden=64)
    train_on_task(narrow, long, steps=400, learning_rate=6e-3)
    assert exact_match(narrow, long) <= 0.5


def build_toy(family: str, attention: str, d_hidden: int) -> Any:
    """One layer over twenty symbols; read from both ends where there is attention."""
    return build_seq2seq(
        family,
        vocab_size=20,
        d_model=32,
        d_hidden=d_hidden,
        num_layers=1,
        attention=attention,
        is_bidirectional=attention != "none",
        max_seq_len=16,
    )
