"""Attention document by document gives the numbers and gradients of the masked square."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch._dynamo.testing import CompileCounter

from yanmo.nn import document_attention
from yanmo.nn.attention_backends import attend
from yanmo.nn.document_attention import Span, document_spans
from yanmo.nn.mask import (
    additive_mask,
    causal_document_mask,
    document_mask,
    prefix_document_mask,
    sliding_window_mask,
)


@pytest.fixture(autouse=True)
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut rows even where that saves little, and join but a few documents."""
    monkeypatch.setattr(document_attention, "_JOINED_POSITIONS", 8)
    monkeypatch.setattr(document_attention, "_MIN_SAVED_KEYS", 1)
    monkeypatch.setattr(document_attention, "MIN_KEYS_TOLD", 30)


def draw_documents(seed: int, num_rows: int, length: int, mean: float) -> torch.Tensor:
    """Rows of documents of random lengths that begin at any number and end in padding."""
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(num_rows):
        lengths = 1 + generator.geometric(1 / mean, size=length)
        ids = np.repeat(generator.integers(5) + np.arange(length), lengths)[:length]
        num_padding = int(generator.integers(8))
        ids[length - num_padding :] = -1
        rows.append(ids)
    return torch.from_numpy(np.stack(rows))


class Case(NamedTuple):
    """Heads, key heads, positions, the documents' mean length, and what the mask says."""

    num_heads: int
    num_kv_heads: int
    length: int
    mean: float
    kind: str

    @property
    def is_causal(self) -> bool:
        return self.kind not in ("both", "prefix")

    @property
    def is_implied(self) -> bool:
        return self.kind in ("causal", "both")


CASES = [
    Case(2, 2, 70, 9, "causal"),
    Case(4, 2, 90, 30, "causal"),
    Case(3, 1, 90, 200, "causal"),
    Case(4, 2, 80, 20, "both"),
    Case(2, 2, 80, 20, "prefix"),
    Case(4, 2, 150, 60, "window"),
    Case(4, 2, 80, 20, "bias"),
]


def build(case: Case) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    """Query, key and value, the mask as it is added, and the documents."""
    torch.manual_seed(0)
    ids = draw_documents(1, 3, case.length, case.mean)
    places = torch.arange(case.length)
    if case.kind == "both":
        allowed = document_mask(ids)
    elif case.kind == "prefix":
        allowed = prefix_document_mask(ids, torch.rand(ids.shape) < 0.3)
    else:
        allowed = causal_document_mask(ids)
    if case.kind == "window":
        allowed = sliding_window_mask(allowed, places, places, 7)
    mask = additive_mask(allowed, torch.float64)
    if case.kind == "bias":
        mask = mask + torch.randn(1, case.num_heads, case.length, case.length).double()
    heads = [case.num_heads, case.num_kv_heads, case.num_kv_heads]
    tensors = [torch.randn(3, case.length, n, 8, dtype=torch.float64) for n in heads]
    return [x.transpose(1, 2).requires_grad_() for x in tensors], mask, ids


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_those_of_the_masked_square(case: Case) -> None:
    tensors, mask, ids = build(case)
    expected = attend(*tensors, mask=mask, scale=0.3, backend="explicit")
    mixed = attend(
        *tensors,
        mask=mask,
        is_causal=case.is_causal,
        document_ids=ids,
        is_mask_implied=case.is_implied,
        scale=0.3,
        backend="documents",
    )
    torch.testing.assert_close(mixed, expected, atol=1e-12, rtol=0)
    target = torch.randn_like(expected)
    wanted = torch.autograd.grad(expected, tensors, target)
    for gradient, want in zip(torch.autograd.grad(mixed, tensors, target), wanted, strict=True):
        torch.testing.assert_close(gradient, want, atol=1e-12, rtol=0)


def test_keys_of_other_documents_are_not_read() -> None:
    tensors, mask, ids = build(Case(2, 2, 90, 30, "causal"))
    begin = int((ids[0] == ids[0, 0]).sum())
    assert 8 < begin < 90, "long enough to share no span, and not alone"
    options = {"mask": mask, "is_causal": True, "document_ids": ids, "is_mask_implied": True}
    before = attend(*tensors, **options, backend="documents")
    with torch.no_grad():
        for x in tensors:
            x[0, :, begin:] = math.nan
    after = attend(*tensors, **options, backend="documents")
    assert torch.equal(before[0, :, :begin], after[0, :, :begin])


def test_rows_of_one_document_need_no_mask() -> None:
    tensors, mask, _ = build(Case(2, 1, 40, 9, "causal"))
    ids = torch.tensor([[3], [0], [1]]).expand(3, 40)
    wrong = torch.full_like(mask, math.nan)
    mixed = attend(
        *tensors,
        mask=wrong,
        is_causal=True,
        document_ids=ids,
        is_mask_implied=True,
        backend="documents",
    )
    expected = attend(*tensors, is_causal=True, backend="explicit")
    torch.testing.assert_close(mixed, expected, atol=1e-12, rtol=0)


def test_where_little_is_saved_the_square_is_mixed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = draw_documents(1, 3, 80, 20)
    assert len(document_attention._plan(ids, 4, 1, True)) > 3
    assert len(document_attention._plan(ids, 1, 3, True)) == 1  # two threads of three would wait
    monkeypatch.setattr(document_attention, "_MIN_SAVED_KEYS", 79)
    assert len(document_attention._plan(ids, 4, 1, True)) == 1
    case = Case(4, 2, 80, 20, "causal")
    test_values_and_gradients_are_those_of_the_masked_square(case)


def test_no_document_crosses_a_span() -> None:
    def spans(*ids: int, joined: int = 0) -> list[Span]:
        return document_spans(np.array(ids), joined)

    assert spans(4, 4, 4) == [Span(0, 3, True)]
    assert spans(0, 0, 1, -1, -1) == [Span(0, 2, True), Span(2, 3, True), Span(3, 5, False)]
    assert spans(0, 1, 1, 0, 2) == [Span(0, 4, False), Span(4, 5, True)]
    assert spans(0, 1, 0, 2, 1, 3) == [Span(0, 5, False), Span(5, 6, True)]
    assert spans(0, 1, 2, 2, 2, joined=2) == [Span(0, 2, False), Span(2, 5, True)]
    assert spans(0, 1, 2, 2, 1, 3, joined=2) == [Span(0, 5, False), Span(5, 6, True)]


@pytest.mark.parametrize("seed", range(5))
def test_spans_cover_a_row_of_any_numbers(seed: int) -> None:
    ids = np.random.default_rng(seed).integers(-1, 25, 40)
    spans = document_spans(ids if seed % 2 else np.sort(ids), joined=0)
    assert [place for span in spans for place in range(span.begin, span.end)] == list(range(40))
    owners = [set(row) for row in np.split(ids, [span.begin for span in spans[1:]])]
    if seed % 2 == 0:
        assert len(spans) == len(np.unique(ids))
    else:
        assert sum(map(len, owners)) == len(set().union(*owners))


def test_compiled_code_serves_batches_with_other_documents() -> None:
    counter = CompileCounter()

    @torch.compile(backend=counter, fullgraph=True)
    def mixed(tensors: list[torch.Tensor], mask: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        return attend(
            *tensors, mask=mask, is_causal=True, document_ids=ids, backend="documents", scale=0.3
        )

    tensors, _, _ = build(Case(2, 2, 60, 9, "causal"))
    for seed, mean in ((0, 5.0), (1, 20.0), (2, 80.0)):
        ids = draw_documents(seed, 3, 60, mean)
        mask = additive_mask(causal_document_mask(ids), torch.float64)
        expected = attend(*tensors, mask=mask, scale=0.3, backend="explicit")
        torch.testing.assert_close(mixed(tensors, mask, ids), expected, atol=1e-12, rtol=0)
    assert counter.frame_count == 1


@pytest.mark.slow
def test_the_operators_keep_torch_s_rules() -> None:
    case = Case(4, 2, 70, 9, "causal")
    (query, key, value), mask, ids = build(case)
    torch.library.opcheck(
        document_attention._mix_documents, (query, key, value, mask, ids, True, True, 0.3)
    )
    whole = torch.zeros_like(ids)
    torch.library.opcheck(
        document_attention._mix_documents, (query, key, value, mask, whole, True, True, 0.3)
    )


def test_autocast_computes_in_its_own_dtype() -> None:
    tensors, mask, ids = build(Case(4, 2, 70, 9, "causal"))
    singles = [x.detach().float().requires_grad_() for x in tensors]
    with torch.autocast("cpu", torch.bfloat16):
        mixed = attend(
            *singles,
            mask=mask.bfloat16(),
            is_causal=True,
            document_ids=ids,
            is_mask_implied=True,
            backend="documents",
        )
    assert mixed.dtype == torch.bfloat16
    expected = attend(*tensors, mask=mask, backend="explicit")
    torch.testing.assert_close(mixed.double(), expected, atol=0.03, rtol=0.03)
    gradients = torch.autograd.grad(mixed.sum(), singles)
    assert [gradient.dtype for gradient in gradients] == [torch.float32] * 3
