"""Comparisons of tiny models: equal budgets, one set of documents, nothing done twice."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.pipeline.compare.tiny import BATCH_TOKENS, QUIET, tiny_recipe, write_text

from yanmo.core.errors import ConfigError, Interrupted, RunError
from yanmo.pipeline.compare.budget import Budget, parse_budget
from yanmo.pipeline.compare.compare import Comparison, compare
from yanmo.pipeline.compare.names import parse_models
from yanmo.pipeline.compare.result_files import JOB_NAME, RESULT_NAME
from yanmo.pipeline.recipe import Recipe
from yanmo.training.metrics import read_rows

STEPS = 40
TOKENS = Budget(kind="tokens", amount=STEPS * BATCH_TOKENS)
NAMES = ("ngram", "ffn", "lstm", "cnn", "qwen3")
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """A recipe on a text of its own."""
    return tiny_recipe(write_text(tmp_path_factory.mktemp("text") / "text.txt"))


def run(recipe: Recipe, out: Path, *names: str, budget: Budget = TOKENS) -> Comparison:
    candidates = parse_models(names, baseline_order=recipe.evaluate.baseline_order)
    return compare(recipe, candidates=candidates, budget=budget, out=out, console=QUIET)


@pytest.fixture(scope="module")
def compared(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """One comparison of five kinds of model."""
    return run(recipe, tmp_path_factory.mktemp("run") / "run", *NAMES)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_model_gets_the_same_tokens_and_is_scored_on_the_same_documents(
    compared: Comparison,
) -> None:
    models = {model["name"]: model for model in compared.report["models"]}
    assert set(models) == {"3gram", "ffn", "lstm", "cnn", "qwen3"}
    assert compared.failures == {}
    for name, model in models.items():
        if name == "3gram":
            assert TOKENS.amount <= model["tokens"] < TOKENS.amount + 200  # whole documents
            assert model["flops"] is None
            continue
        assert model["steps"] == STEPS
        # A row's last tokens may be padding at the end of the split.
        assert TOKENS.amount - 32 <= model["tokens"] <= TOKENS.amount
        assert model["flops"] == model["flops_per_token"] * model["tokens"]
        assert model["tokens_per_s"] == pytest.approx(model["tokens"] / model["training_s"])
        assert model["curve"][0]["bits_per_byte"] > model["curve"][-1]["bits_per_byte"]
        assert len(model["curve"]) in range(12, 17)
        assert model["curve"][-1]["seconds"] == pytest.approx(model["training_s"])
        assert model["other_s"] > 0
    assert len({model["peak_memory_bytes"] for model in models.values()}) == 5
    assert models["3gram"]["peak_memory_bytes"] < models["lstm"]["peak_memory_bytes"]


@pytest.mark.slow
def test_the_report_is_sorted_and_has_intervals(compared: Comparison) -> None:
    report = compared.report
    stored = (compared.run_dir / "compare" / "report.json").read_text(encoding="utf-8")
    assert json.loads(stored) == report
    bits = [model["bits_per_byte"] for model in report["models"]]
    assert bits == sorted(bits)
    for model in report["models"]:
        low, high = model["bits_per_byte_interval"]
        assert low < model["bits_per_byte"] < high
        assert 0 <= model["top1"] <= model["top5"] <= 1
    pairs = {(pair["model"], pair["baseline"]) for pair in report["differences"]}
    assert pairs == {(name, "3gram") for name in ("ffn", "lstm", "cnn", "qwen3")}
    page = (compared.run_dir / "compare.html").read_text(encoding="utf-8")
    assert all(f"<bdi>{name}</bdi>" in page for name in ("3gram", "ffn", "lstm", "cnn", "qwen3"))


@pytest.mark.slow
def test_what_is_done_is_left_alone_and_another_budget_is_not(
    recipe: Recipe, compared: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(compared.run_dir, out)
    before = {path: path.stat().st_mtime_ns for path in out.glob("compare/*/result.json")}
    again = run(recipe, out, *NAMES)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.report["models"] == compared.report["models"]
    (out / "compare" / "ffn" / "model.gguf").write_text("exported", encoding="utf-8")
    longer = run(recipe, out, "ffn", budget=Budget(kind="tokens", amount=60 * BATCH_TOKENS))
    assert [model["steps"] for model in longer.report["models"]] == [60]
    assert not (out / "compare" / "ffn" / "checkpoints").exists()
    assert (out / "compare" / "ffn.previous" / "model.gguf").is_file()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_candidate_goes_on_and_ends_as_if_nothing_had_been(
    recipe: Recipe, compared: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(compared.run_dir, out)
    folder = out / "compare" / "lstm"
    clear(folder, out)
    process = start(folder)
    wait_for(lambda: list(folder.glob("checkpoints/step-*")), process)
    process.kill()
    process.wait()
    assert not (folder / RESULT_NAME).exists()
    result = run(recipe, out, "lstm")
    (ours,) = result.report["models"]
    (theirs,) = (model for model in compared.report["models"] if model["name"] == "lstm")
    assert ours["num_resumes"] == 1
    assert ours["bits_per_byte"] == theirs["bits_per_byte"]
    losses = [point["loss"] for point in ours["curve"]]
    assert losses == [point["loss"] for point in theirs["curve"]]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_candidate_whose_parent_is_gone_saves_and_ends(
    compared: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(compared.run_dir, out)
    folder = out / "compare" / "cnn"
    clear(folder, out, steps=100_000)
    process = start(folder)
    wait_for(lambda: len(read_rows(folder / "metrics.jsonl")) > 3, process)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE_S) == Interrupted.exit_code
    assert list(folder.glob("checkpoints/step-*"))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_model_that_diverges_is_told_and_the_others_go_on(
    recipe: Recipe, compared: Comparison, tmp_path: Path
) -> None:
    from yanmo.training.config import AdamWConfig

    out = tmp_path / "run"
    shutil.copytree(compared.run_dir, out)
    wild = {"optimizer": AdamWConfig(learning_rate=1e6), "max_grad_norm": None}
    pretrain = recipe.pretrain.model_copy(update=wild)
    wild_recipe = recipe.model_copy(update={"pretrain": pretrain})
    result = compare(
        wild_recipe,
        "pretrain.optimizer.learning_rate=1e6",
        candidates=parse_models(["gpt2", "ngram"], baseline_order=3),
        budget=TOKENS,
        out=out,
        console=QUIET,
    )
    assert list(result.failures) == ["gpt2"]
    assert [model["name"] for model in result.report["models"]] == ["3gram"]
    assert [failure["name"] for failure in result.report["failures"]] == ["gpt2"]
    assert "notice" in (out / "compare.html").read_text(encoding="utf-8")
    with pytest.raises(RunError, match="every model failed"):
        compare(
            wild_recipe,
            "pretrain.optimizer.learning_rate=1e6",
            candidates=parse_models(["gpt2"], baseline_order=3),
            budget=TOKENS,
            out=out,
            console=QUIET,
        )


@pytest.mark.slow
def test_seconds_are_probed_and_the_corrected_steps_are_kept(
    recipe: Recipe, compared: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(compared.run_dir, out)
    result = run(recipe, out, "ffn", budget=parse_budget("1s"))
    (model,) = result.report["models"]
    started = json.loads((out / "compare" / "ffn" / "started.json").read_text(encoding="utf-8"))
    assert started["planned_steps"] == max(1, int(1 / started["probe_step_s"]))
    assert model["steps"] == started["steps"]


def test_files_of_somebody_else_are_left_alone(recipe: Recipe, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "compare" / "lstm"
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigError, match="no run made"):
        run(recipe, tmp_path / "run", "lstm")
    assert (folder / "thesis.txt").exists()


def test_a_page_of_somebody_else_is_left_alone(recipe: Recipe, tmp_path: Path) -> None:
    page = tmp_path / "run" / "compare.html"
    page.parent.mkdir()
    page.write_text("a page of mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="no run made"):
        run(recipe, tmp_path / "run", "ngram")
    assert page.read_text(encoding="utf-8") == "a page of mine"


def test_nothing_is_run_for_a_budget_that_is_too_small(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one step"):
        run(recipe, tmp_path / "run", "ffn", budget=Budget(kind="tokens", amount=5))
    assert not (tmp_path / "run").exists()


def clear(folder: Path, out: Path, *, steps: int | None = None) -> None:
    """Leave of a candidate its job alone, which reads the tokens below `out`."""
    job = json.loads((folder / JOB_NAME).read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    folder.mkdir()
    job |= {"run_dir": str(out)} | ({"steps": steps} if steps else {})
    (folder / JOB_NAME).write_text(json.dumps(job), encoding="utf-8")


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "yanmo.pipeline.compare.candidate", str(folder)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for(is_so: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert process.poll() is None, "it ended before its time"
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.005)
