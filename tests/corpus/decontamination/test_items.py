"""Test sets are read whole, in every form, or not at all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.errors import ConfigError, DataError
from yanmo.corpus.decontamination.config import EvaluationSet
from yanmo.corpus.decontamination.items import fingerprint_sets, read_items

SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "T",
            "paragraphs": [
                {
                    "context": "上下文",
                    "qas": [{"question": "问题？", "answers": [{"text": "答案"}]}],
                }
            ],
        }
    ],
}


def texts(path: Path, fields: list[str] | None = None) -> list[tuple[str, ...]]:
    each = EvaluationSet(name="test", paths=[str(path)], text_fields=fields)
    return [item.texts for item in read_items([each])]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_squad_gives_contexts_and_questions(tmp_path: Path) -> None:
    path = write(tmp_path / "dev.json", json.dumps(SQUAD))
    assert texts(path) == [("上下文",), ("问题？", "答案")]
    assert texts(path, ["question"]) == [("问题？",)]


def test_lines_rows_and_records(tmp_path: Path) -> None:
    records = [{"q": "why", "choices": ["a", "b"], "gold": 0}, {"q": "", "choices": []}]
    lines = "\n".join(json.dumps(record) for record in records)
    assert texts(write(tmp_path / "a.jsonl", lines)) == [("why", "a", "b")]
    assert texts(write(tmp_path / "a.jsonl", lines), ["q"]) == [("why",)]
    assert texts(write(tmp_path / "b.json", json.dumps([["x", "y"], "z"]))) == [("x", "y"), ("z",)]
    table = 'label,text\n1,"one, two"\n0,three\n'
    assert texts(write(tmp_path / "c.csv", table), ["text"]) == [("one, two",), ("three",)]
    assert texts(write(tmp_path / "d.tsv", '标题\t3\n"引\t4\n')) == [("标题", "3"), ('"引', "4")]
    assert texts(write(tmp_path / "e.test", "1 good\n0 bad\n")) == [("1 good\n",), ("0 bad\n",)]
    pq.write_table(pa.table({"text": ["p"], "n": [1]}), tmp_path / "f.parquet")
    assert texts(tmp_path / "f.parquet") == [("p",)]


def test_packed_and_other_encodings(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"q": "why"}\n'))
    assert texts(tmp_path / "a.jsonl.gz") == [("why",)]
    (tmp_path / "b.txt").write_bytes("这是一个很长的中文句子，用来检测编码。".encode("gb18030"))
    assert texts(tmp_path / "b.txt") == [("这是一个很长的中文句子，用来检测编码。\n",)]


def test_items_are_numbered_through_all_files_of_a_set(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt"):
        write(tmp_path / name, f"{name} 1\n{name} 2\n")
    one = EvaluationSet(name="one", paths=[str(tmp_path)])
    two = EvaluationSet(name="two", paths=[str(tmp_path / "b.txt")])
    items = list(read_items([one, two]))
    assert [(i.set_name, i.number) for i in items] == [
        *(("one", n) for n in range(4)),
        *(("two", n) for n in range(2)),
    ]
    assert items[0].texts == ("a.txt 1\n",)


def test_a_broken_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        texts(tmp_path / "nowhere.jsonl")
    with pytest.raises(DataError, match="cannot be read"):
        texts(write(tmp_path / "a.jsonl", '{"q": "why"}\n{"q": '))
    with pytest.raises(DataError, match="holds no items"):
        texts(write(tmp_path / "b.txt", "\n\n"))
    damaged = tmp_path / "c.jsonl.gz"
    damaged.write_bytes(gzip.compress(b'{"q": "why"}\n' * 1000)[:40])
    with pytest.raises(DataError, match="cannot be read"):
        texts(damaged)


def test_a_field_that_nobody_has_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"question": "why"}')
    with pytest.raises(ConfigError, match="Did you mean 'question'"):
        texts(path, ["questoin"])


def test_touching_a_file_changes_the_fingerprint(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "one")
    sets = [EvaluationSet(name="s", paths=[str(path)])]
    before = list(fingerprint_sets(sets))
    path.write_text("three")
    assert list(fingerprint_sets(sets)) != before
