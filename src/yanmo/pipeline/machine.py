"""What this machine has for training and serving, and what to do about what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from yanmo.core.messages import t

MIN_FREE_BYTES = 5 * 2**30
_PACKAGES = ("torch", "tokenizers", "tiktoken", "pyarrow", "safetensors", "pydantic", "typer")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, whether it is good, and advice where it is not."""

    name: str
    found: str
    is_good: bool = True
    advice: str = ""


def examine_machine() -> list[Finding]:
    """Look at Python, memory, disk, packages, devices and the compiler; change nothing."""
    findings = [
        Finding("python", f"{platform.python_version()} ({sys.executable})"),
        Finding("system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"),
        _examine_memory(),
        _examine_disk(),
    ]
    findings += [_examine_package(name) for name in _PACKAGES]
    if all(finding.is_good for finding in findings if finding.name == "torch"):
        findings += _examine_torch()
        findings.append(_examine_kernels())
    findings.append(_examine_compiler())
    return findings


def _examine_memory() -> Finding:
    pages, page_bytes = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Finding("memory", f"{pages * page_bytes / 2**30:.1f} GiB")


def _examine_disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    is_good = free >= MIN_FREE_BYTES
    advice = "" if is_good else t("Make room: a run and its checkpoints need a few GiB.")
    return Finding("disk", t("{gib:.1f} GiB free here", gib=free / 2**30), is_good, advice)


def _examine_package(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, t("not installed"), False, f"pip install {name}")


def _examine_torch() -> list[Finding]:
    import torch

    from yanmo.core.device import computes_bfloat16, device_name, device_text

    cpu = torch.device("cpu")
    findings = [
        Finding("cpu", device_text(device_name(cpu))),
        Finding(
            "cpu bfloat16",
            t("yes") if computes_bfloat16(cpu) else t("no; training on the CPU uses float32"),
        ),
    ]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            device = torch.device("cuda", index)
            gib = torch.cuda.get_device_properties(device).total_memory / 2**30
            findings.append(Finding(f"cuda:{index}", f"{device_name(device)}, {gib:.0f} GiB"))
    else:
        findings.append(Finding("cuda", t("no GPU that torch can use; everything runs on the CPU")))
    return findings


def _examine_kernels() -> Finding:
    """Which of its kernels in C an engine would use here; this compiles them."""
    from yanmo.inference.native.build import open_kernels
    from yanmo.inference.native.unsupported import Unsupported

    found = open_kernels()
    if isinstance(found, Unsupported):
        advice = t("Texts are written through torch, more slowly: {why}.", why=found.reason)
        return Finding("kernels", t("none"), False, advice)
    return Finding("kernels", t("compiled for {instructions}", instructions=found[1].name))


def _examine_compiler() -> Finding:
    compiler = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
    if compiler:
        return Finding("C++ compiler", compiler)
    advice = t("Only needed for pretrain.compile = true on the CPU.")
    return Finding("C++ compiler", t("none"), False, advice)
