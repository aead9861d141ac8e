"""Masks against the sentence that defines each, position by position, and against transformers'."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from transformers import LlamaConfig
from transformers.masking_utils import create_sliding_window_causal_mask

from yanmo.nn.mask import (
    additive_mask,
    causal_document_mask,
    causal_mask,
    causal_offset_mask,
    document_mask,
    padding_mask,
    prefix_document_mask,
    sliding_window_mask,
)

CPU = torch.device("cpu")
DOCUMENTS = torch.tensor([[0, 0, 0, 3, 3, 3, 7, -1, -1], [4, 5, 5, 5, 5, 5, 6, 6, 6]])
PREFIX = torch.tensor([[1, 1, 0, 1, 0, 0, 0, 0, 1], [0, 1, 1, 1, 0, 0, 1, 1, 1]], dtype=torch.bool)


def by_position(sees: Callable[[int, int, int], bool]) -> torch.Tensor:
    """(B, 1, T, T) from the answer for each row, query and key."""
    rows, length = DOCUMENTS.shape
    table = [
        [[sees(row, query, key) for key in range(length)] for query in range(length)]
        for row in range(rows)
    ]
    return torch.tensor(table)[:, None]


def is_one_document(row: int, query: int, key: int) -> bool:
    return bool(DOCUMENTS[row, query] == DOCUMENTS[row, key]) and bool(DOCUMENTS[row, key] >= 0)


def test_a_document_is_seen_in_both_directions_and_padding_sees_itself() -> None:
    expected = by_position(lambda b, t, s: is_one_document(b, t, s) or t == s)
    assert torch.equal(document_mask(DOCUMENTS), expected)


def test_a_prefix_is_seen_from_everywhere_in_its_document() -> None:
    expected = by_position(
        lambda b, t, s: (is_one_document(b, t, s) and (s <= t or bool(PREFIX[b, s]))) or t == s
    )
    assert torch.equal(prefix_document_mask(DOCUMENTS, PREFIX), expected)


def test_without_a_prefix_the_mask_is_causal() -> None:
    real = torch.tensor([[0, 0, 1, 1, 1, 2]])
    none = torch.zeros_like(real, dtype=torch.bool)
    assert torch.equal(prefix_document_mask(real, none), causal_document_mask(real))
    assert torch.equal(prefix_document_mask(real, ~none), document_mask(real))


def test_some_queries_see_what_they_see_among_all() -> None:
    places = torch.tensor([1, 4, 5, 8])
    whole = causal_document_mask(DOCUMENTS)
    assert torch.equal(causal_document_mask(DOCUMENTS, places), whole[:, :, places])
    whole = prefix_document_mask(DOCUMENTS, PREFIX)
    assert torch.equal(prefix_document_mask(DOCUMENTS, PREFIX, places), whole[:, :, places])
    assert torch.equal(causal_mask(9, CPU, places), causal_mask(9, CPU)[:, :, places])


@pytest.mark.parametrize("window", [1, 2, 3, 20])
def test_a_window_holds_the_last_keys(window: int) -> None:
    places = torch.arange(DOCUMENTS.shape[1])
    narrowed = sliding_window_mask(causal_document_mask(DOCUMENTS), places, places, window)
    expected = by_position(
        lambda b, t, s: t - window < s <= t and bool(DOCUMENTS[b, t] == DOCUMENTS[b, s])
    )
    assert torch.equal(narrowed, expected)
    assert narrowed.any(-1).all()


@pytest.mark.parametrize("window", [1, 3, 6])
def test_a_window_equals_that_of_transformers(window: int) -> None:
    config = LlamaConfig(sliding_window=window, attn_implementation="sdpa")
    theirs = create_sliding_window_causal_mask(
        config=config,
        inputs_embeds=torch.zeros(1, 9, 4),
        attention_mask=None,
        past_key_values=None,
        position_ids=torch.arange(9)[None],
    )
    places = torch.arange(9)
    ours = sliding_window_mask(causal_offset_mask(9, 9, CPU), places, places, window)
    assert theirs is not None
    assert torch.equal(ours, theirs)


def test_a_window_over_a_cache_is_the_last_rows_of_the_whole() -> None:
    places = torch.arange(9)
    whole = sliding_window_mask(causal_offset_mask(9, 9, CPU), places, places, 4)
    last = sliding_window_mask(causal_offset_mask(2, 9, CPU), places[7:], places, 4)
    assert torch.equal(last, whole[:, :, 7:])


def test_positions_within_documents_give_the_window_that_places_in_the_row_give() -> None:
    documents = torch.tensor([[0, 0, 0, 0, 1, 1, 1], [2, 2, 3, 3, 3, 3, 3]])
    positions = torch.tensor([[0, 1, 2, 3, 0, 1, 2], [0, 1, 0, 1, 2, 3, 4]])
    allowed = causal_document_mask(documents)
    places = torch.arange(7)
    assert torch.equal(
        sliding_window_mask(allowed, positions, positions, 2),
        sliding_window_mask(allowed, places, places, 2),
    )


def test_padding_is_not_seen() -> None:
    is_real = torch.tensor([[True, True, False], [True, False, False]])
    mask = padding_mask(is_real)
    assert mask.shape == (2, 1, 1, 3)
    assert torch.equal(mask[:, 0, 0], is_real)


def test_what_is_added_is_zero_where_allowed() -> None:
    added = additive_mask(torch.tensor([True, False]), torch.float32)
    assert added.tolist() == [0.0, -float("inf")]
