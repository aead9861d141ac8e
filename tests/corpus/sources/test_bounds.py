"""Hostile and damaged files: memory and time stay bounded, and nothing else is lost."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import list_files, read_file
from yanmo.corpus.sources.formats import READERS
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable
from yanmo.corpus.sources.streams import BLOCK_BYTES, Damaged, read_blocks

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
    ".bz2": bz2.compress,
    ".xz": lambda data: lzma.compress(data, preset=1),
}


def _read(path: Path, **settings: Any) -> list[Item]:
    config = FilesSource(paths=[str(path)], extraction={"extractor": "all_text"}, **settings)
    return list(read_file(FileToRead(path, path.name, "s"), config))


def _texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, RawDocument)]


def _problems(items: list[Item]) -> list[Unreadable]:
    return [item for item in items if isinstance(item, Unreadable)]


def _peak_bytes(action: Callable[[], object]) -> int:
    """The most memory that Python held while something was done."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ending", PACKERS)
def test_every_packing_is_read_in_blocks(tmp_path: Path, ending: str) -> None:
    data = random.Random(0).randbytes(300_000) + b"ink " * 600_000
    path = tmp_path / f"a.txt{ending}"
    pack = PACKERS[ending]
    path.write_bytes(pack(data) + pack(b"second stream"))
    blocks = list(read_blocks(path))
    assert b"".join(blocks) == data + b"second stream"
    assert max(map(len, blocks)) <= BLOCK_BYTES
    path = tmp_path / "named_otherwise.txt"
    path.write_bytes(pack(data))
    assert b"".join(read_blocks(path)) == data


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("place", [0.4, 0.999])
def test_a_truncated_file_gives_what_came_before(tmp_path: Path, ending: str, place: float) -> None:
    lines = [
        json.dumps({"text": f"墨 {number} {random.Random(number).random()}"})
        for number in range(20_000)
    ]
    packed = PACKERS[ending]("\n".join(lines).encode())
    path = tmp_path / f"a.jsonl{ending}"
    path.write_bytes(packed[: int(place * len(packed))])
    items = _read(path)
    texts = _texts(items)
    assert texts == [json.loads(line)["text"] for line in lines[: len(texts)]]
    assert len(texts) > 1_000 or ending == ".bz2"  # which packs a megabyte as one
    (problem,) = _problems(items)
    assert problem.error == "the compressed file is truncated"
    assert problem.offset is not None


@pytest.mark.parametrize("ending", PACKERS)
def test_a_bomb_ends_early_and_in_little_memory(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.jsonl{ending}"
    path.write_bytes(PACKERS[ending](b'{"text": "first"}\n' + b" " * 50_000_000) * 12)
    items: list[Item] = []
    peak = _peak_bytes(lambda: items.extend(_read(path)))
    assert set(_texts(items)) == {"first"}
    assert any("times its size" in problem.error for problem in _problems(items))
    assert peak < 280_000_000


def test_a_long_line_is_passed_over_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "one"}\n{"text": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "two"}\n')
    items: list[Item] = []
    peak = _peak_bytes(lambda: items.extend(_read(path, max_document_bytes=2_000_000)))
    assert _texts(items) == ["one", "two"]
    assert [(p.offset, p.error) for p in _problems(items)] == [(16, "longer than 2000000 bytes")]
    assert peak < 20_000_000


def test_text_without_line_ends_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "春眠不觉晓处处闻啼鸟" * 800_000
    path.write_bytes(text.encode())
    digest = 0

    def read() -> None:
        nonlocal digest
        config = FilesSource(paths=[str(path)])
        for item in read_file(FileToRead(path, "a.txt", "s"), config):
            assert isinstance(item, RawDocument)
            assert len(item.text) <= 4_000
            digest += len(item.text)

    assert _peak_bytes(read) < 30_000_000
    assert digest == len(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "num_bytes"),
    [
        *((name, 1_000_000_000) for name in ("a.jsonl", "a.csv", "a.json")),
        ("a.txt", 200_000_000),  # all of it is read, as text
        pytest.param("a.txt", 1_000_000_000, marks=pytest.mark.nightly),
    ],
)
def test_a_line_of_a_gigabyte(tmp_path: Path, name: str, num_bytes: int) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b'text\n"' if name == "a.csv" else b'{"text": "')
        file.seek(num_bytes, os.SEEK_CUR)  # a hole: it takes no room on the disk
        file.write(b"\n")
    # NUL bytes are no text; so the first megabyte is made text
    with path.open("r+b") as file:
        file.seek(10)
        file.write(b"x" * 1_500_000)
    program = (
        "import sys; from pathlib import Path;"
        "from yanmo.corpus.sources.config import FilesSource;"
        "from yanmo.corpus.sources.file_to_read import FileToRead;"
        "from yanmo.corpus.sources.files import read_file;"
        "p = Path(sys.argv[1]);"
        "n = sum(1 for _ in read_file(FileToRead(p, 'a', 's'), FilesSource(paths=[str(p)])));"
        # not getrusage: that also counts what the process held before it became this program
        "status = Path('/proc/self/status').read_text().splitlines();"
        "print(n, next(line.split()[1] for line in status if line.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    num_items, peak_kilobytes = map(int, done.stdout.split())
    assert num_items >= 1
    assert peak_kilobytes < 700_000


@pytest.mark.parametrize("ending", [*READERS, ".jsonl.gz", ".txt.zst", ".xml.bz2"])
@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_never_raise(tmp_path: Path, ending: str, seed: int) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(random.Random(seed).randbytes(50_000))
    texts = [text for text in _texts(_read(path)) if text.strip()]
    assert texts == []


@pytest.mark.parametrize("ending", READERS)
def test_an_empty_file_gives_nothing(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"")
    assert "".join(_texts(_read(path))) == ""


@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_deep_nesting_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("[" * 100_000 + "\n" + '{"text": "good"}\n')
    items = _read(path)
    assert len(_problems(items)) == 1
    assert _texts(items) == (["good"] if ending == ".jsonl" else [])
    path.write_text('{"a":' * 900 + '"deep"' + "}" * 900)
    assert _texts(_read(path)) == ["deep"] or len(_problems(_read(path))) == 1


@pytest.mark.parametrize("depth", [10_000, pytest.param(100_000, marks=pytest.mark.nightly)])
def test_html_nested_deeply(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "a.html"
    path.write_text("<div>" * depth + "deep" + "</div>" * depth)
    assert len(_read(path)) == 1


def test_an_open_quotation_mark_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'n,text\n1,one\n2,"never closed\n' + "".join(f"{i},row{i}\n" for i in range(3, 2000))
    )
    items = _read(path, max_document_bytes=5_000)
    assert _texts(items) == ["one"] + [f"row{i}" for i in range(3, 2000)]
    assert len(_problems(items)) == 1


def test_a_long_field_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f'n,text\n1,"{"x" * 20_000}"\n2,two\n3,"{"many words " * 200}\n{"y " * 3000}"\n4,four\n'
    )
    items = _read(path, max_document_bytes=5_000)
    assert [text for text in _texts(items) if len(text) < 9] == ["two", "four"]
    assert _problems(items)[0].error == "longer than 5000 bytes"


def test_names_with_odd_bytes(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9 \x01.txt")).write_text("coffee")
    (tmp_path / "墨.txt").write_text("ink")
    (listing,) = list_files(FilesSource(paths=[str(tmp_path)]))
    names = [file.name for file in listing.files]
    assert [name.rpartition("/")[2] for name in names] == ["caf\ufffd \x01.txt", "墨.txt"]
    assert [_texts(_read(file.path)) for file in listing.files] == [["coffee"], ["ink"]]


def test_a_json_array_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [{"text": "x" * 1_000, "n": number} for number in range(20_000)]
    path.write_text(json.dumps(records))
    count = 0

    def read() -> None:
        nonlocal count
        config = FilesSource(paths=[str(path)])
        count = sum(1 for _ in read_file(FileToRead(path, "a", "s"), config))

    assert _peak_bytes(read) < 16_000_000
    assert count == 20_000


def test_a_long_json_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"text": "one"}, {"text": "' + "x" * 3_000_000 + '"}]')
    items = _read(path, max_document_bytes=1_000_000)
    assert _texts(items) == ["one"]
    assert [problem.error for problem in _problems(items)] == ["longer than 1000000 bytes"]


def test_the_stream_says_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:-4])
    with pytest.raises(Damaged) as caught:
        list(read_blocks(path))
    assert caught.value.offset == 1000
    with pytest.raises(Damaged):
        list(read_blocks(tmp_path / "nothing"))
