"""All backends of attention give the numbers of the definition, forward and backward."""

from __future__ import annotations

import itertools
import math
from typing import Literal, NamedTuple

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from yanmo.nn import attention_backends
from yanmo.nn.attention_backends import AttentionBackend, attend, choose_backend

MaskKind = Literal["none", "causal", "boolean", "per_head", "additive", "broadcast"]
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}
BACKENDS: list[AttentionBackend] = ["explicit", "sdpa", "flex", "auto"]
MASKS: list[MaskKind] = ["none", "causal", "boolean", "per_head", "additive", "broadcast"]


class Case(NamedTuple):
    """Shapes of one call."""

    num_heads: int
    num_kv_heads: int
    num_queries: int
    num_keys: int


CASES = [
    Case(4, 4, 7, 7),
    Case(4, 2, 9, 9),
    Case(6, 1, 3, 8),
    Case(2, 2, 1, 5),
    Case(6, 2, 1, 11),
    Case(2, 1, 40, 50),
]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The explicit form in several blocks of queries, the last one not full."""
    monkeypatch.setattr(attention_backends, "_BLOCK_QUERIES", 6)


def draw(*shape: int, seed: int, dtype: torch.dtype) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def inputs(case: Case, dtype: torch.dtype) -> list[torch.Tensor]:
    """Query, key and value for two rows and heads of width 8."""
    return [
        draw(2, case.num_heads, case.num_queries, 8, seed=0, dtype=dtype),
        draw(2, case.num_kv_heads, case.num_keys, 8, seed=1, dtype=dtype),
        draw(2, case.num_kv_heads, case.num_keys, 8, seed=2, dtype=dtype),
    ]


def build_mask(kind: MaskKind, case: Case, dtype: torch.dtype) -> torch.Tensor | None:
    """A mask in which every query sees its first key, so that no row is empty."""
    shape = {"per_head": (2, case.num_heads), "broadcast": (2, 1)}.get(kind, (1, 1))
    rows = 1 if kind == "broadcast" else case.num_queries
    if kind in ("none", "causal"):
        return None
    numbers = draw(*shape, rows, case.num_keys, seed=3, dtype=dtype)
    allowed = numbers > -0.3
    allowed[..., 0] = True
    if kind == "additive":
        return numbers.masked_fill(~allowed, -math.inf)
    return allowed


def by_definition(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    is_causal: bool,
    scale: float,
) -> torch.Tensor:
    """softmax(scale Q K^T + mask) V with nothing clever, key heads repeated."""
    num_groups = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(num_groups, 1) for x in (key, value))
    scores = torch.einsum("bnth,bnsh->bnts", query, key) * scale
    num_queries, num_keys = scores.shape[2:]
    if is_causal:
        mask = torch.ones(num_queries, num_keys).tril(num_keys - num_queries) > 0
    if mask is not None:
        added = mask
        if mask.dtype == torch.bool:
            added = torch.zeros(mask.shape, dtype=query.dtype).masked_fill(~mask, -math.inf)
        scores = scores + added
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return (powers / powers.sum(-1, keepdim=True)) @ value


@pytest.mark.parametrize("backend", ["explicit", "sdpa", "auto"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("kind", MASKS)
def test_every_backend_equals_the_definition(
    backend: AttentionBackend, dtype: torch.dtype, case: Case, kind: MaskKind
) -> None:
    mask = build_mask(kind, case, dtype)
    for scale in (None, 1.0):
        tensors = inputs(case, dtype)
        mixed = attend(
            *tensors, mask=mask, is_causal=kind == "causal", scale=scale, backend=backend
        )
        expected = by_definition(*tensors, mask, kind == "causal", scale or 8**-0.5)
        torch.testing.assert_close(mixed, expected, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype])


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize(
    ("dtype", "case"),
    [(torch.float32, Case(4, 2, 5, 9)), (torch.float64, Case(4, 4, 9, 9))],
    ids=str,
)
@pytest.mark.parametrize("kind", MASKS)
def test_flex_attention_equals_the_definition(
    dtype: torch.dtype, case: Case, kind: MaskKind
) -> None:
    mask = build_mask(kind, case, dtype)
    tensors = inputs(case, dtype)
    is_causal = kind == "causal"
    mixed = attend(*tensors, mask=mask, is_causal=is_causal, scale=0.7, backend="flex")
    expected = by_definition(*tensors, mask, is_causal, 0.7)
    torch.testing.assert_close(mixed, expected, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("backend", ["explicit", "sdpa", "auto"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("kind", MASKS)
def test_every_backend_has_the_gradients_of_the_definition(
    backend: AttentionBackend, dtype: torch.dtype, case: Case, kind: MaskKind
) -> None:
    mask = build_mask(kind, case, dtype)
    tensors = [x.requires_grad_() for x in inputs(case, dtype)]
    wanted_of = list(tensors)
    if kind == "additive" and mask is not None:
        wanted_of.append(mask.requires_grad_())  # a learned bias
    target = draw(2, case.num_heads, case.num_queries, 8, seed=4, dtype=dtype)
    mixed = attend(*tensors, mask=mask, is_causal=kind == "causal", backend=backend)
    gradients = torch.autograd.grad(mixed, wanted_of, target)
    exact = [x.detach().double().requires_grad_() for x in wanted_of]
    added = exact[3] if len(exact) == 4 else mask
    expected = by_definition(*exact[:3], added, kind == "causal", 8**-0.5)
    wanted = torch.autograd.grad(expected, exact, target.double())
    for gradient, want in zip(gradients, wanted, strict=True):
        tolerance = TOLERANCE[dtype] * max(1.0, want.abs().max().item())  # sums of many terms
        torch.testing.assert_close(gradient.double(), want, atol=tolerance, rtol=0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("is_boolean", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_query_that_sees_nothing_gets_zeros_and_gives_no_gradient(
    backend: AttentionBackend, is_boolean: bool, dtype: torch.dtype
) -> None:
    case = Case(4, 2, 6, 6)
    allowed = torch.ones(2, 1, 6, 6, dtype=torch.bool)
    allowed[0, :, 2:4] = False
    added = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, -math.inf)
    tensors = inputs(case, dtype)
    if backend != "flex":  # which has no gradient on a CPU
        tensors = [x.requires_grad_() for x in tensors]
    mixed = attend(*tensors, mask=allowed if is_boolean else added, backend=backend)
    assert torch.equal(mixed[0, :, 2:4], torch.zeros_like(mixed[0, :, 2:4]))
    expected = by_definition(*tensors, None, False, 8**-0.5)
    torch.testing.assert_close(mixed[1], expected[1], atol=1e-6, rtol=0)
    if backend == "flex":
        return
    gradients = torch.autograd.grad(mixed, tensors, torch.ones_like(mixed))
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert not gradients[0][0, :, 2:4].any()


@pytest.mark.parametrize("backend", ["explicit", "sdpa", "auto"])
def test_dropout_keeps_the_mean(backend: AttentionBackend) -> None:
    torch.manual_seed(0)
    ones = torch.ones(4, 4, 64, 8)
    mixed = attend(ones, ones, ones, is_causal=True, dropout=0.5, backend=backend)
    assert mixed.mean().item() == pytest.approx(1.0, abs=0.05)
    assert mixed[:, :, 0, 0].unique().tolist() == [0.0, 2.0]  # one key: dropped, or doubled


@pytest.mark.parametrize("backend", ["explicit", "sdpa", "auto"])
@pytest.mark.parametrize("kind", MASKS)
def test_bfloat16_is_computed_to_its_own_precision(
    backend: AttentionBackend, kind: MaskKind
) -> None:
    case = Case(4, 2, 40, 40)
    tensors = inputs(case, torch.bfloat16)
    mask = build_mask(kind, case, torch.bfloat16)
    mixed = attend(*tensors, mask=mask, is_causal=kind == "causal", backend=backend)
    assert mixed.dtype == torch.bfloat16
    exact = [x.double() for x in tensors]
    if mask is not None and mask.is_floating_point():
        mask = mask.double()
    expected = by_definition(*exact, mask, kind == "causal", 8**-0.5)
    torch.testing.assert_close(mixed.double(), expected, atol=0.03, rtol=0.03)


def test_a_causal_block_of_queries_is_the_end_of_the_whole() -> None:
    tensors = inputs(Case(4, 2, 9, 9), torch.float64)
    whole = attend(*tensors, is_causal=True)
    for backend, begin in itertools.product(BACKENDS, (0, 5, 8)):
        query = tensors[0][:, :, begin:]
        end = attend(query, *tensors[1:], is_causal=True, backend=backend)
        torch.testing.assert_close(end, whole[:, :, begin:], atol=1e-12, rtol=0)


def test_auto_takes_the_written_form_only_where_it_was_faster() -> None:
    def chosen(dtype: torch.dtype, num_queries: int, num_keys: int, **kinds: bool) -> str:
        return choose_backend(
            device_type="cpu",
            dtype=dtype,
            num_queries=num_queries,
            num_keys=num_keys,
            is_bias_learned=kinds.get("is_bias_learned", False),
            has_dropout=kinds.get("has_dropout", False),
        )

    assert chosen(torch.float32, 64, 64) == "sdpa"
    assert chosen(torch.float32, 1, 1024) == "sdpa"
    assert chosen(torch.float32, 64, 64, has_dropout=True) == "explicit"
    assert chosen(torch.float32, 256, 256, is_bias_learned=True) == "explicit"
    assert chosen(torch.float32, 512, 512, is_bias_learned=True) == "sdpa"
    assert chosen(torch.bfloat16, 64, 64) == "explicit"
    assert chosen(torch.bfloat16, 256, 256) == "sdpa"
    assert chosen(torch.bfloat16, 1, 512) == "explicit"
    assert chosen(torch.bfloat16, 64, 64, is_bias_learned=True) == "sdpa"
    assert chosen(torch.float64, 64, 64, has_dropout=True) == "sdpa"


def test_auto_goes_document_by_document_only_where_the_kernel_can_and_gains() -> None:
    def chosen(num_keys: int, **changes: object) -> str:
        return choose_backend(
            **{  # type: ignore[arg-type]
                "device_type": "cpu",
                "dtype": torch.float32,
                "num_queries": num_keys,
                "num_keys": num_keys,
                "is_bias_learned": False,
                "has_dropout": False,
                "has_documents": True,
                **changes,
            }
        )

    assert chosen(256) == chosen(2048) == chosen(512, dtype=torch.bfloat16) == "documents"
    assert chosen(128) == chosen(1024, has_documents=False) == "sdpa"
    assert chosen(1024, dtype=torch.float64) == chosen(1024, device_type="cuda") == "sdpa"
    assert chosen(1024, has_dropout=True) == "explicit"
    assert chosen(1024, is_bias_learned=True) == "sdpa"


def causal_mask_with_gaps(case: Case, dtype: torch.dtype) -> torch.Tensor:
    """A mask that hides what is behind each query and some keys before it, (2, 1, T, S)."""
    shape = (2, 1, case.num_queries, case.num_keys)
    allowed = draw(*shape, seed=3, dtype=dtype) > -0.3
    allowed[..., 0] = True
    allowed = allowed.tril(case.num_keys - case.num_queries)
    return torch.zeros(shape, dtype=dtype).masked_fill(~allowed, -math.inf)


@pytest.mark.parametrize("backend", ["explicit", "sdpa", "auto"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_causality_beside_a_mask_changes_no_number(
    backend: AttentionBackend, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention_backends, "MIN_KEYS_TOLD", 1)
    tensors = [x.requires_grad_() for x in inputs(case, torch.float64)]
    mask = causal_mask_with_gaps(case, torch.float64)
    mixed = attend(*tensors, mask=mask, is_causal=True, backend=backend)
    expected = by_definition(*tensors, mask, False, 8**-0.5)
    torch.testing.assert_close(mixed, expected, atol=1e-12, rtol=0)
    target = torch.randn_like(expected)
    wanted = torch.autograd.grad(expected, tensors, target)
    for gradient, want in zip(torch.autograd.grad(mixed, tensors, target), wanted, strict=True):
        torch.testing.assert_close(gradient, want, atol=1e-12, rtol=0)


def test_torch_s_kernel_gives_the_same_bits_when_it_hears_of_causality() -> None:
    tensors = [draw(1, 2, 800, 8, seed=seed, dtype=torch.float32) for seed in range(3)]
    tensors = [x.requires_grad_() for x in tensors]
    mask = causal_mask_with_gaps(Case(2, 2, 800, 800), torch.float32)[:1]
    results = []
    for is_causal in (False, True):
        mixed = attend(*tensors, mask=mask, is_causal=is_causal, backend="sdpa")
        results.append([mixed, *torch.autograd.grad(mixed.sum(), tensors)])
    for silent, told in zip(*results, strict=True):
        assert torch.equal(silent, told)


@pytest.mark.parametrize("hindrance", ["dropout", "learned", "forbidden"])
def test_causality_is_not_told_where_torch_would_refuse_it(hindrance: str) -> None:
    tensors = [draw(1, 2, 800, 8, seed=seed, dtype=torch.float32) for seed in range(3)]
    mask = causal_mask_with_gaps(Case(2, 2, 800, 800), torch.float32)[:1]
    mask.requires_grad_(hindrance == "learned")
    fused = [] if hindrance == "forbidden" else [SDPBackend.FLASH_ATTENTION]
    with sdpa_kernel([*fused, SDPBackend.MATH]):
        mixed = attend(
            *tensors,
            mask=mask,
            is_causal=True,
            dropout=1e-9 if hindrance == "dropout" else 0.0,
            backend="sdpa",
        )
    expected = attend(*tensors, mask=mask, backend="explicit")
    torch.testing.assert_close(mixed, expected, atol=1e-5, rtol=0)


def test_causality_beside_a_mask_can_be_compiled() -> None:
    @torch.compile(backend="eager", fullgraph=True)
    def mixed(tensors: list[torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
        return attend(*tensors, mask=mask, is_causal=True, backend="sdpa")

    tensors = [draw(1, 2, 800, 8, seed=seed, dtype=torch.float32) for seed in range(3)]
    mask = causal_mask_with_gaps(Case(2, 2, 800, 800), torch.float32)[:1]
    expected = attend(*tensors, mask=mask, is_causal=True, backend="sdpa")
    assert torch.equal(mixed(tensors, mask), expected)
