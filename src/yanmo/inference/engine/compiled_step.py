"""A step of writing in one fixed shape, so that it can be compiled: a row for every slot.

In: slots that read one token each. Out: their scores. Slots without a token read one too, whose
keys go where nobody reads them. The number of positions is rounded up to a power of two, and each
is compiled once.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.engine.runner import SlotWork
from yanmo.models.decoder import Decoder
from yanmo.nn.slot_cache import SlotCache, SlotPass

_FEWEST_KEYS = 64


class CompiledStep:
    """The compiled step of a decoder.

    Args:
        model: in evaluation mode; without experts, whose use changes from step to step.
        cache: its slots.
    """

    def __init__(self, model: Decoder, cache: SlotCache) -> None:
        if model.config.mlp == "mixture":
            raise ConfigError(
                t("a mixture of experts cannot be compiled here; leave is_compiled out")
            )
        self._model = model
        self._cache = cache
        self._slots = torch.arange(cache.num_slots, device=model.device)
        self._compute = torch.compile(self._score, dynamic=False)

    def run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        """Read one token in each of some slots; scores (R, V), in the order of `work`."""
        tokens = [0] * self._cache.num_slots
        places = [self._cache.slot_tokens] * self._cache.num_slots
        for item in work:
            tokens[item.slot] = item.ids[0]
            places[item.slot] = item.start
        num_keys = _FEWEST_KEYS
        while num_keys <= max(item.start for item in work):
            num_keys *= 2
        device = self._slots.device
        scores = self._compute(
            torch.tensor([tokens], device=device),
            torch.tensor(places, device=device),
            min(num_keys, self._cache.slot_tokens),
        )
        return scores[[item.slot for item in work]].float().cpu()

    def _score(self, tokens: torch.Tensor, places: torch.Tensor, num_keys: int) -> torch.Tensor:
        """Scores (slots, V) of what follows `tokens` (1, slots)."""
        slots = SlotPass(
            self._cache,
            self._slots,
            places,
            num_keys=num_keys,
            num_rows=self._cache.num_slots,
            row_range=(0, self._cache.num_slots),
            row_keys=num_keys,
            spans=(),
        )
        scores: torch.Tensor = self._model(tokens=tokens, slots=slots).logits[0]
        return scores
