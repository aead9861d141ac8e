"""Rows shared among processes: the same loss and the same gradient as one process with all of it.

The ranks run every mode of one process group in one go; a mode's numbers are compared here with
those of a model that was never spread.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.decoder import Decoder
from yanmo.models.presets import derive_model
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.context import (
    apply_context_parallel,
    check_context,
    cut_positions,
    join_positions,
)
from yanmo.parallel.expert import balance_over_data
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks

CPU = torch.device("cpu")
ROWS, LENGTH, VOCAB = 3, 24, 61

MODES: dict[str, dict[str, Any]] = {
    "rotary": {"family": "qwen3"},
    "grouped heads": {"family": "llama", "num_kv_heads": 1},
    "learned positions": {"family": "gpt2"},
    "alibi": {"family": "transformer", "positions": "alibi"},
    "relative": {"family": "transformer", "positions": "relative"},
    "sliding window": {"family": "qwen3", "sliding_window": 5},
    "experts": {"family": "qwen3_moe", "num_experts": 4, "num_active_experts": 2},
}
PARTS_OF_BATCH = ("alone", "packed", "prefix")
MUTATED = ("rotary", "learned positions")


def shape_of(mode: str) -> TransformerConfig:
    tiny = {"depth": 2, "d_model": 32, "max_seq_len": LENGTH, "num_heads": 4}
    section = ModelConfig.model_validate({**tiny, **MODES[mode]})
    config = derive_model(section, VOCAB, {"eos": 0, "pad": 1}).config
    assert isinstance(config, TransformerConfig)
    return config.model_copy(update={"balance_loss_weight": 0.5})


def double_model(mode: str) -> Decoder:
    model = build_model(shape_of(mode), CPU, seed=3).double()
    assert isinstance(model, Decoder)
    with torch.no_grad():  # far from where all scores are alike, so that masks matter
        for parameter in model.parameters():
            parameter.mul_(2.0)
    return model


def draw_batch(kind: str) -> dict[str, torch.Tensor]:
    """Rows with labels that are missing unevenly; packed ones hold four documents and padding."""
    generator = torch.Generator().manual_seed(5)
    tokens = torch.randint(VOCAB, (ROWS, LENGTH), generator=generator)
    labels = torch.randint(VOCAB, (ROWS, LENGTH), generator=generator)
    labels[torch.rand(ROWS, LENGTH, generator=generator) < 0.3] = -100
    labels[0, :9] = -100
    batch = {"tokens": tokens, "labels": labels}
    if kind == "alone":
        return batch
    is_start = torch.rand(ROWS, LENGTH, generator=generator) < 0.15
    documents = is_start.cumsum(1).to(torch.int32)
    starts = torch.where(is_start, torch.arange(LENGTH), 0).cummax(1).values
    documents[1, -3:] = -1
    labels[1, -3:] = -100
    batch |= {"document_ids": documents, "positions": torch.arange(LENGTH) - starts}
    if kind == "prefix":
        batch["is_prefix"] = (batch["positions"] < 3) & (documents >= 0)
    return batch


def loss_and_gradient(model: nn.Module, batch: dict[str, torch.Tensor]) -> list[Any]:
    """The summed loss, and one number for each parameter that tells its gradient from others."""
    model.zero_grad()
    loss = model(**batch).loss_sum
    loss.backward()
    return [float(loss.detach()), {n: p.grad for n, p in model.named_parameters()}]


def fingerprints(gradients: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    """Of each gradient its norm and its product with fixed random numbers."""
    found = {}
    for name, gradient in gradients.items():
        generator = torch.Generator().manual_seed(len(name))
        other = torch.randn(gradient.shape, generator=generator, dtype=gradient.dtype)
        found[name] = [float(gradient.norm()), float((gradient * other).sum())]
    return found


def run_modes(ranks: Ranks, attention: str, modes: list[str]) -> dict[str, Any]:
    """Loss and gradients of all modes, and of mutants, with the rows shared among all ranks."""
    config = ParallelConfig.model_validate({"context": ranks.size, "context_attention": attention})
    mesh = build_mesh(config, ranks, CPU)
    results: dict[str, Any] = {}
    for mode in modes:
        model = double_model(mode)
        apply_context_parallel(model, mesh)
        balance_over_data(model, mesh)
        for kind in PARTS_OF_BATCH:
            part = cut_positions(draw_batch(kind), mesh.place("context"), ranks.size)
            results[f"{mode}/{kind}"] = summed_over_ranks(ranks, model, part)
        if mode in MUTATED:
            part = cut_positions(draw_batch("alone"), mesh.place("context"), ranks.size)
            length = part["tokens"].shape[1]
            part["positions"] = torch.arange(length).expand_as(part["tokens"])
            results[f"{mode}/mutant"] = summed_over_ranks(ranks, model, part)
    return results


def summed_over_ranks(ranks: Ranks, model: nn.Module, part: dict[str, torch.Tensor]) -> list[Any]:
    loss, gradients = loss_and_gradient(model, part)
    names = sorted(gradients)
    flat = torch.cat([gradients[name].flatten() for name in names])
    torch.distributed.all_reduce(flat)
    pieces = torch.split(flat, [gradients[name].numel() for name in names])
    summed = {n: piece.view_as(gradients[n]) for n, piece in zip(names, pieces, strict=True)}
    return [ranks.sum([loss])[0], fingerprints(summed)]


def alone(mode: str, kind: str) -> list[Any]:
    loss, gradients = loss_and_gradient(double_model(mode), draw_batch(kind))
    return [loss, fingerprints(gradients)]


def difference(found: list[Any], expected: list[Any]) -> float:
    """The largest difference of the loss, and of the gradients' fingerprints by the whole norm."""
    worst = abs(found[0] - expected[0]) / abs(expected[0])
    assert found[1].keys() == expected[1].keys()
    norm = sum(numbers[0] ** 2 for numbers in expected[1].values()) ** 0.5
    for name, numbers in expected[1].items():
        for one, other in zip(found[1][name], numbers, strict=True):
            worst = max(worst, abs(one - other) / norm)
    return float(worst)


@pytest.mark.parametrize("attention", ["all_gather", "ulysses"])
@pytest.mark.parametrize("num_ranks", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_shared_rows_give_the_loss_and_gradient_of_whole_ones(
    attention: str, num_ranks: int
) -> None:
    is_divided = attention == "ulysses"
    modes = [m for m in MODES if not is_divided or shape_of(m).num_kv_heads % num_ranks == 0]
    results = run_ranks(run_modes, num_ranks, attention, modes)[0]
    mutants = {mode: results.pop(f"{mode}/mutant") for mode in MUTATED if mode in modes}
    differences = {key: difference(found, alone(*key.split("/"))) for key, found in results.items()}
    assert len(differences) == len(modes) * len(PARTS_OF_BATCH) > 0
    assert max(differences.values()) <= 1e-12, differences
    # Positions that are counted from the start of the part, and not of the row, must be noticed.
    assert mutants
    for mode, found in mutants.items():
        assert difference(found, alone(mode, "alone")) > 1e-4, mode


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_parts_join_to_the_rows_that_were_cut(size: int) -> None:
    batch = draw_batch("prefix")
    parts = [cut_positions(batch, place, size) for place in range(size)]
    for name, whole in batch.items():
        if size > 1:
            assert torch.equal(join_positions([part[name] for part in parts]), whole)
        assert all(part[name].shape == (ROWS, LENGTH // size) for part in parts)


def test_every_part_has_as_many_keys_to_look_at() -> None:
    place_of = cut_positions({"tokens": torch.arange(LENGTH)[None]}, 0, 3)["tokens"]
    assert place_of.tolist() == [[0, 1, 2, 3, 20, 21, 22, 23]]
    seen = [
        int((cut_positions({"tokens": torch.arange(LENGTH)[None]}, p, 3)["tokens"] + 1).sum())
        for p in range(3)
    ]
    assert len(set(seen)) == 1


def test_rows_of_any_width_are_filled_up_with_padding() -> None:
    batch = {name: values[:, :21] for name, values in draw_batch("packed").items()}
    parts = [cut_positions(batch, place, 2) for place in range(2)]
    for name, fill in (("tokens", 0), ("labels", -100), ("document_ids", -1), ("positions", 0)):
        joined = join_positions([part[name] for part in parts])
        assert joined.shape == (ROWS, 24)
        assert torch.equal(joined[:, :21], batch[name])
        assert bool((joined[:, 21:] == fill).all())


def test_rows_and_heads_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ConfigError, match="24 positions cannot be cut into 10 equal chunks"):
        check_context(ParallelConfig(context=5), shape_of("rotary"))
    ulysses = ParallelConfig(context=2, context_attention="ulysses")
    with pytest.raises(ConfigError, match="num_kv_heads = 1 head cannot be divided among 2"):
        check_context(ulysses, shape_of("grouped heads"))
    check_context(ParallelConfig(context=2), shape_of("grouped heads"))
    section = ModelConfig.model_validate({"family": "bert", "depth": 1, "max_seq_len": 24})
    encoder = derive_model(section, VOCAB, {"eos": 0, "pad": 1, "mask": 2}).config
    with pytest.raises(ConfigError, match="only a causal Transformer"):
        check_context(ParallelConfig(context=2), encoder)
