"""A model that is opened to be explained, and which of our explanations it can have.

In: a model folder, or a stage of a run with one in `model/`. Out: the model, its tokenizer, what it
answers with, and for what it lacks the reason. Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from torch import nn

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.speech_folder import is_speech_folder
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.device import DeviceName, choose_device
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.decoder import Decoder
from yanmo.models.encoder import Encoder
from yanmo.models.encoder_decoder import EncoderDecoder, Stack
from yanmo.models.language_model import LanguageModel
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.nn.attention import Attention, CrossAttention
from yanmo.nn.block import Block
from yanmo.tokens.text_codec import TextCodec, load_codec

SubjectKind = Literal[
    "causal", "seq2seq", "masked", "classification", "regression", "tagging", "spans"
]
Part = Literal["self", "encoder", "decoder", "cross"]
"""Whose attention: that of a stack alone, of an encoder, of a decoder, of a decoder over the
encoder."""


@dataclass(frozen=True)
class AttentionPlace:
    """An attention layer of a model: its part, its layer from 0, and the module."""

    part: Part
    layer: int
    module: Attention


@dataclass(frozen=True)
class Subject:
    """A model to be explained.

    Attributes:
        model: in evaluation mode.
        codec: its tokenizer.
        head: which head of a task model, by its place.
    """

    model: LanguageModel | TaskModel
    codec: TextCodec
    head: int = 0

    @property
    def spec(self) -> HeadSpec | None:
        """What the head predicts; None of a language model."""
        return self.model.specs[self.head] if isinstance(self.model, TaskModel) else None

    @property
    def kind(self) -> SubjectKind:
        """What the model answers with."""
        if isinstance(self.model, TaskModel):
            return self.model.specs[self.head].kind
        return self.model.kind

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes or tags, in the order of their scores."""
        return () if self.spec is None else self.spec.labels

    @property
    def backbone(self) -> Any:
        """The model without its heads."""
        return self.model.backbone if isinstance(self.model, TaskModel) else self.model

    @property
    def embed(self) -> nn.Embedding:
        """The token embedding."""
        return cast(nn.Embedding, self.backbone.embed)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embed.weight.device

    @property
    def max_tokens(self) -> int:
        """The longest row that the model reads."""
        return int(self.backbone.config.max_seq_len)

    @property
    def attention_places(self) -> tuple[AttentionPlace, ...]:
        """The attention layers that the answer comes through, in the order in which they run; none
        of a model that is no Transformer."""
        backbone = self.backbone
        if isinstance(backbone, Decoder | Encoder):
            return tuple(_places("self", backbone.blocks))
        if isinstance(backbone, EncoderDecoder):
            places = list(_places("encoder", backbone.encoder.blocks))
            if not isinstance(self.model, TaskModel):
                places += _places("decoder", backbone.decoder.blocks)
            return tuple(places)
        return ()

    @property
    def stack(self) -> Decoder | Encoder | Stack | None:
        """The blocks whose last states the answer is read from; None where there are no blocks."""
        backbone = self.backbone
        if isinstance(backbone, Decoder | Encoder):
            return backbone
        if isinstance(backbone, EncoderDecoder):
            has_heads = isinstance(self.model, TaskModel)
            return backbone.encoder if has_heads else backbone.decoder
        return None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of `stack`."""
        return () if self.stack is None else tuple(cast(Any, self.stack.blocks))

    def why_no_attention(self) -> str | None:
        """Why there is no attention to look at; None where there is."""
        if self.attention_places:
            return None
        return t("a model of kind {name} has no attention heads", name=self._name())

    def why_no_lens(self) -> str | None:
        """Why states of lower layers cannot be read as answers; None where they can."""
        if self.stack is None:
            return t("a model of kind {name} has no blocks of one width", name=self._name())
        if self.kind == "masked" and self.backbone.mlm_head is None:
            return t("this model has no head that predicts tokens")
        return None

    def why_no_parts(self) -> str | None:
        """Why the answer's score is not the sum of what heads and layers add; None where it is."""
        stack = self.stack
        if not isinstance(stack, Decoder) or self.kind != "causal":
            return t("only the scores of a decoder's tokens are sums of what its layers add")
        if stack.final_norm is None:
            return t("a norm stands behind every layer of this model and mixes what they add")
        return None

    def _name(self) -> str:
        family = getattr(self.backbone.config, "family", None)
        return str(family or type(self.backbone).__name__)


def open_subject(directory: Path, device: str = "auto", head: str | None = None) -> Subject:
    """Open the model of `directory`, or of `directory`/model.

    Raises:
        CheckpointError: there is no model, or it is damaged.
        DataError: its tokenizer is missing or damaged.
        ConfigError: there is no such device or head, or the model reads no text.
    """
    if device not in get_args(DeviceName):
        raise ConfigError(
            t("unknown device '{name}'", name=device),
            where="--device",
            hint=listed(get_args(DeviceName)),
        )
    folder = _model_folder(directory)
    if is_speech_folder(folder):
        raise ConfigError(t("this model hears; it reads no text"), where=str(directory))
    chosen = choose_device(cast(DeviceName, device))
    if is_task_folder(folder):
        model = load_task_folder(folder, chosen)
        return Subject(model, load_codec(folder), _head_place(model, head))
    if head is not None:
        raise ConfigError(t("this model has no heads to choose from"), where="--head")
    return Subject(load_model(folder, chosen), load_codec(folder))


def _model_folder(directory: Path) -> Path:
    for folder in (directory, directory / "model"):
        if (folder / "config.json").is_file():
            return folder
    raise CheckpointError(
        t("there is no model in this folder"),
        where=str(directory),
        hint=t("Give a folder with config.json, or runs/NAME/finetune/TASK."),
    )


def _head_place(model: TaskModel, name: str | None) -> int:
    names = [spec.name for spec in model.specs]
    if name is None and len(names) > 1:
        raise ConfigError(
            t("the model has several heads, and none is chosen"),
            where="--head",
            hint=t("There are: {names}.", names=listed(names)),
        )
    if name is not None and name not in names:
        raise ConfigError(
            t("the model has no head {name}", name=name),
            hint=t("There are: {names}.", names=listed(names)),
        )
    return 0 if name is None else names.index(name)


def _places(part: Part, blocks: Sequence[nn.Module] | nn.ModuleList) -> list[AttentionPlace]:
    places = []
    for layer, block in enumerate(blocks):
        own, cross = cast(Block, block).attn, cast(Block, block).cross_attn
        places.append(AttentionPlace(part, layer, own))
        if isinstance(cross, CrossAttention):
            places.append(AttentionPlace("cross", layer, cross))
    return places
