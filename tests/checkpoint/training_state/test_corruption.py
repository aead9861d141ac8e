"""Nothing that is damaged is ever loaded: one bit, one byte, one file, one folder."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.checkpoint.training_state.one_process import load_latest
from tests.checkpoint.training_state.thread_ranks import is_of, part_of, run_threads, save_sharded

from yanmo.checkpoint.training_state import CheckpointStore, load_full, reading
from yanmo.core.errors import CheckpointError
from yanmo.core.files import sha256_of_json
from yanmo.parallel.ranks import Ranks

NEW = "step-00000020"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Two checkpoints, each written by two ranks."""
    for step in (10, 20):
        assert save_sharded(tmp_path, step, 2) == [None, None]
    assert len(list((tmp_path / NEW).iterdir())) == 6
    return tmp_path


def falls_back(directory: Path) -> bool:
    """Whether the older checkpoint is taken, is right, and the newer one is named; an error where
    something wrong was loaded without a word."""
    loaded = load_latest(directory)
    assert loaded is not None
    step = is_of(loaded.state, 2)
    if step == 20:
        assert loaded.skipped == ()
        return False
    assert len(loaded.skipped) == 1
    assert NEW in loaded.skipped[0]
    return True


def damage(directory: Path, number: int, change: Callable[[bytes, random.Random], bytes]) -> int:
    """Change one file of the newest checkpoint so many times; how often that was noticed."""
    draw, num_noticed = random.Random(0), 0
    files = sorted((directory / NEW).iterdir())
    for turn in range(number):
        path = files[turn % len(files)]
        content = path.read_bytes()
        path.write_bytes(change(content, draw))
        num_noticed += falls_back(directory)
        path.write_bytes(content)
    assert not falls_back(directory)
    return num_noticed


def flip(content: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(content)
    damaged[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def truncate(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content))]


def test_every_flipped_bit_of_a_shard_is_noticed(directory: Path) -> None:
    assert damage(directory, 200, flip) == 200


def test_every_truncated_shard_is_noticed(directory: Path) -> None:
    assert damage(directory, 60, truncate) == 60


@pytest.mark.nightly
def test_a_thousand_flips_and_three_hundred_truncations_are_noticed(directory: Path) -> None:
    assert damage(directory, 1000, flip) == 1000
    assert damage(directory, 300, truncate) == 300


@pytest.mark.parametrize("what", ["missing", "empty", "swapped", "of the other step", "doubled"])
def test_every_file_that_is_not_its_own_is_noticed(directory: Path, what: str) -> None:
    files = sorted((directory / NEW).iterdir())
    for path, other in zip(files, files[1:] + files[:1], strict=True):
        kept = {file: file.read_bytes() for file in files}
        if what == "missing":
            path.unlink()
        elif what == "empty":
            path.write_bytes(b"")
        elif what == "swapped":
            path.write_bytes(kept[other])
            other.write_bytes(kept[path])
        elif what == "of the other step":
            shutil.copy(directory / "step-00000010" / path.name, path)
        else:
            path.write_bytes(kept[path] * 2)
        assert falls_back(directory), path.name
        for file, content in kept.items():
            file.write_bytes(content)
    assert not falls_back(directory)


def test_a_file_too_many_changes_nothing(directory: Path) -> None:
    for name in ("model.safetensors", "model-00003-of-00003.safetensors", "rank.pt", "x.json"):
        (directory / NEW / name).write_bytes(b"something else")
        assert not falls_back(directory)


def test_a_checkpoint_under_the_name_of_another_step_is_passed_over(directory: Path) -> None:
    (directory / NEW).rename(directory / "step-00000030")
    loaded = load_latest(directory)
    assert loaded is not None
    assert is_of(loaded.state, 2) == 10
    assert "step-00000030" in loaded.skipped[0]
    with pytest.raises(CheckpointError, match="another step"):
        load_full(directory / "step-00000030")


def test_a_manifest_that_points_outside_its_folder_is_refused(directory: Path) -> None:
    path = directory / NEW / "manifest.json"
    intact = json.loads(path.read_text())
    for name in ("../step-00000010/state.json", "/etc/passwd.json", ".hidden.json", "a.pt", ""):
        manifest = json.loads(json.dumps(intact))
        manifest["files"][name] = manifest["files"].pop("state.json")
        del manifest["sha256"]
        path.write_text(json.dumps(manifest | {"sha256": sha256_of_json(manifest)}))
        assert falls_back(directory), name


@pytest.mark.parametrize("change", ["overlap", "outside", "gap", "negative"])
def test_pieces_that_do_not_make_a_whole_are_refused(directory: Path, change: str) -> None:
    path = directory / NEW / "manifest.json"
    manifest = json.loads(path.read_text())
    chunks = manifest["tensors"]["model"]["norm"]["chunks"]
    file, key, _, _ = chunks[0]
    chunks[:] = {
        "overlap": [[file, key, [0], [4]], [file, key, [2], [2]]],
        "outside": [[file, key, [2], [4]]],
        "gap": [[file, key, [0], [3]]],
        "negative": [[file, key, [-1], [4]]],
    }[change]
    del manifest["sha256"]
    path.write_text(json.dumps(manifest | {"sha256": sha256_of_json(manifest)}))
    assert falls_back(directory)


def test_damage_that_one_rank_sees_makes_all_fall_back(directory: Path) -> None:
    """Each file is hashed by one rank only; whichever it is, all take the older checkpoint."""

    def load(ranks: Ranks) -> tuple[int, tuple[str, ...]]:
        own = part_of(0, ranks).tensors

        loaded = CheckpointStore(directory, ranks).load_latest(lambda _: own)
        assert loaded is not None
        tensors = [tensor for group in own.values() for tensor in group.values()]
        assert all(bool((tensor == loaded.state.step).all()) for tensor in tensors)
        return loaded.state.step, loaded.skipped

    assert run_threads(load, 2) == [(20, ()), (20, ())]
    for path in sorted((directory / NEW).iterdir()):
        content = path.read_bytes()
        path.write_bytes(flip(content, random.Random(1)))
        (first, first_reasons), (second, second_reasons) = run_threads(load, 2)
        assert first == second == 10
        assert first_reasons == second_reasons
        assert NEW in first_reasons[0]
        path.write_bytes(content)


def test_values_that_change_between_hashing_and_reading_are_noticed(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives good bytes to the hash and bad ones to the reader: the logical hash of what
    was read tells."""
    intact = reading._read_box

    def lying(file: object, chunk: object, box: object, path: Path) -> object:
        values = intact(file, chunk, box, path)
        return values + 1 if path.name == NEW else values

    monkeypatch.setattr(reading, "_read_box", lying)
    assert falls_back(directory)


@pytest.mark.parametrize("name", ["model.pt", "pytorch_model.bin", "last.ckpt", "__0_0.distcp"])
def test_checkpoints_of_other_programs_are_never_loaded_and_the_error_says_why(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(CheckpointError, match="pickle") as caught:
        load_latest(tmp_path)
    assert name in str(caught.value)
    step = tmp_path / "other" / "step-00000010"
    step.mkdir(parents=True)
    shutil.copy(tmp_path / name, step / name)
    with pytest.raises(CheckpointError, match="pickle"):
        load_latest(tmp_path / "other")
