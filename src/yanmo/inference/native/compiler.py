"""From the C sources of this folder to a shared library for this processor, compiled once.

Compiled libraries lie in the user's cache folder under a name that says what they were made from:
sources, compiler, options. Two processes that compile at once do no harm: each writes a file of
its own and renames it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from yanmo.core.messages import t
from yanmo.inference.native.instruction_sets import InstructionSet
from yanmo.inference.native.unsupported import Unsupported

SOURCES = Path(__file__).parent
COMPILERS = ("cc", "gcc", "clang")
OPTIONS = ("-std=gnu11", "-O3", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden")
_TIMEOUT_S = 300.0


def library_for(instruction_set: InstructionSet) -> Path | Unsupported:
    """The compiled kernels for `instruction_set`, from the cache where they are there."""
    compiler = find_compiler()
    if isinstance(compiler, Unsupported):
        return compiler
    options = (*OPTIONS, *instruction_set.options)
    if instruction_set.macro:
        options = (*options, f"-D{instruction_set.macro}")
    folder = cache_folder()
    name = f"{instruction_set.name}-{_fingerprint(compiler, options)}.so"
    if (folder / name).is_file():
        return folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _compile(compiler, options, folder / name)
    except OSError as error:
        return Unsupported(
            t("the compiled kernels cannot be kept in {folder}: {why}", folder=folder, why=error)
        )


def find_compiler() -> str | Unsupported:
    """The C compiler that the environment's CC names, or the system's."""
    chosen = os.environ.get("CC")
    for name in (chosen,) if chosen else COMPILERS:
        path = shutil.which(name)
        if path is not None:
            return path
    if chosen:
        return Unsupported(t("there is no C compiler {name}, which CC names", name=chosen))
    return Unsupported(t("there is no C compiler; on Debian: apt-get install gcc libc6-dev"))


def cache_folder() -> Path:
    """Where compiled libraries are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "yanmo" / "native"


def _compile(compiler: str, options: tuple[str, ...], target: Path) -> Path | Unsupported:
    sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".compiling-") as folder:
        made = Path(folder) / target.name
        command = [compiler, *options, *sources, "-o", str(made), "-lm"]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Unsupported(t("{compiler} did not end", compiler=compiler))
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or [str(done.returncode)]
            first = next((line for line in said if "error" in line), said[0])
            return Unsupported(
                t("{compiler} cannot compile the kernels: {error}", compiler=compiler, error=first)
            )
        made.replace(target)
    return target


def _fingerprint(compiler: str, options: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in (compiler, _version_of(compiler), *options):
        digest.update(part.encode() + b"\0")
    for path in sorted([*SOURCES.glob("*.c"), *SOURCES.glob("*.h")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


@cache
def _version_of(compiler: str) -> str:
    try:
        done = subprocess.run(
            [compiler, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
