"""A plan says what is trained, what that begins with, and what is only measured."""

from __future__ import annotations

from typing import Any

from yanmo.core.page.speaking import speaking
from yanmo.pipeline.planning.stage_list import format_stages, list_stages
from yanmo.pipeline.recipe import Recipe

TASKS = {
    "reviews": {"kind": "classification", "train": "a.jsonl"},
    "said": {"kind": "speech", "dataset": "tones"},
}
SECTIONS: dict[str, Any] = {
    "model": {"family": "bert"},
    "pretrain": {},
    "finetune": {
        "reviews": {},
        "again": {"task": "reviews", "init_from": "finetune/reviews"},
        "bare": {"task": "reviews", "init_from": "scratch"},
        "own": {"task": "reviews", "init_from": "scratch", "scratch": {"family": "text_cnn"}},
        "said": {"init_from": "scratch"},
    },
    "measure": {"reviews": {"model": "finetune/own", "others": {"far": "models/far"}}},
    "prompt": {"words": {"task": "reviews", "model": "models/far"}},
}


def recipe_of(**sections: Any) -> Recipe:
    return Recipe.model_validate({"tasks": TASKS, **sections})


def test_every_stage_is_listed_with_what_it_begins_with() -> None:
    found = list_stages(recipe_of(**SECTIONS))
    assert found.trained == {
        "pretrain": "scratch",
        "finetune/reviews": "pretrain",
        "finetune/again": "finetune/reviews",
        "finetune/bare": "scratch",
        "finetune/own": "scratch",
        "finetune/said": "scratch",
    }
    assert found.measured == {
        "measure/reviews": ("finetune/own", "models/far"),
        "prompt/words": ("models/far",),
    }


def test_random_weights_are_told_with_the_network_that_has_them() -> None:
    with speaking("en"):
        lines = format_stages(recipe_of(**SECTIONS)).splitlines()
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.startswith("  ")}
    assert rows["pretrain"] == "bert with random weights, on a corpus of python_docs"
    assert rows["finetune/reviews"] == "from pretrain"
    assert rows["finetune/bare"] == "bert with random weights"
    assert rows["finetune/own"] == "text_cnn with random weights"
    assert rows["finetune/said"] == "speech with random weights"
    assert rows["measure/reviews"] == "finetune/own, models/far"
    with speaking("zh"):
        told = format_stages(recipe_of(**SECTIONS))
    assert "bert，从随机权重开始，语料为 python_docs" in told
    assert "finetune/own、models/far" in told


def test_only_vectors_that_a_stage_learns_are_listed() -> None:
    scratch = {"reviews": {"init_from": "scratch"}}
    vectors: dict[str, Any] = {"finetune": scratch, "word_vectors": {"d_model": 16}}
    assert [*list_stages(recipe_of(**vectors)).trained] == ["finetune/reviews"]
    vectors["model"] = {"initial_embedding": "word_vectors"}
    assert [*list_stages(recipe_of(**vectors)).trained] == ["word_vectors", "finetune/reviews"]
