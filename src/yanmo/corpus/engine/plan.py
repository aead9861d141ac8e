"""The tasks: groups of files that one worker reads at a time.

Comes in: the sources of a configuration. Goes out: tasks in the order of the corpus, and what was
found that cannot be read. The same files give the same tasks on every machine. Reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import Listing
from yanmo.corpus.sources.kinds import is_risky, list_source
from yanmo.corpus.sources.reading import Skipped, Unreadable
from yanmo.corpus.sources.streams import PACKED

_PACKED_RATIO = 4


@dataclass(frozen=True, slots=True)
class Task:
    """Files of one path of one source.

    Args:
        source: index of the source in the recipe.
        path: index of the path within the source.
        files: the files, in reading order.
        is_risky: parsing one of them can be slow or end the process.
        num_bytes: about how much text they hold.
    """

    source: int
    path: int
    files: tuple[FileToRead, ...]
    is_risky: bool
    num_bytes: int


@dataclass(frozen=True)
class Plan:
    """All tasks, and what the folders held besides.

    Args:
        tasks: in the order of the corpus.
        paths: the paths as the recipe gives them, for each source.
        problems: folders and files that do not open.
        skipped: files of other types.
    """

    tasks: list[Task]
    paths: list[list[str]]
    problems: list[Unreadable] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def plan_tasks(config: CorpusConfig) -> Plan:
    """The tasks of a configuration.

    Raises:
        DataError: a path does not exist or holds nothing that is read.
    """
    plan = Plan([], [])
    for source_index, source in enumerate(config.sources):
        listings = list_source(source)
        plan.paths.append([listing.path for listing in listings])
        for path_index, listing in enumerate(listings):
            plan.problems.extend(listing.problems)
            plan.skipped.extend(Skipped(kind, n) for kind, n in sorted(listing.skipped.items()))
            for files in _group(listing, config.engine.task_bytes):
                plan.tasks.append(
                    Task(
                        source_index,
                        path_index,
                        tuple(files),
                        any(is_risky(file, source) for file in files),
                        sum(_size(file) for file in files),
                    )
                )
    return plan


def _group(listing: Listing, task_bytes: int) -> Iterator[Sequence[FileToRead]]:
    """The files of a path in groups of about `task_bytes`; a larger file is a group of its own."""
    group: list[FileToRead] = []
    num_bytes = 0
    for file in listing.files:
        size = _size(file)
        if group and num_bytes + size > task_bytes:
            yield group
            group, num_bytes = [], 0
        group.append(file)
        num_bytes += size
    if group:
        yield group


def _size(file: FileToRead) -> int:
    """About how much text there is; 0 where it cannot be told, which the reader will report."""
    try:
        size = file.path.stat().st_size if file.path.is_file() else 0
    except OSError:
        return 0
    return size * _PACKED_RATIO if file.path.suffix.lower() in PACKED else size
