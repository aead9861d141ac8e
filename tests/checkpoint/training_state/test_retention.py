"""Which checkpoints stay: the newest, every so many, the best; and never none that is good."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    RetentionPolicy,
    TrainingState,
    list_checkpoints,
)
from yanmo.core.errors import RunError


def save(directory: Path, policy: RetentionPolicy, metrics: dict[int, float | None]) -> list[int]:
    with CheckpointStore(directory, policy=policy) as store:
        for step, metric in metrics.items():
            tensors = {"model": {"w": torch.full((2,), float(step))}}
            store.save(TrainingState(step, tensors, {"step": step}, metric))
    return [int(path.name.removeprefix("step-")) for path in list_checkpoints(directory)]


def test_every_so_many_are_kept_for_good(tmp_path: Path) -> None:
    metrics = dict.fromkeys(range(10, 100, 10))
    assert save(tmp_path, RetentionPolicy(2, keep_every=30), metrics) == [30, 60, 80, 90]


def test_the_best_is_kept_until_a_better_one_comes(tmp_path: Path) -> None:
    policy = RetentionPolicy(1, keeps_best=True)
    assert save(tmp_path, policy, {10: 3.0, 20: 1.0, 30: 2.0, 40: None}) == [20, 40]
    assert save(tmp_path, policy, {50: 0.5, 60: 0.9}) == [50, 60]
    assert save(tmp_path, RetentionPolicy(1), {70: 9.0}) == [70]


def test_a_damaged_checkpoint_is_nobodys_best(tmp_path: Path) -> None:
    policy = RetentionPolicy(1, keeps_best=True)
    assert save(tmp_path, policy, {10: 1.0, 20: 2.0}) == [10, 20]
    (tmp_path / "step-00000010" / "manifest.json").write_text("{}")
    assert save(tmp_path, policy, {30: 3.0}) == [20, 30]


def test_nothing_is_removed_before_the_new_one_has_been_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes bytes and gives others back: the save fails, the old one stays."""
    policy = RetentionPolicy(1)
    assert save(tmp_path, policy, {10: None}) == [10]
    monkeypatch.setattr(
        "yanmo.checkpoint.training_state.writing.sha256_of_file", lambda path: "other"
    )
    with pytest.raises(RunError, match="give back"):
        save(tmp_path, policy, {20: None})
    monkeypatch.undo()
    assert save(tmp_path, policy, {30: None}) == [30]
    assert len(list(tmp_path.iterdir())) == 1
