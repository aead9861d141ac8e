"""One writer of a folder of checkpoints, also between machines that share it over a network.

A lease is a file `.lease-NUMBER` that says who holds it. Making it is atomic (a hard link), its
time is renewed by the folder's own clock, and whoever takes a stale one over makes the next number
and so wins against everybody else. The holder asks before it publishes whether it still is the
holder: a process that was paused, or whose supervisor died, cannot write over its successor.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import socket
import threading
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yanmo.core.errors import RunError
from yanmo.core.messages import t

_LEASE_NAME = re.compile(r"\.lease-[0-9]{8}")
_CANDIDATE_PREFIX = ".lease-candidate-"
_GIVEN_BACK: set[str] = set()
"""Tokens that this process is done with, in case the disk did not let their files go."""
_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True)
class Owner:
    """Who holds a lease.

    Attributes:
        machine: name of the machine, its boot and its space of process numbers; two equal ones see
            the same processes.
        pid: number of the process.
        started_ticks: when it started, in the system's ticks: numbers are given out again.
        token: random, different for every holder.
        run_id: what started it, where a launcher did; "" otherwise.
        attempt: how often the launcher had started it before.
    """

    machine: str
    pid: int
    started_ticks: int
    token: str
    run_id: str = ""
    attempt: int = 0

    @classmethod
    def this_process(cls, run_id: str = "", attempt: int = 0) -> Owner:
        """A new holder."""
        pid = os.getpid()
        return cls(_machine(), pid, _started_ticks(pid), uuid.uuid4().hex, run_id, attempt)

    def is_alive(self) -> bool | None:
        """Whether the process runs; None where that cannot be seen from here."""
        if self.machine != _machine():
            return None
        return _started_ticks(self.pid) == self.started_ticks


class Lease:
    """The right to write checkpoints into `directory`.

    Args:
        expires_s: a lease that was not renewed for so long is taken over.
        owner: who asks for it.
    """

    def __init__(self, directory: Path, owner: Owner, *, expires_s: float = 60.0) -> None:
        self._directory = directory
        self._owner = owner
        self._expires_s = expires_s
        self._path: Path | None = None
        self._is_ended = threading.Event()
        self._heartbeat: threading.Thread | None = None

    @property
    def token(self) -> str:
        """What tells this holder from every other."""
        return self._owner.token

    def acquire(self) -> None:
        """Take the lease and keep it renewed.

        Raises:
            RunError: another process holds it, or the folder cannot be written.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            while self._path is None:
                self._path = self._try()
        except OSError as error:
            raise RunError(
                t("this folder of checkpoints cannot be written"),
                where=str(self._directory),
                why=str(error),
                hint=t("Make room, or give another folder with --out."),
            ) from error
        self._heartbeat = threading.Thread(target=self._renew_until_ended, daemon=True)
        self._heartbeat.start()

    def check(self) -> None:
        """Raises:
        RunError: the lease is no longer held.
        """
        newest = _newest(self._directory)
        owner = _read_owner(newest) if newest is not None else None
        if self._path is None or newest != self._path or owner != self._owner:
            raise RunError(
                t("another process has taken over this folder of checkpoints"),
                where=str(self._directory),
                why=_describe(owner) if owner else None,
                hint=t("This process is a leftover: end it, and let the other one go on."),
            )

    def release(self) -> None:
        """Give the lease back, if it is still held."""
        self._is_ended.set()
        if self._heartbeat is not None:
            self._heartbeat.join()
        if self._path is not None and _read_owner(self._path) == self._owner:
            _GIVEN_BACK.add(self._owner.token)
            _unlink(self._path)
        self._path = None

    def _try(self) -> Path | None:
        """One attempt; None where somebody else was faster."""
        candidate = self._directory / f"{_CANDIDATE_PREFIX}{self._owner.token}"
        try:
            with candidate.open("w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(self._owner)))
                file.flush()
                os.fsync(file.fileno())  # a lease that nobody can read would hold everybody up
            newest = _newest(self._directory)
            if newest is not None:
                self._refuse_if_live(newest, now=candidate.stat().st_mtime)
            number = 1 if newest is None else _number(newest) + 1
            path = self._directory / f".lease-{number:08d}"
            try:
                _link(candidate, path)
            except (FileExistsError, FileNotFoundError):
                return None
            for other in self._directory.glob(".lease-*"):
                if other != path:
                    _unlink(other)
            return path
        finally:
            _unlink(candidate)

    def _refuse_if_live(self, lease: Path, now: float) -> None:
        try:
            age_s = now - lease.stat().st_mtime
        except FileNotFoundError:
            return  # given back this moment
        owner = _read_owner(lease)
        if age_s >= self._expires_s or (owner is not None and self._is_superseded(owner)):
            return
        raise RunError(
            t("another process is saving checkpoints here"),
            where=str(self._directory),
            why=_describe(owner) if owner else None,
            hint=t(
                "Wait for it to end; one that has vanished is replaced after {seconds} seconds.",
                seconds=round(self._expires_s),
            ),
        )

    def _is_superseded(self, owner: Owner) -> bool:
        is_earlier_attempt = owner.run_id == self._owner.run_id != ""
        is_earlier_attempt = is_earlier_attempt and owner.attempt < self._owner.attempt
        return owner.is_alive() is False or owner.token in _GIVEN_BACK or is_earlier_attempt

    def _renew_until_ended(self) -> None:
        assert self._path is not None, "renewed only while held"
        while not self._is_ended.wait(self._expires_s / 4):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                return  # taken over, as the next save will find
            except OSError:
                continue  # a network that comes back in time costs nothing


def _link(candidate: Path, path: Path) -> None:
    try:
        path.hardlink_to(candidate)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        with path.open("x", encoding="utf-8") as file:  # exclusive too, if not at one stroke
            file.write(candidate.read_text(encoding="utf-8"))


def _unlink(path: Path) -> None:
    """Remove a file that no longer says anything, now or at the next lease."""
    with contextlib.suppress(OSError):
        path.unlink()


def _newest(directory: Path) -> Path | None:
    found = [path for path in directory.glob(".lease-*") if _LEASE_NAME.fullmatch(path.name)]
    return max(found, key=_number, default=None)


def _number(lease: Path) -> int:
    return int(lease.name.removeprefix(".lease-"))


def _read_owner(lease: Path) -> Owner | None:
    """Who holds `lease`; None where that cannot be read: then only time can end it."""
    try:
        fields: dict[str, Any] = json.loads(lease.read_text(encoding="utf-8"))
        return Owner(**fields)
    except (OSError, ValueError, TypeError):
        return None


def _describe(owner: Owner) -> str:
    return t("process {pid} on {machine}", pid=owner.pid, machine=owner.machine.partition(" ")[0])


def _machine() -> str:
    parts = [socket.gethostname()]
    for path, is_link in (("/proc/sys/kernel/random/boot_id", False), ("/proc/self/ns/pid", True)):
        try:
            parts.append(str(Path(path).readlink()) if is_link else Path(path).read_text().strip())
        except OSError:
            parts.append("-")
    return " ".join(parts)


def _started_ticks(pid: int) -> int:
    """Field 22 of /proc/PID/stat (proc(5)); -1 where there is no such process, 0 for any process
    of a system without /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return -1
        return 0 if _runs(pid) else -1
    except OSError:
        return -1
    fields = stat.rpartition(")")[2].split()
    return -1 if fields[0] in "ZX" else int(fields[19])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
