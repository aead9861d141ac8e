"""The whole life on real text in two languages: everything is made, and it fits together."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
import torch
from tests.pipeline.small_recipe import SMALL, sources
from transformers import AutoModelForCausalLM, AutoTokenizer

import yanmo
from yanmo.core.console import Console
from yanmo.training.metrics import read_rows


@pytest.fixture(scope="session")
def poems(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of JSON files of Chinese poems."""
    folder = tmp_path_factory.mktemp("poems")
    archive = shared_data / "text" / "chinese-poetry" / "chinese-poetry-classics.tar.gz"
    with tarfile.open(archive) as file:
        members = [m for m in file.getmembers() if "huajianji" in m.name or "shijing" in m.name]
        file.extractall(folder, members=members, filter="data")
    return folder


def live(text: Path, run_dir: Path) -> Path:
    console = Console(io.StringIO())
    of_another_text = ["pretrain.sample_prompts=none", "finetune={}", "tasks={}"]
    overrides = [*SMALL, sources(text), *of_another_text]
    result = yanmo.run("python_docs", *overrides, out=run_dir, console=console)
    assert result.ran == ("corpus", "tokenizer", "tokens", "pretrain", "evaluate")
    return run_dir


def check_run(run_dir: Path, prompts: list[str]) -> None:
    """What every finished run must hold."""
    rows = [r for r in read_rows(run_dir / "pretrain" / "metrics.jsonl") if "validation/loss" in r]
    assert rows[-1]["validation/loss"] < rows[0]["validation/loss"]
    report = json.loads((run_dir / "evaluate" / "report.json").read_text(encoding="utf-8"))
    assert {model["kind"] for model in report["models"]} == {"neural", "ngram"}
    page = (run_dir / "report.html").read_text(encoding="utf-8")
    assert "</html>" in page
    folder = run_dir / "pretrain" / "model"
    theirs = AutoModelForCausalLM.from_pretrained(folder).eval()
    their_tokenizer = AutoTokenizer.from_pretrained(folder)
    model, tokenizer = yanmo.load_model(str(folder)), yanmo.load_tokenizer(str(folder))
    for prompt in prompts:
        ids = tokenizer.encode(prompt, add_special_tokens=True)
        assert their_tokenizer(prompt).input_ids == ids
        assert tokenizer.decode(ids) == prompt
        tokens = torch.tensor([ids[: model.config.max_seq_len]])
        with torch.no_grad():
            torch.testing.assert_close(
                model(tokens=tokens).logits, theirs(tokens).logits, atol=1e-4, rtol=1e-4
            )
    text = yanmo.generate(model, tokenizer, prompts[0], max_new_tokens=8, seed=1)
    assert text == yanmo.generate(model, tokenizer, prompts[0], max_new_tokens=8, seed=1)


@pytest.mark.slow
def test_life_on_shakespeare(shared_data: Path, tmp_path: Path) -> None:
    run_dir = live(shared_data / "text" / "tinyshakespeare", tmp_path / "run")
    check_run(run_dir, ["ROMEO:\nBut soft", "To be, or not to be 123"])


@pytest.mark.slow
def test_life_on_chinese_poems(poems: Path, tmp_path: Path) -> None:
    run_dir = live(poems, tmp_path / "run")
    check_run(run_dir, ["關關雎鳩，在河之洲。", "小山重叠金明灭，鬓云欲度香腮雪 42"])
    samples = read_rows(run_dir / "pretrain" / "samples.jsonl")
    prompts = {row["prompt"] for row in samples}
    assert any("\u4e00" <= character <= "\u9fff" for prompt in prompts for character in prompt)
    corpus = json.loads((run_dir / "corpus" / "report.json").read_text(encoding="utf-8"))
    assert corpus["scripts"]["Han"] > 0.9 * sum(corpus["scripts"].values())
