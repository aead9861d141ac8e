"""Every opening of a test split is on record, and what was done to the record shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import RunError
from yanmo.evaluation.openings import (
    OPENINGS_NAME,
    OpeningLog,
    opening_warning,
    read_openings,
    record_opening,
)


def opened(run_dir: Path, model_hash: str, **changed: Any) -> OpeningLog:
    values = {"task": "sst", "num_items": 1821, "model": "finetune/sst/model"}
    values |= {"model_hash": model_hash, "config_hash": "c0"} | changed
    return record_opening(run_dir, **values)


def test_openings_are_kept_in_their_order(tmp_path: Path) -> None:
    assert read_openings(tmp_path) == OpeningLog()
    opened(tmp_path, "a")
    log = opened(tmp_path, "b", task="情感", what="predict")
    assert log == read_openings(tmp_path) and log.is_whole
    assert [(each.task, each.model_hash) for each in log.openings] == [("sst", "a"), ("情感", "b")]
    assert log.of("情感")[0].what == "predict" and log.openings[0].time.endswith("+00:00")


def test_another_model_is_warned_of_and_the_same_one_is_not(tmp_path: Path) -> None:
    assert opening_warning(opened(tmp_path, "a"), "sst") is None
    assert opening_warning(opened(tmp_path, "a", config_hash="c1"), "sst") is None
    assert opening_warning(opened(tmp_path, "b", task="other"), "sst") is None
    log = opened(tmp_path, "b")
    warning = opening_warning(log, "sst")
    assert warning is not None and "3 times" in warning and "2 different models" in warning
    assert opening_warning(log, "other") is None


@pytest.mark.parametrize("change", ["take out", "alter", "swap"])
def test_a_record_that_was_changed_shows(tmp_path: Path, change: str) -> None:
    for name in "aaaa":
        opened(tmp_path, name)
    path = tmp_path / OPENINGS_NAME
    lines = path.read_text(encoding="utf-8").splitlines()
    if change == "take out":
        del lines[1]
    elif change == "alter":
        lines[1] = json.dumps(json.loads(lines[1]) | {"task": "another"})
    else:
        lines[1], lines[2] = lines[2], lines[1]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = opened(tmp_path, "a")
    assert not log.is_whole
    assert opening_warning(log, "sst") is not None


def test_half_a_line_counts_and_does_not_spoil_the_next(tmp_path: Path) -> None:
    opened(tmp_path, "a")
    path = tmp_path / OPENINGS_NAME
    path.write_bytes(path.read_bytes() + b'{"task": "ss')
    log = opened(tmp_path, "a")
    assert len(log.openings) == 2 and log.num_damaged == 1
    assert read_openings(tmp_path) == log


def test_openings_at_the_same_time_are_all_recorded(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: opened(tmp_path, str(number)), range(40)))
    log = read_openings(tmp_path)
    assert log.is_whole and len(log.openings) == 40 and log.num_models("sst") == 40


def test_a_split_that_cannot_be_recorded_stays_closed(tmp_path: Path) -> None:
    (tmp_path / OPENINGS_NAME).mkdir()
    with pytest.raises(RunError):
        opened(tmp_path, "a")
    with pytest.raises(RunError):
        read_openings(tmp_path)
