"""Saving and loading by one process, in one call each."""

from __future__ import annotations

from pathlib import Path

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    LoadedState,
    RetentionPolicy,
    TrainingState,
)


def save_training_state(directory: Path, checkpoint: TrainingState, *, keep_last: int) -> Path:
    """Save once, as the folder's only writer."""
    with CheckpointStore(directory, policy=RetentionPolicy(keep_last)) as store:
        return store.save(checkpoint)


def load_latest(directory: Path) -> LoadedState | None:
    """The newest checkpoint that verifies, as whole tensors."""
    return CheckpointStore(directory).load_latest()
