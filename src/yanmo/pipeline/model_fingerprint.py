"""Whether a model folder outside the run is what it was. It loads nothing, so looking is cheap."""

from __future__ import annotations

import hashlib
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t


def fingerprint_model(folder: Path, setting: str = "pretrain.init_from") -> str:
    """A hash of the names, sizes and times of the files of a model folder, and of its config.json;
    `setting` is what named it.

    Raises:
        ConfigError: there is no model folder.
    """
    config = folder / "config.json"
    if not config.is_file():
        raise ConfigError(
            t("there is no model to begin from"),
            where=f"{setting} = {folder}",
            hint=t("Give the folder that holds config.json, such as runs/NAME/pretrain/model."),
        )
    digest = hashlib.blake2b(config.read_bytes(), digest_size=16)
    for path in sorted(folder.iterdir()):
        status = path.stat()
        digest.update(f"{path.name}\t{status.st_size}\t{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
