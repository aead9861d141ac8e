"""A plan knows its trials, what they are judged by, and what is wrong with it, before any runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.errors import ConfigError
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.sweep.plan import SweepOptions, SweepPlan, plan_sweep
from yanmo.pipeline.sweep.trials import shortened, stages_until, without_others

TASKS = """
name = "two"
[tasks.a]
kind = "classification"
train = "a.jsonl"
[tasks.b]
kind = "similarity"
train = "b.jsonl"
[finetune.a]
init_from = "scratch"
[finetune.b]
init_from = "scratch"
epochs = 6.0
[model]
family = "bert"
depth = 1
"""


def plan(recipe: Path | str, *words: str, **options: object) -> SweepPlan:
    return plan_sweep(str(recipe), words, SweepOptions(**options))  # type: ignore[arg-type]


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(TASKS, encoding="utf-8")
    return path


def test_each_trial_has_a_recipe_of_its_own_values() -> None:
    made = plan("python_docs", "d_model=32,64", "learning_rate=0.01,0.1", "steps=50")
    assert [trial.name for trial in made.trials] == [
        "d_model=32,learning_rate=0.01",
        "d_model=32,learning_rate=0.1",
        "d_model=64,learning_rate=0.01",
        "d_model=64,learning_rate=0.1",
    ]
    recipe = made.trials[2].recipe
    assert recipe is not None
    assert (recipe.model.d_model, recipe.pretrain.optimizer.learning_rate) == (64, 0.01)
    assert recipe.pretrain.steps == 50
    assert made.judged == "pretrain"
    assert [stage.name for stage in stages_until(recipe, made.judged)] == [
        "corpus",
        "tokenizer",
        "tokens",
        "pretrain",
    ]


def test_values_that_do_not_fit_fail_alone_and_a_wrong_key_fails_at_once() -> None:
    made = plan("python_docs", "num_heads=1,3,4", "d_model=64")
    assert [trial.error is None for trial in made.trials] == [True, False, True]
    with pytest.raises(ConfigError, match="learning_rate"):
        plan("python_docs", "pretrain.optimizer.lerning_rate=1,2")


def test_names_are_those_of_folders_whatever_the_values_are(tmp_path: Path) -> None:
    long = "x" * 100
    made = plan("python_docs", f"pretrain.init_from=a/b,a_b,{long}1,{long}2")
    names = [trial.name for trial in made.trials]
    assert len(set(names)) == 4
    assert all("/" not in name and len(name) < 100 for name in names)


def test_a_fine_tuning_that_is_varied_is_what_trials_are_judged_by(tasks: Path) -> None:
    made = plan(tasks, "finetune.b.optimizer.learning_rate=1e-4,1e-3")
    assert made.judged == "finetune/b"
    recipe = made.trials[0].recipe
    assert recipe is not None
    assert recipe.finetune["b"].optimizer.name == "adamw"  # the default's, which was not given
    assert [*without_others(recipe, made.judged).finetune] == ["b"]
    assert [
        stage.name for stage in stages_until(without_others(recipe, made.judged), "finetune/b")
    ] == ["finetune/b"]
    assert plan(tasks, "tasks.a.max_examples.train=10,20").judged == "finetune/a"
    assert plan(tasks, "model.depth=1,2").judged == "finetune/a"
    with pytest.raises(ConfigError, match="no effect on pre-training"):
        plan(tasks, "model.depth=1,2", until="pretrain")
    bare = tasks.with_name("bare.toml")
    bare.write_text('name = "bare"', encoding="utf-8")
    with pytest.raises(ConfigError, match="no section"):
        plan(bare, "d_model=32,64", until="finetune")


def test_a_shorter_recipe_has_a_third_of_the_length_and_is_still_one(tasks: Path) -> None:
    recipe = load_recipe("python_docs", [])
    short = shortened(recipe, "pretrain")
    assert (recipe.pretrain.steps, short.pretrain.steps) == (480, 160)
    assert type(short).model_validate(short.model_dump()) == short
    two = load_recipe(tasks, ["finetune.a.steps=30"])
    assert shortened(two, "finetune/b").finetune["b"].epochs == 2.0
    assert shortened(two, "finetune/b").finetune["a"] == two.finetune["a"]
    assert shortened(two, "finetune/a").finetune["a"].steps == 10


def test_options_without_effect_are_refused(tasks: Path) -> None:
    with pytest.raises(ConfigError, match="no effect"):
        plan("python_docs", "d_model=32,64", num_trials=3)
    with pytest.raises(ConfigError, match="keeps one combination of 3"):
        plan("python_docs", "d_model=32,64", "pretrain.seed=0,1", has_halving=True)
    with pytest.raises(ConfigError, match="a seed has no range"):
        plan("python_docs", "d_model=32,64", "pretrain.seed=0..9")
    with pytest.raises(ConfigError, match="Did you mean 'perplexity'"):
        plan("python_docs", "d_model=32,64", by="perplexty")
    with pytest.raises(ConfigError, match="no trial gives 'bleu'"):
        plan(tasks, "finetune.a.epochs=1.0,2.0", by="bleu")
    assert plan(tasks, "finetune.a.epochs=1.0,2.0", by="f1_macro").judged == "finetune/a"


def test_a_range_has_its_values_drawn() -> None:
    made = plan("python_docs", "learning_rate=1e-4..1e-2", num_trials=4, seed=1)
    assert made.is_random
    assert len(made.trials) == 4
    assert len(plan("python_docs", "learning_rate=1e-4..1e-2").trials) == 10
    widths = "d_model=32,64,96,128"
    assert len(plan("python_docs", widths, is_random=True, num_trials=3).trials) == 3
