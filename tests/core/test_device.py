"""The measured peak is the floating-point operations of a product over its shortest time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest
import torch

from yanmo.core import device as device_module
from yanmo.core.device import device_name, device_text, measure_peak_flops


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_measured_peak_is_operations_over_the_shortest_time(
    dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(device_module._PROBE_SIZE, "cpu", 32)
    readings = itertools.count(step=0.25)  # each look at the clock is a quarter of a second later
    monkeypatch.setattr(time, "perf_counter", lambda: next(readings))
    measured = measure_peak_flops(torch.device("cpu"), dtype)
    assert measured == pytest.approx(2 * 32**3 / 0.25)


def test_measured_peak_is_no_less_than_a_whole_product_reaches() -> None:
    measured = measure_peak_flops(torch.device("cpu"), torch.float32)
    assert 1e8 < measured < 1e15


def test_measuring_uses_up_no_random_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(device_module._PROBE_SIZE, "cpu", 32)
    before = torch.get_rng_state()
    measure_peak_flops(torch.device("cpu"), torch.float32)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("stored", "chinese"),
    [
        ("Intel(R) Xeon(R) Processor, 1 thread", "Intel(R) Xeon(R) Processor，1 个线程"),
        ("AMD, of some kind, 16 threads", "AMD, of some kind，16 个线程"),
        ("NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3"),
        ("a name, 2 halves", "a name, 2 halves"),
        ("cpu", "cpu"),
    ],
)
def test_a_stored_name_is_told_in_the_words_of_the_reader(
    speak: Callable[[str], None], stored: str, chinese: str
) -> None:
    speak("en")
    assert device_text(stored) == stored
    speak("zh")
    assert device_text(stored) == chinese


def test_the_name_for_files_is_the_same_in_every_language(speak: Callable[[str], None]) -> None:
    speak("en")
    english = device_name(torch.device("cpu"))
    speak("zh")
    assert device_name(torch.device("cpu")) == english
