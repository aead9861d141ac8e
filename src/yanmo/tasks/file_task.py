"""A task whose splits come from files: read once, cut and limited as its section says.

Comes in: which files make which split, and a function that reads a split. Goes out: a `Task`. Knows
no format and no kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.tasks.reading.source_file import SourceFile, found_file
from yanmo.tasks.task import Split, TaskKind
from yanmo.tasks.task_config import FilesConfig

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SplitSource:
    """What the splits of a task are read from.

    Args:
        files: of each split that has any; files that are read side by side count as several.
        validation_frac: part of train that is cut off where validation has no file.
        test_frac: part of train that is cut off where test has no file.
    """

    files: Mapping[Split, Sequence[SourceFile]]
    validation_frac: float = 0.0
    test_frac: float = 0.0

    def frac_of(self, split: Split) -> float:
        """Which part of train is cut off for a split."""
        if split in self.files or "train" not in self.files:
            return 0.0
        return {"train": 0.0, "validation": self.validation_frac, "test": self.test_frac}[split]


def source_of(
    config: FilesConfig,
    base_dir: Path,
    layout: Mapping[Split, Sequence[SourceFile]] | None = None,
) -> SplitSource:
    """The files of a section.

    Args:
        config: the section.
        base_dir: what relative paths are relative to.
        layout: the files of the published data set that the section names; None takes its own.
    """
    files = dict(layout) if layout is not None else own_files(config, base_dir)
    fracs = {"validation": config.validation_frac, "test": config.test_frac}
    # What a published data set has no file for is cut off; of one's own files nothing is by itself.
    is_cut = {name: layout is not None and "train" in files and name not in files for name in fracs}
    derived = {
        "validation": 0.1 if is_cut["validation"] else 0.0,
        "test": 0.2 if is_cut["test"] else 0.0,
    }
    for split in ("validation", "test"):
        if fracs[split] and (split in files or "train" not in files):
            raise ConfigError(
                t("{split}_frac has no effect: there is a file for {split}", split=split)
                if split in files
                else t("{split}_frac has no effect: there is no file to learn from", split=split)
            )
    found = {name: derived[name] if frac is None else frac for name, frac in fracs.items()}
    return SplitSource(files, found["validation"], found["test"])


def own_files(config: FilesConfig, base_dir: Path) -> dict[Split, list[SourceFile]]:
    """The files that a section names itself, by split."""
    folder = folder_of(config, base_dir)
    found: dict[Split, list[SourceFile]] = {}
    for split in SPLITS:
        named = getattr(config, split)
        names = [named] if isinstance(named, str) else named or []
        if names:
            found[split] = [SourceFile(folder / Path(name).expanduser(), name) for name in names]
    return found


def folder_of(config: FilesConfig, base_dir: Path) -> Path:
    """The folder that the files of a section lie in."""
    return base_dir / Path(config.folder or "").expanduser()


def layout_files(folder: Path, names: Mapping[Split, str]) -> dict[Split, list[SourceFile]]:
    """The files of a published data set, each of which may have been gzipped since."""
    return {split: [found_file(folder, name)] for split, name in names.items()}


def _no_labels(_task: object) -> tuple[str, ...]:
    """The labels of a task that has none."""
    return ()


@dataclass(slots=True)
class FileTask:
    """A task that reads files; see `yanmo.tasks.task.Task` for what it offers.

    Args:
        name: as the recipe calls it.
        kind: what its examples are.
        version: rises whenever the same files give other examples.
        config: its section of the recipe.
        source: which files make which split.
        read: the examples of the files of a split of this task; what is raised there is shown as
            it is.
        language: of the text that is measured.
        target_language: of what is written, where it is another one.
        read_labels: the labels of all splits of this task, in their order. May raise a `DataError`.
        also_read: files that belong to every split, such as a list of the classes.

    Attributes:
        notes: what the user should hear of the files that have been read, such as a form that was
            detected.
    """

    name: str
    kind: TaskKind
    version: int
    config: FilesConfig
    source: SplitSource
    read: Callable[[FileTask, Split], Iterable[Any]]
    language: str = "en"
    target_language: str = ""
    read_labels: Callable[[FileTask], tuple[str, ...]] = _no_labels
    also_read: Sequence[SourceFile] = ()
    notes: list[str] = field(default_factory=list, init=False)
    _kept: dict[Split, tuple[Any, ...]] = field(default_factory=dict, init=False, repr=False)
    _labels: tuple[str, ...] | None = field(default=None, init=False, repr=False)
    _uncut: dict[Split, tuple[Any, ...]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.target_language = self.target_language or self.language

    @property
    def splits(self) -> tuple[Split, ...]:
        """Splits that there are files for, or that are cut off train."""
        return tuple(s for s in SPLITS if s in self.source.files or self.source.frac_of(s) > 0.0)

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes or tags in a fixed order."""
        if self._labels is None:
            self._labels = self.read_labels(self)
        return self._labels

    def examples(self, split: Split) -> Sequence[Any]:
        """The examples of a split, in the order of the file.

        Raises:
            DataError: a file or a row is wrong, or the split is empty.
            ConfigError: the task has no such split.
        """
        if split not in self.splits:
            raise ConfigError(
                t("task '{task}' has no split '{split}'", task=self.name, split=split),
                why=t("it has {splits}", splits=listed(self.splits)),
                hint=t("Name a file for it, or set {split}_frac to cut it off train.", split=split),
            )
        if split not in self._kept:
            self._kept[split] = self._limited(split)
        return self._kept[split]

    def files(self, split: Split) -> Sequence[str]:
        """Paths of the files that a split is read from."""
        origin: Split = split if split in self.source.files else "train"
        files = (*self.source.files.get(origin, ()), *self.also_read)
        return tuple(dict.fromkeys(str(file.on_disk) for file in files))

    def first_examples(self) -> Sequence[Any]:
        """All examples of the files of the first split (train, where there is one), which labels
        are derived from."""
        return self._whole(self.splits[0])

    def _whole(self, split: Split) -> tuple[Any, ...]:
        """All examples of the files of a split, before cuts and limits."""
        if split not in self._uncut:
            found = tuple(self.read(self, split))
            if not found:
                raise DataError(
                    t("there is no example in the files of split '{split}'", split=split),
                    where=listed(self.files(split)),
                )
            self._uncut[split] = found
            self._labels = self.labels  # so that labels that cannot be are found at once
        return self._uncut[split]

    def _limited(self, split: Split) -> tuple[Any, ...]:
        """A split after cuts and limits."""
        examples = self._cut(split)
        limit = getattr(self.config.max_examples, split)
        if limit is None or limit >= len(examples):
            return examples
        order = sorted(
            range(len(examples)), key=lambda place: self._turn(f"{split} {examples[place].id}")
        )
        return tuple(examples[place] for place in sorted(order[:limit]))

    def _cut(self, split: Split) -> tuple[Any, ...]:
        """What falls to a split when parts of train go to splits without files."""
        if split in self.source.files and split != "train":
            return self._whole(split)
        examples = self._whole("train")
        fracs = [(name, self.source.frac_of(name)) for name in ("test", "validation")]
        if not any(frac for _, frac in fracs):
            return examples
        groups: dict[str, list[int]] = {}
        for place, example in enumerate(examples):
            groups.setdefault(grouping_text(example), []).append(place)
        waiting = sorted(groups, key=self._turn)
        parts: dict[str, list[int]] = {"test": [], "validation": []}
        for name, frac in fracs:
            while waiting and len(parts[name]) < round(frac * len(examples)):
                parts[name] += groups[waiting.pop()]
        parts["train"] = [place for text in waiting for place in groups[text]]
        if not parts[split]:
            raise DataError(
                t("the cut leaves no example for split '{split}'", split=split),
                where=listed(self.files("train")),
                why=t("there are {count} {count:example|examples} in all", count=len(examples)),
            )
        return tuple(examples[place] for place in sorted(parts[split]))

    def _turn(self, text: str) -> bytes:
        """What cuts and limits sort by: as good as random, and the same on every machine."""
        keyed = f"{self.config.split_seed} {text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(keyed, digest_size=16).digest()


def grouping_text(example: Any) -> str:
    """The text by which examples stay together when a split is cut off train.

    Equal texts, and all questions about one passage, go to the same side, so that nothing that is
    measured on was learned from. A recording stands by itself.
    """
    if hasattr(example, "samples"):
        return str(example.id)
    for name in ("passage", "context", "source", "text", "tokens", "turns"):
        if hasattr(example, name):
            return str(getattr(example, name))
    raise AssertionError(f"no text in {type(example).__name__}")
