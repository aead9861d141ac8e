"""How probable a model finds given documents, token by token.

Documents longer than the context are read in overlapping windows, so that every target but those of
the first window has at least `context - stride` tokens before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from yanmo.inference.target_scores import TargetScores
from yanmo.models.language_model import LanguageModel


@dataclass(frozen=True)
class _Window:
    """Positions `begin` to `end` of a document, of which those from `scored_from` on are scored."""

    document: int
    begin: int
    end: int
    scored_from: int


class CausalScorer:
    """Scores documents with a causal model.

    Args:
        model: in evaluation mode.
        eot_id: the target after a document's last token.
        stride_tokens: how far the window moves; half of the context when None.
        batch_rows: windows that go through the model at once.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        eot_id: int,
        stride_tokens: int | None = None,
        batch_rows: int = 16,
    ) -> None:
        self._model = model
        self._eot_id = eot_id
        self.context_tokens = model.config.max_seq_len
        if stride_tokens is None:
            stride_tokens = max(1, self.context_tokens // 2)
        assert stride_tokens >= 1, f"the window cannot move by {stride_tokens} tokens"
        self.stride_tokens = min(stride_tokens, self.context_tokens)
        self._batch_rows = batch_rows

    @torch.inference_mode()
    def score(self, documents: Sequence[np.ndarray]) -> list[TargetScores]:
        """Log-probability and rank of every target of every document.

        Args:
            documents: 1-D arrays of ids; the target at each position is the next id, and the end
                of text after the last one.
        """
        scores = [
            TargetScores(np.empty(len(ids), np.float64), np.empty(len(ids), np.int64))
            for ids in documents
        ]
        windows = [
            window
            for index, ids in enumerate(documents)
            for window in self._windows(index, len(ids))
        ]
        # Rows of one batch are alike in length, so that little of it is padding.
        windows.sort(key=lambda window: window.end - window.begin)
        for first in range(0, len(windows), self._batch_rows):
            self._score_windows(windows[first : first + self._batch_rows], documents, scores)
        return scores

    def _windows(self, document: int, num_tokens: int) -> list[_Window]:
        windows = []
        scored = 0
        while scored < num_tokens:
            end = min(
                num_tokens, self.context_tokens if scored == 0 else scored + self.stride_tokens
            )
            begin = max(0, end - self.context_tokens)
            windows.append(_Window(document, begin, end, scored))
            scored = end
        return windows

    def _score_windows(
        self,
        windows: Sequence[_Window],
        documents: Sequence[np.ndarray],
        scores: Sequence[TargetScores],
    ) -> None:
        length = max(window.end - window.begin for window in windows)
        tokens = np.full((len(windows), length), self._eot_id, np.int64)
        targets = np.full((len(windows), length), self._eot_id, np.int64)
        for row, window in enumerate(windows):
            ids = documents[window.document]
            following = ids[window.begin + 1 : window.end + 1]
            tokens[row, : window.end - window.begin] = ids[window.begin : window.end]
            targets[row, : len(following)] = following
        device = self._model.device
        # Padding stands at the end, where causal attention keeps it out of everyone's sight.
        logits = self._model(tokens=torch.from_numpy(tokens).to(device)).logits.float()  # (B, T, V)
        index = torch.from_numpy(targets).to(device)[..., None]  # (B, T, 1)
        chosen = logits.gather(2, index)  # (B, T, 1)
        log_probs = (chosen.squeeze(2) - logits.logsumexp(2)).double().cpu().numpy()  # (B, T)
        ranks = ((logits >= chosen).sum(2) - 1).cpu().numpy()  # (B, T); ties count against
        for row, window in enumerate(windows):
            first = window.scored_from - window.begin
            last = window.end - window.begin
            target = scores[window.document]
            target.log_probs[window.scored_from : window.end] = log_probs[row, first:last]
            target.ranks[window.scored_from : window.end] = ranks[row, first:last]
