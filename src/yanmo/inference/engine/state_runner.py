"""Every other causal model over a pool of slots: recurrent, convolutional, feed-forward.

Each slot has a cache of the model's own. Such a cache is a state of all that was read and cannot be
taken back by a few tokens: where a step asks for that, the slot is read again from its beginning.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch

from yanmo.inference.engine.runner import SlotWork, weight_bytes_of
from yanmo.models.language_model import LanguageModel


class StateRunner:
    """Runs a causal model one slot at a time.

    Args:
        model: in evaluation mode.
        num_slots: slots.
        slot_tokens: positions of each.
    """

    def __init__(self, model: LanguageModel, num_slots: int, slot_tokens: int) -> None:
        self.num_slots = num_slots
        self.slot_tokens = slot_tokens
        self.vocab_size = model.config.vocab_size
        self.weight_bytes = weight_bytes_of(model)
        self._model = model
        self._caches: list[Any] = [None] * num_slots
        self._ids: list[list[int]] = [[] for _ in range(num_slots)]

    @torch.inference_mode()
    def run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        """Read `work`; scores (R, V) in float32 on the CPU. See `Runner`."""
        rows = [torch.empty(0, self.vocab_size)]
        for item in work:
            scores = self._read(item)  # (1, T, V)
            rows.append(scores[0, scores.shape[1] - item.num_scored :].float().cpu())
        return torch.cat(rows)

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Make the first `num_tokens` positions of slot `target` those of slot `source`."""
        self._ids[target] = self._ids[source][:num_tokens]
        self._caches[target] = None
        if num_tokens == len(self._ids[source]):
            self._caches[target] = copy.deepcopy(self._caches[source])

    def _read(self, item: SlotWork) -> torch.Tensor:
        held = self._ids[item.slot][: item.start]
        cache = self._caches[item.slot]
        given = list(item.ids)
        if cache is None or cache.length != item.start:
            cache = self._model.build_cache(1, self.slot_tokens)
            given = [*held, *given]
        tokens = torch.tensor([given], device=self._model.device)
        scores: torch.Tensor = self._model(tokens=tokens, cache=cache).logits
        self._caches[item.slot] = cache
        self._ids[item.slot] = [*held, *item.ids]
        return scores
