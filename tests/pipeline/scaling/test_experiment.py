"""A small experiment from end to end, and what it refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.core.files import write_json
from yanmo.models.build import count_params
from yanmo.pipeline.compare.job import Job
from yanmo.pipeline.compare.result_files import RESULT_NAME, SCORES_NAME
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.scaling.experiment import run_scaling
from yanmo.pipeline.scaling.grid import (
    COMPUTE_FACTOR,
    build_points,
    build_target,
    parse_lengths,
    parse_sizes,
)
from yanmo.pipeline.scaling.law import ScalingLaw
from yanmo.pipeline.scaling.table import format_scaling


def test_the_predicted_run_takes_four_times_the_flops() -> None:
    recipe = load_recipe("python_docs", [])
    points = build_points(recipe, [1, 2, 3], [2e5, 4e5])
    target = build_target(recipe, points)
    largest = max(points, key=lambda point: point.flops)
    assert target.flops == pytest.approx(COMPUTE_FACTOR * largest.flops, rel=0.01)
    assert target.num_params > largest.num_params
    assert len({point.name for point in points}) == len(points) == 6


@pytest.mark.parametrize("text", ["3", "1,x", "0,1", ""])
def test_sizes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="sizes"):
        parse_sizes(text)


def test_lengths_are_read_as_budgets_are_and_too_few_runs_are_refused() -> None:
    assert parse_lengths("300k, 1M,150k") == [150e3, 300e3, 1e6]
    with pytest.raises(ConfigError, match="two lengths"):
        parse_lengths("100k")
    with pytest.raises(ConfigError, match="five numbers"):
        build_points(load_recipe("python_docs", []), [1, 2], [1e5, 2e5])
    with pytest.raises(ConfigError, match="no language model"):
        build_points(load_recipe("python_docs", ["model.family=bert"]), [1, 2, 3], [1e5, 2e5])


LAW = ScalingLaw(2.0, 90.0, 0.3, 120.0, 0.35)


def test_an_experiment_reads_what_is_done_and_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runs themselves are those of `compare`; here each leaves the loss that a law gives it."""
    made: list[str] = []

    def leave_result(folder: Path, job: Job, *_: object) -> None:
        made.append(job.name)
        assert job.steps is not None
        shape = derive_shape(job.recipe, job.recipe.tokenizer.vocab_size).config
        tokens = job.steps * job.recipe.pretrain.batch_rows * shape.max_seq_len
        result = {"num_params": count_params(shape), "tokens": tokens, "training_s": 1.0}
        result |= {"flops": float(shape.flops_per_token()) * tokens}
        keys = {"key": job.key, "score_key": job.score_key}
        write_json(folder / RESULT_NAME, result | keys)
        loss = LAW.loss(result["num_params"], tokens)
        np.savez(folder / SCORES_NAME, log_probs=np.full(7, -loss), ranks=np.zeros(7))

    monkeypatch.setattr("yanmo.pipeline.compare.process.run_process", leave_result)
    monkeypatch.setattr("yanmo.pipeline.scaling.experiment.run_inputs", lambda *_: {})
    recipe = load_recipe("python_docs", [])
    where: dict[str, Any] = {"out": tmp_path / "run", "console": Console(io.StringIO())}
    lengths = [2e5, 4e5, 8e5]
    first = run_scaling(recipe, sizes=[1, 2, 3], lengths=lengths, **where)
    assert len(made) == len(first.report["runs"]) == 9
    assert "measured" not in first.report["prediction"]
    stored = json.loads((tmp_path / "run" / "scaling" / "report.json").read_text(encoding="utf-8"))
    assert stored == first.report

    second = run_scaling(recipe, sizes=[1, 2, 3], lengths=lengths, is_checked=True, **where)
    assert len(made) == 10, "only the predicted run was made anew"
    assert second.report["runs"] == first.report["runs"]
    assert abs(second.report["prediction"]["error"]) < 0.005
    assert "the prediction is off by" in format_scaling(second.report)
    page = (tmp_path / "run" / "scaling.html").read_text(encoding="utf-8")
    assert page.count("<circle") == 10
    assert 'class="measured"' in page
