"""Metrics read in columns while they are written."""

from __future__ import annotations

import json
from pathlib import Path

from yanmo.studio.metric_log import MetricLog, MetricLogs


def rows(count: int, start: int = 1) -> str:
    return "".join(
        json.dumps({"step": n, "time": 100.0 + n, "train/tokens": 8 * n, "train/loss": 9.0 - n})
        + "\n"
        for n in range(start, start + count)
    )


def test_what_is_appended_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(rows(3))
    log = MetricLog(path)
    log.refresh()
    assert log.column("train/loss")[1].tolist() == [8.0, 7.0, 6.0]
    with path.open("a") as file:
        file.write(rows(2, 4))
    log.refresh()
    assert (log.num_rows, log.last_step, log.last("train/loss")) == (5, 5, 4.0)
    assert log.generation == 0


def test_a_line_cut_at_any_byte_is_read_once_it_is_whole(tmp_path: Path) -> None:
    content = rows(2).encode()
    path = tmp_path / "metrics.jsonl"
    for cut in range(len(content)):
        path.write_bytes(content[:cut])
        log = MetricLog(path)
        log.refresh()
        assert log.num_rows == content[:cut].count(b"\n")
        path.write_bytes(content)
        log.refresh()
        assert (log.num_rows, log.num_unreadable) == (2, 0)


def test_a_damaged_line_is_counted_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(rows(1).encode() + b'{"step": 2, "tr\x00\xff\n[]\n' + rows(1, 3).encode())
    log = MetricLog(path)
    log.refresh()
    assert (log.steps().tolist(), log.num_unreadable) == ([1, 3], 2)


def test_a_log_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(rows(5))
    logs = MetricLogs()
    assert logs.open(tmp_path).num_rows == 5
    fresh = tmp_path / "fresh"
    fresh.write_text(rows(2))
    fresh.replace(path)
    log = logs.open(tmp_path)
    assert (log.num_rows, log.generation) == (2, 1)
    path.unlink()
    assert logs.open(tmp_path).num_rows == 0


def test_words_and_what_is_no_number_make_no_column(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "train/skipped_because": "spike", "a": true, "b": null}\n')
    log = MetricLog(path)
    log.refresh()
    assert (log.keys(), log.num_rows) == ([], 1)
