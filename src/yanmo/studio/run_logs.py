"""The metric logs of a run, by the stage that wrote them, and what turns tokens into FLOPs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX
from yanmo.studio.failures import NotHere
from yanmo.studio.metric_log import METRICS_NAME, MetricLog, MetricLogs
from yanmo.studio.run_state import manifest_of, recipe_of

PRETRAIN = "pretrain"
_PLACES = (PRETRAIN, "finetune/*", "finetune/*/draw-*")


def log_names(run_dir: Path) -> list[str]:
    """The stages that have a metric log: `pretrain`, `finetune/NAME`, `finetune/NAME/draw-N`."""
    found = [
        path.parent.relative_to(run_dir).as_posix()
        for place in _PLACES
        for path in sorted(run_dir.glob(f"{place}/{METRICS_NAME}"))
    ]
    return [name for name in found if not _is_aside(name)]


def open_log(logs: MetricLogs, run_dir: Path, stage: str) -> MetricLog:
    """The log of a stage.

    Raises:
        NotHere: the stage has none.
    """
    if stage not in log_names(run_dir):
        raise NotHere(t("this stage has no metrics yet"), where=str(run_dir / stage[:200]))
    return logs.open(run_dir / stage)


def flops_per_token(run_dir: Path, stage: str) -> float | None:
    """FLOPs that training spends on a token; None where that is not known."""
    manifest = manifest_of(run_dir / stage)
    counted = manifest.counts.get("flops_per_token") if manifest is not None else None
    if isinstance(counted, int | float):
        return float(counted)
    return _planned_flops(run_dir) if stage == PRETRAIN else None


def planned_params(run_dir: Path) -> int | None:
    """Parameters of the base model, counted or planned; None where it trains none."""
    manifest = manifest_of(run_dir / PRETRAIN)
    counted = manifest.counts.get("num_params") if manifest is not None else None
    return counted if isinstance(counted, int) else None


def _planned_flops(run_dir: Path) -> float | None:
    recipe = recipe_of(run_dir)
    if recipe is None or not recipe.needs_pretraining:
        return None
    try:
        shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    except YanmoError:
        return None
    return float(shape.flops_per_token())


def _is_aside(name: str) -> bool:
    return any(part.endswith((PREVIOUS_SUFFIX, UNFINISHED_SUFFIX)) for part in name.split("/"))


@lru_cache(maxsize=8)
def logs_of(runs: Path) -> MetricLogs:
    """The logs of one folder of runs, shared by the pages."""
    assert runs.is_absolute(), "settings.runs is resolved"
    return MetricLogs()
