"""Names from a request in; folders inside the folder of runs out, and nothing outside it.

Every page goes through here before it touches a path that a browser gave it.
"""

from __future__ import annotations

from pathlib import Path

from yanmo.core.messages import t
from yanmo.studio.failures import NotHere
from yanmo.studio.settings import StudioSettings

RECIPE_NAME = "recipe.toml"


def run_folders(settings: StudioSettings) -> list[Path]:
    """Every run directly below the folder of runs, by name."""
    if not settings.runs.is_dir():
        return []
    return sorted(path.parent for path in settings.runs.glob(f"*/{RECIPE_NAME}"))


def find_run(settings: StudioSettings, name: str) -> Path:
    """The folder of the run called `name`.

    Raises:
        NotHere: there is none.
    """
    is_name = name not in ("", ".", "..") and not set(name) & set("/\\\0")
    folder = settings.runs / name
    if not is_name or not (folder / RECIPE_NAME).is_file():
        raise NotHere(
            t("there is no run called '{name}'", name=name[:200]), where=str(settings.runs)
        )
    return folder


def find_inside(folder: Path, relative: str) -> Path:
    """The file or folder `relative` below `folder`; links that lead out of it are not followed.

    Raises:
        NotHere: there is none, or it lies outside.
    """
    try:
        path = (folder / relative).resolve(strict=True)
        is_inside = path.is_relative_to(folder.resolve())
    except (OSError, ValueError):
        is_inside = False
    if not is_inside:
        raise NotHere(t("there is no such file or folder"), where=relative[:300])
    return path
