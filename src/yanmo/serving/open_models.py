"""Model folders opened for a server: a decoder as an engine, a model with heads as predictors.

In: folders and names. Out: `ServedModel`s. A folder is a model's own, or that of the stage of a run
in which `model/` is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from yanmo.checkpoint.model_folder import load_model, load_model_config
from yanmo.checkpoint.speech_folder import is_speech_folder
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.device import DeviceName, choose_device
from yanmo.core.errors import CheckpointError, ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import open_engine
from yanmo.inference.engine.thread import EngineThread
from yanmo.inference.opened_folder import kind_of_folder
from yanmo.inference.predict import TaskPredictor, windows_for
from yanmo.serving.config import ServingConfig
from yanmo.serving.following import Door
from yanmo.serving.llama_cpp import LlamaCppThread
from yanmo.serving.sampling_of import usual_sampling
from yanmo.serving.served_model import ServedModel
from yanmo.serving.worker import Worker
from yanmo.tokens.chat import ChatEncoder, load_chat
from yanmo.tokens.text_codec import TextCodec, load_codec

EngineName = Literal["own", "llama.cpp"]


@dataclass(frozen=True)
class ModelToServe:
    """A folder and the name it is served under."""

    name: str
    folder: Path


def models_to_serve(folders: Sequence[Path], names: Sequence[str]) -> list[ModelToServe]:
    """Folders with their names: those given, in order, and else the folders as they were written.

    Raises:
        ConfigError: there are more names than folders, or a name is there twice.
        CheckpointError: a folder holds no model.
    """
    if len(names) > len(folders):
        raise ConfigError(t("there are more names than models"), where="--name")
    found: list[ModelToServe] = []
    for place, folder in enumerate(folders):
        name = names[place] if place < len(names) else str(folder).rstrip("/")
        if any(name == other.name for other in found):
            raise ConfigError(
                t("two models are called '{name}'", name=name),
                where="--name",
                hint=t("Give each a name of its own: --name A --name B"),
            )
        found.append(ModelToServe(name, _model_folder(folder)))
    return found


def open_models(
    wanted: Sequence[ModelToServe],
    serving: ServingConfig,
    engine: EngineConfig,
    *,
    device: str = "auto",
    engine_name: EngineName = "own",
) -> list[ServedModel]:
    """Open all of them.

    Raises:
        ConfigError: a model can do nothing that is served.
        CheckpointError: a model is missing or damaged.
        DataError: so is a tokenizer.
    """
    return [_open(one, serving, engine, device, engine_name) for one in wanted]


def _open(
    wanted: ModelToServe,
    serving: ServingConfig,
    engine: EngineConfig,
    device: str,
    engine_name: EngineName,
) -> ServedModel:
    folder, worker = wanted.folder, Worker(serving.max_waiting)
    if is_speech_folder(folder):
        raise ConfigError(
            t("this model hears; it is not served"),
            where=str(folder),
            hint=t("Ask it with: yanmo predict"),
        )
    if is_task_folder(folder):
        return _open_heads(wanted, worker, device)
    config = load_model_config(folder)
    kind = kind_of_folder(folder)
    codec = load_codec(folder)
    served = ServedModel(
        wanted.name,
        kind,
        codec,
        config.max_seq_len,
        worker,
        usual_sampling(folder),
        load_network=lambda: load_model(folder, choose_device(cast(DeviceName, device))),
    )
    if kind == "causal":
        _open_engine(served, folder, serving, engine, device, engine_name)
    return served


def _open_engine(
    served: ServedModel,
    folder: Path,
    serving: ServingConfig,
    config: EngineConfig,
    device: str,
    engine_name: EngineName,
) -> None:
    if engine_name == "llama.cpp":
        source = LlamaCppThread(folder, served.codec, config)
        served.context_tokens = source.context_tokens
        served.about = "llama.cpp"
        served.door = Door(source, 1 + serving.max_waiting)
    else:
        engine = open_engine(folder, config, device)
        served.context_tokens = engine.slot_tokens
        served.about = engine.about
        served.door = Door(EngineThread(engine), config.num_slots + serving.max_waiting)
    try:
        served.chat = load_chat(folder, served.codec)
        served.turn_end_ids = _turn_end_ids(served.chat)
    except DataError as error:
        served.no_chat = t("{what}.", what=error.what)


def _turn_end_ids(chat: ChatEncoder) -> frozenset[int]:
    try:
        return chat.turn_end_ids
    except DataError:  # the template refuses so short a talk; texts still end as all texts do
        return frozenset()


def _open_heads(wanted: ModelToServe, worker: Worker, device: str) -> ServedModel:
    model = load_task_folder(wanted.folder, choose_device(cast(DeviceName, device)))
    codec: TextCodec = load_codec(wanted.folder)
    predictors = {
        spec.name: TaskPredictor(model, codec, windows_for(model), head=spec.name)
        for spec in model.specs
    }
    return ServedModel(
        wanted.name, "task", codec, model.config.max_seq_len, worker, predictors=predictors
    )


def _model_folder(folder: Path) -> Path:
    for place in (folder, folder / "model"):
        if (place / "config.json").is_file():
            return place
    raise CheckpointError(
        t("there is no model in this folder"),
        where=str(folder),
        hint=t("Give the folder of a model, such as runs/NAME/pretrain/model."),
    )
