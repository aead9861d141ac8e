"""The Transformer over a pool of slots, through torch.

In: for some slots the next tokens. Out: scores. All tokens of a step are one row for everything but
attention; see `nn.slot_cache`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from yanmo.inference.engine.compiled_step import CompiledStep
from yanmo.inference.engine.runner import SlotWork, weight_bytes_of
from yanmo.models.decoder import Decoder
from yanmo.nn.slot_cache import SlotPass, SlotSpan, are_better_together


class DecoderRunner:
    """Runs a decoder.

    Args:
        model: in evaluation mode.
        num_slots: slots.
        slot_tokens: positions of each.
        is_compiled: whether steps in which every slot reads one token at most are compiled; they
            then have one shape for each number of positions, rounded up.
    """

    def __init__(
        self, model: Decoder, num_slots: int, slot_tokens: int, *, is_compiled: bool = False
    ) -> None:
        self.num_slots = num_slots
        self.slot_tokens = slot_tokens
        self.vocab_size = model.config.vocab_size
        self.weight_bytes = weight_bytes_of(model)
        self._model = model
        self._cache = model.build_slot_cache(num_slots, slot_tokens)
        self._compiled = CompiledStep(model, self._cache) if is_compiled else None

    @torch.inference_mode()
    def run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        """Read `work`; scores (R, V) in float32 on the CPU. See `Runner`."""
        if self._compiled is not None and all(
            len(item.ids) == 1 and item.num_scored == 1 for item in work
        ):
            scores = self._compiled.run(work)
        else:
            scores = self._run(work)
        self._clear_undefined(work, scores)
        return scores

    def _run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        plan = _lay_out(work)
        device = self._model.device
        slots = SlotPass(
            self._cache,
            torch.tensor(plan.slots, device=device),
            torch.tensor(plan.places, device=device),
            num_keys=max(plan.places) + 1,
            num_rows=plan.num_rows,
            row_range=plan.row_range,
            row_keys=max(plan.places[: plan.num_rows], default=0) + 1,
            spans=plan.spans,
            scored=torch.tensor(plan.scored, dtype=torch.int64, device=device),
        )
        tokens = torch.tensor([plan.tokens], device=device)  # (1, T)
        if not plan.scored:
            self._model(tokens=tokens, slots=slots, has_scores=False)
            return torch.empty(0, self.vocab_size)
        scores: torch.Tensor = self._model(tokens=tokens, slots=slots).logits  # (1, R, V)
        return scores[0].float().cpu()

    def _clear_undefined(self, work: Sequence[SlotWork], scores: torch.Tensor) -> None:
        """Empty slots whose scores are not numbers."""
        slots = [item.slot for item in work for _ in range(item.num_scored)]
        for slot, row in zip(slots, scores.numpy(), strict=True):
            if np.isnan(row.max()):
                self._cache.clear(slot)

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Make the first `num_tokens` positions of slot `target` those of slot `source`."""
        with torch.inference_mode():
            self._cache.copy(source, target, num_tokens)


class _Layout:
    """Tokens of a step end to end: those that come alone first, if they are mixed together."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.slots: list[int] = []
        self.places: list[int] = []
        self.num_rows = 0
        self.row_range = (0, 0)
        self.spans: list[SlotSpan] = []
        self.scored: list[int] = []

    def add(self, item: SlotWork) -> int:
        """Put the tokens of `item` behind the others; where the first of them is."""
        begin = len(self.tokens)
        self.tokens += item.ids
        self.slots += [item.slot] * len(item.ids)
        self.places += range(item.start, item.start + len(item.ids))
        return begin


def _lay_out(work: Sequence[SlotWork]) -> _Layout:
    plan = _Layout()
    single = sorted((item for item in work if len(item.ids) == 1), key=lambda item: item.slot)
    slots = [item.slot for item in single]
    begins: dict[int, int] = {}
    if are_better_together(slots, [item.start + 1 for item in single]):
        plan.num_rows, plan.row_range = len(single), (slots[0], slots[-1] + 1)
        begins = {item.slot: plan.add(item) for item in single}
    for item in work:
        if item.slot not in begins:
            begins[item.slot] = begin = plan.add(item)
            end = begin + len(item.ids)
            plan.spans.append(SlotSpan(begin, end, item.slot, item.start + len(item.ids)))
    for item in work:
        end = begins[item.slot] + len(item.ids)
        plan.scored += range(end - item.num_scored, end)
    return plan
