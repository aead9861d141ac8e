"""What a step of the corpus engine is.

A step sees a batch of documents as Arrow columns. A transform gives the batch back with new text; a
rule gives a reason for every document that it rejects; a comparison looks at all documents of the
corpus, in two passes. None of them deletes or writes anything: the engine does that, so that every
step stays a function that can run anywhere. Steps are made from the configuration on every worker,
so they need not travel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Rewritten:
    """What a transform gives.

    Args:
        batch: the same rows in the same order, with new values in `text` (and `metadata`,
            `language` or `domain` where the step decides them).
        counts: what else is worth counting, such as the e-mail addresses that were masked. Counts
            add up over batches.
    """

    batch: pa.RecordBatch
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a rule gives.

    Args:
        reasons: one value a row: why the document is rejected, or null where it is kept.
        measures: what the rule measured, by name: one float64 a row, NaN where it does not apply.
            The report draws their distributions.
    """

    reasons: pa.StringArray
    measures: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@runtime_checkable
class Transform(Protocol):
    """A step that rewrites text."""

    @property
    def name(self) -> str:
        """The name under which the report counts the documents that it changed."""

    def transform(self, batch: pa.RecordBatch) -> Rewritten:
        """New text for a batch; the same batch gives the same answer everywhere."""


@runtime_checkable
class Rule(Protocol):
    """A step that rejects documents, each for itself."""

    @property
    def name(self) -> str:
        """The name under which the report counts the documents that it rejected."""

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """A reason or null for each row; the same batch gives the same answer everywhere."""


@dataclass(frozen=True)
class DocumentTable:
    """A few numbers for every document of the corpus, in the corpus's order (n documents).

    Args:
        num_bytes: (n,) int64, length of the text in bytes of UTF-8.
        time: (n,) int64, seconds since 1970 at which the document was written; `NO_TIME` where
            nobody says.
        source: (n,) int32, index of the source in the recipe.
        is_alive: (n,) bool, not yet rejected by an earlier comparison.
    """

    num_bytes: NDArray[np.int64]
    time: NDArray[np.int64]
    source: NDArray[np.int32]
    is_alive: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.num_bytes)


NO_TIME = np.iinfo(np.int64).max
"""Stands in `DocumentTable.time` for a document without a date; later than any date."""


class WholeCorpus(Protocol):
    """All documents between the two passes of a comparison."""

    @property
    def table(self) -> DocumentTable:
        """The numbers of all documents."""

    def fingerprints(self, name: str) -> Iterator[NDArray[Any]]:
        """The arrays that the comparison's `fingerprint` gave under `name`, one for each shard, in
        order, memory-mapped. May be asked for as often as needed."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The documents themselves, in order: columns `id` and `text`."""


@dataclass(frozen=True)
class Decision:
    """What a comparison found out about a corpus of n documents.

    Args:
        reason_of: (n,) uint8, 0 where the document stays, else 1 + the index into `reasons`.
        reasons: the reasons for rejection.
        clusters: (n,) int64, documents with the same number belong together; -1 for those that are
            alone. None where the comparison makes no clusters.
        removed_bytes: (n,) int64, bytes of text that `apply` will cut out of each document.
        cuts: (m, 3) int64, sorted: document, first byte, byte after the last one to cut out.
        shared: arrays that `apply` needs for every document.
    """

    reason_of: NDArray[np.uint8] | None = None
    reasons: tuple[str, ...] = ()
    clusters: NDArray[np.int64] | None = None
    removed_bytes: NDArray[np.int64] | None = None
    cuts: NDArray[np.int64] | None = None
    shared: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@runtime_checkable
class Comparison(Protocol):
    """A step that must see the whole corpus.

    First every batch gives a fingerprint (on any worker); then one process decides for the whole
    corpus; then every batch is told what was decided about it.
    """

    @property
    def name(self) -> str:
        """The name under which the report counts what it rejected or changed."""

    def fingerprint(self, batch: pa.RecordBatch) -> Mapping[str, NDArray[Any]]:
        """Arrays to remember about a batch. The engine concatenates each over the batches of a
        shard (along the first axis), so ragged ones come with an array of counts."""

    def decide(self, corpus: WholeCorpus) -> Decision:
        """What is to happen with the corpus. Only documents that are alive count."""

    def apply(
        self, batch: pa.RecordBatch, cuts: NDArray[np.int64], shared: Mapping[str, NDArray[Any]]
    ) -> Rewritten:
        """The batch with what the decision cuts out of its texts. Called only where the decision
        has `cuts` or `shared`; `cuts` are those of this batch, with rows counted from its first
        document. Rejection is done by the engine."""


Step = Transform | Rule | Comparison
"""One step of the engine."""
