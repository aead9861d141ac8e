"""Attention against its definition: the softmax written out, masks, heads, documents, the cache."""

from __future__ import annotations

import math

import pytest
import torch

from yanmo.nn.attention import Attention, AttentionContext, attend
from yanmo.nn.cache import KeyValueCache
from yanmo.nn.mask import causal_document_mask, causal_offset_mask
from yanmo.nn.rotary import rotary_angles

CAUSAL = AttentionContext(mask=None, is_causal=True, rotary=None, cache=None)


def draw(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def attention(
    *,
    num_heads: int = 4,
    num_kv_heads: int = 2,
    norm_eps: float | None = 1e-6,
    has_bias: bool = False,
    dropout: float = 0.0,
) -> Attention:
    torch.manual_seed(1)
    return Attention(
        d_model=16,
        num_heads=num_heads,
        num_kv_heads=num_kv_heads,
        head_dim=4,
        has_bias=has_bias,
        norm_eps=norm_eps,
        dropout=dropout,
    )


def weights_by_hand(
    query: torch.Tensor, key: torch.Tensor, allowed: torch.Tensor | None
) -> torch.Tensor:
    """softmax(Q K^T / sqrt(H)) in matrix form, one head after the other: (B, N, T, S)."""
    rows = []
    for b in range(query.shape[0]):
        heads = []
        for n in range(query.shape[1]):
            scores = query[b, n] @ key[b, n].T / math.sqrt(query.shape[3])  # (T, S)
            if allowed is not None:
                scores = torch.where(allowed, scores, torch.tensor(-torch.inf))
            powers = (scores - scores.max(1, keepdim=True).values).exp()
            heads.append(powers / powers.sum(1, keepdim=True))
        rows.append(torch.stack(heads))
    return torch.stack(rows)


@pytest.mark.parametrize("is_causal", [False, True])
def test_attend_equals_the_softmax_written_out(is_causal: bool) -> None:
    query, key, value = (draw(2, 3, 7, 8, seed=seed) for seed in range(3))
    allowed = torch.ones(7, 7, dtype=torch.bool).tril() if is_causal else None
    weights = weights_by_hand(query, key, allowed)
    torch.testing.assert_close(weights.sum(3), torch.ones(2, 3, 7), atol=1e-6, rtol=0)
    mixed = attend(query, key, value, mask=None, is_causal=is_causal, dropout=0.0)
    torch.testing.assert_close(mixed, weights @ value, atol=1e-6, rtol=0)


def test_attention_weights_of_a_row_sum_to_one() -> None:
    query, key = draw(2, 3, 7, 8), draw(2, 3, 7, 8, seed=1)
    ones = torch.ones(2, 3, 7, 8)
    mask = causal_offset_mask(7, 7, torch.device("cpu"))
    mixed = attend(query, key, ones, mask=mask, is_causal=False, dropout=0.0)
    torch.testing.assert_close(mixed, ones, atol=1e-6, rtol=0)


def test_grouped_heads_equal_repeated_heads() -> None:
    query, key, value = draw(2, 6, 5, 8), draw(2, 2, 5, 8, seed=1), draw(2, 2, 5, 8, seed=2)
    grouped = attend(query, key, value, mask=None, is_causal=True, dropout=0.0)
    for head in range(6):
        alone = attend(
            query[:, head : head + 1],
            key[:, head // 3 : head // 3 + 1],
            value[:, head // 3 : head // 3 + 1],
            mask=None,
            is_causal=True,
            dropout=0.0,
        )
        torch.testing.assert_close(grouped[:, head : head + 1], alone, atol=1e-6, rtol=0)


def test_one_head_is_plain_attention() -> None:
    layer = attention(num_heads=1, num_kv_heads=1, norm_eps=None)
    x = draw(1, 6, 16)
    query, key, value = (linear(x)[0] for linear in (layer.q_proj, layer.k_proj, layer.v_proj))
    allowed = torch.ones(6, 6, dtype=torch.bool).tril()
    weights = weights_by_hand(query[None, None], key[None, None], allowed)[0, 0]
    expected = (weights @ value) @ layer.o_proj.weight.T
    torch.testing.assert_close(layer(x, CAUSAL, 0)[0], expected, atol=1e-6, rtol=0)


def test_a_grouped_layer_equals_the_layer_with_repeated_key_value_weights() -> None:
    grouped, full = attention(num_kv_heads=2), attention(num_kv_heads=4)
    full.load_state_dict(
        {
            name: tensor.view(2, 4, 16).repeat_interleave(2, 0).flatten(0, 1)
            if name in ("k_proj.weight", "v_proj.weight")
            else tensor
            for name, tensor in grouped.state_dict().items()
        }
    )
    x = draw(2, 5, 16)
    torch.testing.assert_close(grouped(x, CAUSAL, 0), full(x, CAUSAL, 0), atol=1e-6, rtol=0)


@pytest.mark.parametrize("changed", range(1, 8))
def test_a_later_token_never_changes_an_earlier_output(changed: int) -> None:
    layer = attention()
    x = draw(2, 8, 16)
    other = x.clone()
    other[:, changed] += 100.0
    before, after = layer(x, CAUSAL, 0), layer(other, CAUSAL, 0)
    assert torch.equal(before[:, :changed], after[:, :changed])
    assert not torch.equal(before[:, changed], after[:, changed])


def test_attention_never_crosses_documents() -> None:
    document_ids = torch.tensor([[1, 1, 1, 2, 2, 2, 2, 3]])
    context = AttentionContext(causal_document_mask(document_ids), False, None, None)
    layer = attention()
    x = draw(1, 8, 16)
    other = x.clone()
    other[:, :3] = 50.0 * draw(1, 3, 16, seed=9)
    before, after = layer(x, context, 0), layer(other, context, 0)
    assert torch.equal(before[:, 3:], after[:, 3:])
    assert not torch.equal(before[:, :3], after[:, :3])


def test_a_padded_row_of_the_mask_is_never_empty() -> None:
    mask = causal_document_mask(torch.tensor([[0, 0, -1, -1], [5, 6, 6, -1]]))
    assert mask.shape == (2, 1, 4, 4)
    assert mask.any(3).all()
    expected = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]
    assert mask[0, 0].int().tolist() == expected


def test_the_offset_mask_is_the_last_rows_of_the_causal_mask() -> None:
    whole = torch.ones(9, 9, dtype=torch.bool).tril()
    assert torch.equal(causal_offset_mask(4, 9, torch.device("cpu"))[0, 0], whole[5:])


def test_packed_documents_equal_each_document_alone() -> None:
    layer = attention()
    x = draw(1, 9, 16)
    document_ids = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 2, 2]])
    positions = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 0, 1]])
    mask = causal_document_mask(document_ids)
    packed = layer(
        x, AttentionContext(mask, False, rotary_angles(positions, 4, 1e4), None), layer=0
    )
    for begin, end in ((0, 4), (4, 7), (7, 9)):
        rotary = rotary_angles(torch.arange(end - begin)[None], 4, 1e4)
        alone = layer(x[:, begin:end], AttentionContext(None, True, rotary, None), layer=0)
        torch.testing.assert_close(packed[:, begin:end], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("pieces", [(8,), (1,) * 8, (3, 1, 4)])
def test_a_cache_gives_the_outputs_of_the_whole_sequence(pieces: tuple[int, ...]) -> None:
    layer = attention()
    x = draw(2, 8, 16)
    rotary = rotary_angles(torch.arange(8)[None].expand(2, 8), 4, 1e4)
    whole = layer(x, AttentionContext(None, True, rotary, None), 0)
    cache = KeyValueCache(
        num_layers=1,
        batch_size=2,
        num_kv_heads=2,
        max_seq_len=8,
        head_dim=4,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    outputs = []
    with torch.no_grad():
        for size in pieces:
            begin, end = cache.length, cache.length + size
            rotary = rotary_angles(torch.arange(begin, end)[None].expand(2, size), 4, 1e4)
            mask = causal_offset_mask(size, end, torch.device("cpu"))
            outputs.append(layer(x[:, begin:end], AttentionContext(mask, False, rotary, cache), 0))
            cache.advance(size)
    torch.testing.assert_close(torch.cat(outputs, 1), whole, atol=1e-5, rtol=0)


def test_dropout_acts_in_training_only() -> None:
    layer = attention(dropout=0.5)
    x = draw(1, 8, 16)
    assert not torch.equal(layer(x, CAUSAL, 0), layer(x, CAUSAL, 0))
    layer.eval()
    assert torch.equal(layer(x, CAUSAL, 0), layer(x, CAUSAL, 0))


@pytest.mark.parametrize(("norm_eps", "has_bias"), [(1e-6, False), (None, True)])
def test_the_gradient_of_attention_is_right(norm_eps: float | None, has_bias: bool) -> None:
    layer = attention(norm_eps=norm_eps, has_bias=has_bias).double()
    rotary = rotary_angles(torch.arange(3)[None], 4, 1e4)
    context = AttentionContext(None, True, rotary, None)
    names = [name for name, _ in layer.named_parameters()]

    def run(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        state = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(layer, state, (x, context, 0))

    x = draw(1, 3, 16, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(run, (x, *layer.parameters()), fast_mode=True)
