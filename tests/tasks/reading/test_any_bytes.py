"""Whatever bytes a file holds, reading gives rows or an error that explains itself."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.errors import ConfigError, DataError
from yanmo.tasks.reading.blocks import read_blocks
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile


def parquet_bytes() -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({"text": ["a 好"] * 50, "labels": [["x", "y"]] * 50}), written)
    return written.getvalue()


def zip_bytes() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.jsonl", '{"text": "好"}\n' * 100)
    return written.getvalue()


WHOLE = {
    "rows.jsonl": ('{"text": "好", "label": ["x", {"y": null}]}\n' * 20).encode(),
    "rows.json": ("[" + '{"text": "好", "label": 1e9},\n' * 20 + "{}]").encode(),
    "rows.csv": ("text,label\n" + '"a ""b""\nc",y\n' * 20).encode(),
    "rows.tsv": ("text\tlabel\n" + "好\tx\n" * 20).encode(),
    "rows.conll": ("好 B-X\n中 I-X\n\n" * 20).encode(),
    "rows.parquet": parquet_bytes(),
    "rows.jsonl.gz": gzip.compress(b'{"text": "x"}\n' * 100),
    "rows.zip": zip_bytes(),
}


def damaged(data: bytes, draw: random.Random) -> bytes:
    """The bytes with some changed, left out, put in or cut off."""
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        place = draw.randrange(len(changed) + 1)
        match draw.randrange(4):
            case 0:
                changed[place : place + 1] = draw.randbytes(1)
            case 1:
                del changed[place : place + draw.randrange(1, 9)]
            case 2:
                changed[place:place] = draw.randbytes(3)
            case _:
                del changed[place + draw.randrange(20) :]
    return bytes(changed)


def read_all(path: Path) -> None:
    """Read every row of a file, and every value as each thing that it could be."""
    if path.suffix == ".zip":
        path = path / "rows.jsonl"
    file = SourceFile(path, path.name)
    if path.suffix == ".conll":
        assert all(block.lines for block in read_blocks(file))
        return
    for row in read_rows(file):
        assert row.number >= 1
        for column in row.values:
            for read in (row.text, row.name, row.real, row.texts):
                try:
                    read(column)
                except DataError as error:
                    assert error.where == f"{file}, row {row.number}"


@pytest.mark.parametrize("name", WHOLE)
def test_any_bytes_give_rows_or_an_error_that_explains_itself(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WHOLE[name])
    read_all(path)
    draw = random.Random(name)
    num_refused = 0
    for _ in range(100):
        path.write_bytes(damaged(WHOLE[name], draw))
        try:
            read_all(path)
        except (DataError, ConfigError) as error:
            num_refused += 1
            assert str(error).startswith(str(tmp_path))
    assert num_refused > 50
