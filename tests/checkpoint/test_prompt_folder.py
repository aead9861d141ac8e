"""Prompts as folders: PEFT reads ours, we read PEFT's, and damage is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.models.task_backbones import build_backbone, draw_rows

from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.checkpoint.prompt_folder import load_prompt, save_prompt
from yanmo.core.errors import CheckpointError
from yanmo.finetuning.prompt_tuning import apply_prompt


@torch.no_grad()
def our_logits(model: Any, ids: tuple[int, ...]) -> torch.Tensor:
    tokens = draw_rows()["tokens"][:1]
    return model(torch.cat((torch.tensor([ids]), tokens), dim=1)).scores


def open_base(folder: Path) -> Any:
    transformers = pytest.importorskip("transformers")
    return transformers.AutoModelForCausalLM.from_pretrained(folder)


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
def test_peft_and_we_read_each_others_prompts(family: str, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    model = build_backbone(family).eval()
    save_model_folder(model, tmp_path / "base", save_tokenizer=None, special_ids={"eos": 0})
    ids = apply_prompt(model, 3)
    with torch.no_grad():
        model.embed.prompt.mul_(5)
    save_prompt(model, tmp_path / "ours", base=str(tmp_path / "base"))
    theirs = peft.PeftModel.from_pretrained(open_base(tmp_path / "base"), tmp_path / "ours").eval()
    expected = our_logits(model, ids)
    tokens = draw_rows()["tokens"][:1]
    with torch.no_grad():
        torch.testing.assert_close(theirs(input_ids=tokens).logits, expected, atol=2e-5, rtol=0)
    theirs.save_pretrained(tmp_path / "theirs")
    for name in ("ours", "theirs"):
        again = load_model(tmp_path / "base")
        assert load_prompt(tmp_path / name, again) == ids
        torch.testing.assert_close(our_logits(again, ids), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("damage", ["kind", "width", "no vectors", "no file"])
def test_a_prompt_that_does_not_fit_is_refused(damage: str, tmp_path: Path) -> None:
    model = build_backbone("qwen3")
    apply_prompt(model, 3)
    save_prompt(model, tmp_path / "prompt")
    config, weights = (
        tmp_path / "prompt" / name for name in ("adapter_config.json", "adapter_model.safetensors")
    )
    if damage == "kind":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"peft_type": "LORA"}))
    elif damage == "no file":
        weights.unlink()
    else:
        name = "prompt_embeddings" if damage == "width" else "other"
        save_file({name: torch.zeros(3, 8)}, weights)
    with pytest.raises(CheckpointError) as caught:
        load_prompt(tmp_path / "prompt", build_backbone("qwen3"))
    assert "prompt" in str(caught.value.where)
