"""A model folder opened for use: the model on its device, and the tokenizer beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.device import DeviceName, choose_device
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.models.language_model import LanguageModel
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
