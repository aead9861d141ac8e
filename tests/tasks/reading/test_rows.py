"""Rows of every format are the same rows, each with its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanmo.core.errors import ConfigError, DataError
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import format_of, read_rows
from yanmo.tasks.reading.source_file import SourceFile

ROWS = [
    {"text": 'He said "hi", left', "label": "yes"},
    {"text": "窗前，明月", "label": "否"},
]


def file_at(path: Path) -> SourceFile:
    return SourceFile(path, path.name)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    match path.suffix:
        case ".jsonl":
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            path.write_text("\n".join(lines), encoding="utf-8")
        case ".json":
            path.write_text(json.dumps(rows), encoding="utf-8")
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        case ".tsv":
            lines = ["\t".join(row.values()) for row in rows]
            path.write_text("\n".join(["\t".join(rows[0]), *lines]), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("ending", "numbers"),
    [("jsonl", [1, 3]), ("json", [1, 2]), ("csv", [2, 3]), ("tsv", [2, 3]), ("parquet", [1, 2])],
)
def test_every_format_gives_the_same_rows(tmp_path: Path, ending: str, numbers: list[int]) -> None:
    path = tmp_path / f"rows.{ending}"
    write_rows(path, ROWS)
    rows = list(read_rows(file_at(path), columns=["text", "label"]))
    assert [dict(row.values) for row in rows] == ROWS
    assert [row.number for row in rows] == numbers


def test_a_quoted_field_over_several_lines_keeps_the_numbers_of_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,label\n"one\ntwo\n",x\nthree,y\n', encoding="utf-8")
    rows = list(read_rows(file_at(tmp_path / "a.csv")))
    assert [(row.number, row.text("text")) for row in rows] == [(2, "one\ntwo\n"), (5, "three")]


def test_a_table_without_a_header_numbers_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('a "b\t1\nc\t2\n', encoding="utf-8")
    rows = list(read_rows(file_at(tmp_path / "a.tsv"), has_header=False, columns=["2"]))
    assert [row.values for row in rows] == [{"1": 'a "b', "2": "1"}, {"1": "c", "2": "2"}]


def test_plain_lines_are_texts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\nthree\n", encoding="utf-8")
    rows = list(read_rows(file_at(tmp_path / "a.txt")))
    assert [(row.number, row.text("text")) for row in rows] == [(1, "one"), (3, "three")]


@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")).filter(
            str.strip
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_comes_back_from_csv_and_jsonl(tmp_path: Path, texts: list[str]) -> None:
    for ending in ("csv", "jsonl"):
        path = tmp_path / f"any.{ending}"
        write_rows(path, [{"text": text, "label": "x"} for text in texts])
        assert [row.text("text") for row in read_rows(file_at(path))] == texts


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path) -> None:
    assert format_of(file_at(tmp_path / "a.CSV.gz")) == "csv"
    with pytest.raises(ConfigError, match='format = "jsonl"'):
        format_of(file_at(tmp_path / "a.jsonls"))
    with pytest.raises(ConfigError, match="no columns with names"):
        read_rows(file_at(tmp_path / "a.conll"))


def row_of(**values: Any) -> Row:
    return Row(SourceFile(Path("data/a.jsonl"), "a.jsonl"), 7, values)


def test_a_dotted_column_goes_into_a_table() -> None:
    row = row_of(choices={"text": ["a", "b"]}, **{"x.y": "plain"})
    assert row.texts("choices.text") == ("a", "b")
    assert row.text("x.y") == "plain"
    assert not row.has("choices.label")
    with pytest.raises(DataError, match=r"^data/a\.jsonl, row 7: there is no column 'choices.z'"):
        row.value("choices.z")


def test_labels_may_be_whole_numbers_and_scores_may_be_texts() -> None:
    row = row_of(label=3, other=" x ", score=" 2.50", truth=True)
    assert row.name("label") == "3"
    assert row.name("other") == "x"
    assert row.real("score") == 2.5
    with pytest.raises(DataError, match="holds True, not a number"):
        row.real("truth")
    with pytest.raises(DataError, match=r"holds 2\.5, not a text"):
        row_of(label=2.5).name("label")


def test_invalid_utf8_in_parquet_is_named(tmp_path: Path) -> None:
    column = pa.array([b"good", b"\xff\xfe"]).view(pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet, row 2: .*UTF-8"):
        list(read_rows(file_at(tmp_path / "a.parquet")))
