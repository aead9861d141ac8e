"""A decoder cut into stages of consecutive blocks.

A shape comes in; decoders that hold only their own part of it go out, on the meta device. A stage
is a decoder whose other parts were taken out, so that what is left keeps the names that the whole
model gives it: `blocks.7.attn.q_proj.weight` wherever block 7 is. Knows no processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import torch
from torch import nn

from yanmo.models.decoder import Decoder
from yanmo.models.transformer_config import TransformerConfig
from yanmo.models.transformer_parts import compute_dtype
from yanmo.models.weight_count import count_weights

_FIRST_ONLY = ("embed", "embed_positions", "embed_block_positions", "embed_norm")
_LAST_ONLY = ("final_norm", "lm_head")
SHARED = "embed.weight"
"""The one parameter that two stages may hold: the first and the last, where embeddings are tied."""


@dataclass(frozen=True)
class Cut:
    """A part of a decoder.

    Attributes:
        layers: numbers of its blocks.
        is_first: whether tokens come in, and not states.
        is_last: whether a loss goes out, and not states.
    """

    layers: Sequence[int]
    is_first: bool
    is_last: bool


def split_layers(config: TransformerConfig, num_stages: int) -> list[range]:
    """Which blocks each stage has: at least one, and the dearest stage as cheap as it can be.

    Parameters are what a stage costs: those of its blocks and, at the ends, of the embedding and of
    the output projection. Of equally cheap stages the later one gets the block, since earlier ones
    keep the states of more micro-batches.
    """
    assert 1 <= num_stages <= config.num_layers, f"{config.num_layers} blocks, {num_stages} stages"
    with torch.device("meta"):
        whole = Decoder(config.model_copy(update={"num_layers": 1}))
    of_block = count_weights(whole.blocks.parameters())
    of_end = config.vocab_size * config.d_model
    costs = [of_block] * num_stages
    costs[0] += of_end
    costs[-1] += of_end
    counts = [1] * num_stages
    for _ in range(config.num_layers - num_stages):
        cheapest = min(range(num_stages), key=lambda stage: (costs[stage], -stage))
        costs[cheapest] += of_block
        counts[cheapest] += 1
    ends = [sum(counts[: stage + 1]) for stage in range(num_stages)]
    return [range(end - count, end) for end, count in zip(ends, counts, strict=True)]


class DecoderStage(Decoder):
    """A part of a decoder: states or tokens in, states or a loss out.

    Args:
        config: the shape of the whole model.
        cut: which part this is.

    Attributes:
        before_part: called with the number of every pass before it runs: seeds dropout.
    """

    def __init__(self, config: TransformerConfig, cut: Cut) -> None:
        super().__init__(config)
        self.cut = cut
        self.before_part: Callable[[int], None] | None = None
        for name, _ in list(self.blocks.named_children()):
            if int(name) not in cut.layers:
                delattr(self.blocks, name)
        if not cut.is_first:
            # Where the output projection is the embedding, both names lead to one parameter, which
            # the whole model knows by the first.
            kept = ("embed",) if cut.is_last and config.tie_embeddings else ()
            self._take_out(name for name in _FIRST_ONLY if name not in kept)
        if not cut.is_last:
            self._take_out(_LAST_ONLY)

    def _take_out(self, names: Any) -> None:
        for name in names:
            setattr(self, name, None)

    def tie_weights(self) -> None:
        """Make the output projection share the embedding's weight, where both are here."""
        ends = cast(tuple[nn.Module | None, ...], (self.embed, self.lm_head))
        if None not in ends:
            super().tie_weights()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def _attention_dtype(self) -> torch.dtype:
        return compute_dtype(next(self.parameters()))

    def forward(  # type: ignore[override]
        self,
        x: torch.Tensor,
        *,
        tokens: torch.Tensor,
        part: torch.Tensor | None = None,
        autocast: torch.dtype | None = None,
        state_dtype: torch.dtype | None = None,
        **batch: Any,
    ) -> torch.Tensor:
        """One pass through this part.

        Args:
            x: tokens (B, T) for the first stage, states (B, T, D) for the others.
            tokens: (B, T) for all, as `Decoder.forward` takes them.
            part: (1,) number of the pass, for `before_part`.
            autocast: dtype of matrix products; None leaves them as they are.
            state_dtype: dtype of the states that go out.
            batch: what else `Decoder.forward` takes: positions, document_ids, labels...

        Returns:
            States (B, T, D), or where this is the last stage the sum of the loss.
        """
        if part is not None and self.before_part is not None:
            self.before_part(int(part.item()))
        device_type = tokens.device.type
        with torch.autocast(device_type, dtype=autocast, enabled=autocast is not None):
            out = self._run(x, tokens, **batch)
        if self.cut.is_last:
            return out
        out = out if state_dtype is None else out.to(state_dtype)
        # What leaves is cut from its graph in place, which a view cannot be.
        return out.clone() if out._is_view() else out

    def _run(
        self,
        x: torch.Tensor,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        is_prefix: torch.Tensor | None = None,
        block_positions: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if positions is None:
            positions = torch.arange(tokens.shape[1], device=tokens.device)
            if self.row_part is not None:
                positions = self.row_part.places(tokens.shape[1], tokens.device)
            positions = positions[None, :].expand(tokens.shape)  # (B, T)
        context = self._attention_context(tokens, positions, document_ids, None, is_prefix)
        if self.cut.is_first:
            x = self._embed(tokens, positions, block_positions)
        for name, block in self.blocks.named_children():
            x = block(x, context, int(name))
        if not self.cut.is_last:
            return x
        hidden = self.final_norm(x) if self.final_norm is not None else x
        assert labels is not None, "a pipeline gives losses, and no scores"
        loss_sum = self.predict(self._scaled(hidden), labels, label_smoothing).loss_sum
        assert loss_sum is not None
        return loss_sum


class StageGroup(DecoderStage):
    """Several stages of one process as one module: their parameters under the names of the whole
    model. It is looked at, trained and saved; what runs are the stages."""

    def __init__(self, stages: Sequence[DecoderStage]) -> None:
        layers = [layer for stage in stages for layer in stage.cut.layers]
        is_first = any(stage.cut.is_first for stage in stages)
        is_last = any(stage.cut.is_last for stage in stages)
        with torch.device("meta"):
            super().__init__(stages[0].config, Cut(sorted(layers), is_first, is_last))
        for stage in stages:
            for name, child in stage.named_children():
                if name != "blocks":
                    setattr(self, name, child)
            for name, block in stage.blocks.named_children():
                setattr(self.blocks, name, block)
        self._stages = tuple(stages)  # a tuple, which is not a child

    def train(self, mode: bool = True) -> Self:
        """Set the mode of the stages too, which are no children."""
        super().train(mode)
        for stage in getattr(self, "_stages", ()):
            stage.train(mode)
        return self


def lay_out_stage(config: TransformerConfig, num_stages: int, index: int) -> DecoderStage:
    """Stage `index` of `num_stages` on the meta device: names and shapes without values."""
    cut = Cut(split_layers(config, num_stages)[index], index == 0, index == num_stages - 1)
    with torch.device("meta"):
        return DecoderStage(config, cut)
