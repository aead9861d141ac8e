"""Folders of networks that are made for tasks alone: the convolutional classifier, the recurrent
network that reads from both ends, and the network that hears.

`config.json` holds `model_type = "yanmo_NAME"`, so that a reader which does not know it says so,
and the fields of the shape; weights keep their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from yanmo.checkpoint.model_folder import load_state, write_weights
from yanmo.core.config import Config
from yanmo.core.errors import CheckpointError
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.shape import describe_problems
from yanmo.models.speech_config import SpeechConfig
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.models.text_cnn import TextCNN

TASK_ONLY: dict[str, tuple[type[Config], type[Any]]] = {
    "yanmo_text_cnn": (TextCNNConfig, TextCNN),
    "yanmo_recurrent_encoder": (RecurrentEncoderConfig, BidirectionalRecurrent),
    "yanmo_speech_ctc": (SpeechConfig, SpeechCTC),
}
"""By `model_type`, the class of the shape and of the network."""


def write_task_only(
    network: nn.Module, directory: Path, special_ids: Mapping[str, int], dtype: torch.dtype
) -> None:
    """Write `config.json` and the weights of a network into a folder that is there."""
    model_type, config = _type_of(network)
    ids = {f"{name}_token_id": value for name, value in special_ids.items()}
    dtype_name = str(dtype).removeprefix("torch.")
    told = {"model_type": model_type, "dtype": dtype_name} | config.model_dump(mode="json")
    write_json(directory / "config.json", ids | told)
    state = {name: tensor.to(dtype) for name, tensor in network.state_dict().items()}
    write_weights(state, directory)


def load_task_only(directory: Path, fields: Mapping[str, Any]) -> nn.Module:
    """Read such a network.

    Args:
        directory: its folder.
        fields: of its `config.json`.

    Raises:
        CheckpointError: the shape cannot be built, or the weights do not fit it.
    """
    shape, network_class = TASK_ONLY[fields["model_type"]]
    path = directory / "config.json"
    try:
        config = shape.model_validate(
            {name: fields[name] for name in shape.model_fields if name in fields}
        )
    except ValidationError as error:
        raise CheckpointError(
            t("this file describes no model that can be built"),
            where=str(path),
            why=describe_problems(error),
        ) from error
    state = load_state(directory)
    with torch.device("meta"):
        network: nn.Module = network_class(config)
    expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
    found = {name: tensor.shape for name, tensor in state.items()}
    if expected != found:
        wrong = sorted(name for name in expected | found if expected.get(name) != found.get(name))
        raise CheckpointError(
            t("the weights do not fit config.json"),
            where=str(directory),
            why=", ".join(
                f"{name}: {tuple(found.get(name, ()))} != {tuple(expected.get(name, ()))}"
                for name in wrong[:3]
            ),
        )
    network.to_empty(device="cpu")
    network.load_state_dict(state)
    return network


def _type_of(network: nn.Module) -> tuple[str, Config]:
    for name, (shape, network_class) in TASK_ONLY.items():
        if isinstance(network, network_class):
            config = network.config
            assert isinstance(config, shape), f"{name} has another shape"
            return name, config
    raise TypeError(f"{type(network).__name__} has no folder of its own")
