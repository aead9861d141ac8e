"""The documents that all candidates of a comparison are scored on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.config import EvaluateConfig
from yanmo.evaluation.language_model import count_documents_to_take
from yanmo.tokens.token_split import TokenSplit


@dataclass(frozen=True)
class HeldOut:
    """Documents of token ids, and the bytes of text behind each."""

    documents: Sequence[NDArray[np.int64]]
    num_bytes: Sequence[int]


def held_out_documents(run_dir: Path, config: EvaluateConfig, vocab_size: int) -> HeldOut:
    """The first documents of the split that `evaluate` names, up to its `max_tokens`."""
    split = TokenSplit(run_dir / "tokens", config.split, vocab_size)
    return first_documents(split, config.max_tokens)


def first_documents(split: TokenSplit, max_tokens: int | None) -> HeldOut:
    """Whole documents from the beginning of `split` until there are `max_tokens`."""
    count = count_documents_to_take(np.diff(split.document_ends, prepend=0), max_tokens)
    return HeldOut(
        [split.document(index).astype(np.int64) for index in range(count)],
        split.document_bytes[:count].tolist(),
    )
