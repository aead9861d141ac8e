"""A folder of runs with real models for the pages Chat and Explain: one that continues texts and
talks by heart, the same once more as a run of conversations, and a classifier that knows nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from tests.serving.learned_model import save_learned_model

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel

WRITER = "ink/pretrain/model"
TALKER = "ink/finetune/talk/model"
CLASSIFIER = "ink/finetune/kinds/model"
LABELS = ("river", "sea", "poem")
RECIPE = """
name = "ink"

[tasks.talk]
kind = "conversations"

[tasks.kinds]
kind = "classification"
"""


def make_model_runs(runs: Path) -> Path:
    """Fill the folder `runs`; return it."""
    torch.set_num_threads(1)
    tokenizer = save_learned_model(runs / WRITER)
    (runs / "ink" / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    shutil.copytree(runs / WRITER, runs / TALKER)
    head = HeadSpec(name="kinds", kind="classification", labels=LABELS)
    model = TaskModel(load_model(runs / WRITER), [head])
    model.init_heads(0)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.mul_(20.0)
    save_task_folder(
        model.eval(),
        runs / CLASSIFIER,
        save_tokenizer=lambda path: tokenizer.save(path),
        special_ids={"eos": tokenizer.eos_id, "pad": tokenizer.pad_id},
    )
    return runs
