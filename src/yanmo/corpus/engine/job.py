"""The work folder of a build: what the workers are told, and where they leave what they made.

Comes in: a configuration and its tasks. Goes out: `job.json`, from which any process on any machine
that sees the folder can do any task. A task's directory appears under its name when it is whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yanmo
from yanmo.core.files import write_json
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.engine.plan import Task
from yanmo.corpus.sources.file_to_read import FileToRead

Phase = Literal["read", "finish"]
"""`read` makes shards and fingerprints of the sources; `finish` applies what was decided."""

JOB_NAME = "job.json"
ACCOUNT_NAME = "account.json"
TASK_NAME = "task.json"


@dataclass(frozen=True)
class Job:
    """A build in progress.

    Args:
        work_dir: the work folder.
        config: the configuration of the corpus.
        tasks: its tasks.
    """

    work_dir: Path
    config: CorpusConfig
    tasks: list[Task]

    def task_dir(self, phase: Phase, index: int) -> Path:
        """Where the task `index` leaves what it made."""
        return self.work_dir / phase / f"{index:05d}"

    def is_done(self, phase: Phase, index: int) -> bool:
        """Whether the task has been finished, by this run or an earlier one."""
        return self.task_dir(phase, index).is_dir()

    @contextmanager
    def making(self, phase: Phase, index: int) -> Iterator[Path]:
        """A directory to write a task's files into; it gets its name when all went well.

        Two processes that do the same task do not disturb each other: the first one is taken.
        """
        final = self.task_dir(phase, index)
        made = final.with_name(f".{final.name}.{os.uname().nodename}.{os.getpid()}")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        try:
            yield made
            if not final.exists():
                made.rename(final)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def is_begun(self, fingerprint: str) -> bool:
        """Whether the work folder holds the beginning of this very build.

        Args:
            fingerprint: of the sources.
        """
        try:
            content = json.loads((self.work_dir / JOB_NAME).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        return bool(_without_engine(content) == _without_engine(self._content(fingerprint)))

    def save(self, fingerprint: str) -> None:
        """Write `job.json`."""
        self.work_dir.mkdir(parents=True, exist_ok=True)
        write_json(self.work_dir / JOB_NAME, self._content(fingerprint))

    def _content(self, fingerprint: str) -> dict[str, Any]:
        """The contents of `job.json`."""
        return {
            "yanmo_version": yanmo.__version__,
            "fingerprint": fingerprint,
            "config": self.config.model_dump(mode="json"),
            "tasks": [_task_as_json(task) for task in self.tasks],
        }

    @staticmethod
    def load(work_dir: Path) -> Job:
        """The job whose folder this is."""
        content = json.loads((work_dir / JOB_NAME).read_text(encoding="utf-8"))
        tasks = [_task_from_json(entry) for entry in content["tasks"]]
        return Job(work_dir, CorpusConfig.model_validate(content["config"]), tasks)


def _without_engine(content: dict[str, Any]) -> dict[str, Any]:
    """What decides the result: everything but where it runs."""
    config = {name: value for name, value in content["config"].items() if name != "engine"}
    return content | {"config": config}


def _task_as_json(task: Task) -> dict[str, Any]:
    files = [
        {
            "path": os.fspath(file.path),
            "name": file.name,
            "source": file.source,
            "language": file.language,
            "domain": file.domain,
        }
        for file in task.files
    ]
    return {
        "source": task.source,
        "path": task.path,
        "files": files,
        "is_risky": task.is_risky,
        "num_bytes": task.num_bytes,
    }


def _task_from_json(entry: dict[str, Any]) -> Task:
    files = tuple(FileToRead(**{**file, "path": Path(file["path"])}) for file in entry["files"])
    return Task(entry["source"], entry["path"], files, entry["is_risky"], entry["num_bytes"])
