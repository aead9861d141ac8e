"""What fine-tuning begins with: a model and its tokenizer, from this run, a folder, or nothing.

In: a recipe and one of its `finetune` sections. Out: the model, its tokenizer, and how to write the
tokenizer beside what becomes of the model. A vocabulary that is learned from the task's own texts
lies in the stage's folder, so that a run that goes on has the same one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import WEIGHTS_NAME, load_model
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.config import PRETRAINED, SCRATCH, TUNED, ScratchConfig
from yanmo.models.build import build_model
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.text_cnn import TextCNN
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.initial_vectors import begin_with_vectors, named_vectors
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.stage import StageContext
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TOKENIZER_FOLDER = "tokenizer"
Network = LanguageModel | BidirectionalRecurrent | TextCNN


@dataclass(frozen=True)
class OwnVocabulary:
    """A vocabulary that is learned from a task: the folder that it lies in, and the texts that it
    is learned from where it does not lie there yet."""

    folder: Path
    texts: Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Beginning:
    """A model to tune.

    Attributes:
        model: on its device, with the dropout that the section asks for.
        codec: its tokenizer.
        save_tokenizer: writes the tokenizer's files into a folder.
        folder: where it came from; None where it begins with random weights.
    """

    model: Network
    codec: TextCodec
    save_tokenizer: Callable[[Path], None]
    folder: Path | None

    @property
    def special_ids(self) -> dict[str, int]:
        """`bos`, `eos` and `pad` ids, where the tokenizer has them."""
        ends = sorted(self.codec.eos_ids)
        found = {
            "bos": self.codec.bos_id,
            "eos": ends[0] if ends else None,
            "pad": self.codec.pad_id,
        }
        return {name: id for name, id in found.items() if id is not None}


def base_folder(section: FinetuneSection, run_dir: Path) -> Path | None:
    """The folder of the model that a section begins with; None for random weights."""
    if section.init_from == SCRATCH:
        return None
    if section.init_from == PRETRAINED:
        return run_dir / PRETRAINED / "model"
    if section.init_from.startswith(TUNED):
        return run_dir / section.init_from / "model"
    return Path(section.init_from).expanduser()


def begin(
    context: StageContext,
    section: FinetuneSection,
    vocabulary: OwnVocabulary,
    device: torch.device,
) -> Beginning:
    """The model that a section begins with.

    Args:
        vocabulary: for a model that begins with random weights and no tokenizer of its own.

    Raises:
        CheckpointError: there is no model, or it is damaged.
        DataError: it has no tokenizer, or there is too little text to learn one from.
    """
    folder = base_folder(section, context.run_dir)
    if folder is None:
        return _begin_from_scratch(context, section, vocabulary, device)
    model = _opened(folder, section.dropout, device)
    codec = load_codec(folder)
    return Beginning(model, codec, lambda target: _copy_tokenizer(folder, target), folder)


def _opened(folder: Path, dropout: float | None, device: torch.device) -> Network:
    """The model in a folder; of one that has learned a task, what stands under its heads."""
    if not is_task_folder(folder):
        return _with_dropout(load_model(folder), dropout, device)
    backbone = load_task_folder(folder).backbone
    if isinstance(backbone, LanguageModel):
        return _with_dropout(backbone, dropout, device)
    return backbone.to(device)


def _with_dropout(
    model: LanguageModel, dropout: float | None, device: torch.device
) -> LanguageModel:
    """The same weights under another probability of dropping elements."""
    if dropout is None or getattr(model.config, "dropout", dropout) == dropout:
        return model.to(device)
    other = build_model(model.config.model_copy(update={"dropout": dropout}), device, None)
    other.load_state_dict(model.state_dict())
    return other


def _begin_from_scratch(
    context: StageContext,
    section: FinetuneSection,
    vocabulary: OwnVocabulary,
    device: torch.device,
) -> Beginning:
    recipe = context.recipe
    tokenizer = _tokenizer_of(context, vocabulary)
    model: Network
    if section.scratch is None:
        special_ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
        shape = derive_shape(recipe, tokenizer.vocab_size, special_ids).config
        if section.dropout is not None:
            shape = shape.model_copy(update={"dropout": section.dropout})
        model = build_model(shape, device, section.seed)
        max_seq_len = shape.max_seq_len
        vectors = named_vectors(recipe, context.run_dir)
    else:
        model = build_network(section.scratch, tokenizer.vocab_size, section).to(device)
        model.init_weights(section.seed)
        max_seq_len = model.config.max_seq_len
        named = section.scratch.initial_embedding
        vectors = Path(named).expanduser() if named is not None else None
    if vectors is not None:
        begin_with_vectors(model.embed, vectors, tokenizer, context.console)
    return Beginning(
        model,
        tokenizer,
        lambda target: tokenizer.save(target, model_max_length=max_seq_len),
        None,
    )


def build_network(
    config: ScratchConfig, vocab_size: int, section: FinetuneSection
) -> BidirectionalRecurrent | TextCNN:
    """A network that is no language model, without values that mean anything yet."""
    dropout = config.dropout if section.dropout is None else section.dropout
    shared: dict[str, Any] = {
        "vocab_size": vocab_size,
        "d_model": config.d_model,
        "dropout": dropout,
    }
    if section.length.max_tokens is not None:
        shared["max_seq_len"] = section.length.max_tokens
    if config.family == "text_cnn":
        return TextCNN(
            TextCNNConfig(
                **shared,
                num_classes=0,
                num_filters=config.num_filters,
                filter_widths=config.filter_widths,
            )
        )
    return BidirectionalRecurrent(
        RecurrentEncoderConfig(
            **shared,
            cell="lstm" if config.family == "bilstm" else "gru",
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
        )
    )


def _tokenizer_of(context: StageContext, vocabulary: OwnVocabulary) -> Tokenizer:
    """The tokenizer that the recipe names, or one that is learned from the task's texts."""
    config = context.recipe.tokenizer
    if config.take_from is not None:
        return Tokenizer.load(Path(config.take_from).expanduser())
    folder = vocabulary.folder
    if (folder / "tokenizer.json").is_file():
        return Tokenizer.load(folder)
    context.console.note(
        t("learning a vocabulary of {size:,} entries from the task", size=config.vocab_size)
    )
    tokenizer = train_tokenizer(
        vocabulary.texts(), config.vocab_size, config.num_sentinels, is_upper_bound=True
    )
    if tokenizer.vocab_size < config.vocab_size:
        context.console.note(
            t("its texts support {size:,} entries, and so many it has", size=tokenizer.vocab_size)
        )
    unfinished = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    tokenizer.save(unfinished)
    unfinished.rename(folder)
    return tokenizer


def _copy_tokenizer(folder: Path, target: Path) -> None:
    """Everything of a model folder that is neither weights nor the model's own description."""
    for path in sorted(folder.iterdir()):
        is_model = path.suffix == ".safetensors" or path.name.startswith(WEIGHTS_NAME)
        if path.is_file() and not is_model and path.name not in _OF_THE_MODEL:
            shutil.copyfile(path, target / path.name)


_OF_THE_MODEL = {
    "config.json",
    "generation_config.json",
    "manifest.json",
    "model.safetensors.index.json",
    "task.json",
    "README.md",
}


def require_language_model(model: Network, wanted: str) -> LanguageModel:
    """Refuse a network that writes nothing.

    Args:
        wanted: what the task needs, as a word of `LanguageModel.kind`.

    Raises:
        ConfigError: the model is of another kind.
    """
    if isinstance(model, LanguageModel) and model.kind == wanted:
        return model
    raise ConfigError(
        t("this task cannot be learned by a model of this kind"),
        why=t(
            "it needs a {wanted} model, and this is a {kind} one",
            wanted=wanted,
            kind=getattr(model, "kind", type(model).__name__),
        ),
        hint=t("Take a model of another family: `yanmo ls models` says what each is."),
    )
