"""The model folders below a folder of runs, and what one can know of a model without opening it.

In: the folder of runs. Out: a `ModelFolder` for each folder that holds `config.json` and weights.
Only small files and sizes are read. Knows neither weights nor tokens.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import CheckpointError, YanmoError
from yanmo.core.messages import t

ModelUse = Literal["writes", "translates", "fills", "labels"]
"""What a model is for: going on with a text, a target for a source, blanks, or labels."""

MAX_DEPTH = 6
"""Folders below the folder of runs; `RUN/finetune/TASK/model` is the fourth."""
_SKIPPED = frozenset({"corpus", "tokens", "checkpoints", "tokenizer", "node_modules"})
_CHAT_KINDS = frozenset({"conversations", "preferences"})
_STORED_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}


@dataclass(frozen=True)
class ModelFolder:
    """A model as its folder tells it.

    Attributes:
        path: the folder, seen from the folder of runs, with `/` on every system.
        use: what it is for.
        family: kind of model, such as `qwen3`.
        num_params: estimated from the files' sizes.
        num_bytes: of the weights on disk.
        max_tokens: longest text, prompt included.
        num_layers: layers, where the configuration says so.
        num_heads: attention heads of a layer, where it has attention.
        memory_bytes: what having it open takes: weights in float32 and a cache for a few texts.
        has_template: whether a chat template lies in the folder.
        is_for_chat: whether it has learned from conversations, as far as its folder can tell.
        labels: the labels of a classifier.
        modified_at: when its weights were written, in seconds since 1970.
    """

    path: str
    use: ModelUse
    family: str
    num_params: int
    num_bytes: int
    max_tokens: int
    num_layers: int | None
    num_heads: int | None
    memory_bytes: int
    has_template: bool
    is_for_chat: bool
    labels: tuple[str, ...]
    modified_at: float


def find_model_folders(runs: Path, num_slots: int) -> list[ModelFolder]:
    """All models below `runs`, the newest first; a folder that cannot be understood is left out.

    Args:
        num_slots: texts that an opened model has room for, for the estimate of memory.
    """
    found = []
    for directory in _folders(runs, MAX_DEPTH):
        try:
            found.append(describe_model_folder(runs, directory, num_slots))
        except YanmoError:
            continue
    return sorted(found, key=lambda folder: -folder.modified_at)


def describe_model_folder(runs: Path, directory: Path, num_slots: int) -> ModelFolder:
    """What the folder `directory` below `runs` holds.

    Raises:
        CheckpointError: it is no model folder.
    """
    fields = _read_json(directory / "config.json")
    weights = sorted(directory.glob("*.safetensors"))
    family = fields.get("model_type")
    if not weights or not isinstance(family, str):
        raise CheckpointError(
            t("this is no model folder: it has no {name}", name="model.safetensors"),
            where=str(directory),
        )
    num_bytes = sum(path.stat().st_size for path in weights)
    stored = str(fields.get("dtype") or fields.get("torch_dtype") or "float32")
    num_params = num_bytes // _STORED_BYTES.get(stored, 4)
    cache_bytes = num_slots * _cache_bytes_per_text(fields)
    task = _task_labels(directory, fields)
    path = directory.relative_to(runs).as_posix()
    has_template = _has_template(directory)
    return ModelFolder(
        path=path,
        use="labels" if task is not None else _use_of(fields),
        family=family.removeprefix("yanmo_"),
        num_params=num_params,
        num_bytes=num_bytes,
        max_tokens=_number(fields, "max_position_embeddings", "n_positions", "max_seq_len") or 512,
        num_layers=_number(fields, "num_hidden_layers", "n_layer", "num_layers"),
        num_heads=_number(fields, "num_attention_heads", "n_head", "num_heads"),
        memory_bytes=num_params * 4 + cache_bytes,
        has_template=has_template,
        is_for_chat=has_template and _is_for_chat(runs, directory, path),
        labels=task or (),
        modified_at=max(path.stat().st_mtime for path in weights),
    )


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    """Folders with a `config.json`, links not followed; what is being written is passed over."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == "config.json" for entry in entries):
        yield folder
        return
    if depth == 0:
        return
    for entry in entries:
        is_hidden = entry.name.startswith(".") or entry.name in _SKIPPED
        if not is_hidden and entry.is_dir(follow_symlinks=False):
            yield from _folders(Path(entry.path), depth - 1)


def _use_of(fields: dict[str, Any]) -> ModelUse:
    family = str(fields.get("model_type"))
    names = [str(name) for name in fields.get("architectures") or ()]
    if family.endswith("_seq2seq") or family in ("t5", "marian"):
        return "translates"
    if family in ("bert", "roberta") or any("MaskedLM" in name for name in names):
        return "fills"
    if fields.get("form") == "encoder":
        return "fills"
    return "translates" if fields.get("form") == "encoder_decoder" else "writes"


def _task_labels(directory: Path, fields: dict[str, Any]) -> tuple[str, ...] | None:
    """The labels of a task model, empty where it has none; None for a language model."""
    names = [str(name) for name in fields.get("architectures") or ()]
    path = directory / "task.json"
    is_task = path.is_file() or any("Classification" in name for name in names)
    if not is_task and fields.get("model_type") not in (
        "yanmo_text_cnn",
        "yanmo_recurrent_encoder",
        "yanmo_speech_ctc",
    ):
        return None
    labels = fields.get("id2label")
    if isinstance(labels, dict):
        return tuple(str(labels[key]) for key in sorted(labels, key=str))
    heads = _read_json(path).get("heads")
    first = heads[0] if isinstance(heads, list) and heads and isinstance(heads[0], dict) else {}
    return tuple(str(label) for label in first.get("labels") or ())


def _has_template(directory: Path) -> bool:
    if (directory / "chat_template.jinja").is_file():
        return True
    return bool(_read_json(directory / "tokenizer_config.json").get("chat_template"))


def _is_for_chat(runs: Path, directory: Path, path: str) -> bool:
    """Every tokenizer of ours has a template, so the recipe tells whether conversations were
    learned; a model that others made has a template where it was made for conversations."""
    for folder in [directory, *directory.parents]:
        recipe = folder / "recipe.toml"
        if recipe.is_file():
            return _learned_chat(recipe, path.split("/"))
        if folder == runs:
            break
    return True


def _learned_chat(recipe: Path, parts: list[str]) -> bool:
    try:
        tasks = tomllib.loads(recipe.read_text(encoding="utf-8")).get("tasks", {})
    except (OSError, ValueError):
        return False
    kinds = {name: task.get("kind") for name, task in tasks.items() if isinstance(task, dict)}
    return any(kinds.get(part) in _CHAT_KINDS for part in parts)


def _cache_bytes_per_text(fields: dict[str, Any]) -> int:
    """Keys and values of one text of full length, in float32."""
    num_layers = _number(fields, "num_hidden_layers", "n_layer", "num_layers") or 0
    num_heads = _number(fields, "num_attention_heads", "n_head", "num_heads") or 0
    width = _number(fields, "hidden_size", "n_embd", "d_model") or 0
    head_dim = _number(fields, "head_dim") or (width // num_heads if num_heads else 0)
    num_kv_heads = _number(fields, "num_key_value_heads", "num_kv_heads") or num_heads
    length = _number(fields, "max_position_embeddings", "n_positions", "max_seq_len") or 0
    return 2 * 4 * num_layers * num_kv_heads * head_dim * length


def _number(fields: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}
