"""What is written holds every row as it was, with the predictions beside it, or is not written."""

from __future__ import annotations

import csv
import datetime
import errno
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.errors import ConfigError, RunError
from yanmo.pipeline.predict.output import check_columns, check_destination, print_table, write_rows
from yanmo.pipeline.predict.table import Ask, Table, read_table

VALUES = [
    {"prediction": "sea", "prediction_probabilities": {"sea": 0.75, "hill": 0.25}},
    {"prediction": "hill\tand\nmore", "prediction_probabilities": {"sea": 0.5, "hill": 0.5}},
]


def table_of(folder: Path, name: str, content: str) -> Table:
    (folder / name).write_text(content, encoding="utf-8")
    return read_table(str(folder / name))


def test_json_lines_keep_every_value(tmp_path: Path) -> None:
    content = '{"text": "研墨", "id": 7, "deep": {"a": [1, null]}}\n{"text": "b", "id": 8}\n'
    table = table_of(tmp_path, "a.jsonl", content)
    write_rows(tmp_path / "b.jsonl", table, VALUES)
    lines = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    originals = [json.loads(line) for line in content.splitlines()]
    assert lines == [{**row, **own} for row, own in zip(originals, VALUES, strict=True)]
    assert "研墨" in (tmp_path / "b.jsonl").read_text("utf-8")


def test_a_csv_keeps_commas_quotes_and_line_feeds(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.csv", 'id,text\n1,"a, ""b""\nc"\n2,研墨\n')
    write_rows(tmp_path / "b.csv", table, VALUES)
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "text", "prediction", "prediction_probabilities"]
    assert rows[1][:3] == ["1", 'a, "b"\nc', "sea"]
    assert rows[2][:3] == ["2", "研墨", "hill\tand\nmore"]
    assert json.loads(rows[1][3]) == VALUES[0]["prediction_probabilities"]


def test_a_tsv_counts_what_it_cannot_hold(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.tsv", "id\ttext\n1\ta\n2\tb\n")
    assert write_rows(tmp_path / "b.tsv", table, VALUES) == 1
    lines = (tmp_path / "b.tsv").read_text("utf-8").splitlines()
    assert lines[2].split("\t")[:3] == ["2", "b", "hill and more"]


def test_a_table_without_names_gets_none(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("股票\t3\n基金\t4\n", encoding="utf-8")
    table = read_table(str(tmp_path / "a.tsv"), has_header=False)
    write_rows(tmp_path / "b.tsv", table, [{"prediction": "x"}, {"prediction": "y"}])
    assert (tmp_path / "b.tsv").read_text("utf-8") == "股票\t3\tx\n基金\t4\ty\n"


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    dates = pa.array([datetime.date(2020, 1, 1), None])
    made = pa.table({"text": ["a", "研墨"], "on": dates, "n": pa.array([1, 2], pa.int8())})
    pq.write_table(made, tmp_path / "a.parquet")
    table = read_table(str(tmp_path / "a.parquet"))
    write_rows(tmp_path / "b.parquet", table, VALUES)
    found = pq.read_table(tmp_path / "b.parquet")
    assert found.select(made.column_names).equals(made)
    assert found["prediction"].to_pylist() == [own["prediction"] for own in VALUES]


def test_a_plain_text_gets_one_line_for_each(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.txt", "one\n\ntwo\n")
    fields: list[dict[str, Any]] = [{"prediction": x} for x in ("eins", None, "zwei\ndrei")]
    assert write_rows(tmp_path / "b.txt", table, fields) == 1
    assert (tmp_path / "b.txt").read_text("utf-8") == "eins\n\nzwei drei\n"


def test_a_file_is_not_written_over_unless_forced(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.jsonl", '{"text": "a"}\n')
    with pytest.raises(ConfigError, match="--force"):
        check_destination(tmp_path / "a.jsonl", table, is_forced=False)
    check_destination(tmp_path / "a.jsonl", table, is_forced=True)
    for name, why in (
        ("b.xlsx", "not known"),
        ("no/b.csv", "no folder"),
        ("b.txt", "lose"),
    ):
        with pytest.raises(ConfigError, match=why):
            check_destination(tmp_path / name, table, is_forced=True)


def test_a_column_of_the_file_is_never_written_over(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b", "label": 1}\n')
    with pytest.raises(ConfigError, match="--column model_label"):
        check_columns(table, ["label"], "label")
    check_columns(table, ["prediction"], "prediction")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b"}\n')
    out = tmp_path / "b.jsonl"
    out.write_text("kept", encoding="utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="could not be written"):
        write_rows(out, table, VALUES)
    assert out.read_text(encoding="utf-8") == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_the_printed_table_stays_aligned_in_both_languages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fields = [{"prediction": "积极", "probability": 0.5}, {"prediction": "no", "probability": 1.0}]
    print_table([Ask("研墨"), Ask("a b", "c")], fields)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "prediction  probability  text",
        "积极        0.5000       研墨",
        "no          1.0000       a b | c",
    ]


def test_entities_are_printed_by_name_and_kind(capsys: pytest.CaptureFixture[str]) -> None:
    entity = {"kind": "PER", "start": 0, "end": 2, "text": "张三"}
    print_table([Ask("张三来了")], [{"prediction": [entity, entity]}])
    assert "张三 (PER), 张三 (PER)  张三来了" in capsys.readouterr().out
