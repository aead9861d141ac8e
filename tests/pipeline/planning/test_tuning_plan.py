"""What a fine-tuning would take is told before it is run, and agrees with the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.finetune.small_tasks import (
    read_json,
    recipe_of,
    run_quietly,
    save_base,
    write_task,
)

from yanmo.cli.planning import plan
from yanmo.core.page.speaking import speaking
from yanmo.core.resolve import to_toml
from yanmo.pipeline.planning.tuning_probe import TuningTrial, trial_of, try_tuning
from yanmo.pipeline.planning.tuning_table import format_tunings, not_tried


def trial(tmp_path: Path, recipe: Any) -> TuningTrial:
    (tmp_path / "work").mkdir(exist_ok=True)
    return trial_of(recipe, "own", tmp_path / "run", tmp_path / "work")


def test_steps_tokens_and_parameters_are_those_of_the_run(tmp_path: Path) -> None:
    base = str(save_base(tmp_path / "base", "bert"))
    section = {"init_from": base, "epochs": 2.0, "method": "lora", "early_stopping": None}
    recipe = recipe_of({"own": write_task(tmp_path, "classification")}, {"own": section})
    found = trial(tmp_path, recipe)
    run_quietly(recipe, tmp_path / "run")
    counts = read_json(tmp_path / "run/finetune/own/manifest.json")["counts"]
    assert found.steps == counts["steps"] and found.num_rows == counts["num_train_examples"]
    assert found.num_trained_params == counts["num_trained_params"] < found.num_params
    assert found.tokens == pytest.approx(counts["tokens"], rel=0.25)
    assert found.peak_bytes > 0 and found.total_s > 0 and not found.is_stand_in


def test_draws_are_counted_and_a_model_that_is_not_there_is_stood_in_for(tmp_path: Path) -> None:
    recipe = recipe_of(
        {"own": write_task(tmp_path, "classification")},
        {"own": {"few_shot": {"examples_per_class": 2, "num_draws": 3}}},
        model={"family": "bert", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 32},
    )
    found = trial(tmp_path, recipe)
    assert found.is_stand_in and found.num_draws == 3 and found.num_rows == 4
    told = format_tunings([found], 2**20, 60.0)
    assert "3 draws, each: 4 rows, 6 steps" in told
    assert "not trained yet" in told and "GiB, and the machine has" in told
    assert "what stands above" in told


def test_names_are_listed_as_the_reader_lists_them() -> None:
    for language, names in (("en", "a, b"), ("zh", "a、b")):
        with speaking(language):
            assert names in not_tried(["a", "b"])


@pytest.mark.slow  # a process of its own
def test_what_stands_in_the_way_is_told_in_a_line(tmp_path: Path) -> None:
    task = write_task(tmp_path, "classification")
    recipe = recipe_of({"own": task}, {"own": {"init_from": str(tmp_path / "nothing")}})
    found = try_tuning(recipe, "own", tmp_path / "run")
    assert found.problem is not None and "nothing" in found.problem
    assert format_tunings([found], 2**40, None).startswith("! finetune.own could not be tried")


@pytest.mark.slow  # a process of its own
def test_plan_of_a_recipe_that_only_tunes_bills_no_base_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = str(save_base(tmp_path / "base", "bert"))
    recipe = recipe_of(
        {"own": write_task(tmp_path, "classification")}, {"own": {"init_from": base}}
    )
    path = tmp_path / "small.toml"
    path.write_text(to_toml(recipe), encoding="utf-8")
    plan(str(path), out=tmp_path / "run", probe=False)
    told = capsys.readouterr().out
    assert "finetune.own" in told and "after a probe" in told and "FLOPs" not in told
    plan(str(path), out=tmp_path / "run", probe=True, as_json=True)
    (one,) = json.loads(capsys.readouterr().out)["finetune"]
    assert one["steps"] == 6 and one["total_s"] > 0 and not (tmp_path / "run").exists()
