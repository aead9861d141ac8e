"""What each method of tuning changes of a base model, and what it leaves as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.pipeline.finetune.small_tasks import (
    read_json,
    read_rows,
    recipe_of,
    run_quietly,
    save_base,
    small_tokenizer,
    write_task,
)

from yanmo.checkpoint.adapter_folder import load_adapter
from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.task_folder import load_task_folder
from yanmo.finetuning.lora import merge_lora
from yanmo.models.task_model import TaskModel
from yanmo.training import loop
from yanmo.training.job import TrainingJob

CPU = torch.device("cpu")
IDS = torch.tensor([[7, 30, 12, 44, 5]])


def tune(tmp_path: Path, kind: str, family: str, **settings: Any) -> tuple[Path, Path]:
    """The folders of the base model and of the stage."""
    base = save_base(tmp_path / "base", family)
    section = {"init_from": str(base), **settings}
    run_quietly(recipe_of({"own": write_task(tmp_path, kind)}, {"own": section}), tmp_path / "run")
    return base, tmp_path / "run/finetune/own"


def changed_names(base: Path, stage: Path) -> tuple[set[str], set[str]]:
    """Names of the weights of the backbone that tuning changed, and of those that it left."""
    before = load_model(base, CPU).state_dict()
    tuned = load_task_folder(stage / "model", CPU)
    after = tuned.backbone.state_dict()
    same = {name for name in before if name in after and torch.equal(before[name], after[name])}
    return set(before) - same, same


def test_full_tuning_changes_every_weight_that_the_head_reads(tmp_path: Path) -> None:
    base, stage = tune(tmp_path, "classification", "bert", early_stopping=None)
    changed, same = changed_names(base, stage)
    assert {name for name in changed if ".blocks." in f".{name}"}
    assert not [name for name in same if "blocks." in name and name.endswith("weight")]
    assert not (stage / "adapter").exists()


def test_a_probe_leaves_the_backbone_bit_for_bit(tmp_path: Path) -> None:
    base, stage = tune(tmp_path, "classification", "bert", method="probe")
    before, after = load_model(base, CPU), load_task_folder(stage / "model", CPU)
    read = {name: one for name, one in after.backbone.state_dict().items() if "head" not in name}
    own = before.state_dict()
    assert len(read) > 20
    for name, weight in read.items():
        assert torch.equal(weight, own[name]), name
    assert read_json(stage / "manifest.json")["counts"]["num_trained_params"] == 2 * 32 + 2
    rows = read_rows(stage / "metrics.jsonl")
    losses = [row["validation/loss"] for row in rows if "validation/loss" in row]
    assert losses[-1] != losses[0]


def test_lora_writes_an_adapter_beside_the_merged_model(tmp_path: Path) -> None:
    settings = {"method": "lora", "lora": {"rank": 2, "targets": ["q_proj", "v_proj"]}}
    base, stage = tune(tmp_path, "classification", "bert", early_stopping=None, **settings)
    changed, same = changed_names(base, stage)
    # Nothing but the adapted matrices has moved.
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in changed if "blocks" in name} == {
        "q_proj",
        "v_proj",
    }
    assert {name for name in same if "mlp" in name and name.endswith("weight")}
    stored = load_file(stage / "adapter/adapter_model.safetensors")
    matrices = {name for name in stored if "lora_" in name}
    assert len(matrices) == 2 * 2 * 2, "two layers, two matrices, two sides"
    manifest = read_json(stage / "manifest.json")
    assert "adapter/adapter_model.safetensors" in manifest["outputs"]
    counts = manifest["counts"]
    assert counts["num_trained_params"] == 2 * 2 * 2 * 2 * 32 + 2 * 32 + 2

    merged = load_task_folder(stage / "model", CPU).eval()
    adapted = load_adapter(stage / "adapter", load_model(base, CPU)).eval()
    assert isinstance(adapted, TaskModel)
    expected = merged(tokens=IDS).scores
    assert torch.allclose(adapted(tokens=IDS).scores, expected, atol=1e-5)
    merge_lora(adapted)
    assert torch.allclose(adapted(tokens=IDS).scores, expected, atol=1e-5)


@pytest.mark.parametrize(("kind", "family"), [("conversations", "qwen3"), ("translation", "t5")])
def test_lora_of_a_model_that_writes(tmp_path: Path, kind: str, family: str) -> None:
    settings = {"method": "lora", "lora": {"rank": 2, "targets": ["q_proj", "v_proj"]}}
    base, stage = tune(tmp_path, kind, family, early_stopping=None, **settings)
    before, after = (
        load_model(base, CPU).state_dict(),
        load_model(stage / "model", CPU).state_dict(),
    )
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in changed} == {"q_proj", "v_proj"}
    counts = read_json(stage / "manifest.json")["counts"]
    assert counts["num_trained_params"] < 0.1 * counts["num_params"]


def test_rates_by_layer_reach_the_optimiser_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[TrainingJob] = []
    monkeypatch.setattr("yanmo.pipeline.finetune.tune.train", _recording(jobs))
    tune(tmp_path, "classification", "bert", layer_decay=0.5, head_rate_factor=3.0)
    factor = jobs[0].rate_factor
    assert factor is not None
    assert factor("heads.0.out_proj.weight") == 3.0
    assert factor("backbone.blocks.1.mlp.up_proj.weight") == 1.0
    assert factor("backbone.blocks.0.mlp.up_proj.weight") == 0.5
    assert factor("backbone.embed.weight") == 0.25
    assert all(
        any(place in name for place in ("heads.", ".blocks.", "embed")) or factor(name) == 1.0
        for name, _ in jobs[0].model.named_parameters()
    )


def _recording(jobs: list[TrainingJob]) -> Any:
    def train(job: TrainingJob, console: Any) -> Any:
        jobs.append(job)
        return loop.train(job, console)

    return train


SCHEDULED = [0.1, 0.2, 0.9, 0.3, 0.8, 0.4, 0.2, 0.1, 0.2]


@pytest.mark.parametrize("select_by", ["metric", "loss"])
def test_the_best_validation_is_kept_by_what_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, select_by: str
) -> None:
    told = iter(SCHEDULED)
    monkeypatch.setattr(
        "yanmo.pipeline.finetune.heads.figures_of", lambda *_: {"accuracy": next(told)}
    )
    settings = {
        "steps": 14,
        "validate_every": 2,
        "select_by": select_by,
        "early_stopping": {"patience": 4},
    }
    _, stage = tune(tmp_path, "classification", "bert", **settings)
    rows = [row for row in read_rows(stage / "metrics.jsonl") if "validation/loss" in row]
    losses = [row["validation/loss"] for row in rows]
    kept = read_json(stage / "manifest.json")["counts"]["validation_loss"]
    if select_by == "metric":
        assert [row["validation/accuracy"] for row in rows] == SCHEDULED[:7]
        assert kept == losses[2] != min(losses)
        assert rows[-1]["step"] == 12, "four validations brought nothing better"
    else:
        assert "validation/accuracy" not in rows[0]
        assert kept == min(losses) != losses[2]


def test_dropout_is_that_of_the_section(tmp_path: Path) -> None:
    _, stage = tune(tmp_path, "classification", "bert", dropout=0.3)
    assert read_json(stage / "model/config.json")["hidden_dropout_prob"] == 0.3


def test_a_vocabulary_of_the_base_model_goes_with_its_child(tmp_path: Path) -> None:
    _, stage = tune(tmp_path, "classification", "bert")
    told = read_json(stage / "model/tokenizer.json")
    assert len(told["model"]["vocab"]) <= small_tokenizer().vocab_size
    assert (stage / "model/tokenizer.json").read_bytes() == (
        tmp_path / "base/tokenizer.json"
    ).read_bytes()
