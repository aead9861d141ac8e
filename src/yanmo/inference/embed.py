"""Texts to vectors: the hidden states of a model, pooled to one vector for each text.

In: texts. Out: a float32 matrix with a row for each. Serves models that read from left to right,
encoders, and the encoder of an encoder-decoder. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.core.messages import t
from yanmo.inference.embed_config import EmbedConfig
from yanmo.inference.find_word import token_places, word_spans
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec, check_ids_fit

Vectors = npt.NDArray[np.float32]
MAX_BATCH_ROWS = 256


@dataclass(frozen=True)
class Embeddings:
    """Vectors (n, D) of n texts, how many texts were cut, and how many gave the zero vector because
    they have nothing that could be embedded."""

    vectors: Vectors
    num_cut: int = 0
    num_empty: int = 0


@dataclass(frozen=True)
class _Row:
    """A text as ids with what belongs around them, and the places that are pooled (all if None)."""

    ids: list[int]
    places: list[int] | None


class TextEmbedder:
    """Embeds texts with one model.

    A text's specials are part of it, as in the model's training: an empty text is what the model
    makes of them alone, or of the token that begins a text where the tokenizer adds none; where
    there is no such token either, it is the zero vector. Vectors do not depend on what else is
    embedded with them.

    Args:
        model: in evaluation mode.
        codec: the model's tokenizer.
        config: what is pooled, and how.

    Raises:
        ConfigError: the model has no such layer or no pooler, or settings exclude each other.
    """

    def __init__(self, model: LanguageModel, codec: TextCodec, config: EmbedConfig) -> None:
        self._model = model
        self._codec = codec
        self._config = config
        self._blocks = _blocks_of(model)
        self._check_pooling()
        self._layer = self._resolve_layer()
        self.width = model.config.d_model
        self.limit_tokens = model.config.max_seq_len

    def embed(self, texts: Sequence[str], *, first_line: int = 1) -> Embeddings:
        """The vector of every text, in their order.

        Args:
            texts: any texts, empty ones too.
            first_line: the number of the first text, for messages.

        Raises:
            DataError: a text does not have the word, or an id that the model does not know.
            RunError: the model's states are not numbers.
        """
        rows: list[_Row] = []
        num_cut = 0
        for number, text in enumerate(texts, start=first_line):
            row, is_cut = self._row(text, number)
            rows.append(row)
            num_cut += is_cut
        vectors = np.zeros((len(rows), self.width), np.float32)
        for batch in self._batches(rows):
            vectors[batch] = self._embed_rows([rows[index] for index in batch])
        if not np.isfinite(vectors).all():
            raise RunError(
                t("the model gives states that are not numbers"),
                hint=t("Its weights are damaged, or its training diverged."),
            )
        return Embeddings(vectors, num_cut, sum(not row.ids for row in rows))

    def _row(self, text: str, number: int) -> tuple[_Row, bool]:
        """A text as ids within the model's context, and whether it had to be cut."""
        before, behind = self._codec.beginning_ids, self._codec.ending_ids
        room = max(0, self.limit_tokens - len(before) - len(behind))
        if self._config.word is None:
            plain, places = self._codec.encode(text), None
        else:
            plain, offsets = self._codec.encode_with_offsets(text)
            spans = word_spans(text, self._config.word)
            found = token_places(spans, offsets)
            places = [len(before) + place for place in found if place < room]
            if not places:
                raise self._word_is_missing(number, is_cut=bool(found))
        ids = [*before, *plain[:room], *behind]
        if not ids:
            lone = (self._codec.bos_id, *sorted(self._codec.eos_ids), self._codec.pad_id)
            ids = [token_id for token_id in lone if token_id is not None][:1]
        check_ids_fit(ids, self._model.config.vocab_size)
        return _Row(ids, places), len(plain) > room

    def _word_is_missing(self, number: int, *, is_cut: bool) -> DataError:
        why = None
        if is_cut:
            why = t("it comes after the {limit} tokens that are read", limit=self.limit_tokens)
        return DataError(
            t("the word '{word}' is not in this line", word=self._config.word),
            where=t("line {number}", number=number),
            why=why,
            hint=t("Give only lines that have the word."),
        )

    def _batches(self, rows: Sequence[_Row]) -> Iterator[list[int]]:
        """Indices of rows that go through the model together: alike in length, so that little of a
        batch is padding. Rows without ids are in none."""
        order = sorted((i for i, row in enumerate(rows) if row.ids), key=lambda i: len(rows[i].ids))
        batch: list[int] = []
        for index in order:
            size = (len(batch) + 1) * len(rows[index].ids)
            if batch and (size > self._config.batch_tokens or len(batch) == MAX_BATCH_ROWS):
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    @torch.inference_mode()
    def _embed_rows(self, rows: Sequence[_Row]) -> Vectors:
        lengths = torch.tensor([len(row.ids) for row in rows])
        width = int(lengths.max())
        tokens = torch.tensor([row.ids + [0] * (width - len(row.ids)) for row in rows])
        is_real = torch.arange(width)[None, :] < lengths[:, None]  # (B, T)
        device = self._model.device
        hidden, pooled = self._states(tokens.to(device), is_real.to(device))
        if self._config.pooling == "pooler":
            assert pooled is not None, "checked when the embedder was made"
            vectors = pooled.float().cpu()
        else:
            vectors = self._pool(hidden.float().cpu(), is_real, lengths, rows)
        if self._config.normalize:
            vectors = nn.functional.normalize(vectors, dim=1)
        return vectors.numpy()

    def _pool(
        self,
        hidden: torch.Tensor,
        is_real: torch.Tensor,
        lengths: torch.Tensor,
        rows: Sequence[_Row],
    ) -> torch.Tensor:
        """(B, T, D) to (B, D)."""
        if self._config.pooling == "cls":
            return hidden[:, 0]
        if self._config.pooling == "last":
            return hidden[torch.arange(len(rows)), lengths - 1]
        weights = is_real.float()
        for index, row in enumerate(rows):
            if row.places is not None:
                weights[index] = 0.0
                weights[index, row.places] = 1.0
        weights = weights / weights.sum(dim=1, keepdim=True)
        return torch.einsum("btd,bt->bd", hidden, weights)

    def _states(
        self, tokens: torch.Tensor, is_real: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The states (B, T, D) of the layer, and what the pooler made (B, D)."""
        caught: list[torch.Tensor] = []
        hooks = [self._model.lm_head.register_forward_pre_hook(_first_position_only)]
        if self._layer is not None:
            hooks.append(self._catch_layer(self._layer, caught))
        try:
            hidden, pooled = self._final_states(tokens, is_real)
        finally:
            for hook in hooks:
                hook.remove()
        return (caught[0] if caught else hidden), pooled

    def _final_states(
        self, tokens: torch.Tensor, is_real: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        if self._model.kind == "seq2seq":
            encode: Any = self._model.encode
            return encode(tokens, is_real), None
        if self._model.kind == "masked":
            document_ids = torch.where(is_real, 0, -1)
            output = self._model(tokens=tokens, document_ids=document_ids)
        else:
            # Padding stands behind every real token, which therefore does not see it.
            output = self._model(tokens=tokens)
        return output.hidden, output.pooled

    def _catch_layer(
        self, layer: int, caught: list[torch.Tensor]
    ) -> torch.utils.hooks.RemovableHandle:
        assert self._blocks is not None, "checked when the layer was resolved"
        if layer == 0:
            return self._blocks[0].register_forward_pre_hook(
                lambda _module, inputs: caught.append(inputs[0])
            )
        return self._blocks[layer - 1].register_forward_hook(
            lambda _module, _inputs, output: caught.append(output)
        )

    def _resolve_layer(self) -> int | None:
        """The block whose states are taken, counted from 1, 0 for the embeddings; None for the
        final states, which the last block's are after the final norm."""
        layer = self._config.layer
        if layer is None:
            return None
        if self._blocks is None:
            raise ConfigError(
                t("this model has no layers to choose from: it is no Transformer"), where="--layer"
            )
        count = len(self._blocks)
        if not -count - 1 <= layer <= count:
            raise ConfigError(
                t("there is no layer {layer}", layer=layer),
                where="--layer",
                hint=t("0 is the embeddings, {count} or -1 the last.", count=count),
            )
        layer = layer + count + 1 if layer < 0 else layer
        return None if layer == count else layer

    def _check_pooling(self) -> None:
        pooling, model = self._config.pooling, self._model
        if model.kind == "seq2seq" and self._blocks is None:
            raise ConfigError(t("of encoder-decoders, only Transformers embed texts"))
        if pooling == "cls" and model.kind == "causal":
            raise ConfigError(
                t("the first position of a model that reads from left to right has read nothing"),
                where="--pooling",
                hint=t("Use mean or last."),
            )
        if pooling == "pooler" and getattr(model, "pooler", None) is None:
            raise ConfigError(t("this model has no pooler"), where="--pooling")
        if pooling == "pooler" and self._config.layer is not None:
            raise ConfigError(
                t("the pooler reads the final states; it has no other layer"), where="--layer"
            )
        if pooling != "mean" and self._config.word is not None:
            raise ConfigError(t("a word is the mean of its tokens"), where="--pooling")


def _first_position_only(
    _module: nn.Module, inputs: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    """Spare the output projection, whose scores nobody reads here, all positions but one."""
    return (inputs[0][:, :1], *inputs[1:])


def _blocks_of(model: LanguageModel) -> nn.ModuleList | None:
    """The Transformer blocks that read the text; None in other models."""
    blocks = getattr(getattr(model, "encoder", model), "blocks", None)
    return blocks if isinstance(blocks, nn.ModuleList) else None
