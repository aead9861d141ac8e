"""The decoder: what it counts, how it begins, and that documents and positions stay apart."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from yanmo.models.build import build_model, count_embedding_params, count_params
from yanmo.models.decoder import Decoder

CPU = torch.device("cpu")
FAMILIES = ("qwen3", "gpt2")


def draw_tokens(*shape: int, vocab_size: int = 128, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(vocab_size, shape, generator=generator)


SHAPES: list[tuple[str, dict[str, Any]]] = [
    ("qwen3", {}),
    ("qwen3", {"tie_embeddings": False}),
    ("qwen3", {"num_kv_heads": 1, "d_ff": 17, "depth": 3}),
    ("qwen3", {"num_heads": 3, "num_kv_heads": 3, "head_dim": 10, "d_model": 26}),
    ("gpt2", {}),
    ("gpt2", {"tie_embeddings": False, "d_ff": 50}),
    ("gpt2", {"num_heads": 3, "d_model": 27, "depth": 1, "max_seq_len": 11}),
]


@pytest.mark.parametrize(("family", "fields"), SHAPES)
def test_parameters_are_counted_without_building(
    make_shape: Any, family: str, fields: dict[str, Any]
) -> None:
    config = make_shape(family, **fields)
    model = build_model(config, CPU, seed=0)
    counted = sum({id(p): p.numel() for p in model.parameters()}.values())
    assert model.num_params() == counted == count_params(config)
    embeddings = [
        model.embed,
        model.embed_positions,
        None if config.tie_embeddings else model.lm_head,
    ]
    held = sum(
        p.numel() for module in embeddings if module is not None for p in module.parameters()
    )
    assert count_embedding_params(config) == held


@pytest.mark.parametrize(("family", "fields"), SHAPES)
@pytest.mark.parametrize("num_tokens", [5, 11])
def test_flops_per_token_equal_the_matrix_products_that_torch_counts(
    make_shape: Any, family: str, fields: dict[str, Any], num_tokens: int
) -> None:
    # What is counted: every matrix product of one forward and one backward pass, those of attention
    # over the whole row (the math backend computes the masked half too). Nothing else: no norm,
    # activation, softmax, embedding look-up or update.
    config = make_shape(family, **fields)
    model = build_model(config, CPU, seed=0)
    tokens = draw_tokens(3, num_tokens)
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter:
        model(tokens=tokens).logits.sum().backward()
    assert counter.get_total_flops() == tokens.numel() * model.flops_per_token(num_tokens)


def test_flops_are_counted_over_whole_rows_unless_told(make_shape: Any) -> None:
    config = make_shape("qwen3")
    assert config.flops_per_token() == config.flops_per_token(config.max_seq_len)


@pytest.mark.parametrize("family", FAMILIES)
def test_initial_values_do_not_depend_on_other_parameters(make_shape: Any, family: str) -> None:
    shallow = build_model(make_shape(family, depth=2), CPU, seed=7)
    deep = build_model(make_shape(family, depth=5), CPU, seed=7)
    deep_parameters = dict(deep.named_parameters())
    for name, parameter in shallow.named_parameters():
        # Matrices that write into the residual stream are scaled by depth, and by nothing else.
        writes = name.endswith(("o_proj.weight", "down_proj.weight"))
        factor = math.sqrt(5 / 2) if writes else 1.0
        torch.testing.assert_close(factor * deep_parameters[name], parameter, atol=0, rtol=1e-6)
        if not writes:
            assert torch.equal(deep_parameters[name], parameter)


def test_initial_values_depend_on_the_seed_and_the_name(make_shape: Any) -> None:
    config = make_shape("qwen3")
    first, again, other = (build_model(config, CPU, seed=seed) for seed in (1, 1, 2))
    for name, parameter in first.named_parameters():
        assert torch.equal(again.get_parameter(name), parameter)
        if parameter.ndim > 1:
            assert not torch.equal(other.get_parameter(name), parameter)
    q_weights = [block.get_parameter("attn.q_proj.weight") for block in first.blocks]
    assert not torch.equal(q_weights[0], q_weights[1])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_the_loss_begins_at_knowing_nothing(
    make_shape: Any, family: str, tie_embeddings: bool
) -> None:
    config = make_shape(
        family, 4096, d_model=128, depth=4, max_seq_len=64, tie_embeddings=tie_embeddings
    )
    model = build_model(config, CPU, seed=0)
    tokens = draw_tokens(4, 65, vocab_size=4096)
    with torch.no_grad():
        logits = model(tokens=tokens[:, :-1]).logits
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(4096), rel=0.02)


@pytest.mark.parametrize("family", FAMILIES)
def test_tied_weights_are_one_tensor(make_shape: Any, family: str) -> None:
    tied = build_model(make_shape(family), CPU, seed=0)
    assert tied.lm_head.weight is tied.embed.weight
    untied = build_model(make_shape(family, tie_embeddings=False), CPU, seed=0)
    assert not torch.equal(untied.lm_head.weight, untied.embed.weight)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_later_token_never_changes_earlier_logits(make_shape: Any, family: str) -> None:
    model = build_model(make_shape(family), CPU, seed=0).eval()
    tokens = draw_tokens(1, 12)
    before = model(tokens=tokens).logits
    for changed in range(1, 12):
        other = tokens.clone()
        other[0, changed] = (other[0, changed] + 1) % 128
        assert torch.equal(model(tokens=other).logits[:, :changed], before[:, :changed])


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_documents_equal_each_document_alone(make_shape: Any, family: str) -> None:
    model = build_model(make_shape(family), CPU, seed=0).eval()
    tokens = draw_tokens(1, 15)
    lengths = (6, 1, 8)
    positions = torch.cat([torch.arange(length) for length in lengths])[None]
    document_ids = torch.repeat_interleave(torch.arange(3), torch.tensor(lengths))[None]
    packed = model(tokens=tokens, positions=positions, document_ids=document_ids).logits
    begin = 0
    for length in lengths:
        alone = model(tokens=tokens[:, begin : begin + length]).logits
        torch.testing.assert_close(packed[:, begin : begin + length], alone, atol=1e-5, rtol=0)
        begin += length


def test_another_document_in_the_row_changes_nothing(make_shape: Any) -> None:
    model = build_model(make_shape("qwen3"), CPU, seed=0).eval()
    document_ids = torch.tensor([[0] * 5 + [1] * 7])
    positions = torch.tensor([[*range(5), *range(7)]])
    tokens = draw_tokens(1, 12)
    other = tokens.clone()
    other[0, :5] = (other[0, :5] + 3) % 128
    before = model(tokens=tokens, positions=positions, document_ids=document_ids).logits
    after = model(tokens=other, positions=positions, document_ids=document_ids).logits
    assert torch.equal(before[:, 5:], after[:, 5:])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("pieces", [(1,) * 10, (4, 1, 5)])
def test_a_cache_gives_the_logits_of_the_whole_sequence(
    make_shape: Any, family: str, pieces: tuple[int, ...]
) -> None:
    model = build_model(make_shape(family), CPU, seed=0).eval()
    tokens = draw_tokens(3, 10)
    with torch.no_grad():
        whole = model(tokens=tokens).logits
        cache = model.build_cache(3)
        parts = [model(tokens=part, cache=cache).logits for part in tokens.split(pieces, dim=1)]
    assert cache.length == 10
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_dropout_acts_in_training_only(make_shape: Any, family: str) -> None:
    model: Decoder = build_model(make_shape(family, dropout=0.3), CPU, seed=0)
    tokens = draw_tokens(1, 8)
    assert not torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)
    model.eval()
    assert torch.equal(model(tokens=tokens).logits, model(tokens=tokens).logits)


def test_every_parameter_gets_a_gradient(make_shape: Any) -> None:
    for family in FAMILIES:
        model = build_model(make_shape(family), CPU, seed=0)
        model(tokens=draw_tokens(2, 24)).logits.square().sum().backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name
            # A constant added to all keys moves no softmax: their bias alone stays where it is.
            is_still = name.endswith("k_proj.bias")
            assert is_still or parameter.grad.abs().max() > 0, name
