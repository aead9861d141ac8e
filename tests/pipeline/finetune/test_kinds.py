"""Every kind of task is learned through one command, and measured on examples of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.finetune.small_tasks import (
    read_json,
    read_rows,
    recipe_of,
    run_quietly,
    save_base,
    write_task,
)

from yanmo.evaluation.openings import read_openings
from yanmo.evaluation.task_report import read_items, read_task_report
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import TaskKind

WINDOWS = {"max_tokens": 24, "long_text": "windows", "overlap_tokens": 4}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("classification", "bert", {}),
    ("classification", "qwen3", {}),
    ("classification", "t5", {}),
    ("similarity", "bert", {}),
    ("entities", "bert", {"has_crf": True}),
    ("questions", "bert", {"length": WINDOWS}),
    ("keywords", "bert", {}),
    ("translation", "t5", {}),
    ("summarisation", "t5", {}),
    ("summarisation", "qwen3", {}),
    ("conversations", "qwen3", {"packing": True}),
    ("preferences", "qwen3", {}),
]


@pytest.mark.parametrize(("kind", "family", "settings"), CASES)
def test_a_task_is_learned_and_measured(
    tmp_path: Path, kind: str, family: str, settings: dict[str, Any]
) -> None:
    base = save_base(tmp_path / "base", family)
    section = {"init_from": str(base), **settings}
    recipe = recipe_of({"own": write_task(tmp_path, kind)}, {"own": section})
    out = tmp_path / "run"
    result = run_quietly(recipe, out)
    assert result.ran == ("finetune/own", "finetune/own/evaluate")

    rows = read_rows(out / "finetune/own/metrics.jsonl")
    losses = [row["validation/loss"] for row in rows if "validation/loss" in row]
    assert min(losses[1:]) < losses[0], "nothing was learned"
    report = read_task_report(out / "finetune/own/evaluate/report.json")
    assert (report.kind, report.split) == (kind, "test")
    assert report.main_figure is not None and report.main_figure.value is not None
    items = read_items(out / "finetune/own/evaluate/items.parquet")
    assert len(items) == report.num_items == 8

    # Opened once, by the model that the manifest names.
    (opening,) = read_openings(out).of("own")
    assert opening.num_items == 8
    assert opening.model_hash == read_json(out / "finetune/own/manifest.json")["content_hash"]
    assert run_quietly(recipe, out).ran == ()
    assert len(read_openings(out).of("own")) == 1


@pytest.mark.parametrize("family", ["bilstm", "bigru", "text_cnn"])
def test_networks_made_for_tasks_begin_with_the_words_of_the_task(
    tmp_path: Path, family: str
) -> None:
    scratch: dict[str, Any] = {"family": family, "d_model": 16}
    scratch |= {"num_filters": 8} if family == "text_cnn" else {"d_hidden": 16}
    section = {"init_from": "scratch", "scratch": scratch}
    recipe = recipe_of({"own": write_task(tmp_path, "classification")}, {"own": section})
    out = tmp_path / "run"
    run_quietly(recipe.model_copy(update={"tokenizer": _vocabulary(300)}), out)
    assert read_task_report(out / "finetune/own/evaluate/report.json").num_items == 8
    tokenizer = read_json(out / "finetune/own/model/tokenizer.json")
    assert len(tokenizer["model"]["vocab"]) <= 300


def test_the_recipes_own_model_begins_with_random_weights(tmp_path: Path) -> None:
    section = {"init_from": "scratch"}
    model = {"family": "bert", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 48}
    tasks = {"own": write_task(tmp_path, "classification")}
    recipe = recipe_of(tasks, {"own": section}, tokenizer={"vocab_size": 300}, model=model)
    run_quietly(recipe, tmp_path / "run")
    shape = read_json(tmp_path / "run/finetune/own/model/config.json")
    assert (shape["hidden_size"], shape["num_hidden_layers"]) == (32, 1)


def test_several_tasks_share_one_model(tmp_path: Path) -> None:
    base = save_base(tmp_path / "base", "bert")
    kinds: tuple[TaskKind, ...] = ("classification", "similarity", "entities", "questions")
    tasks = {kind: write_task(tmp_path, kind) for kind in kinds}
    section = {"task": list(kinds), "init_from": str(base), "has_crf": True}
    out = tmp_path / "run"
    run_quietly(recipe_of(tasks, {"together": section}), out)
    told = read_json(out / "finetune/together/model/task.json")
    assert [head["name"] for head in told["heads"]] == list(kinds)
    for kind in kinds:
        report = read_task_report(out / f"finetune/together/evaluate/{kind}/report.json")
        assert (report.kind, report.num_items) == (kind, 8)
        assert len(read_openings(out).of(kind)) == 1
    last = read_rows(out / "finetune/together/metrics.jsonl")[-1]
    firsts = [f"{kind}/{metrics_of(kind)[0].name}" for kind in kinds]
    figures = [last[f"validation/{name}"] for name in firsts]
    assert last["validation/mean"] == pytest.approx(sum(figures) / 4)


def _vocabulary(size: int) -> Any:
    from yanmo.tokens.config import TokenizerConfig

    return TokenizerConfig(vocab_size=size)
