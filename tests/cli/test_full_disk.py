"""A disk that is full, or a folder that cannot be written: told plainly, and gone on from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine, make_text

from yanmo.core.manifest import read_manifest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes a disk of a given size; needs the right to mount one."""
    with ExitStack() as stack:

        def mount(size: str) -> Path:
            folder = tmp_path / "disk"
            folder.mkdir()
            words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
            if os.geteuid() != 0 or subprocess.run(words, capture_output=True).returncode != 0:
                pytest.skip("a small disk cannot be mounted here")
            stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            return folder

        yield mount


def fill(disk: Path, free_bytes: int) -> Path:
    """Leave `free_bytes` on the disk; remove the file that is returned to make room."""
    status = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * (status.f_bavail * status.f_frsize - free_bytes))
    return ballast


def test_a_disk_that_fills_up_in_training(
    yanmo: CommandLine, text_file: Path, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("24m")
    run = disk / "run"
    # 0.2 million parameters: a checkpoint is 1.6 MB, and two fit beside the one being written.
    settings = [*SMALL, "model.d_model=128", "model.depth=1", "pretrain.steps=12"]
    words = ["demo", "--text", text_file, "--out", run, *settings]
    first = ["tokens", "python_docs", f"corpus.sources=[{{kind='files', paths=['{text_file}']}}]"]
    assert yanmo(*first, "--out", run, *settings).code == 0
    ballast = fill(disk, 5_000_000)
    ended = yanmo(*words)
    assert ended.code == 1, ended.err
    message = ended.err[ended.err.index("error:") :]
    assert "the disk is full" in message
    assert str(run / "pretrain") in message
    (*_, last) = sorted((run / "pretrain" / "checkpoints").glob("step-*"))
    assert f"The last good checkpoint is {last}." in message
    assert "run the same command again" in message
    ballast.unlink()
    ended = yanmo(*words)
    assert ended.code == 0, ended.err
    assert f"going on after step {int(last.name.removeprefix('step-'))} " in ended.err


def test_a_disk_that_fills_up_while_the_corpus_is_read(
    yanmo: CommandLine, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("8m")
    path = yanmo.folder / "text.txt"
    path.write_text("".join(make_text(500, seed=seed) for seed in range(40)), encoding="utf-8")
    words = ["corpus", "python_docs", "corpus.sources=[{kind='files', paths=['text.txt']}]"]
    ballast = fill(disk, 300_000)
    message = yanmo.refused(*words, "--out", disk / "run", code=1)
    assert f"{disk / 'run' / 'corpus'}: the disk is full" in message
    assert "Make room and run the same command again" in message
    ballast.unlink()
    assert yanmo(*words, "--out", disk / "run").code == 0
    assert read_manifest(disk / "run" / "corpus") is not None


@pytest.mark.parametrize("out", ["file", "file/inside", "/proc/run"])
def test_a_run_directory_that_cannot_be_made_is_named(
    yanmo: CommandLine, text_file: Path, out: str
) -> None:
    (yanmo.folder / "file").write_text("mine")
    message = yanmo.refused("demo", "--text", text_file, "--out", out, *SMALL)
    assert message.startswith(f"error: {out}")
    assert "--out" in message
    assert sorted(yanmo.folder.iterdir()) == [yanmo.folder / "file", text_file]


def test_a_run_directory_that_may_not_be_written_is_named(
    yanmo: CommandLine, text_file: Path, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("1m")  # root may write where the permissions say no, but not here
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    message = yanmo.refused("demo", "--text", text_file, "--out", disk, *SMALL)
    assert message.startswith(f"error: {disk}: this folder cannot be made or written")
