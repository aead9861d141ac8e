"""The front end's own checks: types, style, and the tests of its logic (Vitest)."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from tests.conftest import REPOSITORY

STUDIO = REPOSITORY / "studio"


def npm(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script of package.json; skips where npm or what it installs is missing."""
    if shutil.which("npm") is None or not (STUDIO / "node_modules").is_dir():
        pytest.skip("npm or studio/node_modules is missing: `make studio` installs the packages")
    command = ["npm", "run", "--silent", script]
    return subprocess.run(command, cwd=STUDIO, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("script", ["check", "test"])
def test_the_front_end_passes_its_own(script: str) -> None:
    ended = npm(script)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_locked_packages_name_no_registry() -> None:
    packages = json.loads((STUDIO / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_every_locked_package_has_its_hash_or_is_for_another_system() -> None:
    packages = json.loads((STUDIO / "package-lock.json").read_text())["packages"]
    without = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert all(packages[name].get("optional") for name in without)
