"""States of every layer for many texts or words, as arrays for probes.

In: a subject, and texts or sentences cut into words. Out: for each layer one vector for each text
(the mean over its tokens) or word (the state of its last token). Transformers have a state behind
every block; of other models there are the embeddings and what comes out at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.inference.windows import in_batches
from yanmo.interpretation.block_hooks import kept_states
from yanmo.interpretation.subject import Subject
from yanmo.models.encoder_decoder import EncoderDecoder
from yanmo.models.recurrent_seq2seq import RecurrentSeq2Seq
from yanmo.models.text_cnn import TextCNN
from yanmo.nn.block import Block
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.row_batch import batch_of_rows
from yanmo.tokens.text_codec import check_ids_fit
from yanmo.tokens.text_rows import TextRow, row_encoder_for

EMBEDDINGS = "embeddings"
BATCH_TOKENS, BATCH_ROWS = 8192, 64

Features = npt.NDArray[np.float32]


def text_states(subject: Subject, texts: Sequence[str]) -> dict[str, Features]:
    """By layer, (n, D): the mean state of every text's tokens.

    Raises:
        DataError: there is no text.
    """
    if not texts:
        raise DataError(t("there are no texts"))
    rows = _encoder(subject).encode_texts(texts).rows
    found: dict[str, list[tuple[int, npt.NDArray[np.float32]]]] = {}
    for places, mask, layers in _batches(subject, rows):
        weight = mask / mask.sum(1, keepdim=True)  # (B, T)
        for name, states in layers.items():
            pooled = states if states.ndim == 2 else torch.einsum("bt,btd->bd", weight, states)
            found.setdefault(name, []).extend(zip(places, pooled.cpu().numpy(), strict=True))
    return {
        name: np.stack([vector for _, vector in sorted(own, key=lambda one: one[0])])
        for name, own in found.items()
    }


def word_states(
    subject: Subject, sentences: Sequence[Sequence[str]]
) -> tuple[dict[str, Features], list[tuple[int, int]]]:
    """By layer, (n, D): the state of the last token of every word that the model sees; and which
    sentence and word each belongs to.

    Raises:
        DataError: there is no sentence, or the model keeps no state for each token.
    """
    if not sentences:
        raise DataError(t("there are no texts"))
    if isinstance(subject.backbone, TextCNN):
        raise DataError(
            t("a convolutional classifier keeps no state for each word"),
            hint=t("Probe it by labels of whole texts."),
        )
    joiners = ["" if all(len(w) == 1 for w in words) else " " for words in sentences]
    rows = _encoder(subject).encode_words(sentences, joiners).rows
    found: dict[str, list[tuple[tuple[int, int], npt.NDArray[np.float32]]]] = {}
    for places, _, layers in _batches(subject, rows):
        for name, states in layers.items():
            own = found.setdefault(name, [])
            for number, place in enumerate(places):
                for word, token in _last_tokens(rows[place]).items():
                    key = (rows[place].item, word)
                    own.append((key, states[number, token].cpu().numpy()))
    ordered = {name: sorted(own, key=lambda one: one[0]) for name, own in found.items()}
    owners = [key for key, _ in next(iter(ordered.values()))]
    return {name: np.stack([v for _, v in own]) for name, own in ordered.items()}, owners


def _last_tokens(row: TextRow) -> dict[int, int]:
    """By word, the place of its last token: the one before the next word, or before the end."""
    last: dict[int, int] = {}
    current = -1
    for place, (word, side) in enumerate(zip(row.words.tolist(), row.sides.tolist(), strict=True)):
        current = word if word >= 0 else current
        if side >= 0 and current >= 0:
            last[current] = place
    return last


def _encoder(subject: Subject) -> Any:
    return row_encoder_for(subject.codec, subject.backbone.config, LengthConfig())


@torch.no_grad()
def _batches(
    subject: Subject, rows: Sequence[TextRow]
) -> Iterator[tuple[list[int], torch.Tensor, dict[str, torch.Tensor]]]:
    """Places of rows, which of their tokens are real (B, T), and the states by layer."""
    pad_id = subject.codec.pad_id or 0
    for batch in in_batches([len(row) for row in rows], BATCH_TOKENS, BATCH_ROWS):
        arrays = batch_of_rows([rows[place] for place in batch], pad_id)
        check_ids_fit(arrays["tokens"].ravel().tolist(), subject.backbone.config.vocab_size)
        tokens = torch.from_numpy(arrays["tokens"]).to(subject.device)
        mask = torch.from_numpy(arrays["mask"]).to(subject.device)
        yield list(batch), mask.float(), _layers(subject, tokens, mask)


def _layers(subject: Subject, tokens: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    backbone = subject.backbone
    layers = {EMBEDDINGS: subject.embed(tokens).float()}
    blocks: tuple[Block, ...] = subject.blocks
    if isinstance(backbone, EncoderDecoder):
        blocks = tuple(backbone.encoder.blocks)  # type: ignore[arg-type]
    if not blocks:
        layers["1"] = _last_states(backbone, tokens, mask)
        return layers
    with kept_states(blocks) as states:
        _last_states(backbone, tokens, mask)
    return layers | {str(n): own.float() for n, own in enumerate(states) if n > 0}


def _last_states(backbone: Any, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """What comes out at the end, (B, T, D); of a convolutional classifier (B, D)."""
    if isinstance(backbone, TextCNN):
        pooled: torch.Tensor = backbone(tokens, mask).pooled
        return pooled.float()
    if isinstance(backbone, EncoderDecoder | RecurrentSeq2Seq):
        return backbone.encode(tokens, mask)[:, : tokens.shape[1]].float()
    if backbone.kind == "causal":  # what stands behind a token changes nothing
        states: torch.Tensor = backbone(tokens=tokens, has_scores=False).hidden
        return states.float()
    inputs: dict[str, Any] = {"tokens": tokens, "document_ids": torch.where(mask, 0, -1)}
    if backbone.kind == "masked":
        inputs["has_scores"] = False
    hidden: torch.Tensor = backbone(**inputs).hidden
    return hidden.float()
