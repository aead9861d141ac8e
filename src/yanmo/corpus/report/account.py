"""The account of a corpus: what was read, changed, rejected and kept, down to the last document.

Comes in: batches of documents as they pass the engine, and notes of what could not be read. Goes
out: a JSON object that another process can read and add to its own account, and in the end the
contents of `report.json`. Each task keeps one; they are merged in the order of the tasks, so the
report does not depend on who did what. Knows nothing of how steps decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.corpus.report.account_entries import Changes, Rejections
from yanmo.corpus.report.contents import PRIVACY_STEP, report_of
from yanmo.corpus.report.distribution import Distribution
from yanmo.corpus.report.diversity import Diversity
from yanmo.corpus.report.examples import Examples, change_example, document_example
from yanmo.corpus.report.volume import Sizes, Volumes
from yanmo.corpus.scripts import SCRIPTS
from yanmo.corpus.sources.reading import Skipped, Unreadable
from yanmo.corpus.steps import Rewritten

ACCOUNT_VERSION = 1
_MAX_UNREADABLE_LISTED = 1000
_COLUMNS = ("source", "language", "domain")


class Account:
    """Counts everything that happens to a corpus, or to a part of it, while it is made.

    Args:
        steps: names of the steps in the order in which they run, for the order of the report. Steps
            that are not named come behind, as they are met.
    """

    def __init__(self, steps: Iterable[str] = ()) -> None:
        self.read = {name: Volumes() for name in _COLUMNS}
        self.kept = {name: Volumes() for name in (*_COLUMNS, "split")}
        self.repeated = Volumes()
        self.steps: dict[str, None] = dict.fromkeys(steps)
        self.rejections: dict[tuple[str, str], Rejections] = {}
        self.changes: dict[str, Changes] = {}
        self.measures: dict[tuple[str, str], Distribution] = {}
        self.comparisons: dict[str, dict[str, Any]] = {}
        self.examples = Examples()
        self.diversity = Diversity()
        self.unreadable: list[dict[str, Any]] = []
        self.unreadable_count = 0
        self.skipped: dict[str, int] = {}
        self.scripts: NDArray[np.int64] = np.zeros(len(SCRIPTS), dtype=np.int64)
        self.lengths_by_power: NDArray[np.int64] = np.zeros(64, dtype=np.int64)

    def count_read(self, batch: pa.RecordBatch) -> None:
        """Count documents as they come from the sources, before any step."""
        sizes = Sizes.of(batch["text"])
        for name, volumes in self.read.items():
            volumes.add(batch[name], sizes)

    def count_unreadable(self, item: Unreadable) -> None:
        """Note a file, line or record that could not be read."""
        self.unreadable_count += 1
        if len(self.unreadable) < _MAX_UNREADABLE_LISTED:
            note = {"file": item.file, "offset": item.offset, "error": item.error}
            self.unreadable.append(note | ({"hint": item.hint} if item.hint else {}))

    def count_skipped(self, item: Skipped) -> None:
        """Note files in a folder that are of no type that is read."""
        self.skipped[item.file_type] = self.skipped.get(item.file_type, 0) + item.files

    def count_changed(self, step: str, before: pa.RecordBatch, after: Rewritten) -> None:
        """Note what the step `step` made of a batch. The rows are the same; texts may differ."""
        self.steps.setdefault(step)
        changes = self.changes.setdefault(step, Changes())
        old, new = before["text"], after.batch["text"]
        changes.seen.add(Sizes.of(old))
        changes.count(after.counts)
        rows = pc.indices_nonzero(pc.not_equal(old, new))
        if not len(rows):
            return
        changes.documents += len(rows)
        old, new = old.take(rows), new.take(rows)
        changes.bytes_before += pc.sum(pc.binary_length(old)).as_py()
        changes.bytes_after += pc.sum(pc.binary_length(new)).as_py()
        sources = before["source"].take(rows)

        def describe(row: int) -> dict[str, Any]:
            shown = change_example(old[row].as_py(), new[row].as_py())
            if step == PRIVACY_STEP:
                shown["before"] = None  # what was masked must not stand in the report
            return {"source": sources[row].as_py(), **shown}

        changes.examples.add(before["id"].take(rows), describe)

    def count_rejected(self, step: str, rejected: pa.RecordBatch) -> None:
        """Count documents that the step `step` rejected; they have a `reason` column."""
        self.steps.setdefault(step)
        for reason in sorted(pc.unique(rejected["reason"]).to_pylist()):
            rows = rejected.filter(pc.equal(rejected["reason"], reason))
            entry = self.rejections.setdefault((step, reason), Rejections())
            entry.volume.add(Sizes.of(rows["text"]))
            entry.examples.add(rows["id"], lambda row, rows=rows: document_example(rows, row))  # type: ignore[misc]

    def count_measures(self, step: str, measures: Mapping[str, NDArray[np.float64]]) -> None:
        """Note what the step `step` measured on a batch, NaN where a measure does not apply."""
        self.steps.setdefault(step)
        for name, values in measures.items():
            self.measures.setdefault((step, name), Distribution()).add(values)

    def count_kept(self, batch: pa.RecordBatch) -> None:
        """Count documents that passed every step, with their language, domain and split."""
        sizes = Sizes.of(batch["text"])
        for name, volumes in self.kept.items():
            volumes.add(batch[name], sizes)
        self.scripts += self.diversity.add(batch, sizes.num_bytes)
        powers = np.frexp(np.maximum(sizes.characters, 1))[1] - 1
        self.lengths_by_power += np.bincount(powers, minlength=64)
        self.examples.add(batch["id"], lambda row: document_example(batch, row))

    def count_repeated(self, batch: pa.RecordBatch) -> None:
        """Count further copies of kept documents, which a mixture wants more than once."""
        self.repeated.add(batch["source"], Sizes.of(batch["text"]))

    def note_comparison(self, name: str, facts: Mapping[str, Any]) -> None:
        """Put what is known about the whole corpus into the report, such as its duplicate clusters.

        Args:
            name: of the comparison, or what else the facts are about, such as `mixture`.
            facts: JSON values.
        """
        self.comparisons[name] = dict(facts)

    def merge(self, other: Account) -> None:
        """Add the account of the next part of the corpus."""
        for name, volumes in self.read.items():
            volumes.merge(other.read[name])
        for name, volumes in self.kept.items():
            volumes.merge(other.kept[name])
        self.repeated.merge(other.repeated)
        self.steps.update(dict.fromkeys(name for name in other.steps if name not in self.steps))
        for key, rejections in other.rejections.items():
            self.rejections.setdefault(key, Rejections()).merge(rejections)
        for step, changes in other.changes.items():
            self.changes.setdefault(step, Changes()).merge(changes)
        for key, distribution in other.measures.items():
            self.measures.setdefault(key, Distribution()).merge(distribution)
        self.comparisons |= other.comparisons
        self.examples.merge(other.examples)
        self.diversity.merge(other.diversity)
        self.unreadable += other.unreadable[: _MAX_UNREADABLE_LISTED - len(self.unreadable)]
        self.unreadable_count += other.unreadable_count
        for file_type, files in other.skipped.items():
            self.skipped[file_type] = self.skipped.get(file_type, 0) + files
        self.scripts += other.scripts
        self.lengths_by_power += other.lengths_by_power

    def as_report(self) -> dict[str, Any]:
        """The contents of `report.json`."""
        return report_of(self)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON values, for `from_json`."""
        return {
            "account_version": ACCOUNT_VERSION,
            "read": {name: volumes.to_json() for name, volumes in self.read.items()},
            "kept": {name: volumes.to_json() for name, volumes in self.kept.items()},
            "repeated": self.repeated.to_json(),
            "steps": list(self.steps),
            "rejections": [[*key, entry.to_json()] for key, entry in self.rejections.items()],
            "changes": [[step, changes.to_json()] for step, changes in self.changes.items()],
            "measures": [[*key, values.to_json()] for key, values in self.measures.items()],
            "comparisons": self.comparisons,
            "examples": self.examples.to_json(),
            "diversity": self.diversity.to_json(),
            "unreadable": self.unreadable,
            "unreadable_count": self.unreadable_count,
            "skipped": self.skipped,
            "scripts": self.scripts.tolist(),
            "lengths_by_power": self.lengths_by_power.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Account:
        """What `to_json` gave."""
        assert value["account_version"] == ACCOUNT_VERSION, "an account of another version"
        account = cls(value["steps"])
        account.read = {name: Volumes.from_json(v) for name, v in value["read"].items()}
        account.kept = {name: Volumes.from_json(v) for name, v in value["kept"].items()}
        account.repeated = Volumes.from_json(value["repeated"])
        account.rejections = {
            (step, reason): Rejections.from_json(entry)
            for step, reason, entry in value["rejections"]
        }
        account.changes = {step: Changes.from_json(entry) for step, entry in value["changes"]}
        account.measures = {
            (step, name): Distribution.from_json(entry) for step, name, entry in value["measures"]
        }
        account.comparisons = dict(value["comparisons"])
        account.examples = Examples.from_json(value["examples"])
        account.diversity = Diversity.from_json(value["diversity"])
        account.unreadable = list(value["unreadable"])
        account.unreadable_count = value["unreadable_count"]
        account.skipped = dict(value["skipped"])
        account.scripts = np.array(value["scripts"], dtype=np.int64)
        account.lengths_by_power = np.array(value["lengths_by_power"], dtype=np.int64)
        return account
