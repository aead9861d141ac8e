"""Tuning on a few examples, several times with others each time.

Each draw has a folder of its own, `draw-00` and so on, with its metrics and its model; one that is
finished is not tuned again when a run goes on. The model of the draw that is best on the validation
split is the model of the stage; how good few examples are is told by the mean over all draws, which
the evaluation measures.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yanmo.core.errors import CheckpointError
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.finetuning.balance import draw_of_each_class
from yanmo.finetuning.few_shot_config import FewShotConfig
from yanmo.pipeline.finetune.plan import TaskData, labels_of
from yanmo.pipeline.finetune.saving import ADAPTER_FOLDER
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.tune import MODEL_FOLDER, Tuned, tune, vocabulary_of
from yanmo.pipeline.stage import StageContext

TUNED_NAME = "tuned.json"
"""What came of a draw; written last."""


def draw_folder(directory: Path, number: int) -> Path:
    """The folder of a draw, counted from 0, inside that of the stage."""
    return directory / f"draw-{number:02d}"


def tune_on_draws(
    context: StageContext,
    name: str,
    section: FinetuneSection,
    config: FewShotConfig,
    tasks: Sequence[TaskData],
) -> Tuned:
    """Tune once for each draw, and keep the best model; goes on where an earlier run stopped.

    Args:
        context: where to work.
        name, section: as for `tune`; the seed is that of the first draw.
        config: how many draws, and of how many examples.
        tasks: with all examples; those to choose by are the same in every draw.

    Raises:
        ConfigError, DataError, CheckpointError: as `tune`.
    """
    draws: list[Tuned] = []
    vocabulary = vocabulary_of(context, tasks)  # no label is in it, and all draws share it
    for number in range(config.num_draws):
        folder = draw_folder(context.directory, number)
        if not (folder / TUNED_NAME).is_file():
            context.console.note(
                t("draw {number} of {total}", number=number + 1, total=config.num_draws)
            )
            seed = section.seed + number
            folder.mkdir(exist_ok=True)
            own = section.model_copy(update={"seed": seed})
            drawn = [_drawn(one, config.examples_per_class, seed) for one in tasks]
            _write(folder, tune(replace(context, directory=folder), name, own, drawn, vocabulary))
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        draws.append(_read(folder))
    best = max(range(len(draws)), key=lambda number: _score(draws[number]))
    chosen = draw_folder(context.directory, best)
    files = [file for one in draws for file in one.files]
    for part in (ADAPTER_FOLDER, MODEL_FOLDER):
        if (chosen / part).is_dir():
            files += _copy_folder(chosen / part, context.directory / part)
    counts = {
        **draws[best].counts,
        "chosen_draw": best,
        "draws": [dict(one.figures) for one in draws],
    }
    return Tuned(files, draws[best].figures, counts, draws[best].notes)


def _drawn(data: TaskData, count: int, seed: int) -> TaskData:
    chosen = draw_of_each_class(labels_of(data.train), count, seed)
    return replace(data, train=[data.train[place] for place in chosen])


def _score(tuned: Tuned) -> float:
    """How good a draw is on the validation split; higher is better."""
    if tuned.figures:
        return next(iter(tuned.figures.values()))
    return -float(tuned.counts["validation_loss"])


def _write(folder: Path, tuned: Tuned) -> None:
    told = {
        "files": [path.relative_to(folder).as_posix() for path in tuned.files],
        "figures": dict(tuned.figures),
        "counts": dict(tuned.counts),
        "notes": list(tuned.notes),
    }
    write_json(folder / TUNED_NAME, told)


def _read(folder: Path) -> Tuned:
    told = json.loads((folder / TUNED_NAME).read_text(encoding="utf-8"))
    files = [folder / name for name in told["files"]]
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise CheckpointError(
            t("a file of a finished draw is missing"),
            where=str(missing[0]),
            hint=t("Remove {folder} to have the draw tuned again.", folder=folder),
        )
    return Tuned(files, told["figures"], told["counts"], told["notes"])


def _copy_folder(source: Path, target: Path) -> list[Path]:
    """Copy a folder; a crash leaves no half of it under its own name."""
    unfinished = target.with_name(f".{target.name}.tmp")
    for old in (unfinished, target):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(source, unfinished)
    unfinished.rename(target)
    return [path for path in sorted(target.rglob("*")) if path.is_file()]
