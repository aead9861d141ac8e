"""Checkpoints of a training run: atomic, checksummed, never overwritten, of any layout.

`CheckpointStore` saves and loads for one process or many; `load_full` reads a checkpoint for tools.
The modules in the order in which a save needs them: `layout` (who holds what), `lease` (one
writer), `writing`, `state_hash`, `manifest`, `saving` (the protocol), `retention`; then `reading`
and `loading`.
"""

from yanmo.checkpoint.training_state.lease import Lease, Owner
from yanmo.checkpoint.training_state.loading import TrainingState, load_checkpoint, load_full
from yanmo.checkpoint.training_state.manifest import (
    DamagedCheckpoint,
    list_checkpoints,
    step_of,
)
from yanmo.checkpoint.training_state.reading import Infos, optimizer_targets, whole_targets
from yanmo.checkpoint.training_state.retention import RetentionPolicy
from yanmo.checkpoint.training_state.store import CheckpointStore, LoadedState

__all__ = [
    "CheckpointStore",
    "DamagedCheckpoint",
    "Infos",
    "Lease",
    "LoadedState",
    "Owner",
    "RetentionPolicy",
    "TrainingState",
    "list_checkpoints",
    "load_checkpoint",
    "load_full",
    "optimizer_targets",
    "step_of",
    "whole_targets",
]
