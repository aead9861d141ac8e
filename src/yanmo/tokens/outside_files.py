"""The plain files of an outside tokenizer: vocabularies and merges.

In: paths. Out: their content, checked. Knows nothing of what is built from them.
"""

from __future__ import annotations

import json
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t


def read_vocabulary(path: Path) -> dict[str, int]:
    """The entries of a `vocab.json`: spellings to ids.

    Raises:
        DataError: it is no JSON object of non-negative numbers.
    """
    try:
        entries = json.loads(read_text(path))
    except ValueError as error:
        raise damaged(path, str(error)) from error
    if not isinstance(entries, dict) or not entries:
        raise damaged(path, t("expected a JSON object"))
    for spelling, token_id in entries.items():
        if not isinstance(token_id, int) or isinstance(token_id, bool) or token_id < 0:
            raise damaged(path, f"{spelling!r}: {token_id!r}")
    return entries


def read_merges(path: Path) -> list[tuple[str, str]]:
    """The pairs of a `merges.txt`, the most frequent first.

    Raises:
        DataError: a line is no pair.
    """
    merges = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        line = line.rstrip("\r")
        if not line or (number == 1 and line.startswith("#version")):
            continue
        pair = line.split(" ")
        if len(pair) != 2:
            raise damaged(path, t("line {number}: no pair of two entries", number=number))
        merges.append((pair[0], pair[1]))
    return merges


def read_text(path: Path) -> str:
    """A UTF-8 file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> DataError:
    """The error for a file of a tokenizer that cannot be read."""
    return DataError(
        t("cannot read this tokenizer"),
        where=str(path),
        why=why,
        hint=t("Restore the file from where the folder came from."),
    )
