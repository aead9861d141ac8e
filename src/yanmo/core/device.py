"""Which device and which number format a run uses. torch is imported only when a function runs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bfloat16"]

_PROBE_SIZE = {"cpu": 1024, "cuda": 8192}
"""Rows and columns of the square matrices that `measure_peak_flops` multiplies."""
_PROBE_SECONDS = 0.3
_MIN_PROBE_PRODUCTS = 3


def choose_device(name: DeviceName) -> torch.device:
    """The device that `name` asks for; `auto` takes a GPU where one is usable.

    Raises:
        ConfigError: the device named is not here.
    """
    import torch

    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        return torch.device("cuda" if available["cuda"] else "cpu")
    if not available[name]:
        raise ConfigError(
            t("this machine has no device '{name}'", name=name),
            hint=t("Set pretrain.device=auto, or see `yanmo doctor`."),
        )
    return torch.device(name)


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The dtype of matrix products; `auto` is bfloat16 where the processor computes in it.

    Raises:
        ConfigError: bfloat16 was asked of a device that only emulates it.
    """
    import torch

    has_bfloat16 = computes_bfloat16(device)
    if precision == "bfloat16" and not has_bfloat16:
        raise ConfigError(
            t("{device} does not compute in bfloat16", device=device_text(device_name(device))),
            hint=t("Set pretrain.precision=auto or float32."),
        )
    return torch.bfloat16 if has_bfloat16 and precision != "float32" else torch.float32


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the device has bfloat16 matrix instructions of its own."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False


def device_name(device: torch.device) -> str:
    """The maker's name of the device, as far as the system tells it, and the threads of a CPU; a
    name for files, which `device_text` tells the reader."""
    import platform
    from pathlib import Path

    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpu_info = Path("/proc/cpuinfo")
    if device.type == "cpu" and cpu_info.exists():
        for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                threads = torch.get_num_threads()
                noun = "thread" if threads == 1 else "threads"
                return f"{line.partition(':')[2].strip()}, {threads} {noun}"
    return platform.processor() or device.type


def device_text(name: str) -> str:
    """What `device_name` gave, here or on the machine that wrote a file, in the reader's words."""
    maker, comma, threads = name.rpartition(", ")
    count, _, noun = threads.partition(" ")
    if not comma or noun not in ("thread", "threads") or not count.isdecimal():
        return name
    return t("{maker}, {n} {n:thread|threads}", maker=maker, n=int(count))


@functools.cache
def reached_peak_flops(device: torch.device, dtype: torch.dtype) -> float:
    """`measure_peak_flops`, measured once in the life of the process."""
    return measure_peak_flops(device, dtype)


def measure_peak_flops(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of the best of several large matrix products, which is what a training step can hope
    for: measured here and now, in about half a second.

    Args:
        device: where the products run; the process's threads, on a CPU.
        dtype: of both matrices and of the result.
    """
    import time

    import torch

    size = _PROBE_SIZE.get(device.type, _PROBE_SIZE["cpu"])
    # Random numbers, since a GPU is faster on plain ones; its own, so that no run's are used up.
    generator = torch.Generator(device).manual_seed(0)
    left, right = (
        torch.randn(size, size, device=device, generator=generator).to(dtype) for _ in range(2)
    )
    product = torch.empty(size, size, device=device, dtype=dtype)
    best_s = float("inf")
    num_products = 0
    probe_began_at = time.perf_counter()
    while (
        num_products < _MIN_PROBE_PRODUCTS or time.perf_counter() - probe_began_at < _PROBE_SECONDS
    ):
        began_at = time.perf_counter()
        torch.mm(left, right, out=product)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        elif device.type == "mps":
            torch.mps.synchronize()
        if num_products:  # the first one sets up the library
            best_s = min(best_s, time.perf_counter() - began_at)
        num_products += 1
    return 2 * size**3 / best_s
