"""Models that will be there when a stage needs them: their form without their weights.

In: a recipe and the word by which a section names a model. Out: the network on the meta device, its
tokenizer or one like it, and what its heads do. Nothing is trained, and of a folder outside the run
no weights of a language model are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import torch

from yanmo.checkpoint.model_folder import load_model_config, read_json_object, require_weights
from yanmo.checkpoint.speech_folder import is_speech_folder, load_speech_folder
from yanmo.checkpoint.task_folder import read_heads
from yanmo.checkpoint.task_only_folder import TASK_ONLY, load_task_only
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.config import PRETRAINED, SCRATCH, TUNED
from yanmo.finetuning.head_rows import HEAD_KIND_OF
from yanmo.models.build import lay_out
from yanmo.models.speech_config import SpeechConfig
from yanmo.models.task_head import HeadKind
from yanmo.pipeline.finetune.begin import Network, build_network
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer


@dataclass(frozen=True)
class ForeseenModel:
    """A model as it will be.

    Attributes:
        network: on the meta device; None for one that hears.
        codec: its tokenizer; where that is not learned yet, one with the same special tokens.
        heads: what its heads do; none where it is a language model.
        folder: where it lies, if it is not made by this recipe.
        hears: the shape of a network that hears, where that is known already.
        is_hearing: whether it hears.
    """

    network: Network | None
    codec: TextCodec | None
    heads: tuple[HeadKind, ...] = ()
    folder: Path | None = None
    hears: SpeechConfig | None = None
    is_hearing: bool = False

    @property
    def kind(self) -> str | None:
        """`LanguageModel.kind`, and what other networks call themselves."""
        return getattr(self.network, "kind", None)


class Foreseer:
    """Foresees the models of one recipe; each folder is opened once."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._found: dict[str, ForeseenModel] = {}

    def named(self, model: str) -> ForeseenModel:
        """The model that a section names: `pretrain`, `finetune/NAME` or a folder.

        Raises:
            YanmoError: there is none, or it cannot be built.
        """
        if model not in self._found:
            self._found[model] = self._foresee(model)
        return self._found[model]

    def begun(self, section: FinetuneSection) -> ForeseenModel:
        """The model that a fine-tuning begins with, without the heads that it may have had."""
        if section.init_from != SCRATCH:
            return replace(self.named(section.init_from), heads=())
        if section.scratch is None:
            return self._of_section(section.dropout)
        codec = self._codec
        with torch.device("meta"):
            network = build_network(section.scratch, codec.vocab_size, section)
        return ForeseenModel(network, codec)

    def _foresee(self, model: str) -> ForeseenModel:
        recipe = self._recipe
        if model == PRETRAINED:
            return self._of_section(None)
        name = model.removeprefix(TUNED)
        if not model.startswith(TUNED) or name not in recipe.finetune:
            return _of_folder(Path(model).expanduser())
        section = recipe.finetune[name]
        kinds = [recipe.tasks[task].kind for task in section.task_names(name)]
        if "speech" in kinds:
            return ForeseenModel(None, None, is_hearing=True)
        heads = tuple(HEAD_KIND_OF[kind] for kind in kinds if kind in HEAD_KIND_OF)
        return replace(self.begun(section), heads=heads, folder=None)

    def _of_section(self, dropout: float | None) -> ForeseenModel:
        """The model that the sections `model` and `pretrain` describe."""
        codec = self._codec
        special_ids = {"bos": codec.bos_id, "eos": codec.eos_id, "pad": codec.pad_id}
        own = self._recipe.tokenizer
        size = codec.vocab_size if own.take_from is not None else own.vocab_size
        shape = derive_shape(self._recipe, size, special_ids).config
        if dropout is not None:
            shape = shape.model_copy(update={"dropout": dropout})
        return ForeseenModel(lay_out(shape), codec)

    @cached_property
    def _codec(self) -> Tokenizer:
        """The tokenizer that the recipe names, or one that differs from what it will learn in
        nothing but words."""
        own = self._recipe.tokenizer
        if own.take_from is not None:
            return Tokenizer.load(Path(own.take_from).expanduser())
        return train_tokenizer(["aaaa"], own.vocab_size, own.num_sentinels, is_upper_bound=True)


def _of_folder(folder: Path) -> ForeseenModel:
    """A model that lies in a folder.

    Raises:
        CheckpointError: it is missing, incomplete or of no kind that we have.
        DataError: it has no tokenizer.
    """
    if is_speech_folder(folder):
        return ForeseenModel(
            None, None, folder=folder, hears=load_speech_folder(folder).config, is_hearing=True
        )
    fields = read_json_object(folder / "config.json")
    require_weights(folder)
    network: Network
    if fields.get("model_type") in TASK_ONLY:  # small, whatever was learned
        network = cast(Network, load_task_only(folder, fields))
    else:
        network = lay_out(load_model_config(folder))
    heads = tuple(spec.kind for spec in read_heads(folder))
    return ForeseenModel(network, load_codec(folder), heads, folder)


def require_head(model: ForeseenModel, kind: HeadKind, *, named: str, task_kind: str) -> None:
    """Refuse to have a task done by a model that has not learned such a one.

    Raises:
        ConfigError: it has no head of the kind.
    """
    if kind in model.heads:
        return
    raise ConfigError(
        t('the model "{model}" does no task of kind {kind}', model=named, kind=task_kind),
        why=t("it has no head that has learned one"),
        hint=t('Tune one in a section [finetune.NAME], and name it: model = "finetune/NAME".'),
    )


def is_bounded(model: ForeseenModel) -> bool:
    """Whether positions beyond `max_seq_len` are unknown to the model."""
    positions = getattr(getattr(model.network, "config", None), "positions", "relative")
    return bool(positions != "relative")
