"""Checkpoints of a run, as its loop sees them: save, look whether that went well, load the newest.

The same for one process and for many. A save in the background copies the values first, so that
training goes on at once; what goes wrong later stops the run at the next step.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
import torch.distributed as dist

from yanmo.checkpoint.training_state.agreement import raise_together
from yanmo.checkpoint.training_state.layout import (
    Groups,
    Key,
    Plan,
    describe,
    keyed_pieces,
    make_plan,
)
from yanmo.checkpoint.training_state.lease import Lease, Owner
from yanmo.checkpoint.training_state.loading import TrainingState, load_checkpoint
from yanmo.checkpoint.training_state.manifest import (
    DamagedCheckpoint,
    list_checkpoints,
    refuse_foreign,
)
from yanmo.checkpoint.training_state.reading import Targets, whole_targets
from yanmo.checkpoint.training_state.retention import RetentionPolicy
from yanmo.checkpoint.training_state.saving import SaveJob, write_checkpoint
from yanmo.checkpoint.training_state.writing import Piece
from yanmo.core.errors import CheckpointError, RunError, YanmoError
from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.parallel.ranks import TIMEOUT, Ranks

_LAST_WAIT_S = 60.0
"""How long a run that has failed waits for a save that is under way."""


@dataclass(frozen=True)
class LoadedState:
    """The newest checkpoint that verifies, and what was wrong with newer ones."""

    path: Path
    state: TrainingState
    skipped: tuple[str, ...]


class CheckpointStore:
    """The folder of a run's checkpoints. All processes make one, and call each method together.

    Used as a context, it holds the lease that makes this run the folder's only writer; reading
    needs none.

    Args:
        directory: shared by all processes.
        ranks: the processes.
        policy: what is kept.
        lease_expires_s: seconds after which a run that shows no sign of life loses its lease.
        run_id, attempt: the launcher's name for this run and how often it has started it before: a
            later attempt takes over from an earlier one.

    Attributes:
        blocked_s: seconds that the last save kept the caller waiting.
        write_s: seconds that the last finished save took in all.
    """

    def __init__(
        self,
        directory: Path,
        ranks: Ranks | None = None,
        policy: RetentionPolicy | None = None,
        *,
        lease_expires_s: float = 60.0,
        run_id: str = "",
        attempt: int = 0,
    ) -> None:
        self._directory = directory
        self._ranks = ranks or Ranks.alone()
        self._policy = policy or RetentionPolicy()
        self._lease = Lease(
            directory, Owner.this_process(run_id, attempt), expires_s=lease_expires_s
        )
        self._is_open = False
        self._background_ranks: Ranks | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._plan: tuple[str, Plan] | None = None
        self._buffers: dict[Key, torch.Tensor] = {}
        self.blocked_s = 0.0
        self.write_s = 0.0

    def __enter__(self) -> Self:
        """Raises:
        RunError: another run saves here, or the folder cannot be written.
        """
        error: YanmoError | None = None
        if self._ranks.is_main:
            try:
                self._lease.acquire()
            except RunError as refused:
                error = refused
        raise_together(self._ranks, error)
        self._is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.wait()
            elif self._thread is not None:
                self._thread.join(_LAST_WAIT_S)
                if self._failure is not None:
                    error.add_note(str(self._failure))
        finally:
            self._is_open = False
            if self._ranks.is_main:
                self._lease.release()

    def save(self, state: TrainingState, *, is_async: bool = False) -> Path:
        """Save `state`; with `is_async`, return once its values are copied. A save that is still
        under way is waited for.

        Returns:
            The folder that holds it, or will.

        Raises:
            RunError: it could not be saved, or the save before could not; earlier checkpoints are
                untouched.
        """
        assert self._is_open, "a store is written inside `with`"
        began_at = time.monotonic()
        self.wait()
        state_text = json.dumps(state.state, allow_nan=False)
        plan = self._make_plan(state.tensors)
        job = SaveJob(
            state.step,
            self._own_pieces(plan, state.tensors, is_copied=is_async),
            plan.infos,
            state_text,
            state.metric,
        )
        if is_async:
            self._thread = threading.Thread(
                target=self._write_in_background, args=(job, self._ranks_of_background())
            )
            self._thread.start()
        else:
            self._write(job, self._ranks)
        self.blocked_s = time.monotonic() - began_at
        return self._directory / f"step-{state.step:08d}"

    def wait(self) -> None:
        """Wait for the save that is under way, if there is one.

        Raises:
            RunError: it failed, on this process or on another one.
        """
        if self._thread is not None:
            self._thread.join()
            self._finish()

    def poll(self) -> None:
        """Look, without waiting, whether the save that is under way has ended. To be called by all
        processes between two steps.

        Raises:
            RunError: it failed, on this process or on another one.
        """
        if self._thread is None:
            return
        is_done = not self._thread.is_alive()
        has_failed = is_done and self._failure is not None
        num_done, num_failed = self._ranks.sum([float(is_done), float(has_failed)])
        if num_failed or num_done == self._ranks.size:
            # Where it has failed elsewhere, the reason is on its way.
            self._thread.join(_LAST_WAIT_S)
            self._finish(is_failed_elsewhere=num_failed > 0)

    def load_latest(self, targets: Targets = whole_targets) -> LoadedState | None:
        """The newest checkpoint that verifies, read into what `targets` gives; None where there is
        none at all.

        Raises:
            CheckpointError: every one is damaged, the newest good one does not fit, or there are
                only checkpoints of another program.
        """
        names, error = None, None
        if self._ranks.is_main:
            names = [path.name for path in reversed(list_checkpoints(self._directory))]
            try:
                if not names:
                    refuse_foreign(self._directory)
            except CheckpointError as refused:
                error = refused
        raise_together(self._ranks, error)
        skipped: list[str] = []
        for name in self._ranks.broadcast_json(names):
            path = self._directory / name
            try:
                state = load_checkpoint(path, targets, self._ranks)
                return LoadedState(path, state, tuple(skipped))
            except DamagedCheckpoint as damage:
                skipped.append(str(damage))
        if skipped:
            raise CheckpointError(
                t("every checkpoint here is damaged"),
                where=str(self._directory),
                why=t("; ").join(skipped),
                hint=t("Delete the folder to start this stage again."),
            )
        return None

    def _make_plan(self, groups: Groups) -> Plan:
        """As last time, unless a process has other tensors than last time."""
        fingerprint = sha256_of_json(describe(groups))
        is_new = self._plan is None or self._plan[0] != fingerprint
        if self._ranks.any(is_new) or self._plan is None:
            self._plan = fingerprint, make_plan(groups, self._ranks)
            self._buffers.clear()
        return self._plan[1]

    def _own_pieces(self, plan: Plan, groups: Groups, *, is_copied: bool) -> list[Piece]:
        pieces: list[Piece] = []
        for key, view in keyed_pieces(groups):
            if key in plan.own:
                shape = plan.infos[key[0]][key[1]].shape
                pieces.append((key, shape, self._copy(key, view) if is_copied else view))
        if is_copied and torch.cuda.is_available():
            torch.cuda.synchronize()
        return pieces

    def _copy(self, key: Key, view: torch.Tensor) -> torch.Tensor:
        """Values in memory of the processor that is used again by the next save."""
        buffer = self._buffers.get(key)
        if buffer is None:
            buffer = torch.empty(view.shape, dtype=view.dtype, pin_memory=view.is_cuda)
            self._buffers[key] = buffer
        return buffer.copy_(view, non_blocking=True)

    def _ranks_of_background(self) -> Ranks:
        """A group of its own: messages of a save must not meet those of training."""
        if self._background_ranks is None:
            group = None
            if self._ranks.size > 1:
                group = dist.new_group(backend="gloo", timeout=TIMEOUT)
            self._background_ranks = replace(self._ranks, group=group)
        return self._background_ranks

    def _write_in_background(self, job: SaveJob, ranks: Ranks) -> None:
        try:
            self._write(job, ranks)
        except BaseException as error:  # told to the run by `poll` or `wait`
            self._failure = error

    def _write(self, job: SaveJob, ranks: Ranks) -> None:
        began_at = time.monotonic()
        write_checkpoint(self._directory, job, ranks, self._policy, self._lease)
        self.write_s = time.monotonic() - began_at

    def _finish(self, *, is_failed_elsewhere: bool = False) -> None:
        self._thread = None
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure  # as it came: that a peer is lost is for the supervisor to mend
        if is_failed_elsewhere:
            raise RunError(
                t("a checkpoint could not be saved in the background"),
                where=str(self._directory),
                why=t("another process met the error"),
            )
