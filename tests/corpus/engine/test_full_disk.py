"""Where the disk lets no more be written, a build ends with the system's own words, and goes on
from there once there is room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.corpus.engine.conftest import build, config_of

BUILD = """
import io, resource, sys
from pathlib import Path
from yanmo.core.console import Console
from yanmo.corpus.build import build_corpus
from yanmo.corpus.config import CorpusConfig

# What is written beyond the limit fails as on a full disk, in the workers too.
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
config = CorpusConfig.model_validate_json(sys.argv[1])
build_corpus(config, Path(sys.argv[2]), Console(io.StringIO()))
"""


@pytest.fixture(scope="module")
def expected(small_sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The corpus as it is made where there is room."""
    config = config_of(small_sources, workers=1)
    return build(config, tmp_path_factory.mktemp("room") / "corpus")


@pytest.mark.nightly
@pytest.mark.parametrize("room_bytes", [0, 9_000])
def test_a_build_without_room_says_so_and_goes_on_later(
    small_sources: Path, expected: dict[str, bytes], tmp_path: Path, room_bytes: int
) -> None:
    config = config_of(small_sources, workers=2)
    out = tmp_path / "corpus"
    done = subprocess.run(
        [sys.executable, "-c", BUILD, config.model_dump_json(), str(out), str(room_bytes)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert not (out / "report.json").exists() or not (out / "report.json").read_bytes()
    assert build(config, out) == expected
