"""Direct logit attribution: a token's score as the sum of what each head and layer added to it.

The last state of a decoder is the sum of its embedding and of what every head and every
feed-forward layer wrote into the residual stream (Elhage et al. 2021). The final norm is held at
the scale that it had, so that each summand can be read by the output projection by itself. Scores
are centred: the answer's less the mean of all tokens', since softmax sees no more. What a part does
through later layers is not seen here; ablation sees it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.interpretation.block_hooks import kept_heads, kept_outputs, kept_states
from yanmo.interpretation.question import Question
from yanmo.models.decoder import Decoder

PartKind = Literal["embedding", "head", "attention_bias", "mlp", "bias"]


@dataclass(frozen=True)
class LogitPart:
    """One summand: what wrote it, its layer and head where it has them, and its size."""

    kind: PartKind
    layer: int | None
    head: int | None
    value: float


@dataclass(frozen=True)
class LogitParts:
    """A centred score and its summands; of a continuation, that of its first token."""

    logit: float
    parts: tuple[LogitPart, ...]

    def as_json(self) -> dict[str, Any]:
        """The parts as plain values."""
        return asdict(self)


@torch.no_grad()
def split_logit(question: Question) -> LogitParts:
    """The score of the answer's first token as a sum.

    Raises:
        ConfigError: the model's scores are no such sum.
    """
    reason = question.subject.why_no_parts()
    if reason is not None:
        raise ConfigError(reason)
    model = cast(Decoder, question.subject.model)
    blocks = question.subject.blocks
    layers = [block.attn for block in blocks]
    rows = question.rows()
    with (
        kept_states(blocks) as states,
        kept_heads(layers) as heads,
        kept_outputs([block.mlp for block in blocks]) as mlps,
    ):
        output = question.forward(rows)
    place = int(rows.places[0, 0])
    target = question.answer_options[0]
    read = _FinalReading(model, states[-1][0, place], target, question.subject.codec.vocab_size)
    parts = [LogitPart("embedding", None, None, read(states[0][0, place]))]
    for layer, attention in enumerate(layers):
        weight = attention.o_proj.weight.view(-1, attention.num_heads, attention.head_dim)
        written = torch.einsum("dnh,nh->nd", weight, heads[layer][0, place])  # (N, D)
        parts += [LogitPart("head", layer, n, read(own)) for n, own in enumerate(written)]
        if attention.o_proj.bias is not None:
            parts.append(LogitPart("attention_bias", layer, None, read(attention.o_proj.bias)))
        parts.append(LogitPart("mlp", layer, None, read(mlps[layer][0, place])))
    parts.append(LogitPart("bias", None, None, read.bias))
    logits = output.logits[0, place, : question.subject.codec.vocab_size].double()
    return LogitParts(float(logits[target] - logits.mean()), tuple(parts))


class _FinalReading:
    """The final norm at a fixed scale and the direction of one token, as a linear map."""

    def __init__(self, model: Decoder, state: torch.Tensor, target: int, vocab_size: int) -> None:
        norm = model.final_norm
        assert norm is not None, "asked before"
        weight = model.lm_head.weight[:vocab_size].double()
        direction = (weight[target] - weight.mean(0)) * model.config.score_scale  # (D,)
        state = state.double()
        self._is_centred = isinstance(norm, nn.LayerNorm)
        eps = float(cast(Any, norm).eps)
        moved = state - state.mean() if self._is_centred else state
        scale = (moved.square().mean() + eps).rsqrt()
        norm_weight = cast(Any, norm).weight
        norm_bias = getattr(norm, "bias", None)
        self._direction = direction * norm_weight.double() * scale
        self.bias = 0.0 if norm_bias is None else float(direction @ norm_bias.double())
        if model.lm_head.bias is not None:
            biases = model.lm_head.bias[:vocab_size].double()
            self.bias += float(biases[target] - biases.mean())

    def __call__(self, written: torch.Tensor) -> float:
        written = written.double()
        if self._is_centred:
            written = written - written.mean()
        return float(self._direction @ written)
