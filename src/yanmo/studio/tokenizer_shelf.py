"""The tokenizers below the folder of runs: found, opened once, kept while they are looked at.

In: the folder of runs. Out: names of folders, and opened tokenizers with their vocabularies. A
tokenizer whose file was written anew is opened again. Knows no request.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from yanmo.core.messages import t
from yanmo.studio.failures import NotHere
from yanmo.studio.folders import find_inside
from yanmo.studio.settings import StudioSettings
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.vocabulary import Vocabulary

MAX_OPEN = 8
MAX_DEPTH = 6
_FILES = ("tokenizer.json", "spiece.model", "tokenizer.model", "source.spm", "vocab.txt")
_SKIPPED = frozenset({"corpus", "tokens", "checkpoints", "node_modules"})


def _is_aside(name: str) -> bool:
    """Whether a folder holds what a run has put aside, or is hidden."""
    return name.startswith(".") or name.endswith((".previous", ".unfinished"))


def _is_first(entry: dict[str, Any], seen: set[tuple[str, str]]) -> bool:
    """Whether no earlier entry of the same run has the same content; notes it."""
    key = (entry["path"].split("/", 1)[0], entry.pop("content"))
    is_new = key not in seen
    seen.add(key)
    return is_new


@lru_cache(maxsize=512)
def _content(path: Path, _mtime_ns: int, _size: int) -> str:
    return sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class OpenTokenizer:
    """A tokenizer that is open.

    Attributes:
        path: of its folder, seen from the folder of runs.
        codec: text to ids.
        vocabulary: its entries.
    """

    path: str
    codec: TextCodec
    vocabulary: Vocabulary


class TokenizerShelf:
    """Opens tokenizers when they are asked for, and keeps the last few."""

    def __init__(self, settings: StudioSettings) -> None:
        self._settings = settings
        self._open: OrderedDict[tuple[str, int], OpenTokenizer] = OrderedDict()
        self._lock = Lock()

    def listed(self) -> list[dict[str, Any]]:
        """The folders with a tokenizer, those of runs before those of models, the newest first; of
        equal ones within a run only the first."""
        runs = self._settings.runs
        found: list[dict[str, Any]] = []
        seen: set[tuple[str, str]] = set()
        for folder, names, files in os.walk(runs):
            place = Path(folder)
            depth = len(place.relative_to(runs).parts)
            names[:] = [
                name
                for name in sorted(names)
                if depth < MAX_DEPTH and name not in _SKIPPED and not _is_aside(name)
            ]
            name = next((name for name in _FILES if name in files), None)
            if name is not None and place != runs:
                stat = (place / name).stat()
                found.append(
                    {
                        "path": place.relative_to(runs).as_posix(),
                        "is_run": place.name == "tokenizer",
                        "changed_at": stat.st_mtime,
                        "content": _content(place / name, stat.st_mtime_ns, stat.st_size),
                    }
                )
        found.sort(key=lambda one: (not one["is_run"], one["path"].count("/"), -one["changed_at"]))
        return [one for one in found if _is_first(one, seen)]

    def opened(self, path: str) -> OpenTokenizer:
        """The tokenizer in a folder.

        Raises:
            NotHere: the folder is not there, or holds none.
            DataError: it is damaged, or of a kind that is not read.
        """
        folder = find_inside(self._settings.runs, path)
        files = [folder / name for name in (*_FILES, "vocab.json") if (folder / name).is_file()]
        if not files:
            raise NotHere(t("there is no tokenizer here"), where=path)
        key = (path, max(file.stat().st_mtime_ns for file in files))
        with self._lock:
            found = self._open.get(key)
            if found is None:
                codec = load_codec(folder)
                found = self._open[key] = OpenTokenizer(path, codec, Vocabulary(codec))
            self._open.move_to_end(key)
            while len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)
        return found
