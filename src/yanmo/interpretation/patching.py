"""Activation patching (causal tracing, Vig et al. 2020; Meng et al. 2022, section 2.1).

Two texts of equally many tokens, of which the first leads to the answer and the second does not.
While the model reads the second, the state at one place behind one layer is replaced by that of the
first. Where that brings the answer back, the state holds what makes the difference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.block_hooks import edited_state, kept_states
from yanmo.interpretation.question import BATCH_TOKENS, Question
from yanmo.interpretation.subject import Subject
from yanmo.models.encoder_decoder import EncoderDecoder
from yanmo.nn.block import Block

MIN_DIFFERENCE = 1e-3
"""Difference of the two scores below which nothing can be brought back."""


@dataclass(frozen=True)
class PatchingMap:
    """What each place brings back.

    Attributes:
        layers: "0" for the embeddings, then the layers from "1".
        clean_tokens, other_tokens: of the two texts.
        clean_score, other_score: of the first text's answer, after each text.
        recovered: by layer, then by position: 0 is the second text's score, 1 the first's.
    """

    layers: tuple[str, ...]
    clean_tokens: tuple[str, ...]
    other_tokens: tuple[str, ...]
    clean_score: float
    other_score: float
    recovered: tuple[tuple[float, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """The map as plain values."""
        return asdict(self)


@torch.no_grad()
def patch_activations(clean: Question, other: Question) -> PatchingMap:
    """Put states of the first text into the second, one at a time.

    Args:
        clean: the text that leads to the answer.
        other: the text that does not; the same answer is asked for.

    Raises:
        ConfigError: the texts differ in length, the answers are not the same, or equally probable.
    """
    blocks = _blocks(clean.subject)
    if not blocks:
        raise ConfigError(clean.subject.why_no_lens() or "")
    if clean.answer_options != other.answer_options:
        raise ConfigError(t("the two texts are asked for different answers"), where="--against")
    if len(clean.tokens) != len(other.tokens):
        raise ConfigError(
            t("the two texts have different numbers of tokens"),
            where="--against",
            why=t("{first} and {second}", first=len(clean.tokens), second=len(other.tokens)),
            hint=t("Change words for others of as many tokens."),
        )
    rows = clean.rows()
    with kept_states(blocks) as states:
        clean_score = float(clean.score(clean.forward(rows), rows)[0])
    other_score = float(other.evaluate().scores[0])
    difference = clean_score - other_score
    if abs(difference) < MIN_DIFFERENCE:
        raise ConfigError(t("both texts lead to the answer alike"), where="--against")
    recovered = [
        [(score - other_score) / difference for score in _patched(other, blocks, layer, state)]
        for layer, state in enumerate(states)
    ]
    return PatchingMap(
        layers=tuple(str(layer) for layer in range(len(blocks) + 1)),
        clean_tokens=tuple(token.text for token in clean.positions),
        other_tokens=tuple(token.text for token in other.positions),
        clean_score=clean_score,
        other_score=other_score,
        recovered=tuple(tuple(one) for one in recovered),
    )


def _patched(
    other: Question, blocks: tuple[Block, ...], layer: int, state: torch.Tensor
) -> list[float]:
    """Scores after the second text with the state (1, P, D) put in at each of P positions."""
    num_positions = len(other.positions)
    size = max(1, BATCH_TOKENS // num_positions)
    scores: list[float] = []
    for first in range(0, num_positions, size):
        places = torch.arange(first, min(first + size, num_positions), device=state.device)

        def edit(x: torch.Tensor, places: torch.Tensor = places) -> torch.Tensor:
            x = x.clone()
            x[torch.arange(len(places), device=x.device), places] = state[0, places]
            return x

        kept = torch.ones(len(places), len(other.tokens), dtype=torch.bool)
        with edited_state(blocks, layer, edit):
            scores += other.read(other.rows(kept)).scores.tolist()
    return scores


def _blocks(subject: Subject) -> tuple[Block, ...]:
    """The blocks that read the text: an encoder's where there is one."""
    if isinstance(subject.backbone, EncoderDecoder):
        return tuple(cast(Any, subject.backbone.encoder.blocks))
    return subject.blocks
