"""A run is drawn in the terminal as far as it has come; a wrong name is told with a right one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from yanmo.core.errors import ConfigError, DataError
from yanmo.pipeline.run_plot import plot_run


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    rows = [
        {"step": step, "time": 100.0 + step, "train/tokens": 64 * step, "train/loss": 8 / step}
        | ({"validation/loss": 9 / step} if step % 5 == 0 else {})
        for step in range(1, 21)
    ]
    folder = tmp_path / "pretrain"
    folder.mkdir()
    text = "".join(json.dumps(row) + "\n" for row in rows) + '{"step": 21, "train'
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_loss_is_drawn_with_its_validation(run_dir: Path) -> None:
    heading, *lines = plot_run(run_dir)
    assert "o is validation" in heading
    assert sum(line.count("o") for line in lines) == 4
    assert lines[-1].split() == ["1", "20"]


def test_the_axis_may_be_tokens_or_time(run_dir: Path) -> None:
    assert plot_run(run_dir, axis="tokens")[-1].split() == ["64", "1,280"]
    assert plot_run(run_dir, axis="time")[-1].split() == ["0", "19"]


def test_any_logged_figure_is_drawn_and_a_misspelt_one_is_told(run_dir: Path) -> None:
    assert plot_run(run_dir, "train/tokens")[1].startswith("1,280 ┤")
    with pytest.raises(ConfigError, match="train/tokns") as caught:
        plot_run(run_dir, "train/tokns")
    assert "'train/tokens'" in str(caught.value)


def test_a_run_without_a_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no step"):
        plot_run(tmp_path)
