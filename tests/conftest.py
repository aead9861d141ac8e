"""Fixtures that several packages' tests share; messages are in English unless a test says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from yanmo.core.messages import language_of_environment

os.environ["YANMO_LANG"] = "en"
os.environ.setdefault("GOMP_SPINCOUNT", "3000")  # as the command line does

# How fast examples are drawn says how busy the machine is, and nothing about what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

REPOSITORY = Path(__file__).resolve().parent.parent
NOT_COPIED = (".*", "runs", "dist", "build", "_build", "_generated", "__pycache__")


LONGEST = (
    "tests/docs/test_readme.py",
    "tests/docs/test_docs.py",
    "tests/cli/test_parallel_training.py",
    "tests/training/test_kill_and_resume.py",
    "tests/parallel/test_parity.py",
)
"""Files that take a minute and more, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, so that no worker is left with one when the others have ended: those
    of `LONGEST`, then whatever has slow tests; the rest stays as it is."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    rank = {REPOSITORY / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (rank.get(item.path, len(LONGEST)), item.path not in slow))


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A function that sets the language of messages for the test."""

    def set_language(name: str) -> None:
        monkeypatch.setenv("YANMO_LANG", name)
        language_of_environment.cache_clear()

    yield set_language
    monkeypatch.undo()
    language_of_environment.cache_clear()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data sets beside the repository; skips where it is missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def poetry_dir(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection of Chinese classics, unpacked."""
    archive = shared_data / "text" / "chinese-poetry" / "chinese-poetry-classics.tar.gz"
    folder = tmp_path_factory.mktemp("poetry")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="session")
def poems(poetry_dir: Path) -> str:
    """Some hundred Song poems as one text."""
    records = json.loads((poetry_dir / "宋词" / "ci.song.0.json").read_text(encoding="utf-8"))
    return "\n\n".join("\n".join(record["paragraphs"]) for record in records[:300])


FEW_EXAMPLES = tuple(
    f"tasks.{task}.max_examples.{split}={count}"
    for task in ("modules", "summaries")
    for split, count in (("train", 64), ("validation", 8), ("test", 8))
)
SHORT_DEMO = ("pretrain.steps=32", "evaluate.max_tokens=3000", *FEW_EXAMPLES)
"""What makes of the demo's minutes half a minute."""


def copy_and_make_demo(repository: Path, *settings: str) -> None:
    """Copy this repository to `repository`, and give `make demo` there, as the README begins.

    The copy shares the virtual environment, so nothing is installed again; skips where make would
    install, which it does where it has not made the environment itself.
    """
    ignored = shutil.ignore_patterns(*NOT_COPIED)
    shutil.copytree(REPOSITORY, repository, ignore=ignored)  # with the times that make looks at
    (repository / ".venv").symlink_to(REPOSITORY / ".venv")
    planned = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=repository, capture_output=True, text=True, check=True
    )
    if "pip install" in planned.stdout:
        pytest.skip("make has not made the virtual environment; run `make test`")
    words = [f"SETTINGS={' '.join(settings)}"] if settings else []
    subprocess.run(["make", "demo", *words], cwd=repository, check=True)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which `make demo` was given, made short."""
    repository = tmp_path_factory.mktemp("demo") / "yanmo"
    copy_and_make_demo(repository, *SHORT_DEMO)
    return repository
