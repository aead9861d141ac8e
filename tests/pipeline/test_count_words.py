"""The counts of a run's stages are told in the reader's words, numbers and devices too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yanmo.cli.runs import show
from yanmo.core.files import write_json
from yanmo.core.manifest import write_manifest
from yanmo.pipeline.count_words import short_figure, told_count

PRETRAIN = {
    "num_params": 114_944,
    "num_params_non_embedding": 49_408,
    "flops_per_token": 884_736,
    "steps": 2,
    "tokens": 2_048,
    "train_loss": 6.841,
    "validation_loss": 6.89,
    "elapsed_s": 1.559,
    "num_resumes": 0,
    "num_skipped": 0,
    "num_processes": 1,
    "device": "AMD EPYC, 1 thread",
    "energy_wh": 0.0027,
    "grams_co2": 0.001296,
    "energy_source": "tdp",
}


def write_stage(run_dir: Path, stage: str, counts: dict[str, Any]) -> None:
    (run_dir / stage).mkdir(parents=True)
    (run_dir / "recipe.toml").write_text('name = "run"', encoding="utf-8")
    write_json(run_dir / stage / "started.json", {})
    write_manifest(
        run_dir / stage,
        stage=stage,
        config={},
        inputs={},
        output_files=[],
        counts=counts,
        timings={"wall_s": 61.25, "peak_memory_bytes": 2**20},
        yanmo_version="0",
    )


def test_counts_are_told_in_short() -> None:
    assert short_figure({"f1": 0.51234, "recall": 0.4}) == "f1 0.5123"
    assert short_figure({"metric": "f1", "value": None}) == "f1 -"
    assert short_figure([{"f1": 1.0}, {"f1": 2.0}]) == "2"
    assert [short_figure(value) for value in (12345, "cpu", {}, None)] == [
        "12,345",
        "cpu",
        "-",
        "-",
    ]


def test_a_name_that_is_not_ours_stands_as_it_is(speak: Callable[[str], None]) -> None:
    speak("zh")
    assert told_count("reviews", {"metric": "f1", "value": 0.5}) == "reviews f1 0.5"
    assert told_count("chosen_draw", 0).endswith(" 1")
    assert "processor" not in told_count("energy_source", "rapl+gpu")


def test_a_run_is_shown_without_a_word_of_another_language(
    tmp_path: Path, speak: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    write_stage(tmp_path, "pretrain", PRETRAIN)
    speak("zh")
    show(tmp_path)
    told = capsys.readouterr().out
    assert "61.2 秒" in told and "AMD EPYC，1 个线程" in told and "参数 114,944" in told
    words = set(re.findall(r"\b[A-Za-z_]{2,}\b", told))
    assert words <= {"pretrain", "MiB", "AMD", "EPYC"}
    speak("en")
    show(tmp_path)
    told = capsys.readouterr().out
    assert "parameters 114,944, " in told and "1 thread" in told
    show(tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["counts"] == PRETRAIN
