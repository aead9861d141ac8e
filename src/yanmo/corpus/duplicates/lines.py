"""Lines and paragraphs that many documents share: navigation, advertisements, legal notices.

Comes in: batches of documents. Goes out: the hashes of the lines that more documents hold than the
configuration allows, and every text without them. White space does not count when lines are
compared. Narrow lines and code stay. A document of which nothing would be left is rejected instead.
The lines that most documents share are given in words, for the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import text_table, word_table
from yanmo.corpus.duplicates.config import LinesConfig
from yanmo.corpus.duplicates.line_counts import (
    FrequentLines,
    LineHashes,
    find_frequent_lines,
    is_among,
)
from yanmo.corpus.duplicates.line_kernels import (
    copy_without,
    count_pieces,
    describe_pieces,
    lengths_without,
)
from yanmo.corpus.steps import Decision, Rewritten, WholeCorpus
from yanmo.corpus.text_column import TextBuffers, column_of, text_buffers, with_text

_MAX_EXAMPLES = 50
_EXAMPLE_CHARACTERS = 200


@dataclass(frozen=True)
class _Pieces:
    """The lines or paragraphs of n texts, m in all."""

    counts: NDArray[np.int32]
    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    lengths: NDArray[np.uint32]
    gaps: NDArray[np.uint8]


class RepeatedLines:
    """Cuts out lines that many documents share; `only_repeated_lines` rejects what is nothing else.

    Args:
        config: what is compared, and how many documents may share it.
    """

    name = "repeated_lines"

    def __init__(self, config: LinesConfig) -> None:
        self._config = config

    def fingerprint(self, batch: pa.RecordBatch) -> Mapping[str, NDArray[Any]]:
        """`counts` (n,) int32: lines of each document; and for each line, in order, `hashes` uint64
        (0: stays in any case), `lengths` uint32 and `gaps` uint8 in bytes."""
        pieces = self._pieces(text_buffers(batch["text"]))
        return {
            "counts": pieces.counts,
            "hashes": pieces.hashes,
            "lengths": pieces.lengths,
            "gaps": pieces.gaps,
        }

    def decide(self, corpus: WholeCorpus) -> Decision:
        """`shared` holds the hashes to cut, sorted, in `lines`; and of those that most documents
        hold `example_lines` (text), `example_documents` (how many hold it) and `example_hashes`."""
        num_alive = int(np.count_nonzero(corpus.table.is_alive))
        max_documents = self._config.max_documents
        if self._config.max_documents_frac is not None:
            max_documents = max(max_documents, int(self._config.max_documents_frac * num_alive))
        num_lines = sum(int(counts.sum()) for counts in corpus.fingerprints("counts"))
        frequent = find_frequent_lines(lambda: _alive_lines(corpus), num_lines, max_documents)
        removed_bytes, is_empty = _removed_bytes(corpus, frequent)
        return Decision(
            reason_of=is_empty.astype(np.uint8),
            reasons=("only_repeated_lines",),
            removed_bytes=removed_bytes,
            shared={"lines": frequent.hashes, **self._examples(corpus, frequent)},
        )

    def apply(
        self,
        batch: pa.RecordBatch,
        cuts: NDArray[np.int64],  # noqa: ARG002
        shared: Mapping[str, NDArray[Any]],
    ) -> Rewritten:
        """The batch without the lines that `shared` names; counts `lines_cut` (or
        `paragraphs_cut`) and `bytes_cut`."""
        texts = text_buffers(batch["text"])
        pieces = self._pieces(texts)
        is_cut = is_among(pieces.hashes, shared["lines"])
        if not is_cut.any():
            return Rewritten(batch)
        num_cut, _ = _measure(pieces.counts, pieces.lengths, pieces.gaps, is_cut)
        num_bytes = int(texts.offsets[-1] - texts.offsets[0])
        out = np.empty(num_bytes, dtype=np.uint8)
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        is_paragraph = self._config.unit == "paragraph"
        copy_without(texts.data, texts.offsets, is_paragraph, is_cut, num_cut, out, offsets)
        counts = {
            f"{self._config.unit}s_cut": int(num_cut.sum()),
            "bytes_cut": num_bytes - int(offsets[-1]),
        }
        return Rewritten(with_text(batch, column_of(out[: offsets[-1]], offsets)), counts)

    def _pieces(self, texts: TextBuffers) -> _Pieces:
        """The pieces of a column of texts."""
        config = self._config
        is_paragraph = config.unit == "paragraph"
        counts = np.zeros(len(texts), dtype=np.int32)
        total = count_pieces(texts.data, texts.offsets, is_paragraph, counts)
        pieces = _Pieces(
            counts=counts,
            starts=np.zeros(total, dtype=np.int64),
            hashes=np.zeros(total, dtype=np.uint64),
            lengths=np.zeros(total, dtype=np.uint32),
            gaps=np.zeros(total, dtype=np.uint8),
        )
        describe_pieces(
            texts.data,
            texts.offsets,
            is_paragraph,
            config.cut_code,
            config.min_columns,
            text_table(False, False, False),
            word_table(),
            pieces.starts,
            pieces.hashes,
            pieces.lengths,
            pieces.gaps,
        )
        return pieces

    def _examples(self, corpus: WholeCorpus, frequent: FrequentLines) -> dict[str, NDArray[Any]]:
        """The lines that most documents hold, found again in the texts."""
        order = np.lexsort((frequent.hashes, -frequent.documents))[:_MAX_EXAMPLES]
        documents = dict(
            zip(frequent.hashes[order].tolist(), frequent.documents[order].tolist(), strict=True)
        )
        found: dict[int, str] = {}
        wanted = np.sort(frequent.hashes[order])
        for batch in corpus.batches() if documents else ():
            texts = text_buffers(batch["text"])
            pieces = self._pieces(texts)
            for place in np.flatnonzero(is_among(pieces.hashes, wanted)).tolist():
                value = int(pieces.hashes[place])
                if value not in found:
                    start = pieces.starts[place]
                    line = texts.data[start : start + pieces.lengths[place]].tobytes()
                    found[value] = line.decode("utf-8").strip()[:_EXAMPLE_CHARACTERS]
            if len(found) == len(documents):
                break
        hashes = [value for value in documents if value in found]
        return {
            "example_lines": np.array([found[value] for value in hashes], dtype=np.str_),
            "example_documents": np.array([documents[value] for value in hashes], dtype=np.int64),
            "example_hashes": np.array(hashes, dtype=np.uint64),
        }


def _alive_lines(corpus: WholeCorpus) -> Iterator[LineHashes]:
    """The lines of the documents that are alive."""
    first = 0
    for counts, hashes in zip(
        corpus.fingerprints("counts"), corpus.fingerprints("hashes"), strict=True
    ):
        is_alive = corpus.table.is_alive[first : first + len(counts)]
        alive_counts = np.where(is_alive, counts, 0).astype(np.int32)
        yield LineHashes(first, alive_counts, hashes[np.repeat(is_alive, counts)])
        first += len(counts)


def _measure(
    counts: NDArray[np.int32],
    lengths: NDArray[np.uint32],
    gaps: NDArray[np.uint8],
    is_cut: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) how many pieces each text loses, and (n,) how many bytes it has then."""
    num_cut = np.zeros(len(counts), dtype=np.int64)
    new_lengths = np.zeros(len(counts), dtype=np.int64)
    lengths_without(counts, lengths, gaps, is_cut, num_cut, new_lengths)
    return num_cut, new_lengths


def _removed_bytes(
    corpus: WholeCorpus, frequent: FrequentLines
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) the bytes that each document will lose, and (n,) whether nothing would be left of it."""
    table = corpus.table
    removed_bytes = np.zeros(len(table), dtype=np.int64)
    is_empty = np.zeros(len(table), dtype=np.bool_)
    names = ("counts", "hashes", "lengths", "gaps")
    first = 0
    for counts, hashes, lengths, gaps in zip(*map(corpus.fingerprints, names), strict=True):
        rows = slice(first, first + len(counts))
        first += len(counts)
        num_cut, new_lengths = _measure(counts, lengths, gaps, frequent.contains(hashes))
        is_changed = table.is_alive[rows] & (num_cut > 0)
        is_empty[rows] = is_changed & (num_cut == counts)
        is_changed &= ~is_empty[rows]
        removed_bytes[rows] = np.where(is_changed, table.num_bytes[rows] - new_lengths, 0)
    return removed_bytes, is_empty
