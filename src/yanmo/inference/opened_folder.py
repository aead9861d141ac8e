"""A model folder opened for use: the model on its device, and the tokenizer beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from yanmo.checkpoint.model_folder import load_model, load_model_config
from yanmo.core.device import DeviceName, choose_device
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.build import lay_out
from yanmo.models.language_model import LanguageModel, ModelKind
from yanmo.tokens.text_codec import TextCodec, load_codec


@dataclass(frozen=True)
class OpenedFolder:
    """What a model folder holds."""

    model: LanguageModel
    tokenizer: TextCodec


def open_folder(directory: Path, device: str) -> OpenedFolder:
    """Open `directory`, and put the model on the device that `device` names.

    Raises:
        ConfigError: there is no such device.
        CheckpointError: the model is missing or damaged.
        DataError: so is the tokenizer.
    """
    names = get_args(DeviceName)
    if device not in names:
        raise ConfigError(
            t("unknown device '{name}'", name=device), where="--device", hint=listed(names)
        )
    model = load_model(directory, choose_device(cast(DeviceName, device)))
    return OpenedFolder(model, load_codec(directory))


def kind_of_folder(directory: Path) -> ModelKind:
    """What the model in `directory` predicts, without its weights being read.

    Raises:
        CheckpointError: `config.json` is missing, or describes no model that we have.
    """
    return lay_out(load_model_config(directory)).kind
