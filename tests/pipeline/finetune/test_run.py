"""A stage that is up to date is skipped, one under other settings keeps what was there, and what
nothing reads is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.pipeline.finetune.small_tasks import (
    read_json,
    read_rows,
    recipe_of,
    run_quietly,
    save_base,
    write_task,
)

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError
from yanmo.pipeline.life import run
from yanmo.pipeline.recipe import Recipe

STAGE, EVALUATION = "finetune/own", "finetune/own/evaluate"


def small_recipe(tmp_path: Path, kind: str = "classification", **settings: Any) -> Recipe:
    base = tmp_path / "base"
    if not base.exists():
        save_base(base, "bert")
    section = {"init_from": str(base), **settings}
    return recipe_of({"own": write_task(tmp_path, kind)}, {"own": section})


def test_only_what_depends_on_a_change_runs_again(tmp_path: Path) -> None:
    out = tmp_path / "run"

    def ran(**settings: Any) -> tuple[str, ...]:
        return run_quietly(small_recipe(tmp_path, early_stopping=None, **settings), out).ran

    assert ran() == (STAGE, EVALUATION)
    assert ran() == ()
    # How often a checkpoint is made changes nothing that is learned.
    assert ran(checkpoint_every=2) == ()
    fewer: dict[str, Any] = {"evaluate": {"max_examples": 4}}
    assert ran(**fewer) == (EVALUATION,)

    weights = (out / STAGE / "model/model.safetensors").read_bytes()
    assert ran(seed=5, **fewer) == (STAGE, EVALUATION)
    kept = out / f"{STAGE}.previous"
    assert (kept / "model/model.safetensors").read_bytes() == weights
    assert (out / STAGE / "model/model.safetensors").read_bytes() != weights


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    out, recipe = tmp_path / "run", small_recipe(tmp_path)
    run_quietly(recipe, out)
    for split, expected in (("test", (EVALUATION,)), ("train", (STAGE, EVALUATION))):
        with (tmp_path / f"classification.{split}.jsonl").open("a", encoding="utf-8") as file:
            file.write('\n{"text": "好书", "label": "good"}')
        assert run_quietly(recipe, out).ran == expected


def test_what_a_reader_noticed_is_told_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = save_base(tmp_path / "base", "qwen3")
    tasks = {"own": write_task(tmp_path, "conversations")}
    run(recipe_of(tasks, {"own": {"init_from": str(base)}}), out=tmp_path / "run")
    told = capsys.readouterr().err
    assert "conversations.train.jsonl is in the form" in told
    notes = read_json(tmp_path / "run" / STAGE / "manifest.json")["notes"]
    assert any("conversations.train.jsonl is in the form" in note for note in notes)
    # One example is shown with what is learned of it.
    assert "what is learned of it marked" in told


@pytest.mark.parametrize(
    ("kind", "family", "settings", "named"),
    [
        ("classification", "bert", {"has_crf": True}, "has_crf"),
        ("classification", "bert", {"packing": True}, "packing"),
        ("classification", "bert", {"instructions": {"learned": "last"}}, "instructions"),
        ("classification", "bert", {"preference": {}}, "preference"),
        ("classification", "bert", {"seq2seq": {}}, "seq2seq"),
        ("classification", "bert", {"evaluate": {"num_beams": 2}}, r"evaluate\.num_beams"),
        ("classification", "bert", {"length": {"overlap_tokens": 5}}, "overlap_tokens"),
        (
            "classification",
            "bert",
            {"method": "probe", "layer_decay": 0.5},
            "layer_decay",
        ),
        ("similarity", "bert", {"class_weights": "balanced"}, "class_weights"),
        ("similarity", "bert", {"resample": "balanced"}, "resample"),
        ("entities", "bert", {"pooling": "mean"}, "pooling"),
        ("entities", "bert", {"has_crf": True, "class_weights": "balanced"}, "class_weights"),
        ("translation", "t5", {"instructions": {}}, "instructions"),
        ("translation", "t5", {"packing": True}, "packing"),
        ("translation", "t5", {"augment": {}}, "augment"),
        ("translation", "t5", {"length": {"keep": "tail"}}, r"length\.keep"),
        ("summarisation", "qwen3", {"seq2seq": {}}, "seq2seq"),
        ("summarisation", "qwen3", {"method": "probe"}, "probe"),
        ("conversations", "qwen3", {"head_dropout": 0.3}, "head_dropout"),
        ("conversations", "qwen3", {"head_rate_factor": 2.0}, "head_rate_factor"),
        ("conversations", "qwen3", {"preference": {}}, "preference"),
        ("preferences", "qwen3", {"packing": True}, "packing"),
        ("preferences", "qwen3", {"instructions": {}}, "instructions"),
        ("preferences", "qwen3", {"max_validation_examples": 3}, "max_validation_examples"),
    ],
)
def test_a_setting_that_nothing_reads_is_refused_by_name(
    tmp_path: Path, kind: str, family: str, settings: dict[str, Any], named: str
) -> None:
    base = save_base(tmp_path / "base", family)
    section = {"init_from": str(base), **settings}
    recipe = recipe_of({"own": write_task(tmp_path, kind)}, {"own": section})
    with pytest.raises(ConfigError, match=named) as caught:
        run_quietly(recipe, tmp_path / "run")
    assert caught.value.where == "finetune.own"
    assert not (tmp_path / "run" / STAGE / "model").exists()


def test_a_task_that_is_spelled_wrongly_gets_the_nearest_name(tmp_path: Path) -> None:
    tasks = {"sentiment": write_task(tmp_path, "classification")}
    with pytest.raises(ValidationError, match="did you mean sentiment"):
        Recipe.model_validate({"tasks": tasks, "finetune": {"sentimnet": {}}})


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_task_without_a_split_that_is_needed_is_refused(tmp_path: Path, split: str) -> None:
    recipe = small_recipe(tmp_path)
    section = {
        name: value
        for name, value in recipe.tasks["own"].model_dump().items()
        if name in ("kind", "train", "validation", "test") and name != split
    }
    base = str(tmp_path / "base")
    broken = recipe_of({"own": section}, {"own": {"init_from": base}})
    with pytest.raises(ConfigError, match=f"no split '{split}'"):
        run_quietly(broken, tmp_path / "run")


def test_an_example_without_a_target_is_named_and_the_test_split_stays_closed(
    tmp_path: Path,
) -> None:
    base = save_base(tmp_path / "base", "t5")
    section = write_task(tmp_path, "translation")
    test = Path(section["test"])
    rows = [json.loads(line) for line in test.read_text(encoding="utf-8").splitlines()]
    rows[2] = {"source": rows[2]["source"], "target": ""}
    test.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DataError, match=r"test\.jsonl.*3"):
        run_quietly(recipe_of({"own": section}, {"own": {"init_from": str(base)}}), tmp_path / "r")
    assert not (tmp_path / "r/test_openings.jsonl").exists()


def test_a_model_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    for kind, family in (("translation", "bert"), ("conversations", "t5"), ("preferences", "bert")):
        base = save_base(tmp_path / f"base-{kind}", family)
        tasks = {"own": write_task(tmp_path, kind)}
        with pytest.raises(ConfigError, match="cannot be learned by a model of this kind"):
            run_quietly(recipe_of(tasks, {"own": {"init_from": str(base)}}), tmp_path / kind)


def test_epochs_say_how_many_steps(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, epochs=2.0, num_validations=2, warmup_frac=0.5)
    run_quietly(recipe, tmp_path / "run")
    rows = read_rows(tmp_path / "run" / STAGE / "metrics.jsonl")
    assert max(row["step"] for row in rows) == 5, "20 rows twice, 8 at a time"
    assert [row["step"] for row in rows if "validation/loss" in row] == [0, 3, 5]
    rates = [row["train/lr"] for row in rows if "train/lr" in row]
    assert rates.index(max(rates)) == 1, "two of five steps warm up"


def test_nothing_is_said_when_nothing_should_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(small_recipe(tmp_path), out=tmp_path / "run", console=Console(is_quiet=True))
    assert capsys.readouterr().err == ""
