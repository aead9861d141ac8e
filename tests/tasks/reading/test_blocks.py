"""Blocks of lines keep the row of each line."""

from __future__ import annotations

from pathlib import Path

from yanmo.tasks.reading.blocks import read_blocks
from yanmo.tasks.reading.source_file import SourceFile

TEXT = """-DOCSTART- -X- O

 EU NNP B-ORG
rejects VBZ O

\t
Peter NNP B-PER
"""


def test_blocks_end_at_empty_lines_and_know_their_rows(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(TEXT, encoding="utf-8")
    blocks = list(read_blocks(SourceFile(tmp_path / "a.conll", "a.conll")))
    assert [block.number for block in blocks] == [3, 7]
    assert blocks[0].lines == (("EU", "NNP", "B-ORG"), ("rejects", "VBZ", "O"))
    assert blocks[1].id == "a.conll:7"
    assert blocks[0].error(1, "wrong").where == f"{tmp_path / 'a.conll'}, row 4"


def test_a_tab_separates_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("New York\tB-LOC\n", encoding="utf-8")
    (block,) = read_blocks(SourceFile(tmp_path / "a.conll", "a.conll"))
    assert block.lines == (("New York", "B-LOC"),)
