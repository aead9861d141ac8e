"""What may not be written next: the end before a minimum length, and repeated n-grams.

Also what a finished text is as far as ids go. Knows no model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Written:
    """What was written in one row.

    Attributes:
        ids: the tokens, without the one that ended them.
        log_prob: natural log-probability of them under the model, that of the end included.
        is_cut: whether a limit ended the text and not the model.
        num_forgotten: tokens at the beginning of the prompt, or at the end of the source, that the
            model was not given because it has no room for them.
    """

    ids: tuple[int, ...]
    log_prob: float
    is_cut: bool
    num_forgotten: int = 0


@dataclass(frozen=True)
class WritingRules:
    """What forbids tokens.

    Attributes:
        stop_ids: tokens that end a text.
        min_new_tokens: none of them comes before so many tokens.
        no_repeat_ngram: n-grams of this length occur once; None allows repetition.
    """

    stop_ids: frozenset[int]
    min_new_tokens: int = 0
    no_repeat_ngram: int | None = None

    def forbid(self, scores: torch.Tensor, written: Sequence[Sequence[int]]) -> torch.Tensor:
        """`scores` (R, V) with minus infinity where a token may not follow `written[r]`."""
        rows: list[int] = []
        tokens: list[int] = []
        for row, ids in enumerate(written):
            banned = self._forbidden_after(ids)
            rows += [row] * len(banned)
            tokens += banned
        if not rows:
            return scores
        scores = scores.clone()
        scores[rows, tokens] = -torch.inf
        return scores

    def _forbidden_after(self, ids: Sequence[int]) -> Collection[int]:
        banned = set(self.stop_ids) if len(ids) < self.min_new_tokens else set()
        size = self.no_repeat_ngram
        if size is not None and len(ids) >= size:
            last = tuple(ids[len(ids) - size + 1 :])
            for begin in range(len(ids) - size + 1):
                if tuple(ids[begin : begin + size - 1]) == last:
                    banned.add(ids[begin + size - 1])
        return banned
