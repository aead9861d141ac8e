"""The bytes and the text of a file, from wherever they are packed."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from yanmo.core.errors import DataError
from yanmo.tasks.reading.source_file import (
    SourceFile,
    found_file,
    member_names,
    read_bytes,
    read_lines,
    read_members,
    read_text,
)

POEM = "床前明月光，\r\n疑是地上霜。\n\n举头望明月"


def written(path: Path, content: bytes) -> SourceFile:
    path.write_bytes(content)
    return SourceFile(path, path.name)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read_text(written(tmp_path / "a", POEM.encode("utf-8-sig"))) == POEM


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    file = written(tmp_path / "a", "a\u2028b\r\n\x85\n\nend\n".encode())
    assert read_lines(file) == ["a\u2028b", "\x85", "", "end"]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt"])
def test_gzip_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(POEM.encode())
    assert read_text(written(tmp_path / name, packed)) == POEM
    assert read_text(written(tmp_path / name, packed + packed + b"\0\0")) == POEM * 2


def test_corrupt_gzip_names_the_row(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"line\n" * 4000, compresslevel=0))
    packed[-6] ^= 0xFF
    with pytest.raises(DataError, match=r"a\.gz, row \d+: the compressed data is corrupt"):
        read_bytes(written(tmp_path / "a.gz", bytes(packed)))


@pytest.fixture
def archive(tmp_path: Path) -> SourceFile:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as packed:
        packed.writestr("inside/train.txt", POEM)
        packed.writestr("inside/test.txt", "好".encode("gb18030") * 20)
    return SourceFile(tmp_path / "data.zip", "data.zip")


def test_a_path_goes_on_inside_an_archive(archive: SourceFile) -> None:
    member = SourceFile(archive.path / "inside" / "train.txt", "data.zip/inside/train.txt")
    assert read_text(member) == POEM
    assert member.on_disk == archive.path
    assert member_names(archive) == ["inside/test.txt", "inside/train.txt"]
    assert read_members(archive, ["inside/train.txt"]) == [POEM]


def test_what_is_inside_is_told_where_the_member_is_not_named(archive: SourceFile) -> None:
    with pytest.raises(DataError, match=r"data\.zip/FILE\. Inside are: inside/test\.txt"):
        read_bytes(archive)
    with pytest.raises(DataError, match="no such file in the archive"):
        read_bytes(SourceFile(archive.path / "other.txt", "other.txt"))
    with pytest.raises(DataError, match=r"test\.txt, row 1.*GB18030"):
        read_members(archive, ["inside/test.txt"])


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    file = written(tmp_path / "data.zip", b"PK\x03\x04 and nothing else")
    with pytest.raises(DataError, match=r"data\.zip: the zip archive is damaged"):
        member_names(file)


def test_a_published_file_is_found_gzipped_and_keeps_its_ids(tmp_path: Path) -> None:
    (tmp_path / "train.tsv.gz").write_bytes(gzip.compress(b"x"))
    file = found_file(tmp_path, "train.tsv")
    assert read_text(file) == "x"
    assert file.id_of(3) == SourceFile(tmp_path / "train.tsv", "train.tsv").id_of(3)


def test_what_is_there_is_told_where_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "other.bin").touch()
    with pytest.raises(DataError, match=r"does not exist\n  In that folder are: other\.bin"):
        read_bytes(SourceFile(tmp_path / "train.jsonl", "train.jsonl"))
    with pytest.raises(DataError, match="there is no folder"):
        read_bytes(SourceFile(tmp_path / "no" / "train.jsonl", "no/train.jsonl"))
    with pytest.raises(DataError, match="the file cannot be read"):
        read_bytes(SourceFile(tmp_path, "."))
