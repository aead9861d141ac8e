"""Rows that are being written together: the model, and what it keeps of each row so far.

In: the next tokens of every row. Out: the scores of what may follow. Rows can be reordered,
repeated and dropped between two steps. Knows no search and no text.
"""

from __future__ import annotations

from typing import Any

import torch

from yanmo.inference.sampling import refuse_undefined
from yanmo.models.decoder import Decoder
from yanmo.models.language_model import LanguageModel


class OpenRows:
    """A batch in the middle of being written.

    Args:
        model: causal, or one that reads a source; in evaluation mode.
        batch_size: rows at the beginning.
        num_positions: most tokens that any row will hold.
        vocab_size: entries of the vocabulary that may be written; what pads it may not.
        memory: what the model's `encode` gave for the sources (B, S, D); None of a causal model.
        source_mask: (B, S), which tokens of the sources are real.
    """

    def __init__(
        self,
        model: LanguageModel,
        batch_size: int,
        num_positions: int,
        *,
        vocab_size: int | None = None,
        memory: torch.Tensor | None = None,
        source_mask: torch.Tensor | None = None,
    ) -> None:
        self._model = model
        self._cache = model.build_cache(batch_size, num_positions)
        self._vocab_size = vocab_size
        self._memory = memory
        self._source_mask = source_mask
        self.device = model.device

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Read `tokens` (R, T) behind what the rows hold; scores (R, V) of the token after them,
        in float32.

        Raises:
            RunError: a score is not a number.
        """
        given: dict[str, Any] = {}
        if self._memory is not None:
            given = {"memory": self._memory, "source_mask": self._source_mask}
        tokens = tokens.to(self.device)
        if isinstance(self._model, Decoder) and tokens.shape[1] > 1:
            # Scores of a long prompt are large, and only the last are wanted.
            self._model(tokens=tokens[:, :-1], cache=self._cache, has_scores=False)
            tokens = tokens[:, -1:]
        output = self._model(tokens=tokens, cache=self._cache, **given)
        scores: torch.Tensor = output.logits[:, -1, : self._vocab_size].float()
        refuse_undefined(scores)
        return scores

    def select(self, rows: torch.Tensor) -> None:
        """Go on with the rows of these numbers (R,), in this order; one may be named repeatedly."""
        rows = rows.to(self.device)
        self._cache.select(rows)
        if self._memory is not None:
            self._memory = self._memory.index_select(0, rows)
        if self._source_mask is not None:
            self._source_mask = self._source_mask.index_select(0, rows)
