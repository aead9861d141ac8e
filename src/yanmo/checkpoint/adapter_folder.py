"""Adapters of low rank as folders that PEFT reads and writes.

`adapter_config.json` and `adapter_model.safetensors` name the layers of the model that transformers
builds from our folder of the base model. Heads of a task lie among the weights where their class in
transformers has them, else in `head.safetensors`; `task.json` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from yanmo.checkpoint.adapter_config import CONFIG_NAME, alpha_of, check_features, peft_config
from yanmo.checkpoint.adapter_matrices import Matrices, cut_parts, join_parts
from yanmo.checkpoint.adapter_names import AdapterNames
from yanmo.checkpoint.model_folder import read_json_object, write_folder
from yanmo.checkpoint.task_folder import (
    HEAD_NAME,
    TASK_NAME,
    fill_heads,
    read_task,
    with_heads,
    write_task,
)
from yanmo.checkpoint.tensor_file import load_tensors, open_tensor_file, tensors_to_bytes
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.models.families.module_names import FUSED
from yanmo.models.families.names import rename, reverse
from yanmo.models.families.task_forms import TaskForm
from yanmo.models.language_model import LanguageModel
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.nn.lora import LoRALinear, lora_layers, replace_module

WEIGHTS_NAME = "adapter_model.safetensors"
PREFIX = "base_model.model."
PARTS_KEY = "yanmo_parts"
"""Where the file of weights says which of GPT-2's queries, keys and values have matrices."""


def save_adapter(
    model: LanguageModel | TaskModel,
    directory: Path,
    *,
    base: str | None = None,
    dtype: torch.dtype = torch.float32,
) -> list[Path]:
    """Write the adapter of `model`, and its heads, to `directory`; return the files written.

    Args:
        model: with adapters applied.
        base: where the model lies that the adapter belongs to, for those who read the folder.
        dtype: of the stored weights.

    Raises:
        ConfigError: a layer is adapted that has no name in the model of transformers.
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """
    names = AdapterNames(model)
    layers = {name.removeprefix(names.prefix): layer for name, layer in lora_layers(model)}
    assert layers, "a model without adapters has none to store"
    matrices, parts = _in_their_layers(names, layers)
    state = {f"{name}.lora_A.weight": each.a for name, each in matrices.items()}
    state |= {f"{name}.lora_B.weight": each.b for name, each in matrices.items()}
    if isinstance(model, TaskModel) and names.form is not None:
        state |= _their_heads(model, names.form)
    told = {f"{PREFIX}{name}": tensor.detach().to(dtype).cpu() for name, tensor in state.items()}

    def write(temporary: Path) -> None:
        config = peft_config(names, matrices, next(iter(layers.values())), base)
        write_json(temporary / CONFIG_NAME, config)
        metadata = {"format": "pt"} | ({PARTS_KEY: ",".join(parts)} if parts else {})
        content = save({name: each.contiguous() for name, each in told.items()}, metadata)
        write_atomically(temporary / WEIGHTS_NAME, content)
        if isinstance(model, TaskModel):
            write_task(model, temporary, is_own=names.form is None)
            if names.form is None:
                heads = {key: each.to(dtype) for key, each in model.heads.state_dict().items()}
                write_atomically(temporary / HEAD_NAME, tensors_to_bytes(heads))

    return write_folder(directory, write)


def load_adapter(
    directory: Path | str, model: LanguageModel | TaskModel
) -> LanguageModel | TaskModel:
    """Put the adapter in `directory`, ours or one that PEFT wrote, on `model`, in place.

    Args:
        directory: the folder.
        model: the base model; where the folder holds heads, a model without any gets them. All
            of it may learn; `finetuning.lora.freeze_backbone` leaves the adapter and the heads.

    Returns:
        `model`, or the task model of which it has become the backbone.

    Raises:
        CheckpointError: a file is missing or damaged, or does not fit the model.
    """
    directory = Path(directory)
    config = read_json_object(directory / CONFIG_NAME)
    check_features(config, directory / CONFIG_NAME)
    path = directory / WEIGHTS_NAME
    state = {name.removeprefix(PREFIX): each for name, each in load_tensors(path).items()}
    told = read_task(directory)
    if not isinstance(model, TaskModel):
        specs = told[1] if told is not None else _specs_told(config, state)
        model = with_heads(model, specs, directory) if specs else model
    names = AdapterNames(model)
    found = _small_matrices(config, state, path)
    rest = {name: each for name, each in state.items() if ".lora_" not in name}
    is_stabilised = bool(config.get("use_rslora"))
    for ours, each in _in_our_layers(names, found, path, is_stabilised).items():
        linear = names.backbone.get_submodule(ours)
        if (each.a.shape[1], each.b.shape[0]) != (linear.in_features, linear.out_features):
            raise _misfit(path, f"{ours}: {tuple(each.b.shape)} x {tuple(each.a.shape)}")
        layer = LoRALinear(
            linear,
            rank=each.rank,
            alpha=each.alpha,
            dropout=float(config.get("lora_dropout") or 0.0),
            is_rank_stabilised=is_stabilised,
        )
        with torch.no_grad():
            layer.lora_a.copy_(each.a)
            layer.lora_b.copy_(each.b)
        replace_module(names.backbone, ours, layer)
    _read_heads(model, names, rest, directory)
    return model


# Writing


def _in_their_layers(
    names: AdapterNames, layers: Mapping[str, LoRALinear]
) -> tuple[dict[str, Matrices], tuple[str, ...]]:
    """Matrices by the names of their layers; and which parts of a fused layer have some."""
    unknown = sorted(layers.keys() - names.theirs.keys())
    if unknown:
        raise ConfigError(
            t("the adapter of {name} has no place in Hugging Face's form", name=unknown[0]),
            hint=t("Merge the adapters into the model and store that."),
        )
    grouped: dict[str, dict[str, Matrices]] = {}
    for ours, layer in layers.items():
        each = Matrices(layer.lora_a.detach(), layer.lora_b.detach(), layer.alpha)
        grouped.setdefault(names.theirs[ours], {})[ours.rpartition(".")[2]] = each
    is_stabilised = next(iter(layers.values())).is_rank_stabilised
    found: dict[str, Matrices] = {}
    parts: tuple[str, ...] = ()
    for theirs, own in grouped.items():
        if not (names.is_fused and own.keys() <= set(FUSED)):
            (found[theirs],) = own.values()
            continue
        found[theirs] = join_parts(own, names.config.d_model, is_stabilised=is_stabilised)
        parts = tuple(name for name in FUSED if name in own)
    return found, parts


def _their_heads(model: TaskModel, form: TaskForm) -> dict[str, torch.Tensor]:
    """Weights of the head and of the pooler that it reads, under their names."""
    state: dict[str, torch.Tensor] = model.heads[0].state_dict()
    pooler = getattr(model.backbone, "pooler", None)
    if pooler is not None and model.specs[0].pooling == "pooler":
        state |= {f"dense.{name}": each for name, each in pooler.state_dict().items()}
    return rename(state, form.head_names)


# Reading


def _small_matrices(
    config: Mapping[str, Any], state: Mapping[str, torch.Tensor], path: Path
) -> dict[str, Matrices]:
    stems = sorted({name.split(".lora_")[0] for name in state if ".lora_" in name})
    found = {}
    for stem in stems:
        a, b = state.get(f"{stem}.lora_A.weight"), state.get(f"{stem}.lora_B.weight")
        if a is None or b is None or a.ndim != 2 or b.ndim != 2 or a.shape[0] != b.shape[1]:
            raise _misfit(path, stem)
        found[stem] = Matrices(a, b, alpha_of(config, stem, path))
    if not found:
        raise _misfit(path, t("it holds no adapter"))
    return found


def _in_our_layers(
    names: AdapterNames, found: Mapping[str, Matrices], path: Path, is_stabilised: bool
) -> dict[str, Matrices]:
    with open_tensor_file(path) as file:
        told = (file.metadata() or {}).get(PARTS_KEY, "")
    parts = [name for name in told.split(",") if name in FUSED] or None
    layers: dict[str, Matrices] = {}
    for theirs, each in found.items():
        ours = names.ours(theirs)
        if not ours:
            raise _misfit(path, t("the model has no layer {name}", name=theirs))
        if len(ours) == 1:
            layers[ours[0]] = each
            continue
        if each.b.shape[0] != len(FUSED) * names.config.d_model:
            raise _misfit(path, f"{theirs}: {tuple(each.b.shape)}")
        stem = ours[0].rpartition(".")[0]
        cut = cut_parts(each, parts, is_stabilised=is_stabilised)
        layers |= {f"{stem}.{name}": part for name, part in cut.items()}
    return layers


def _specs_told(config: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> list[HeadSpec]:
    """The head that an adapter of PEFT brings, whose classes it does not name."""
    task_type = config.get("task_type")
    name = next((name for name in ("classifier", "score") if f"{name}.weight" in state), None)
    if name is None and "classifier.out_proj.weight" in state:
        name = "classifier.out_proj"
    if task_type == "QUESTION_ANS" and "qa_outputs.weight" in state:
        return [HeadSpec("head", "spans")]
    if name is None or task_type not in ("SEQ_CLS", "TOKEN_CLS"):
        return []
    num_labels = len(state[f"{name}.weight"])
    labels = tuple(f"LABEL_{index}" for index in range(num_labels))
    if task_type == "TOKEN_CLS":
        return [HeadSpec("head", "tagging", labels)]
    pooling: Any = "last" if name == "score" else "pooler"
    if num_labels == 1:
        return [HeadSpec("head", "regression", pooling=pooling)]
    return [HeadSpec("head", "classification", labels, pooling=pooling)]


def _read_heads(
    model: nn.Module, names: AdapterNames, rest: dict[str, torch.Tensor], directory: Path
) -> None:
    """Fill the heads from what the adapter holds beside its matrices, or from their own file."""
    path = directory / WEIGHTS_NAME
    if isinstance(model, TaskModel) and names.form is not None:
        table = reverse(names.form.head_names)
        stems = {theirs for theirs, _ in table}
        known = {name: rest.pop(name) for name in list(rest) if name.rpartition(".")[0] in stems}
        heads = rename(known, table)
        if model.head().dense is None:
            pooler = {name: heads.pop(name) for name in list(heads) if name.startswith("dense.")}
            if pooler:
                own = {name.removeprefix("dense."): each for name, each in pooler.items()}
                fill_heads(names.backbone.pooler, own, path)
        fill_heads(model.heads[0], heads, path)
    elif isinstance(model, TaskModel) and (directory / TASK_NAME).is_file():
        fill_heads(model.heads, load_tensors(directory / HEAD_NAME), directory / HEAD_NAME)
    if rest:
        raise _misfit(path, t("it replaces {name}, which is not adapted here", name=min(rest)))


def _misfit(path: Path, why: str) -> CheckpointError:
    return CheckpointError(t("the adapter does not fit the model"), where=str(path), why=why)
