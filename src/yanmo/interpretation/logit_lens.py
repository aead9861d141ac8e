"""The logit lens (nostalgebraist 2020): what the model would say if its upper layers were left out.

Behind each layer the state goes straight to the final norm and to what reads it: the output
projection of a language model, or the head of a task model, its pooling included. At the last layer
that is the model itself. States of early layers were never meant to be read so: where their reading
makes no sense, the layer may still know more than the lens shows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.block_hooks import skipped
from yanmo.interpretation.question import Question, Token


@dataclass(frozen=True)
class LensEntry:
    """Something that could be said, and how probable it is."""

    id: int
    text: str
    probability: float


@dataclass(frozen=True)
class LensCell:
    """What one layer would say at one place.

    Attributes:
        top: the most probable, first the best.
        target: what stands there, or is explained.
        target_probability, target_rank: of that; rank 0 is the best.
        entropy: of all that could be said, in nats.
    """

    top: tuple[LensEntry, ...]
    target: str
    target_probability: float
    target_rank: int
    entropy: float


@dataclass(frozen=True)
class LogitLens:
    """What every layer would say.

    Attributes:
        kind: tokens of a vocabulary, or classes, tags and places of a head.
        layers: "0" for the embeddings, then the layers from "1".
        positions: the tokens at which it is read; empty of an answer to a row as a whole.
        cells: by layer, then by position; of a whole row there is one.
    """

    kind: Literal["tokens", "classes"]
    layers: tuple[str, ...]
    positions: tuple[Token, ...]
    cells: tuple[tuple[LensCell, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """The lens as plain values."""
        return asdict(self)


@torch.no_grad()
def read_lens(question: Question, num_top: int = 5) -> LogitLens:
    """What every layer would answer.

    Args:
        num_top: how many of the most probable are named.

    Raises:
        ConfigError: the states of lower layers cannot be read.
    """
    reason = question.subject.why_no_lens()
    if reason is None and question.unit == "number":
        reason = t("a lens shows what else could be said, and this model gives a number")
    if reason is not None:
        raise ConfigError(reason)
    blocks = question.subject.blocks
    rows = question.rows()
    layers = []
    for layer in range(len(blocks) + 1):
        with skipped(blocks[layer:]):
            log_probs = question.lens_log_probs(question.forward(rows), rows).float().cpu()
        layers.append(_cells(question, log_probs, num_top))
    return LogitLens(
        kind="tokens" if question.subject.spec is None else "classes",
        layers=tuple(str(layer) for layer in range(len(blocks) + 1)),
        positions=question.lens_positions(),
        cells=tuple(layers),
    )


def _cells(question: Question, log_probs: torch.Tensor, num_top: int) -> tuple[LensCell, ...]:
    targets = torch.tensor(question.lens_targets())
    probabilities = log_probs.exp()  # (P, C)
    entropies = -(probabilities * log_probs.clamp(min=-1e4)).sum(-1)
    own = log_probs.gather(1, targets[:, None])  # (P, 1)
    ranks = (log_probs > own).sum(1)
    best = probabilities.topk(min(num_top, log_probs.shape[1]), dim=1)
    cells = []
    for place, target in enumerate(targets.tolist()):
        top = zip(best.indices[place].tolist(), best.values[place].tolist(), strict=True)
        cells.append(
            LensCell(
                tuple(LensEntry(one, question.option_text(one), value) for one, value in top),
                question.option_text(target),
                float(own[place, 0].exp()),
                int(ranks[place]),
                float(entropies[place]),
            )
        )
    return tuple(cells)
