"""The account of a corpus: what was read, changed, rejected and kept, down to the last document.

Comes in: batches of documents as they pass, and notes of what could not be read. Goes out: the
contents of `report.json`. Knows nothing of how steps decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.document import SPLITS
from yanmo.corpus.scripts import SCRIPTS
from yanmo.corpus.sources.reading import Skipped, Unreadable

FORMAT_VERSION = 1
_MAX_EXAMPLES = 5
_EXAMPLE_CHARACTERS = 200
_MAX_UNREADABLE_LISTED = 1000


@dataclass
class Volume:
    """How much text: documents, bytes of UTF-8, characters (code points)."""

    documents: int = 0
    bytes: int = 0
    characters: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the documents of a batch."""
        self.documents += batch.num_rows
        self.bytes += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
        self.characters += pc.sum(pc.utf8_length(batch["text"])).as_py() or 0

    def as_dict(self) -> dict[str, int]:
        """The three counts under their names."""
        return {"documents": self.documents, "bytes": self.bytes, "characters": self.characters}


@dataclass
class _Reason:
    """What one rule rejected for one reason."""

    volume: Volume = field(default_factory=Volume)
    examples: list[dict[str, Any]] = field(default_factory=list)


class Tally:
    """Counts everything that happens to a corpus while it is made."""

    def __init__(self) -> None:
        self.read = Volume()
        self.kept = Volume()
        self.rejected = Volume()
        self.splits = {name: Volume() for name in SPLITS}
        self.unreadable_count = 0
        self._sources: dict[str, Volume] = {}
        self._reasons: dict[tuple[str, str], _Reason] = {}
        self._changed: dict[str, int] = {}
        self._unreadable: list[dict[str, Any]] = []
        self._skipped: dict[str, int] = {}
        self._script_counts = np.zeros(len(SCRIPTS), dtype=np.int64)
        self._lengths_by_power = np.zeros(64, dtype=np.int64)

    def count_read(self, batch: pa.RecordBatch) -> None:
        """Count documents as they come from the sources, before any step."""
        self.read.add(batch)
        for source in pc.unique(batch["source"]).to_pylist():
            rows = batch.filter(pc.equal(batch["source"], source))
            self._sources.setdefault(source, Volume()).add(rows)

    def count_unreadable(self, item: Unreadable) -> None:
        """Note a file, line or record that could not be read."""
        self.unreadable_count += 1
        if len(self._unreadable) < _MAX_UNREADABLE_LISTED:
            self._unreadable.append({"file": item.file, "offset": item.offset, "error": item.error})

    def count_skipped(self, item: Skipped) -> None:
        """Note files in a folder that are of no type that is read."""
        self._skipped[item.file_type] = self._skipped.get(item.file_type, 0) + item.files

    def count_changed(self, step: str, documents: int) -> None:
        """Note that a transform changed the text of so many documents."""
        self._changed[step] = self._changed.get(step, 0) + documents

    def count_rejected(self, step: str, rejected: pa.RecordBatch) -> None:
        """Count documents that the rule `step` rejected; they have a `reason` column."""
        self.rejected.add(rejected)
        for reason in pc.unique(rejected["reason"]).to_pylist():
            rows = rejected.filter(pc.equal(rejected["reason"], reason))
            entry = self._reasons.setdefault((step, reason), _Reason())
            entry.volume.add(rows)
            for row in rows.slice(0, _MAX_EXAMPLES - len(entry.examples)).to_pylist():
                example = {name: row[name] for name in ("id", "source", "url")}
                entry.examples.append({**example, "text": row["text"][:_EXAMPLE_CHARACTERS]})

    def count_kept(self, batch: pa.RecordBatch, scripts: np.ndarray[Any, Any]) -> None:
        """Count documents that passed every rule.

        Args:
            batch: the documents, with their split.
            scripts: the letters of each script over the whole batch, in the order of `SCRIPTS`.
        """
        self.kept.add(batch)
        for name, volume in self.splits.items():
            volume.add(batch.filter(pc.equal(batch["split"], name)))
        self._script_counts += scripts
        for length in pc.utf8_length(batch["text"]).to_pylist():
            self._lengths_by_power[max(length.bit_length() - 1, 0)] += 1

    def as_report(self) -> dict[str, Any]:
        """The contents of `report.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "sources": [{"name": name, **v.as_dict()} for name, v in self._sources.items()],
            "read": self.read.as_dict(),
            "kept": self.kept.as_dict(),
            "rejected": self.rejected.as_dict(),
            "reasons": [
                {
                    "step": step,
                    "reason": reason,
                    "documents": entry.volume.documents,
                    "bytes": entry.volume.bytes,
                    "examples": entry.examples,
                }
                for (step, reason), entry in self._reasons.items()
            ],
            "changed": [{"step": s, "documents": n} for s, n in self._changed.items()],
            "unreadable": self._unreadable,
            "unreadable_count": self.unreadable_count,
            "skipped_file_types": self._skipped,
            "splits": {name: volume.as_dict() for name, volume in self.splits.items()},
            "scripts": dict(zip(SCRIPTS, self._script_counts.tolist(), strict=True)),
            "length_histogram": self._length_histogram(),
        }

    def _length_histogram(self) -> dict[str, list[int]]:
        """Documents by length; a bin holds the lengths from its edge up to below the next."""
        num_bins = int(np.max(np.nonzero(self._lengths_by_power)[0], initial=0)) + 1
        return {
            "edges": [2**power for power in range(num_bins + 1)],
            "counts": self._lengths_by_power[:num_bins].tolist(),
        }
