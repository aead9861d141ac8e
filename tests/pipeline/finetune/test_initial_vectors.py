"""A tuning that begins as the section `model` says begins with its word vectors, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.pipeline.finetune.small_tasks import recipe_of, run_quietly, write_task

from yanmo.core.console import Console
from yanmo.models.word_vectors.folder import save_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors
from yanmo.pipeline.finetune.begin import OwnVocabulary, begin
from yanmo.pipeline.life import inspect_stages
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import StageContext
from yanmo.pipeline.stages import stages_of

MODEL = {"family": "bert", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 32}
WORDS = ["wonderful", "dreadful", "food", "film", "walk", "book", "delight", "bore"]
SCRATCH = {"init_from": "scratch"}


def reading(folder: Path, vectors: str | None, **more: Any) -> Recipe:
    tasks = {"own": write_task(folder, "classification")}
    model = {**MODEL, "initial_embedding": vectors}
    return recipe_of(tasks, {"own": SCRATCH}, model=model, **more)


def save_vectors(folder: Path, seed: int) -> Path:
    matrix = np.random.default_rng(seed).normal(size=(len(WORDS), 16)).astype(np.float32)
    save_word_vectors(WordVectors(WORDS, matrix), folder)
    return folder


def embedding(recipe: Recipe, folder: Path) -> torch.Tensor:
    """The embedding that the tuning begins with."""
    texts = [f"{word} {word}" for word in WORDS] * 20
    context = StageContext(recipe, folder / "run", folder, Console(is_quiet=True))
    vocabulary = OwnVocabulary(folder / "tokenizer", lambda: texts)
    begun = begin(context, recipe.finetune["own"], vocabulary, torch.device("cpu"))
    return begun.model.embed.weight.detach()


def test_the_embedding_is_made_of_the_vectors(tmp_path: Path) -> None:
    plain = embedding(reading(tmp_path, None), tmp_path)
    vectors = str(save_vectors(tmp_path / "vectors", 1))
    begun = embedding(reading(tmp_path, vectors), tmp_path)
    changed = (plain != begun).any(1).sum()
    assert len(WORDS) <= changed < len(plain) / 2


@pytest.mark.parametrize("section", ["model", "scratch"])
def test_other_vectors_in_the_folder_make_the_tuning_stale(tmp_path: Path, section: str) -> None:
    vectors = str(save_vectors(tmp_path / "vectors", 1))
    if section == "model":
        recipe = reading(tmp_path, vectors)
    else:
        network = {"family": "bilstm", "d_model": 16, "initial_embedding": vectors}
        tasks = {"own": write_task(tmp_path, "classification")}
        recipe = recipe_of(tasks, {"own": {**SCRATCH, "scratch": network}})
    keys = []
    for seed in (1, 1, 2):
        save_vectors(tmp_path / "vectors", seed)
        states = inspect_stages(recipe, tmp_path / "run", stages_of(recipe))
        keys.append(states[0].key)
    assert keys[0] == keys[1] != keys[2]


def test_the_recipes_own_vectors_are_learned_first(tmp_path: Path) -> None:
    more: dict[str, Any] = {"word_vectors": {"d_model": 16, "min_count": 2, "epochs": 1}}
    unread = [stage.name for stage in stages_of(reading(tmp_path, None, **more))]
    assert unread == ["finetune/own", "finetune/own/evaluate"]
    stages = stages_of(reading(tmp_path, "word_vectors", **more), until="finetune")
    assert [stage.name for stage in stages] == ["corpus", "word_vectors", "finetune/own"]
    assert stages[-1].inputs == ("word_vectors",)


@pytest.mark.slow
def test_a_run_learns_its_vectors_and_begins_with_them(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for number in range(30):
        text = f"{number} times the food is wonderful. a walk. " * 5
        (tmp_path / "texts" / f"{number}.txt").write_text(text, encoding="utf-8")
    recipe = reading(
        tmp_path,
        "word_vectors",
        word_vectors={"d_model": 16, "min_count": 2, "epochs": 1},
        corpus={
            "sources": [{"kind": "files", "paths": [str(tmp_path / "texts")]}],
            "split": {"validation_frac": 0.2, "test_frac": 0.2},
        },
    )
    assert run_quietly(recipe, tmp_path / "run").ran == (
        *("corpus", "word_vectors", "finetune/own", "finetune/own/evaluate"),
    )
    assert run_quietly(recipe, tmp_path / "run").ran == ()
