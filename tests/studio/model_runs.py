"""A folder of runs with real models for the pages Chat and Explain: one that continues texts and
talks by heart, the same once more as a run of conversations, one that writes figures for ever, and
a classifier that knows nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
import torch
from tests.serving.learned_model import save_learned_model

from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.tokens.tokenizer import Tokenizer

WRITER = "ink/pretrain/model"
TALKER = "ink/finetune/talk/model"
CLASSIFIER = "ink/finetune/kinds/model"
COUNTER = "count/pretrain/model"
LABELS = ("river", "sea", "poem")
RECIPE = """
name = "ink"

[tasks.talk]
kind = "conversations"

[tasks.kinds]
kind = "classification"
"""


def shared_model_runs(factory: pytest.TempPathFactory) -> Path:
    """The folder of runs, made once for all tests, those of other workers too; only read it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    runs = base / "model_runs" / "runs"
    with (base / "model_runs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (runs / CLASSIFIER / "config.json").is_file():
            shutil.rmtree(runs, ignore_errors=True)
            make_model_runs(runs)
    return runs


def make_model_runs(runs: Path) -> Path:
    """Fill the folder `runs`; return it."""
    torch.set_num_threads(1)
    tokenizer = save_learned_model(runs / WRITER)
    (runs / "ink" / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    shutil.copytree(runs / WRITER, runs / TALKER)
    save_counter(runs / COUNTER, tokenizer)
    head = HeadSpec(name="kinds", kind="classification", labels=LABELS)
    model = TaskModel(load_model(runs / WRITER), [head])
    model.init_heads(0)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.mul_(20.0)
    save_task_folder(
        model.eval(),
        runs / CLASSIFIER,
        save_tokenizer=tokenizer.save,
        special_ids={"eos": tokenizer.eos_id, "pad": tokenizer.pad_id},
    )
    return runs


def save_counter(directory: Path, tokenizer: Tokenizer) -> None:
    """Write a model that knows nothing but figures, and so never ends a text."""
    config = derive_model(
        ModelConfig.model_validate(
            {"family": "qwen3", "depth": 2, "d_model": 64, "max_seq_len": 256, "num_heads": 2}
        ),
        tokenizer.vocab_size,
    ).config
    model = build_model(config, torch.device("cpu"), seed=0)
    counted = tokenizer.encode(" 1 2 3 4 5 6 7 8 9" * 40)
    rows = torch.tensor([counted[start : start + 41] for start in range(0, 54, 3)])
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3)
    for _ in range(150):
        scores = model(tokens=rows[:, :-1]).logits  # (B, T, V)
        loss = torch.nn.functional.cross_entropy(scores[:, 8:].flatten(0, 1), rows[:, 9:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 0.1, f"figures were not learned: {loss.item()}"
    save_model_folder(
        model.eval(),
        directory,
        save_tokenizer=tokenizer.save,
        special_ids={"eos": tokenizer.eos_id, "pad": tokenizer.pad_id},
    )
