"""The proof by killing: a run that is killed ends as if it never was, and a difference is seen."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.pipeline.small_recipe import SMALL, sources

from yanmo.core.console import Console
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.verify_resume import ResumeVerdict, _first_difference, verify_resume

CHINESE_TEXT = (
    "研墨 grinds ink. 第{number}段：天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。 Line {number}.\n\n"
)


@pytest.mark.slow
def test_killed_run_ends_in_the_same_weights(tmp_path: Path) -> None:
    text = "".join(CHINESE_TEXT.format(number=number * 7919 % 1000) for number in range(6000))
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    overrides = [*SMALL, sources(tmp_path / "text.txt"), "tokenizer.vocab_size=320"]
    overrides += ["corpus.split.validation_frac=0.1", "corpus.split.test_frac=0.1"]
    verdict = verify_resume(
        load_recipe("python_docs", overrides),
        num_kills=3,
        num_steps=40,
        seed=1,
        out=tmp_path / "out",
        console=Console(io.StringIO()),
    )
    assert verdict.is_exact, verdict.describe()
    assert verdict.num_kills >= 2
    assert verdict.num_with_checkpoint >= 1
    assert verdict.expected_hash != "-"


def write_losses(run_dir: Path, losses: list[float]) -> Path:
    (run_dir / "pretrain").mkdir(parents=True)
    rows = [json.dumps({"step": i + 1, "train/loss": loss}) for i, loss in enumerate(losses)]
    (run_dir / "pretrain" / "metrics.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return run_dir


def test_first_difference_is_found(tmp_path: Path) -> None:
    expected = write_losses(tmp_path / "a", [3.0, 2.0, 1.0])
    assert _first_difference(expected, write_losses(tmp_path / "b", [3.0, 2.0, 1.0])) is None
    assert _first_difference(expected, write_losses(tmp_path / "c", [3.0, 2.0 + 1e-15, 1.0])) == 2
    assert _first_difference(expected, write_losses(tmp_path / "d", [3.0, 2.0])) == 3


@pytest.mark.parametrize(("found", "step"), [("b" * 64, None), ("a" * 64, 7)])
def test_verdict_tells_a_difference(found: str, step: int | None) -> None:
    verdict = ResumeVerdict(3, 1, 2, 24, "a" * 64, found, step)
    assert not verdict.is_exact
    assert "NOT identical" in verdict.describe()
