"""Energy is counted where the processor counts it, and said to be guessed where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.energy import CPU_CORE_WATTS, EnergyMeter, find_counters


def make_package(root: Path, name: str, microjoules: int, kind: str = "package-0") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{kind}\n", encoding="ascii")
    (folder / "max_energy_range_uj").write_text("10000000000\n", encoding="ascii")
    (folder / "energy_uj").write_text(f"{microjoules}\n", encoding="ascii")
    return folder / "energy_uj"


def test_the_processor_s_own_counters_are_read(tmp_path: Path) -> None:
    first = make_package(tmp_path, "intel-rapl:0", 1_000_000)
    core = make_package(tmp_path, "intel-rapl:0:0", 500_000, "core")  # a part of the package
    memory = make_package(tmp_path, "intel-rapl:0:1", 0, "dram")
    assert find_counters(tmp_path) == [first, memory]
    meter = EnergyMeter(powercap=tmp_path)
    first.write_text("7201000000\n", encoding="ascii")
    core.write_text("9000000000\n", encoding="ascii")
    memory.write_text("3600000000\n", encoding="ascii")
    energy = meter.read()
    assert energy.source == "rapl"
    assert energy.watt_hours == pytest.approx(3.0)
    assert energy.grams_co2 == pytest.approx(0.003 * 480)


def test_a_counter_that_begins_again_is_seen(tmp_path: Path) -> None:
    counter = make_package(tmp_path, "intel-rapl:0", 9_000_000_000)
    meter = EnergyMeter(powercap=tmp_path)
    counter.write_text("2600000000\n", encoding="ascii")
    assert meter.read().watt_hours == pytest.approx(1.0)


def test_without_counters_it_is_time_by_design_power(tmp_path: Path) -> None:
    meter = EnergyMeter(powercap=tmp_path, grams_co2_per_kwh=100.0)
    number = 0
    for value in range(300_000):
        number += value * value
    energy = meter.read()
    assert number > 0
    assert energy.source == "tdp"
    assert 0 < energy.watt_hours < CPU_CORE_WATTS
    assert energy.grams_co2 == pytest.approx(energy.watt_hours / 1000 * 100)
