"""Glossaries: which terms stand in a text, and what a file of them may not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.errors import DataError
from yanmo.inference.glossary import Glossary, Term, is_in, read_glossary


def test_terms_are_found_as_whole_words_whatever_their_case() -> None:
    glossary = Glossary([("dog", "Hund"), ("ice cream", "Eis"), ("C++", "C++")])
    assert glossary.found_in("A Dog eats ice\n cream.") == [
        Term("ice cream", "Eis"),
        Term("dog", "Hund"),
    ]
    assert glossary.found_in("Dogs, hotdog, dogma") == []
    assert glossary.found_in("We write C++.") == [Term("C++", "C++")]
    assert glossary.found_in("") == []


def test_chinese_terms_are_found_wherever_they_stand() -> None:
    glossary = Glossary([("语言模型", "language model"), ("模型", "model"), ("GPU", "显卡")])
    assert [term.target for term in glossary.found_in("大语言模型很大")] == ["language model"]
    found = glossary.found_in("语言模型是模型，用GPU训练")
    assert {term.target for term in found} == {"language model", "model", "显卡"}


def test_a_target_has_a_term_as_whole_words() -> None:
    assert is_in("Hund", "Der hund bellt.")
    assert not is_in("Hund", "Die Hunde bellen.")
    assert is_in("黄河", "白日依山尽，黄河入海流")
    assert is_in("GPU", "用GPU训练")


def test_a_file_has_two_columns(tmp_path: Path) -> None:
    comma, tab = tmp_path / "terms.csv", tmp_path / "terms.tsv"
    comma.write_text('\ufeffdog,Hund\n"ice, cream",Eis\n', encoding="utf-8")
    tab.write_text("模型\tmodel\n", encoding="utf-8")
    assert Term("ice, cream", "Eis") in read_glossary(comma).terms
    assert read_glossary(tab).terms == [Term("模型", "model")]


@pytest.mark.parametrize(
    ("content", "what", "row"),
    [
        (b"dog,Hund\ndog\n", "two columns, source and target; here are 1", 2),
        (b"dog,Hund\n\ncat,Katze\n", "here are 0", 2),
        (b"dog,Hund,der\n", "here are 3", 1),
        (b"dog,Hund\ncat, \n", "a term or its translation is empty", 2),
        (b"dog,Hund\ncat,Katze\nDog,Dogge\n", "'Dog' has two translations", 3),
        (b"dog,Hund\ncat,K\xe4tzchen\n", "not UTF-8", 2),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, content: bytes, what: str, row: int) -> None:
    path = tmp_path / "terms.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what) as raised:
        read_glossary(path)
    assert str(raised.value.where) == f"{path}, row {row}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_glossary(tmp_path / "terms.csv")
