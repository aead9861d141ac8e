"""A network that hears as a folder: `config.json` with its shape and alphabet, and the weights.

No tokenizer stands beside it: characters are classes.
"""

from __future__ import annotations

from pathlib import Path

import torch

from yanmo.checkpoint.model_folder import read_json_object, write_folder
from yanmo.checkpoint.task_only_folder import load_task_only, write_task_only
from yanmo.core.errors import CheckpointError
from yanmo.core.messages import t
from yanmo.models.speech_ctc import SpeechCTC

MODEL_TYPE = "yanmo_speech_ctc"


def save_speech_folder(model: SpeechCTC, directory: Path) -> list[Path]:
    """Write `model` to `directory`, replacing a folder that is there; return the files written.

    Raises:
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """
    return write_folder(
        directory, lambda temporary: write_task_only(model, temporary, {}, torch.float32)
    )


def load_speech_folder(directory: Path, device: torch.device | None = None) -> SpeechCTC:
    """Read a network that hears, ready for inference.

    Raises:
        CheckpointError: a file is missing or damaged, or describes another kind of model.
    """
    fields = read_json_object(directory / "config.json")
    if fields.get("model_type") != MODEL_TYPE:
        raise CheckpointError(
            t("this model does not hear"),
            where=str(directory),
            why=t("its config.json says {name}", name=fields.get("model_type")),
        )
    model = load_task_only(directory, fields)
    assert isinstance(model, SpeechCTC), "the class of that type"
    return model.to(device or torch.device("cpu")).eval()


def is_speech_folder(directory: Path) -> bool:
    """Whether a model folder holds a network that hears."""
    return read_json_object(directory / "config.json").get("model_type") == MODEL_TYPE
