"""A model as a Hugging Face folder: `config.json`, weights, and the tokenizer beside them.

`save_model_folder` writes what transformers 4.4x to 5.x, vLLM and llama.cpp's converter read;
`load_model` reads that, and what transformers writes for the families in `models`, from local disk
only. A folder is written whole under a temporary name and then renamed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from yanmo.checkpoint.tensor_file import copy_weights, load_tensors, tensor_names, tensors_to_bytes
from yanmo.core.errors import CheckpointError, RunError
from yanmo.core.files import fsync_directory, write_atomically, write_json
from yanmo.core.messages import listed, t
from yanmo.models.build import build_model, count_params
from yanmo.models.families.output_heads import EMBEDDING_WEIGHT, HEAD_WEIGHT
from yanmo.models.language_model import LanguageModel
from yanmo.models.registry import FORM_OF_MODEL_TYPE, FORMS, WITH_HEADS
from yanmo.models.shape import ModelShape, describe_problems
from yanmo.models.weight_count import count_weights

WEIGHTS_NAME = "model.safetensors"
INDEX_NAME = "model.safetensors.index.json"
MAX_MISSING_RATIO = 10
MAX_SHARD_BYTES = 5_000_000_000
"""Largest file of weights, as transformers writes them."""


def save_model_folder(
    model: LanguageModel,
    directory: Path,
    *,
    save_tokenizer: Callable[[Path], None] | None,
    special_ids: Mapping[str, int],
    dtype: torch.dtype = torch.float32,
    max_shard_bytes: int | None = None,
) -> list[Path]:
    """Write `model` to `directory`, replacing a folder that is there; return the files written.

    Args:
        save_tokenizer: writes the tokenizer's files into a folder; None for weights alone.
        special_ids: `bos`, `eos` and `pad` ids for the configuration.
        dtype: of the stored weights.
        max_shard_bytes: 5 GB unless told; weights beyond this are spread over several files with
            an index. A tensor is never cut.

    Raises:
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """

    def write(temporary: Path) -> None:
        write_model_files(model, temporary, special_ids, dtype, max_shard_bytes or MAX_SHARD_BYTES)
        if save_tokenizer is not None:
            save_tokenizer(temporary)

    return write_folder(directory, write)


def write_folder(directory: Path, write: Callable[[Path], None]) -> list[Path]:
    """Let `write` fill a folder under a temporary name, then put it in the place of `directory`;
    return the files written.

    Raises:
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """
    temporary = directory.with_name(f".{directory.name}.tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        write(temporary)
        _replace_folder(temporary, directory)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise RunError(
            t("the model could not be saved"),
            where=str(directory),
            why=str(error),
            hint=t("Make room and run the same command again to go on from there."),
        ) from error
    return list_model_files(directory)


def list_model_files(directory: Path) -> list[Path]:
    """The files of a model folder, in the order of their names."""
    return sorted(path for path in directory.iterdir() if path.is_file())


def write_model_files(
    model: LanguageModel,
    temporary: Path,
    special_ids: Mapping[str, int],
    dtype: torch.dtype,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Write `config.json` and the weights of `model` into a folder that is there."""
    form = FORMS[model.config.family]
    ids = {f"{name}_token_id": value for name, value in special_ids.items()}
    dtype_name = str(dtype).removeprefix("torch.")
    names = {"torch_dtype": dtype_name, "dtype": dtype_name}
    write_json(temporary / "config.json", ids | form.to_hf_config(model.config) | names)
    if model.kind != "masked":
        start = getattr(model.config, "decoder_start_id", None)
        starts = {} if start is None else {"decoder_start_token_id": start}
        write_json(temporary / "generation_config.json", ids | starts)
    state = form.to_hf_state(model.config, model.state_dict())
    write_weights(
        {name: tensor.to(dtype) for name, tensor in state.items()}, temporary, max_shard_bytes
    )


def write_weights(
    weights: Mapping[str, torch.Tensor],
    temporary: Path,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Write weights into a folder: one file, or several with an index."""
    shards: list[dict[str, torch.Tensor]] = [{}]
    room = max_shard_bytes
    for name, tensor in weights.items():
        if shards[-1] and tensor.nbytes > room:
            shards.append({})
            room = max_shard_bytes
        shards[-1][name] = tensor
        room -= tensor.nbytes
    if len(shards) == 1:
        write_atomically(temporary / WEIGHTS_NAME, tensors_to_bytes(weights))
        return
    weight_map: dict[str, str] = {}
    for number, shard in enumerate(shards, start=1):
        file_name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        write_atomically(temporary / file_name, tensors_to_bytes(shard))
        weight_map |= dict.fromkeys(shard, file_name)
    total = sum(tensor.nbytes for tensor in weights.values())
    write_json(
        temporary / INDEX_NAME, {"metadata": {"total_size": total}, "weight_map": weight_map}
    )


def _replace_folder(temporary: Path, directory: Path) -> None:
    """Put `temporary` in the place of `directory`, which is moved aside first: the moment in which
    neither stands there is two renames long."""
    aside = directory.with_name(f".{directory.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if directory.exists():
        directory.rename(aside)
    try:
        temporary.rename(directory)
    except OSError:
        if aside.exists():
            aside.rename(directory)
        raise
    fsync_directory(directory.parent)
    shutil.rmtree(aside, ignore_errors=True)


def load_model(
    directory: Path | str, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> LanguageModel:
    """Read a model folder, ours or one that transformers wrote, ready for inference.

    Args:
        device: where the model goes; the CPU unless told.
        dtype: of the weights in memory; float32 unless told.

    Raises:
        CheckpointError: a file is missing, damaged or describes a model that we do not have.
    """
    directory = Path(directory)
    config = load_model_config(directory)
    return model_of_state(config, load_state(directory), directory, device, dtype)


def model_of_state(
    config: ModelShape,
    state: Mapping[str, torch.Tensor],
    directory: Path,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> LanguageModel:
    """A model of shape `config` with the weights `state` of `directory`, under the names that the
    family has there.

    Raises:
        CheckpointError: the weights do not fit the shape.
    """
    try:
        ours = FORMS[config.family].from_hf_state(config, state)
    except KeyError as error:
        raise CheckpointError(
            t("unknown weight {name}", name=str(error)),
            where=str(directory),
            why=t("it is no part of family {family}", family=config.family),
        ) from error
    except ValueError as error:
        raise _misfit(directory, str(error)) from error
    _check_size(config, ours, directory)
    model = build_model(config, torch.device("cpu"), seed=None)
    _copy_state(model, ours, directory)
    model.to(device=device or torch.device("cpu"), dtype=dtype or torch.float32)
    return model.eval()


def load_model_config(directory: Path) -> ModelShape:
    """The shape that a folder's `config.json` describes; where the folder holds weights, with the
    heads that are among them.

    Raises:
        CheckpointError: it is missing, is no JSON object, or describes an unknown model.
    """
    path = directory / "config.json"
    return shape_of(read_json_object(path), lambda: _weight_names(directory), path)


def shape_of(
    fields: Mapping[str, Any], weight_names: Callable[[], Collection[str]], path: Path
) -> ModelShape:
    """The shape that the fields of the file `path` describe, with the heads among the names that
    `weight_names` gives, where there are any.

    Raises:
        CheckpointError: they describe no model that we have.
    """
    model_type = fields.get("model_type")
    if not isinstance(model_type, str) or model_type not in FORM_OF_MODEL_TYPE:
        raise CheckpointError(
            t("unknown model_type {name}", name=repr(model_type)),
            where=str(path),
            hint=t("Known families: {names}.", names=listed(sorted(FORM_OF_MODEL_TYPE))),
        )
    try:
        config = FORM_OF_MODEL_TYPE[model_type].from_hf_config(fields)
        names = weight_names() if config.family in WITH_HEADS else ()
        return WITH_HEADS[config.family](config, names) if names else config
    except KeyError as error:
        raise CheckpointError(
            t("the key {name} is missing", name=str(error)), where=str(path)
        ) from error
    except ValidationError as error:
        raise _impossible_model(path, describe_problems(error)) from error
    except (TypeError, AttributeError, ArithmeticError) as error:  # a value of another type
        raise _impossible_model(path, str(error)) from error
    except ValueError as error:
        raise CheckpointError(
            t("this model has a feature that is not supported"), where=str(path), why=str(error)
        ) from error


def _impossible_model(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        t("this file describes no model that can be built"), where=str(path), why=why
    )


def read_json_object(path: Path) -> dict[str, Any]:
    """The fields of a JSON file of a model folder.

    Raises:
        CheckpointError: it is missing or no JSON object.
    """
    if not path.is_file():
        hint = t("Give the folder that holds config.json, such as runs/NAME/pretrain/model.")
        if not path.parent.exists():
            hint = t("There is no such folder on this machine, and no model is downloaded.")
        raise CheckpointError(
            t("this is no model folder: it has no {name}", name=path.name),
            where=str(path.parent),
            hint=hint,
        )
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CheckpointError(
            t("cannot read this file as JSON"), where=str(path), why=str(error)
        ) from error
    if not isinstance(fields, dict):
        raise CheckpointError(t("expected a JSON object"), where=str(path))
    return fields


def require_weights(directory: Path) -> None:
    """Find out whether the weights of a folder are all there, without reading them.

    Raises:
        CheckpointError: a file is missing or damaged, or holds a pickle.
    """
    names = {WEIGHTS_NAME}
    if (directory / INDEX_NAME).is_file():
        names = set(_read_weight_map(directory).values())
    else:
        _refuse_pickles(directory)
    for name in sorted(names):
        tensor_names(directory / name)


def _weight_names(directory: Path) -> frozenset[str]:
    """Names of the weights of a folder, none where it holds no weights."""
    if (directory / INDEX_NAME).is_file():
        return frozenset(_read_weight_map(directory))
    path = directory / WEIGHTS_NAME
    return tensor_names(path) if path.is_file() else frozenset()


def _read_weight_map(directory: Path) -> dict[str, str]:
    weight_map = read_json_object(directory / INDEX_NAME).get("weight_map")
    if not isinstance(weight_map, dict):
        raise CheckpointError(
            t("the key {name} is missing", name="weight_map"), where=str(directory / INDEX_NAME)
        )
    return {name: str(file_name) for name, file_name in weight_map.items()}


def load_state(directory: Path) -> dict[str, torch.Tensor]:
    """The weights of a folder, as its files name them.

    Raises:
        CheckpointError: a file is missing or damaged, or holds a pickle.
    """
    if not (directory / INDEX_NAME).is_file():
        _refuse_pickles(directory)
        return load_tensors(directory / WEIGHTS_NAME)
    weight_map = _read_weight_map(directory)
    state: dict[str, torch.Tensor] = {}
    for name in sorted(set(weight_map.values())):
        if Path(name).name != name:
            raise CheckpointError(
                t("the index names a file outside its folder: {name}", name=name),
                where=str(directory / INDEX_NAME),
            )
        state |= load_tensors(directory / name)
    return state


def _refuse_pickles(directory: Path) -> None:
    """A folder whose only weights are a pickle is not read: loading one runs what it contains."""
    pickles = sorted(path.name for path in directory.glob("pytorch_model*.bin"))
    if pickles and not (directory / WEIGHTS_NAME).is_file():
        raise CheckpointError(
            t("this folder has no weights in safetensors form, only {name}", name=pickles[0]),
            where=str(directory),
            why=t("a pickle can run any program when it is loaded, so it is never read"),
            hint=t(
                "If you trust it, load it with transformers and save it again: save_pretrained"
                " writes safetensors."
            ),
        )


def _state_without_ties(model: LanguageModel) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = model.state_dict()
    if model.config.tie_embeddings:
        del state[HEAD_WEIGHT]
    return state


def _check_size(config: ModelShape, state: Mapping[str, torch.Tensor], directory: Path) -> None:
    """Refuse a config.json far larger than its weights before memory is asked for."""
    found = count_weights(state.values())
    expected = count_params(config)
    if expected > MAX_MISSING_RATIO * max(found, 1):
        raise _misfit(
            directory,
            t(
                "config.json describes {expected} parameters, the files hold {found}",
                expected=expected,
                found=found,
            ),
        )


def _copy_state(model: LanguageModel, state: dict[str, torch.Tensor], directory: Path) -> None:
    if model.config.tie_embeddings:
        _check_tie(state, directory)
        state.pop(HEAD_WEIGHT, None)
    problem = copy_weights(state, _state_without_ties(model))
    if problem is not None:
        raise _misfit(directory, problem)


def _check_tie(state: Mapping[str, torch.Tensor], directory: Path) -> None:
    """Refuse a head of its own where config.json says that the embedding is the head: versions of
    transformers disagree on which of the two the model then computes with."""
    head, embedding = state.get(HEAD_WEIGHT), state.get(EMBEDDING_WEIGHT)
    if head is None or embedding is None or torch.equal(head, embedding.to(head.dtype)):
        return
    raise CheckpointError(
        t("the weights do not fit config.json"),
        where=str(directory),
        why=t("it ties the output projection to the embedding, and the two differ"),
        hint=t(
            "Set tie_word_embeddings to false to keep the output projection that is stored, or"
            " leave it out of the weights."
        ),
    )


def _misfit(directory: Path, why: str) -> CheckpointError:
    return CheckpointError(t("the weights do not fit config.json"), where=str(directory), why=why)
