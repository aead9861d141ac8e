"""A model with heads as a folder.

Where the head has a form in Hugging Face (`models.families.task_forms`), transformers opens the
folder as that class, with the labels in `config.json`. Elsewhere the folder is that of the
backbone, with the heads' weights in `head.safetensors` beside it. Either way `task.json` tells the
heads; a folder that transformers wrote has none, and its `config.json` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yanmo.checkpoint.model_folder import (
    load_model,
    load_state,
    model_of_state,
    read_json_object,
    shape_of,
    write_folder,
    write_model_files,
    write_weights,
)
from yanmo.checkpoint.task_only_folder import TASK_ONLY, load_task_only, write_task_only
from yanmo.checkpoint.tensor_file import copy_weights, load_tensors, tensors_to_bytes
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.models.families.names import rename, reverse
from yanmo.models.families.task_forms import (
    BERT_POOLER,
    TaskForm,
    kind_of_architecture,
    task_form,
)
from yanmo.models.language_model import LanguageModel
from yanmo.models.registry import FORMS
from yanmo.models.shape import ModelShape
from yanmo.models.task_head import ROW_KINDS, HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.lora import lora_layers

TASK_NAME = "task.json"
HEAD_NAME = "head.safetensors"
VERSION = 1
_UNUSED = ("lm_head.", "mlm_head.", "next_sentence_head.")
"""Parts of a language model that a folder of a task does not hold."""


def save_task_folder(
    model: TaskModel,
    directory: Path,
    *,
    save_tokenizer: Callable[[Path], None] | None,
    special_ids: Mapping[str, int],
    dtype: torch.dtype = torch.float32,
) -> list[Path]:
    """Write `model` to `directory`, replacing a folder that is there; return the files written.

    Args:
        save_tokenizer: writes the tokenizer's files into a folder; None for weights alone.
        special_ids: `bos`, `eos` and `pad` ids for the configuration.
        dtype: of the stored weights.

    Raises:
        RunError: the disk is full or cannot be written; a folder that was there is untouched.
    """
    assert not list(lora_layers(model)), "adapters are merged or stored by themselves"
    form = task_form(model.config, model.specs) if _has_shape(model) else None

    def write(temporary: Path) -> None:
        if form is not None:
            _write_hugging_face(model, form, temporary, special_ids, dtype)
        else:
            _write_own(model, temporary, special_ids, dtype)
        write_task(model, temporary, is_own=form is None)
        if save_tokenizer is not None:
            save_tokenizer(temporary)

    return write_folder(directory, write)


def load_task_folder(
    directory: Path | str, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> TaskModel:
    """Read a model with heads, ours or one that transformers wrote, ready for inference.

    Args:
        device: where the model goes; the CPU unless told.
        dtype: of the weights in memory; float32 unless told.

    Raises:
        CheckpointError: a file is missing, damaged or describes no model with heads that we have.
    """
    directory = Path(directory)
    config = read_json_object(directory / "config.json")
    told = read_task(directory)
    if told is not None and told[0] == "own":
        model = _load_own(directory, config, told[1])
    else:
        model = _load_hugging_face(directory, config, None if told is None else told[1])
    model.to(device=device or torch.device("cpu"), dtype=dtype or torch.float32)
    return model.eval()


def is_task_folder(directory: Path) -> bool:
    """Whether a model folder holds heads: it says so in `task.json`, or its `config.json` names a
    class with one."""
    if (directory / TASK_NAME).is_file():
        return True
    config = read_json_object(directory / "config.json")
    return _kind_named(config) is not None


def read_heads(directory: Path) -> tuple[HeadSpec, ...]:
    """The heads that a model folder describes, without their weights; none of a language model.

    Raises:
        CheckpointError: a file is missing, or describes no head that can be built.
    """
    told = read_task(directory)
    if told is not None:
        return tuple(told[1])
    path = directory / "config.json"
    config = read_json_object(path)
    kind = _kind_named(config)
    return () if kind is None else (_spec_told(config, kind, path),)


def _has_shape(model: TaskModel) -> bool:
    return isinstance(model.config, ModelShape)


# Our own form


def _write_own(
    model: TaskModel, temporary: Path, special_ids: Mapping[str, int], dtype: torch.dtype
) -> None:
    backbone = model.backbone
    if isinstance(backbone, LanguageModel):
        write_model_files(backbone, temporary, special_ids, dtype)
    else:
        write_task_only(backbone, temporary, special_ids, dtype)
    state = {name: tensor.to(dtype) for name, tensor in model.heads.state_dict().items()}
    write_atomically(temporary / HEAD_NAME, tensors_to_bytes(state))


def _load_own(directory: Path, config: Mapping[str, Any], specs: list[HeadSpec]) -> TaskModel:
    backbone: nn.Module
    if config.get("model_type") in TASK_ONLY:
        backbone = load_task_only(directory, config)
    else:
        backbone = load_model(directory)
    model = with_heads(backbone, specs, directory)
    fill_heads(model.heads, load_tensors(directory / HEAD_NAME), directory / HEAD_NAME)
    return model


# Hugging Face's form


def _write_hugging_face(
    model: TaskModel,
    form: TaskForm,
    temporary: Path,
    special_ids: Mapping[str, int],
    dtype: torch.dtype,
) -> None:
    spec = model.specs[0]
    shape, state = _bare_body(model)
    family = FORMS[shape.family]
    dtype_name = str(dtype).removeprefix("torch.")
    labels = spec.labels or {"regression": (spec.name,), "spans": ("start", "end")}[spec.kind]
    told: dict[str, Any] = {
        "architectures": [form.architecture],
        "id2label": {str(index): label for index, label in enumerate(labels)},
        "label2id": {label: index for index, label in enumerate(labels)},
        "classifier_dropout": spec.dropout,
        "torch_dtype": dtype_name,
        "dtype": dtype_name,
    }
    if spec.kind in ROW_KINDS:
        is_number = spec.kind == "regression"
        told["problem_type"] = "regression" if is_number else "single_label_classification"
    ids = {f"{name}_token_id": value for name, value in special_ids.items()}
    write_json(temporary / "config.json", ids | family.to_hf_config(shape) | told)
    weights = _with_prefix(family.to_hf_state(shape, state), *form.body)
    weights |= rename(_head_state(model), form.head_names)
    write_weights({name: tensor.to(dtype) for name, tensor in weights.items()}, temporary)


def _bare_body(model: TaskModel) -> tuple[ModelShape, dict[str, torch.Tensor]]:
    """The backbone without what no head reads: its shape, and its weights under our names."""
    shape, state = model.config, model.backbone.state_dict()
    state = {name: tensor for name, tensor in state.items() if not name.startswith(_UNUSED)}
    bare: dict[str, Any] = {"tie_embeddings": True}
    if shape.form == "encoder":
        has_pooler = shape.has_pooler and "pooler" in _read_by_bert(model)
        bare |= {"has_mlm_head": False, "has_next_sentence": False, "has_pooler": has_pooler}
        if not has_pooler:
            state = {name: state[name] for name in state if not name.startswith("pooler.")}
    return TransformerConfig.model_validate(dict(shape) | bare), state


def _read_by_bert(model: TaskModel) -> tuple[str, ...]:
    """The pooler, where it stays a part of the body: RoBERTa's class has it in the head."""
    is_read = model.config.family == "bert" and model.specs[0].pooling == "pooler"
    return ("pooler",) if is_read else ()


def _head_state(model: TaskModel) -> dict[str, torch.Tensor]:
    """The head's weights; with them the encoder's own pooler, where the class has it in the
    head."""
    state: dict[str, torch.Tensor] = model.heads[0].state_dict()
    pooler = getattr(model.backbone, "pooler", None)
    if model.specs[0].pooling == "pooler" and pooler is not None and not _read_by_bert(model):
        state |= {f"dense.{name}": tensor for name, tensor in pooler.state_dict().items()}
    return state


def _load_hugging_face(
    directory: Path, config: Mapping[str, Any], specs: list[HeadSpec] | None
) -> TaskModel:
    path = directory / "config.json"
    kind = _kind_named(config)
    if kind is None:
        raise CheckpointError(
            t("this folder holds a model without a head for a task"),
            where=str(directory),
            why=t("config.json names {name}", name=str(config.get("architectures"))),
            hint=t("Give the folder of a fine-tuned model, such as runs/NAME/finetune/TASK/model."),
        )
    state = load_state(directory)
    spec = _spec_told(config, kind, path) if specs is None else specs[0]
    shape = shape_of(config, lambda: state.keys(), path)
    if "lm_head.weight" not in state:
        shape = TransformerConfig.model_validate(dict(shape) | {"tie_embeddings": True})
    form = task_form(shape, [spec])
    if form is None:
        raise _wrong_task(directory / TASK_NAME, t("its heads do not fit config.json"))
    table = [(ours, theirs) for ours, theirs in form.head_names if theirs != BERT_POOLER]
    stems = {theirs for _, theirs in table}
    head = {name: state.pop(name) for name in list(state) if name.rpartition(".")[0] in stems}
    backbone = model_of_state(shape, _with_prefix(state, *form.body[::-1]), directory)
    model = with_heads(backbone, [spec], directory)
    fill_heads(model.heads[0], rename(head, reverse(table)), directory)
    return model


def _kind_named(config: Mapping[str, Any]) -> Any:
    names = config.get("architectures")
    if not isinstance(names, list) or not names:
        return None
    return kind_of_architecture(str(config.get("model_type")), str(names[0]))


def _spec_told(config: Mapping[str, Any], kind: Any, path: Path) -> HeadSpec:
    """The head that a `config.json` of transformers describes."""
    is_encoder = config["model_type"] in ("bert", "roberta")
    table = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    problem = config.get("problem_type")
    if kind in ROW_KINDS:
        if problem == "multi_label_classification":
            raise CheckpointError(
                t("this model has a feature that is not supported"),
                where=str(path),
                why=f"problem_type = {problem!r}",
            )
        kind = "regression" if problem == "regression" or len(table) == 1 else "classification"
    dropout = config.get("classifier_dropout")
    if dropout is None:
        dropout = config.get("hidden_dropout_prob", 0.1) if is_encoder else 0.1
    try:
        labels = tuple(str(table[key]) for key in sorted(table, key=int))
        return HeadSpec(
            name="head",
            kind=kind,
            labels=labels if kind in ("classification", "tagging") else (),
            pooling=("pooler" if is_encoder else "last") if kind in ROW_KINDS else None,
            dropout=float(dropout),
        )
    except (ConfigError, TypeError, ValueError, AttributeError) as error:
        raise _wrong_task(path, str(error)) from error


def _with_prefix(state: Mapping[str, torch.Tensor], old: str, new: str) -> dict[str, torch.Tensor]:
    """`state` with the prefix `old` of names made `new`; names without it stay as they are."""
    return {
        new + name.removeprefix(old) if name.startswith(old) else name: tensor
        for name, tensor in state.items()
    }


# What both forms share


def with_heads(backbone: nn.Module, specs: list[HeadSpec], directory: Path) -> TaskModel:
    """Empty heads on a backbone.

    Raises:
        CheckpointError: the heads that `directory` tells do not fit the backbone.
    """
    try:
        return TaskModel(backbone, specs)
    except ConfigError as error:
        raise _wrong_task(directory, str(error)) from error


def fill_heads(heads: nn.Module, state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Fill heads with just the weights that they have.

    Raises:
        CheckpointError: the weights of the file `path` are others.
    """
    problem = copy_weights(state, heads.state_dict())
    if problem is not None:
        raise _wrong_task(path, problem)


def write_task(model: TaskModel, directory: Path, *, is_own: bool) -> None:
    """Write `task.json`: the heads, and whether their weights have a file of their own."""
    heads = [asdict(spec) for spec in model.specs]
    form = "own" if is_own else "hugging_face"
    write_json(directory / TASK_NAME, {"version": VERSION, "form": form, "heads": heads})


def read_task(directory: Path) -> tuple[str, list[HeadSpec]] | None:
    """The form and the heads that `task.json` tells; None where there is no such file.

    Raises:
        CheckpointError: it tells no heads that can be built.
    """
    path = directory / TASK_NAME
    if not path.is_file():
        return None
    told = read_json_object(path)
    if told.get("version") != VERSION:
        raise _wrong_task(path, t("version {version} is not known", version=told.get("version")))
    try:
        form, heads = told["form"], [_spec_of(head) for head in told["heads"]]
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise _wrong_task(path, str(error)) from error
    if form not in ("own", "hugging_face") or not heads:
        raise _wrong_task(path, f"form = {form!r}, heads = {len(heads)}")
    return form, heads


def _spec_of(told: Mapping[str, Any]) -> HeadSpec:
    known = {field.name for field in fields(HeadSpec)}
    if told.keys() - known:
        raise ValueError(", ".join(sorted(told.keys() - known)))
    if told.get("kind") not in ("classification", "regression", "tagging", "spans"):
        raise ValueError(f"kind = {told.get('kind')!r}")
    labels = tuple(str(label) for label in told.get("labels", ()))
    dropout = float(told.get("dropout", 0.0))
    return HeadSpec(**(dict(told) | {"labels": labels, "dropout": dropout}))


def _wrong_task(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        t("this folder describes no head that can be built"), where=str(path), why=why
    )
