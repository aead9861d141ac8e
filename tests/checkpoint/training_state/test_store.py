"""Checkpoints of a run: exact, checked bit by bit, and kept to the number asked for."""

from __future__ import annotations

import json
import pickle
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.checkpoint.training_state.one_process import load_latest, save_training_state

from yanmo.checkpoint.training_state import (
    LoadedState,
    TrainingState,
    list_checkpoints,
    load_full,
)
from yanmo.core.errors import CheckpointError


def make_state(step: int, **state: Any) -> TrainingState:
    generator = torch.Generator().manual_seed(step)
    model = {"embed.weight": torch.randn(6, 4, generator=generator), "偏置": torch.randn(3)}
    optimizer = {
        "embed.weight.step": torch.tensor(step),
        "embed.weight.exp_avg": torch.randn(6, 4, generator=generator).bfloat16(),
        "none": torch.zeros(0, 2),
    }
    fields = {"step": step, "loss": 0.1 + step / 3, "first_loss": None, "note": "研墨 🖋", **state}
    return TrainingState(step, {"model": model, "optimizer": optimizer}, fields)


def save(directory: Path, *steps: int, keep_last: int = 9) -> list[TrainingState]:
    states = [make_state(step) for step in steps]
    for state in states:
        save_training_state(directory, state, keep_last=keep_last)
    return states


def assert_same(found: TrainingState, expected: TrainingState) -> None:
    assert found.step == expected.step
    assert found.state == expected.state
    assert found.tensors.keys() == expected.tensors.keys()
    for group, tensors in expected.tensors.items():
        assert found.tensors[group].keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert found.tensors[group][name].dtype == tensor.dtype
            assert torch.equal(found.tensors[group][name], tensor)


def load(directory: Path) -> LoadedState:
    loaded = load_latest(directory)
    assert loaded is not None
    return loaded


def steps_in(directory: Path) -> list[int]:
    return [int(path.name.removeprefix("step-")) for path in list_checkpoints(directory)]


def test_a_checkpoint_survives_bit_for_bit(tmp_path: Path) -> None:
    (state,) = save(tmp_path / "new" / "folder", 5)
    loaded = load(tmp_path / "new" / "folder")
    assert_same(loaded.state, state)
    assert loaded.skipped == ()


def test_where_nothing_is_nothing_is_loaded(tmp_path: Path) -> None:
    assert load_latest(tmp_path / "nowhere") is None
    assert load_latest(tmp_path) is None


def test_the_newest_is_loaded_also_past_eight_digits(tmp_path: Path) -> None:
    states = save(tmp_path, 999, 99_999_999, 100_000_000)
    assert_same(load(tmp_path).state, states[-1])


@pytest.mark.parametrize("keep_last", [1, 2, 3])
def test_the_last_few_are_kept(tmp_path: Path, keep_last: int) -> None:
    for number in range(1, 7):
        save(tmp_path, 10 * number, keep_last=keep_last)
        kept = [10 * n for n in range(max(1, number - keep_last + 1), number + 1)]
        assert steps_in(tmp_path) == kept
        assert len(list(tmp_path.iterdir())) == len(kept)


def test_keeping_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        save(tmp_path, 1, keep_last=0)


def test_files_that_are_no_checkpoints_are_left_alone(tmp_path: Path) -> None:
    save(tmp_path, 10)
    strangers = ["step-", "step-notes", "step-00000010.bak", "step-00000010 (1)", "notes.txt"]
    for name in strangers:
        shutil.copytree(tmp_path / "step-00000010", tmp_path / name)
    save(tmp_path, 20, keep_last=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*strangers, "step-00000020"])


def test_every_flipped_bit_is_noticed_and_the_previous_checkpoint_taken(tmp_path: Path) -> None:
    old, _ = save(tmp_path, 10, 20)
    files = sorted((tmp_path / "step-00000020").iterdir())
    assert len(files) == 4
    draw = random.Random(0)
    for number in range(200):
        path = files[number % len(files)]
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        loaded = load(tmp_path)
        assert_same(loaded.state, old)
        assert loaded.path.name == "step-00000010"
        assert len(loaded.skipped) == 1
        assert "step-00000020" in loaded.skipped[0]
        path.write_bytes(content)
    assert load(tmp_path).skipped == ()


@pytest.mark.parametrize(
    "name", ["manifest.json", "state.json", "model.safetensors", "optimizer.safetensors"]
)
def test_every_truncation_is_noticed(tmp_path: Path, name: str) -> None:
    old, _ = save(tmp_path, 10, 20)
    path = tmp_path / "step-00000020" / name
    content = path.read_bytes()
    for length in sorted({0, 1, *range(0, len(content), 37), len(content) - 1}):
        path.write_bytes(content[:length])
        loaded = load(tmp_path)
        assert_same(loaded.state, old)
        assert "step-00000020" in loaded.skipped[0]
    path.write_bytes(content + b" ")
    # A manifest is JSON, to which a space adds nothing; any other file has its size on record.
    assert load(tmp_path).state.step == (20 if name == "manifest.json" else 10)
    path.unlink()
    assert_same(load(tmp_path).state, old)


def test_a_file_that_the_disk_refuses_to_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = save(tmp_path, 10, 20)
    intact = Path.open

    def fail(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.match("step-00000020/model.safetensors"):
            raise OSError(5, "Input/output error", str(path))
        return intact(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", fail)
    loaded = load(tmp_path)
    assert_same(loaded.state, old)
    assert "Input/output error" in loaded.skipped[0]


def test_where_every_checkpoint_is_damaged_the_error_names_them_all(tmp_path: Path) -> None:
    save(tmp_path, 10, 20)
    for path in list_checkpoints(tmp_path):
        (path / "state.json").write_bytes(b"{}")
    with pytest.raises(CheckpointError) as caught:
        load_latest(tmp_path)
    assert "step-00000010" in str(caught.value)
    assert "step-00000020" in str(caught.value)
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize("content", ["[]", "1", "null", '"x"', "{}", '{"sha256": 1}'])
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    save(tmp_path, 10)
    path = tmp_path / "step-00000010"
    (path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError) as caught:
        load_full(path)
    assert caught.value.where == str(path)


def test_a_file_swapped_with_another_checkpoint_is_noticed(tmp_path: Path) -> None:
    save(tmp_path, 10, 20)
    source = tmp_path / "step-00000010" / "model.safetensors"
    shutil.copy(source, tmp_path / "step-00000020" / "model.safetensors")
    assert load(tmp_path).state.step == 10


@pytest.mark.parametrize("keep_last", [1, 2])
def test_what_is_saved_after_a_fall_back_is_the_newest(tmp_path: Path, keep_last: int) -> None:
    save(tmp_path, 10, 20)
    (tmp_path / "step-00000020" / "state.json").unlink()
    assert load(tmp_path).state.step == 10
    (state,) = save(tmp_path, 15, keep_last=keep_last)
    loaded = load(tmp_path)
    assert_same(loaded.state, state)
    assert loaded.skipped == ()
    assert steps_in(tmp_path) == [10, 15][-keep_last:]


def test_a_damaged_checkpoint_is_replaced_when_its_step_comes_again(tmp_path: Path) -> None:
    save(tmp_path, 10, 20)
    (tmp_path / "step-00000020" / "state.json").unlink()
    again = make_state(20, tries=2)
    save_training_state(tmp_path, again, keep_last=2)
    assert_same(load(tmp_path).state, again)
    assert steps_in(tmp_path) == [10, 20]


def test_a_number_that_json_lacks_is_refused_and_earlier_work_kept(tmp_path: Path) -> None:
    (old,) = save(tmp_path, 10)
    with pytest.raises(ValueError, match="JSON"):
        save_training_state(tmp_path, make_state(20, loss=float("nan")), keep_last=1)
    assert_same(load(tmp_path).state, old)


def test_nothing_is_pickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a pickle was asked for")

    for module, name in [
        (torch, "save"),
        (torch, "load"),
        (pickle, "dump"),
        (pickle, "dumps"),
        (pickle, "load"),
        (pickle, "loads"),
        (pickle, "Pickler"),
        (pickle, "Unpickler"),
    ]:
        monkeypatch.setattr(module, name, refuse)
    (state,) = save(tmp_path, 10)
    assert_same(load(tmp_path).state, state)
    for path in (tmp_path / "step-00000010").iterdir():
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        else:
            assert path.suffix == ".safetensors"
