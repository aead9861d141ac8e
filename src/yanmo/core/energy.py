"""Energy of a stretch of work: counted by the processor where that can be read, else time times
watts.

Comes in: nothing but the machine. Goes out: watt-hours, what they rest on, and grams of CO2. Knows
no torch; the power of a GPU is asked of the tool that comes with its driver.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

GRAMS_CO2_PER_KWH = 480.0
"""Of the world's electricity in 2023 (Ember, Global Electricity Review 2024); a country's own lies
between 30 and 700."""
CPU_CORE_WATTS = 12.0
"""Design power of a server's core with its share of memory: 350 W for 32 cores (Intel Xeon 8462Y+
data sheet) and about 3 W of memory for each 8 GB. Where power can be read this is not used."""
_POWERCAP = Path("/sys/class/powercap")
_JOULES_PER_WH = 3600.0


@dataclass(frozen=True)
class Energy:
    """Watt-hours of a stretch, grams of CO2 for them, and what they rest on: `rapl` (counted by the
    processor) or `tdp` (processor time times design power), with `+gpu` where GPUs were added."""

    watt_hours: float
    grams_co2: float
    source: str

    def as_counts(self) -> dict[str, float | str]:
        """As a stage's manifest keeps it."""
        return {
            "energy_wh": self.watt_hours,
            "grams_co2": self.grams_co2,
            "energy_source": self.source,
        }


class EnergyMeter:
    """Measures from its construction on.

    Args:
        num_gpus: GPUs that the work holds, all of them of one kind.
        grams_co2_per_kwh: of the electricity.
        powercap: where the kernel shows its counters.
    """

    def __init__(
        self,
        *,
        num_gpus: int = 0,
        grams_co2_per_kwh: float = GRAMS_CO2_PER_KWH,
        powercap: Path = _POWERCAP,
    ) -> None:
        self._grams_co2_per_kwh = grams_co2_per_kwh
        self._num_gpus = num_gpus
        self._counters = {path: read_counter(path) for path in find_counters(powercap)}
        self._started_at = time.monotonic()
        self._cpu_started_at = _cpu_s()

    def read(self) -> Energy:
        """Energy since the meter was made."""
        gpu_watts = gpu_power_limit_watts() if self._num_gpus else None
        wall_s = time.monotonic() - self._started_at
        joules = self._counted()
        source = "rapl"
        if joules is None:
            # Of a machine that others use too: as many cores as this process kept busy.
            joules = (_cpu_s() - self._cpu_started_at) * CPU_CORE_WATTS
            source = "tdp"
        if gpu_watts is not None:
            joules += gpu_watts * self._num_gpus * wall_s
            source = f"{source}+gpu"
        watt_hours = joules / _JOULES_PER_WH
        return Energy(watt_hours, watt_hours / 1000 * self._grams_co2_per_kwh, source)

    def _counted(self) -> float | None:
        """Joules of all packages, or None where a counter cannot be read."""
        joules = 0.0
        for path, before in self._counters.items():
            after = read_counter(path)
            if before is None or after is None:
                return None
            if after < before:  # it has begun again
                after += _number(path.with_name("max_energy_range_uj")) or 0
            joules += (after - before) / 1e6
        return joules if self._counters else None


def find_counters(powercap: Path = _POWERCAP) -> list[Path]:
    """The energy counters of whole processors and of memory that stands beside them."""
    packages = [path for path in powercap.glob("intel-rapl:*") if path.name.count(":") == 1]
    beside = []
    for path in powercap.glob("intel-rapl:*:*"):
        try:
            is_memory = (path / "name").read_text(encoding="ascii").strip() == "dram"
        except OSError:
            is_memory = False
        if is_memory:
            beside.append(path)
    return [path / "energy_uj" for path in sorted([*packages, *beside])]


def read_counter(path: Path) -> int | None:
    """Microjoules, or None where they cannot be read: most systems show them to root alone."""
    return _number(path)


def gpu_power_limit_watts() -> float | None:
    """The power limit of the first GPU, by `nvidia-smi`; None where there is none."""
    if shutil.which("nvidia-smi") is None:
        return None
    command = ["nvidia-smi", "--query-gpu=power.limit", "--format=csv,noheader,nounits", "-i", "0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return float(done.stdout.strip().splitlines()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _cpu_s() -> float:
    """Processor seconds of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
