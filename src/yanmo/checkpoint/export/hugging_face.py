"""A model folder as another Hugging Face folder: in another precision, or in several files.

In: a model folder, ours or one that transformers wrote. Out: a folder that transformers, vLLM and
yanmo open. The tokenizer and whatever else lies beside the weights is copied as it is.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Literal

import torch

from yanmo.checkpoint.export.destination import (
    Exported,
    check_folder_destination,
    could_not_write,
)
from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.core.errors import RunError
from yanmo.core.messages import t

StoredDtype = Literal["float32", "float16", "bfloat16"]
_ID_SUFFIX = "_token_id"


def export_hugging_face(
    folder: Path,
    path: Path,
    dtype: StoredDtype,
    *,
    max_shard_bytes: int | None = None,
    is_forced: bool = False,
) -> Exported:
    """Write the model in `folder` to the folder `path`.

    Args:
        dtype: of the stored weights.
        max_shard_bytes: largest file of weights; one file when None.
        is_forced: replace a model folder that stands at `path`.

    Raises:
        ConfigError: something stands at `path`.
        CheckpointError: the folder is damaged.
        RunError: the disk is full or cannot be written.
    """
    check_folder_destination(path, folder, is_forced=is_forced)
    model = load_model(folder)
    fields = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    ids = {
        key.removesuffix(_ID_SUFFIX): value
        for key, value in fields.items()
        if key.endswith(_ID_SUFFIX) and value is not None
    }

    def copy_others(target: Path) -> None:
        for file in sorted(folder.iterdir()):
            is_rewritten = file.name == "config.json" or ".safetensors" in file.name
            if file.is_file() and not is_rewritten:
                shutil.copyfile(file, target / file.name)

    try:
        written = save_model_folder(
            model,
            path,
            save_tokenizer=copy_others,
            special_ids=ids,
            dtype=getattr(torch, dtype),
            max_shard_bytes=max_shard_bytes,
        )
    except RunError as error:  # an export begins anew: there is nothing to go on from
        if isinstance(error.__cause__, OSError):
            raise could_not_write(path, error.__cause__) from error
        raise
    return Exported(
        path=path,
        num_bytes=sum(file.stat().st_size for file in written),
        usage=_usage(path, fields),
    )


def _usage(path: Path, fields: dict[str, Any]) -> str:
    names = fields.get("architectures")
    if not names or str(fields["model_type"]).startswith("yanmo_"):
        return t("yanmo: load_model('{path}')", path=path)
    return t("transformers: {name}.from_pretrained('{path}')", name=names[0], path=path)
