"""A few examples are drawn and tuned several times; what is reported is the mean over draws."""

from __future__ import annotations

from collections.abc import Mapping
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

from yanmo.core.errors import Interrupted
from yanmo.evaluation.openings import read_openings
from yanmo.evaluation.task_report import read_task_report
from yanmo.evaluation.task_table import format_task_report
from yanmo.pipeline.finetune import few_shot
from yanmo.pipeline.recipe import Recipe


def small_recipe(tmp_path: Path, base: str | None = None, **settings: Any) -> Recipe:
    section: dict[str, Any] = {
        "init_from": base or str(save_base(tmp_path / "base", "bert")),
        "few_shot": {"examples_per_class": 3, "num_draws": 3},
        **settings,
    }
    return recipe_of({"own": write_task(tmp_path, "classification")}, {"own": section})


def draws_of(stage: Path) -> list[Mapping[str, Any]]:
    return [read_json(stage / f"draw-{number:02d}/tuned.json") for number in range(3)]


def test_the_best_draw_is_kept_and_all_are_measured(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_quietly(small_recipe(tmp_path), out)
    stage = out / "finetune/own"
    draws = draws_of(stage)
    assert [draw["counts"]["num_train_examples"] for draw in draws] == [6, 6, 6]
    figures = [draw["figures"]["accuracy"] for draw in draws]
    chosen = figures.index(max(figures))
    counts = read_json(stage / "manifest.json")["counts"]
    assert counts["chosen_draw"] == chosen
    assert [draw["accuracy"] for draw in counts["draws"]] == figures
    weights = [
        (stage / f"draw-{n:02d}/model/head.safetensors").read_bytes()
        if (stage / f"draw-{n:02d}/model/head.safetensors").exists()
        else (stage / f"draw-{n:02d}/model/model.safetensors").read_bytes()
        for n in range(3)
    ]
    assert len(set(weights)) == 3, "every draw has a seed and examples of its own"
    for path in (stage / f"draw-{chosen:02d}/model").iterdir():
        assert (stage / "model" / path.name).read_bytes() == path.read_bytes()

    report = read_task_report(stage / "evaluate/report.json")
    assert report.draws is not None
    assert (report.draws.examples_per_class, report.draws.chosen) == (3, chosen)
    first = report.draws.figures[0]
    assert (first.metric, len(first.values)) == ("accuracy", 3)
    assert first.mean == pytest.approx(sum(first.values) / 3)
    assert first.interval is not None
    assert first.interval[0] < min(first.values) <= max(first.values) < first.interval[1]
    assert report.main_figure is not None
    assert first.values[chosen] == report.main_figure.value
    assert "Over 3 draws of 3 examples" in format_task_report(report)
    assert len(read_openings(out).of("own")) == 1
    assert run_quietly(small_recipe(tmp_path, str(tmp_path / "base")), out).ran == ()


def test_a_finished_draw_is_not_tuned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, seeds = small_recipe(tmp_path), []
    tune = few_shot.tune

    def tune_twice(context: Any, name: str, section: Any, *rest: Any) -> Any:
        seeds.append(section.seed)
        if len(seeds) == 3:
            raise Interrupted("stopped by the test")
        return tune(context, name, section, *rest)

    monkeypatch.setattr(few_shot, "tune", tune_twice)
    with pytest.raises(Interrupted):
        run_quietly(recipe, tmp_path / "run")
    run_quietly(recipe, tmp_path / "run")
    assert seeds == [0, 1, 2, 2]
    peace = tmp_path / "peace"
    monkeypatch.setattr(few_shot, "tune", tune)
    run_quietly(recipe, peace)
    for name in ("model/model.safetensors", "draw-01/model/model.safetensors"):
        again, once = (folder / "finetune/own" / name for folder in (tmp_path / "run", peace))
        assert again.read_bytes() == once.read_bytes()


def test_draws_from_scratch_share_one_vocabulary(tmp_path: Path) -> None:
    scratch = {"family": "text_cnn", "d_model": 8, "num_filters": 4}
    recipe = small_recipe(tmp_path, "scratch", scratch=scratch)
    run_quietly(recipe, tmp_path / "run")
    stage = tmp_path / "run/finetune/own"
    learned = (stage / "tokenizer/tokenizer.json").read_bytes()
    for number in range(3):
        assert (stage / f"draw-{number:02d}/model/tokenizer.json").read_bytes() == learned


def test_adapters_of_the_chosen_draw_stand_beside_its_model(tmp_path: Path) -> None:
    run_quietly(small_recipe(tmp_path, method="lora", lora={"rank": 2}), tmp_path / "run")
    stage = tmp_path / "run/finetune/own"
    manifest = read_json(stage / "manifest.json")
    name = "adapter/adapter_model.safetensors"
    chosen = f"draw-{manifest['counts']['chosen_draw']:02d}"
    assert (stage / name).read_bytes() == (stage / chosen / name).read_bytes()
    assert {name, f"{chosen}/{name}", f"{chosen}/model/config.json"} <= set(manifest["outputs"])
