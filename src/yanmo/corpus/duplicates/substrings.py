"""Passages that stand in the corpus more than once.

Comes in: the documents of the corpus, in blocks. Goes out: for every passage that is repeated in a
block the places to cut out, so that one copy stays: the one in the document that the rule for
copies prefers. Suffix arrays find them, after Lee et al., Deduplicating Training Data Makes
Language Models Better, 2022. Passages end between words, and never reach over the end of a
document. A document of which nothing would be left is rejected instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.duplicates.blocks import Part, blocks_of, join_parts, parts_of
from yanmo.corpus.duplicates.config import Keep, SubstringsConfig
from yanmo.corpus.duplicates.copying import copy_bytes
from yanmo.corpus.duplicates.suffix_kernels import (
    common_prefixes,
    count_white,
    list_cuts,
    mark_repeats,
)
from yanmo.corpus.duplicates.survivors import preference, preference_order
from yanmo.corpus.kernel import kernel
from yanmo.corpus.steps import Decision, Rewritten, WholeCorpus
from yanmo.corpus.text_column import column_of, text_buffers, with_text


class RepeatedSubstrings:
    """Cuts out passages that stand elsewhere; `only_repeated_substrings` rejects what is nothing
    else.

    Args:
        config: how long a passage must be, and how large the blocks are.
        keep: in which document a passage stays.
    """

    name = "repeated_substrings"

    def __init__(self, config: SubstringsConfig, keep: Keep) -> None:
        self._config = config
        self._keep = keep

    def fingerprint(self, batch: pa.RecordBatch) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Nothing: the decision reads the texts themselves."""
        return {}

    def decide(self, corpus: WholeCorpus) -> Decision:
        """The places to cut out, sorted."""
        table = corpus.table
        num_bytes = np.asarray(table.num_bytes)
        rank = np.empty(len(table), dtype=np.int64)
        rank[preference_order(preference(table, self._keep), num_bytes)] = np.arange(len(table))
        found = [np.zeros((0, 3), dtype=np.int64)]
        white = [np.zeros(0, dtype=np.int64)]
        parts = parts_of(corpus.batches(), table.is_alive)
        num_white = np.zeros(len(table), dtype=np.int64)
        for block in blocks_of(parts, self._config.block_bytes):
            block.sort(key=lambda part: (rank[part.document], part.offset))
            cuts, cut_white = self._cuts_of_block(block, num_white)
            found.append(cuts)
            white.append(cut_white)
        cuts = np.concatenate(found)
        removed = _sums(cuts[:, 0], cuts[:, 2] - cuts[:, 1], len(table))
        removed_white = _sums(cuts[:, 0], np.concatenate(white), len(table))
        is_empty = (removed > 0) & (num_bytes - num_white == removed - removed_white)
        removed[is_empty] = 0
        cuts = cuts[~is_empty[cuts[:, 0]]]
        return Decision(
            reason_of=is_empty.astype(np.uint8),
            reasons=("only_repeated_substrings",),
            removed_bytes=removed,
            cuts=cuts[np.lexsort((cuts[:, 1], cuts[:, 0]))],
        )

    def apply(
        self,
        batch: pa.RecordBatch,
        cuts: NDArray[np.int64],
        shared: Mapping[str, NDArray[Any]],  # noqa: ARG002
    ) -> Rewritten:
        """The batch without its `cuts`; counts `substrings_cut` and `bytes_cut`."""
        if not len(cuts):
            return Rewritten(batch)
        texts = text_buffers(batch["text"])
        bytes_cut = int((cuts[:, 2] - cuts[:, 1]).sum())
        out = np.empty(int(texts.offsets[-1] - texts.offsets[0]) - bytes_cut, dtype=np.uint8)
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        _copy_uncut(texts.data, texts.offsets, cuts, out, offsets)
        counts = {"substrings_cut": len(cuts), "bytes_cut": bytes_cut}
        return Rewritten(with_text(batch, column_of(out, offsets)), counts)

    def _cuts_of_block(
        self, parts: list[Part], num_white: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(c, 3) the places to cut out of the documents of a block, and (c,) the white space in
        them; adds the white space of each document to `num_white`."""
        from pydivsufsort import divsufsort

        min_bytes = self._config.min_bytes
        block, starts = join_parts(parts)
        suffixes = divsufsort(block)
        common = np.empty(len(block), dtype=np.int32)
        common_prefixes(block, suffixes, common)
        is_repeat = np.empty(len(block), dtype=np.bool_)
        mark_repeats(suffixes, common, min_bytes, is_repeat)
        del suffixes, common
        cuts = np.zeros((len(block) // min_bytes + 1, 3), dtype=np.int64)
        cuts = cuts[: list_cuts(block, is_repeat, starts, min_bytes, cuts)]
        for index, part in enumerate(parts):
            num_white[part.document] += count_white(block, starts[index], starts[index + 1])
        white = [
            count_white(block, starts[index] + start, starts[index] + stop)
            for index, start, stop in cuts.tolist()
        ]
        documents = np.array([part.document for part in parts], dtype=np.int64)
        offsets = np.array([part.offset for part in parts], dtype=np.int64)
        part_of_cut = cuts[:, 0]
        places = cuts[:, 1:] + offsets[part_of_cut][:, None]
        return np.column_stack([documents[part_of_cut], places]), np.array(white, dtype=np.int64)


def _sums(rows: NDArray[np.int64], values: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """(length,) the sum of the values of each row."""
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, rows, values)
    return sums


@kernel
def _copy_uncut(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    cuts: NDArray[np.int64],
    out: NDArray[np.uint8],
    out_offsets: NDArray[np.int64],
) -> None:
    """Write the texts without what `cuts` names: row, first byte, end; sorted."""
    cut = written = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        while cut < len(cuts) and cuts[cut, 0] == row:
            written = copy_bytes(data, at, offsets[row] + cuts[cut, 1], out, written)
            at = offsets[row] + cuts[cut, 2]
            cut += 1
        written = copy_bytes(data, at, offsets[row + 1], out, written)
        out_offsets[row + 1] = written
