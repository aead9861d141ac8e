"""A flipped bit in a weight or a gradient is seen; sound hardware and odd numbers are no faults."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from tests.training.small_job import build_config, build_model
from torch import nn

from yanmo.training.data import TrainingData
from yanmo.training.guards.rerun import (
    Fault,
    Measurement,
    RerunReport,
    check_rerun,
    sum_weight_bits,
)
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.step import batch_to_device


def flip_bit(tensor: torch.Tensor, index: int, bit: int) -> None:
    """Flip one bit of a float32 tensor in place."""
    numbers = tensor.detach().view(-1).numpy().view(np.uint32)
    numbers[index] ^= np.uint32(1 << bit)


def measuring(
    model: nn.Module, data: TrainingData, disturb: Callable[[int, str], None]
) -> Callable[[], Measurement]:
    """What a training step measures, with a fault planted by `disturb(run, moment)`."""
    batch = batch_to_device(data.micro_batches(build_config(), 0)[0], torch.device("cpu"))
    runs = 0

    def measure() -> Measurement:
        nonlocal runs
        runs += 1
        disturb(runs, "before")
        model.zero_grad(set_to_none=True)
        torch.manual_seed(5)
        loss, _ = CausalObjective().loss(model, batch)
        torch.autograd.backward(loss)
        disturb(runs, "after")
        norm = nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
        return Measurement(float(loss.item()), float(norm.item()), sum_weight_bits(model))

    return measure


def check(
    data: TrainingData, disturb: Callable[[nn.Module, int, str], None], tolerance: float = 0.0
) -> RerunReport | None:
    model = build_model(dropout=0.3)
    bits = sum_weight_bits(model)
    measure = measuring(model, data, lambda run, moment: disturb(model, run, moment))
    return check_rerun(measure, tolerance=tolerance, weight_bits=bits)


def test_sound_hardware_repeats_itself_bit_for_bit(data: TrainingData) -> None:
    assert check(data, lambda *_: None) is None


@pytest.mark.parametrize("bit", [0, 12, 30])
@pytest.mark.parametrize("run", [1, 2])
def test_a_bit_flip_in_a_weight_is_seen(data: TrainingData, bit: int, run: int) -> None:
    def disturb(model: nn.Module, now: int, moment: str) -> None:
        if (now, moment) == (run, "before"):
            flip_bit(model.get_parameter("blocks.0.mlp.up_proj.weight"), 7, bit)

    report = check(data, disturb)
    assert report is not None and report.fault is Fault.WEIGHTS
    assert "weights changed in memory" in str(report)


@pytest.mark.parametrize("run", [1, 2])
def test_a_bit_flip_in_a_gradient_is_transient(data: TrainingData, run: int) -> None:
    def disturb(model: nn.Module, now: int, moment: str) -> None:
        if (now, moment) == (run, "after"):
            gradient = model.get_parameter("blocks.1.attn.q_proj.weight").grad
            assert gradient is not None
            flip_bit(gradient, 11, 29)

    report = check(data, disturb)
    assert report is not None and report.fault is Fault.TRANSIENT
    losses = {measured.loss for measured in report.runs}
    assert len(losses) == 1 and len({measured.grad_norm for measured in report.runs}) == 2
    assert repr(report.runs[0].grad_norm) in str(report)


def test_a_unit_that_is_wrong_each_time_is_persistent(data: TrainingData) -> None:
    def disturb(model: nn.Module, now: int, moment: str) -> None:
        gradient = model.get_parameter("embed.weight").grad
        if moment == "after" and gradient is not None:
            flip_bit(gradient, now, 27)

    report = check(data, disturb)
    assert report is not None and report.fault is Fault.PERSISTENT
    assert "each time" in str(report)


def test_rounding_is_no_fault_where_it_is_expected() -> None:
    values = iter([1.0, 1.00001, 1.0])
    report = check_rerun(lambda: Measurement(next(values), 2.0, 3), tolerance=1e-4, weight_bits=3)
    assert report is None
    values = iter([1.0, 1.00001, 1.0])
    report = check_rerun(lambda: Measurement(next(values), 2.0, 3), tolerance=0.0, weight_bits=3)
    assert report is not None and report.fault is Fault.TRANSIENT


def test_numbers_that_are_not_finite_twice_are_left_to_the_other_guards() -> None:
    def measure() -> Measurement:
        return Measurement(math.nan, math.inf, 0)

    assert check_rerun(measure, tolerance=0.0, weight_bits=0) is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_sum_of_weight_bits_sees_every_single_flip(dtype: torch.dtype) -> None:
    layer = nn.Linear(8, 8, dtype=dtype)
    before = sum_weight_bits(layer)
    raw = layer.weight.detach().view(torch.uint8)
    for index in range(0, raw.numel(), 5):
        for bit in (0, 3, 7):
            flat = raw.view(-1)
            flat[index] ^= 1 << bit
            assert sum_weight_bits(layer) != before
            flat[index] ^= 1 << bit
    assert sum_weight_bits(layer) == before
