"""A manifest is written last, read back whole, and tells when a stage is up to date."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.core.manifest import MANIFEST_NAME, Manifest, read_manifest, stage_key, write_manifest


def write(directory: Path, **changes: Any) -> Manifest:
    settings: dict[str, Any] = {
        "stage": "corpus",
        "config": {"min_words": 5, "名": "研墨"},
        "inputs": {"raw": "ab" * 32},
        "output_files": sorted(directory.glob("part-*")),
        "counts": {"documents": 2},
        "timings": {"total_s": 0.5},
        "yanmo_version": "0.1.0",
    }
    return write_manifest(directory, **{**settings, **changes})


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    (tmp_path / "part-00001").write_bytes(b"two")
    (tmp_path / "part-00000").write_bytes(b"one")
    return tmp_path


def test_what_is_written_is_read_back(stage: Path) -> None:
    manifest = write(stage, notes=["第一次"])
    assert read_manifest(stage) == manifest
    assert list(manifest.outputs) == ["part-00000", "part-00001"]
    assert manifest.outputs["part-00000"] == {
        "bytes": 3,
        "sha256": hashlib.sha256(b"one").hexdigest(),
    }


def test_a_stage_that_was_not_run_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert read_manifest(tmp_path / "missing") is None


def test_the_key_follows_stage_settings_and_inputs() -> None:
    key = stage_key("corpus", {"a": 1}, {"raw": "x"})
    assert key == stage_key("corpus", {"a": 1}, {"raw": "x"})
    assert (
        len(
            {
                key,
                stage_key("tokens", {"a": 1}, {"raw": "x"}),
                stage_key("corpus", {"a": 2}, {"raw": "x"}),
                stage_key("corpus", {"a": 1}, {"raw": "y"}),
            }
        )
        == 4
    )


def test_the_same_content_has_the_same_hash_whenever_it_was_made(stage: Path) -> None:
    first = write(stage)
    second = write(stage, config={"min_words": 6}, timings={"total_s": 9.0})
    assert first.content_hash == second.content_hash
    assert first.key != second.key
    (stage / "part-00000").write_bytes(b"One")
    assert write(stage).content_hash != first.content_hash


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"3", b"null", b'{"format_version": 99}', b'{"format_version": 1}'],
)
def test_a_damaged_manifest_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(DataError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_keys_of_a_later_writer_are_an_error(stage: Path) -> None:
    write(stage)
    path = stage / MANIFEST_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "more": 1}))
    with pytest.raises(DataError, match="another version"):
        read_manifest(stage)
