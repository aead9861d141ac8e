"""A corpus in memory that takes comparisons through their passes, as the engine does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.document import document_id
from yanmo.corpus.steps import NO_TIME, Comparison, Decision, DocumentTable


def batch_of(texts: Sequence[str]) -> pa.RecordBatch:
    """Documents with an id."""
    ids = [document_id(text) for text in texts]
    return pa.RecordBatch.from_pydict({"id": pa.array(ids, pa.string()), "text": list(texts)},
        schema=pa.schema([("id", pa.string()), ("text", pa.string())]),
    )  # fmt: skip


class CorpusInMemory:
    """Implements `WholeCorpus`.

    Args:
        texts: the documents.
        shards: the size of each shard, as the sizes of its batches; None makes one of everything.
        times: seconds since 1970; None gives none.
        sources: index of the source; None gives 0.
    """

    def __init__(
        self,
        texts: Sequence[str],
        shards: Sequence[Sequence[int]] | None = None,
        times: Sequence[int] | None = None,
        sources: Sequence[int] | None = None,
    ) -> None:
        self.texts = list(texts)
        count = len(self.texts)
        shards = [[count]] if shards is None else shards
        assert sum(map(sum, shards)) == count, "the batches hold all documents"
        pieces = iter(self.texts)
        self.shards = [
            [batch_of([next(pieces) for _ in range(n)]) for n in sizes] for sizes in shards
        ]
        self.table = DocumentTable(
            num_bytes=np.array([len(text.encode()) for text in texts], dtype=np.int64),
            time=np.array([NO_TIME] * count if times is None else times, dtype=np.int64),
            source=np.array([0] * count if sources is None else sources, dtype=np.int32),
            is_alive=np.ones(count, dtype=np.bool_),
        )
        self._arrays: dict[str, list[NDArray[Any]]] = {}

    def fingerprints(self, name: str) -> Iterator[NDArray[Any]]:
        """One array for each shard."""
        yield from self._arrays.get(name, [])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The documents in order."""
        for shard in self.shards:
            yield from shard

    def compare(self, comparison: Comparison) -> Decision:
        """Fingerprint every batch and decide."""
        self._arrays = {}
        for shard in self.shards:
            found: dict[str, list[NDArray[Any]]] = {}
            for batch in shard:
                for name, array in comparison.fingerprint(batch).items():
                    found.setdefault(name, []).append(array)
            for name, arrays in found.items():
                joined = np.concatenate(arrays)
                joined.flags.writeable = False  # as a memory-mapped file is
                self._arrays.setdefault(name, []).append(joined)
        return comparison.decide(self)


@dataclass
class Outcome:
    """What became of a corpus: document numbers and texts kept, reasons, counts, decisions."""

    kept: dict[int, str]
    rejected: dict[int, str]
    counts: dict[str, int]
    decisions: list[Decision]


def run(corpus: CorpusInMemory, comparisons: Sequence[Comparison]) -> Outcome:
    """Take a corpus through comparisons: all decide, then places are cut, then lines."""
    outcome = Outcome({}, {}, {}, [])
    for comparison in comparisons:
        decision = corpus.compare(comparison)
        outcome.decisions.append(decision)
        if decision.reason_of is not None:
            for row in np.flatnonzero(decision.reason_of).tolist():
                assert corpus.table.is_alive[row], "only what is alive is rejected"
                outcome.rejected[row] = decision.reasons[decision.reason_of[row] - 1]
            is_alive = corpus.table.is_alive & (decision.reason_of == 0)
            corpus.table = replace(corpus.table, is_alive=is_alive)
    rows = np.flatnonzero(corpus.table.is_alive)
    batch = batch_of([corpus.texts[row] for row in rows.tolist()])
    pairs = zip(comparisons, outcome.decisions, strict=True)
    for comparison, decision in sorted(pairs, key=lambda pair: pair[1].cuts is None):
        if decision.cuts is None and not decision.shared:
            continue
        cuts = np.zeros((0, 3), np.int64) if decision.cuts is None else decision.cuts
        cuts = cuts[np.isin(cuts[:, 0], rows)]
        cuts = np.column_stack([np.searchsorted(rows, cuts[:, 0]), cuts[:, 1:]])
        after = comparison.apply(batch, cuts, decision.shared)
        batch = after.batch
        outcome.counts.update(after.counts)
    outcome.kept = dict(zip(rows.tolist(), batch["text"].to_pylist(), strict=True))
    assert not outcome.kept.keys() & outcome.rejected.keys()
    assert len(outcome.kept) + len(outcome.rejected) == len(corpus.texts)
    return outcome
