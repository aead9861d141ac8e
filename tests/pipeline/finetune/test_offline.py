"""Models that transformers has saved are tuned from their folders, and no network is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tests.conftest import REPOSITORY
from tests.inference.outside_models import save_bert, save_gpt2
from tests.pipeline.finetune.small_tasks import recipe_of, write_task
from tests.tokens.outside_folders import byte_level_parts

from yanmo.core.resolve import to_toml

SHUT = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise AssertionError(f"{event} {arguments}")
    if event == "import" and arguments[0] == "transformers":
        raise AssertionError("transformers was imported")
sys.addaudithook(refuse)
from yanmo.cli.main import main
main()
"""


def save_roberta(folder: Path) -> Any:
    """A RoBERTa folder with a byte-level tokenizer whose first entries are those of the published
    one: positions are counted from its padding on."""
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary, merges = byte_level_parts()
    placed = {name: place for place, name in enumerate([*names, *vocabulary])}
    tokenizer = transformers.RobertaTokenizer(vocab=placed, merges=merges)
    tokenizer.save_pretrained(folder)
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    model = transformers.RobertaForMaskedLM(config)
    model.save_pretrained(folder)
    return model


SAVE = {
    "bert": lambda folder: save_bert(folder, max_position_embeddings=64),
    "roberta": save_roberta,
    "gpt2": lambda folder: save_gpt2(folder, n_positions=64),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", ["bert", "gpt2", pytest.param("roberta", marks=pytest.mark.nightly)]
)
def test_an_outside_model_is_tuned_with_the_network_shut(tmp_path: Path, family: str) -> None:
    base = tmp_path / "base"
    base.mkdir()
    SAVE[family](base)
    tasks = {"own": write_task(tmp_path, "classification")}
    section = {"init_from": str(base), "method": "full", "early_stopping": None}
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(to_toml(recipe_of(tasks, {"own": section})), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SHUT, "run", str(recipe), "--out", str(tmp_path / "run")],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run/finetune/own/evaluate/report.json").read_text())
    assert report["num_items"] == 8

    # And what came of it is again a folder that transformers opens.
    folder = tmp_path / "run/finetune/own/model"
    reopened = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True
    )
    assert reopened.config.num_labels == 2
    before = transformers.AutoModel.from_pretrained(base, local_files_only=True).state_dict()
    after = reopened.base_model.state_dict()
    moved = [name for name in after if not torch.equal(after[name], before[name])]
    assert any("layer.1" in name or "h.1" in name for name in moved)
