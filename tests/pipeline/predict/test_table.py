"""Rows are asked about by the right columns, and what is wrong names file and row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from yanmo.core.errors import ConfigError, DataError
from yanmo.pipeline.predict.table import Ask, Table, asks_of, read_table


def asks(table: Table, **columns: str | None) -> list[Ask]:
    given = {"text_column": None, "second_column": None} | columns
    return asks_of(table, asks_questions=False, **given)


def test_lines_of_a_plain_text_are_asked_about_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n \n  二\n", encoding="utf-8")
    assert asks(read_table(str(path))) == [Ask("one"), Ask(""), Ask("  二")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "one", "id": 1}\n{"text": "二", "id": 2}\n'),
        ("a.json", '[{"text": "one", "id": 1}, {"text": "二", "id": 2}]'),
        ("a.csv", "id,text\n1,one\n2,二\n"),
        ("a.tsv", "id\ttext\n1\tone\n2\t二\n"),
    ],
)
def test_every_format_is_read_by_its_ending_also_gzipped(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(content.encode()))
    for path in (tmp_path / name, packed):
        assert asks(read_table(str(path))) == [Ask("one"), Ask("二")]


def test_columns_are_named_or_the_only_one_or_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("title,body,second\na,b,c\n", encoding="utf-8")
    table = read_table(str(path))
    assert asks(table, text_column="body") == [Ask("b", "c")]
    assert asks(table, text_column="title", second_column="body") == [Ask("a", "b")]
    with pytest.raises(DataError, match="title, body, second"):
        asks(table)
    path.write_text("headline\na\n", encoding="utf-8")
    assert asks(read_table(str(path))) == [Ask("a")]
    path.write_text("股票大涨\t3\n", encoding="utf-8")
    bare = read_table(str(path), "tsv", has_header=False)
    assert asks(bare, text_column="1") == [Ask("股票大涨")]


def test_questions_are_asked_with_their_passages(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"question": "who?", "context": "张三"}\n', encoding="utf-8")
    found = asks_of(
        read_table(str(path)), asks_questions=True, text_column=None, second_column=None
    )
    assert found == [Ask("who?", "张三")]


def test_lists_of_words_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": ["one", "word"]}\n', encoding="utf-8")
    assert asks(read_table(str(path))) == [Ask(("one", "word"))]


@pytest.mark.parametrize(
    ("second_row", "why"),
    [
        ('{"text": ""}', "empty"),
        ('{"text": 3}', "not a text"),
        ('{"other": "a"}', "no column"),
        ('{"text": "a"', "JSON"),
        ('{"text": ["a", 1]}', "not a list of texts"),
    ],
)
def test_a_row_that_cannot_be_asked_about_is_named(
    tmp_path: Path, second_row: str, why: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "fine"}\n' + second_row + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=why) as caught:
        asks(read_table(str(path)))
    assert "a.jsonl, row 2" in str(caught.value)


def test_a_plain_text_has_no_second_column(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="one column"):
        asks(read_table(str(path)), second_column="b")


def test_formats_without_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("EU\tB-ORG\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="conll"):
        read_table(str(path))
    with pytest.raises(ConfigError, match="Did you mean 'jsonl'"):
        read_table(str(path), "jsnl")
