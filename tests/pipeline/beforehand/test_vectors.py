"""Word vectors of the section `model` that no stage would read, or that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.finetune.small_tasks import recipe_of, write_task

from yanmo.core.errors import ConfigError, YanmoError
from yanmo.pipeline.beforehand.check import check_tasks, task_stages

OWN_FAMILY = {"init_from": "scratch", "scratch": {"family": "bilstm"}}
SCRATCH = {"init_from": "scratch"}


def check(folder: Path, sections: dict[str, Any], vectors: str = "nowhere", **more: Any) -> None:
    tasks = {"own": write_task(folder, "classification")}
    model = {"family": "bert", "depth": 1, "initial_embedding": vectors}
    recipe = recipe_of(tasks, sections, model=model, **more)
    check_tasks(recipe, task_stages(recipe))


def test_vectors_of_a_model_that_is_not_trained_are_refused_with_their_place(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match="no effect") as caught:
        check(tmp_path, {"own": OWN_FAMILY})
    assert caught.value.where == "model.initial_embedding"
    assert "finetune.own.scratch.initial_embedding" in str(caught.value.hint)


def test_vectors_that_pre_training_reads_are_left_to_it(tmp_path: Path) -> None:
    sections = {"own": OWN_FAMILY, "after": {"task": "own", "init_from": "pretrain"}}
    check(tmp_path, sections)


def test_vectors_that_a_tuning_reads_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(YanmoError) as caught:
        check(tmp_path, {"own": SCRATCH}, str(tmp_path / "nothing"))
    assert str(caught.value.where).startswith("model.initial_embedding: ")
    check(tmp_path, {"own": SCRATCH}, "word_vectors", word_vectors={"d_model": 16})
