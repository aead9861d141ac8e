"""Files of every format, good and damaged."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from yanmo.core.errors import DataError
from yanmo.corpus.document import document_id
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.files import list_files, read_files
from yanmo.corpus.sources.reading import (
    Item,
    RawDocument,
    Skipped,
    Unreadable,
    batch_documents,
)

TEXTS = ["春眠不觉晓", "Two words", "三\n行\n字"]


def _read(*paths: Path, **settings: Any) -> list[Item]:
    return list(read_files(FilesSource(paths=[str(path) for path in paths], **settings)))


def _texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, RawDocument)]


def _problems(items: list[Item]) -> list[Unreadable]:
    return [item for item in items if isinstance(item, Unreadable)]


def _pack(path: Path, ending: str) -> Path:
    raw = path.read_bytes()
    packed = path.with_name(path.name + ending)
    packed.write_bytes(gzip.compress(raw) if ending == ".gz" else zstandard.compress(raw))
    return packed


def _write_jsonl(path: Path) -> None:
    lines = [json.dumps({"text": text, "url": "u"}, ensure_ascii=False) for text in TEXTS]
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_json(path: Path) -> None:
    records = [{"text": TEXTS[0]}, TEXTS[1], {"text": TEXTS[2].split("\n"), "n": 3}]
    path.write_text(json.dumps(records, indent=1), encoding="utf-8")


def _write_csv(path: Path) -> None:
    rows = ["id,text", *(f'{i},"{text}"' for i, text in enumerate(TEXTS))]
    path.write_text("\r\n".join(rows), encoding="utf-8-sig", newline="")


def _write_parquet(path: Path) -> None:
    pq.write_table(pa.table({"n": [1, 2, 3], "text": TEXTS}), path)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.jsonl": _write_jsonl,
    "a.json": _write_json,
    "a.csv": _write_csv,
    "a.parquet": _write_parquet,
}


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", WRITERS)
def test_records_of_every_format_packed_or_not(tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    items = _read(_pack(path, ending) if ending else path)
    assert _texts(items) == TEXTS
    assert _problems(items) == []


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_poems_in_every_encoding(tmp_path: Path, poems: str, codec: str, ending: str) -> None:
    path = tmp_path / "poems.txt"
    path.write_bytes(poems.encode(codec))
    items = _read(_pack(path, ending) if ending else path, max_document_characters=1000)
    assert "".join(_texts(items)) == poems
    pieces = [item.metadata for item in items if isinstance(item, RawDocument)]
    assert {piece["encoding"] for piece in pieces} == {codec.removesuffix("-sig")}
    assert [piece["piece"] for piece in pieces] == list(range(len(pieces)))


def test_named_encoding_is_used_where_none_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    russian = "Все люди рождаются свободными и равными."
    path.write_bytes(russian.encode("koi8-r"))
    assert _texts(_read(path, encoding="koi8-r")) == [russian]
    with pytest.raises(DataError, match="cannot be told for certain") as caught:
        _read(path)
    assert 'encoding = "koi8-r"' in str(caught.value)


def test_folder_is_read_in_order_without_hidden_and_foreign_files(tmp_path: Path) -> None:
    for name in ("b/z.txt", "b/a.md", "a.rst", ".hidden.txt", ".git/c.txt", "b/p.png", "LICENSE"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    items = _read(tmp_path)
    assert _texts(items) == ["a.rst", "b/a.md", "b/z.txt"]
    assert [item for item in items if isinstance(item, Skipped)] == [
        Skipped(".png", 1),
        Skipped("LICENSE", 1),
    ]


def test_object_without_the_text_field_gives_its_strings(tmp_path: Path) -> None:
    poem = {
        "paragraphs": ["帝高阳之苗裔兮", "朕皇考曰伯庸"],
        "id": "x",
        "author": "屈原",
        "title": "离骚",
    }
    (tmp_path / "a.json").write_text(json.dumps(poem), encoding="utf-8")
    assert _texts(_read(tmp_path)) == ["离骚\n屈原\n帝高阳之苗裔兮\n朕皇考曰伯庸"]


def test_small_fields_beside_the_text_are_kept(tmp_path: Path) -> None:
    record = {"text": "研墨", "url": "https://example.org/1", "year": 1101, "long": "x" * 999}
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    (item,) = _read(tmp_path)
    assert isinstance(item, RawDocument)
    assert item.url == "https://example.org/1"
    assert item.metadata["fields"] == {"year": 1101}


def test_broken_lines_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        b'{"text": "a"}',
        b'{"text": ',
        b'{"text": "\xff\xfe"}',
        b"7",
        b'"\\ud800"',
        '"研"'.encode(),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines) + b"\n" + '"墨"\n'.encode() * 20)
    items = _read(tmp_path)
    assert _texts(items) == ["a", "研"] + ["墨"] * 20
    starts = [sum(len(line) + 1 for line in lines[:i]) for i in (1, 2, 3, 4)]
    assert [problem.offset for problem in _problems(items)] == starts


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.json"])
def test_truncated_gzip_keeps_what_came_before(tmp_path: Path, poems: str, name: str) -> None:
    records = [{"text": poem} for poem in poems.split("\n\n")]
    content = {
        "a.jsonl": "\n".join(json.dumps(record) for record in records),
        "a.txt": poems,
        "a.json": json.dumps(records),
    }[name]
    packed = gzip.compress(content.encode())
    (tmp_path / f"{name}.gz").write_bytes(packed[: len(packed) // 2])
    items = _read(tmp_path / f"{name}.gz")
    assert 1000 < sum(map(len, _texts(items))) < len(poems)
    assert "".join(_texts(items)).replace("\n", "") in poems.replace("\n", "")
    assert any("truncated" in problem.error for problem in _problems(items))


def test_corrupt_archive_data_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(b"\x1f\x8b not really")
    (tmp_path / "b.txt.zst").write_bytes(b"nor this")
    (tmp_path / "c.parquet").write_bytes(b"PAR1 never")
    (tmp_path / "d.txt").write_text("研墨")
    items = _read(tmp_path)
    assert _texts(items) == ["研墨"]
    assert [Path(problem.file).name for problem in _problems(items)] == [
        "a.txt.gz",
        "b.txt.zst",
        "c.parquet",
    ]


def test_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    (tmp_path / "b.txt.zst").write_bytes(zstandard.compress(b"3\n") + zstandard.compress(b"4\n"))
    assert _texts(_read(tmp_path)) == ["one\ntwo\n", "3\n4\n"]


def test_bad_rows_of_a_table_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,n\none,1\ntwo\n"three"x,3\nfour,4\n')
    items = _read(tmp_path)
    assert _texts(items) == ["one", "four"]
    assert [problem.offset for problem in _problems(items)] == [1, 2]


def test_long_fields_and_quotes_in_tables(tmp_path: Path) -> None:
    long = "墨" * 200_000
    (tmp_path / "a.csv").write_text(f"text\n{long}\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text('label\ttext\n1\t"open quote\n0\tnext\n')
    assert _texts(_read(tmp_path)) == [long, '"open quote', "next"]


def test_real_tables(shared_data: Path) -> None:
    items = _read(shared_data / "classification" / "chnsenticorp", text_field="text_a")
    assert len(_texts(items)) == 12_000
    assert _problems(items) == []


def test_table_without_the_column_names_the_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("label,review\n1,good\n")
    with pytest.raises(DataError, match="the columns are label, review") as caught:
        _read(tmp_path)
    assert "text_field" in str(caught.value)


def test_main_text_of_real_pages(shared_data: Path) -> None:
    items = _read(shared_data / "web" / "article-extraction" / "html")
    assert len(_texts(items)) > 80
    assert not any("<div" in text for text in _texts(items))


def test_declared_charset_of_a_page(tmp_path: Path) -> None:
    body = "<body><p>春眠不覺曉，處處聞啼鳥。</p></body>"
    page = f'<html><head><meta charset="big5"></head>{body}</html>'
    (tmp_path / "a.html").write_bytes(page.encode("big5"))
    (item,) = _read(tmp_path)
    assert isinstance(item, RawDocument)
    assert "春眠不覺曉" in item.text
    assert item.metadata["encoding"] == "big5"


def test_wikitext(shared_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared_data / "text" / "wikitext-2" / "wikitext-2-v1.zip") as packed:
        content = packed.read("wikitext-2/wiki.test.tokens")
    (tmp_path / "wiki.txt").write_bytes(content)
    items = _read(tmp_path)
    assert "".join(_texts(items)) == content.decode()
    assert max(map(len, _texts(items))) <= 4000


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("nothing.txt", None, "does not exist"),
        ("a.png", b"x", "file type is not read"),
        ("a.gz", b"x", "file type is not read"),
        ("a.tar.gz", b"x", "archives are not read"),
        ("a.zip", b"x", "archives are not read"),
        ("a.txt", b"", "everything in it is empty"),
        ("a.txt", b" \n\t\n", "everything in it is empty"),
        ("a.txt", b"\x89PNG\0\0\0\1\2\3", "binary file"),
        ("a.jsonl", b"{broken", "broken JSON"),
    ],
)
def test_path_that_gives_no_text_is_an_error(
    tmp_path: Path, name: str, content: bytes | None, error: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=error) as caught:
        _read(tmp_path / name)
    assert name in str(caught.value)


def test_folder_without_readable_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match="no readable files"):
        _read(tmp_path)


FIVE = [
    "春眠不觉晓，处处闻啼鸟。",
    "Ink is ground slowly.",
    "línea\ttab",
    '"quoted", and more',
    "五",
]


def test_the_same_documents_in_four_formats_have_the_same_ids(tmp_path: Path) -> None:
    for number, text in enumerate(FIVE):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    lines = [json.dumps({"text": text, "n": 1}) for text in FIVE]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["n", "text"], *([1, text] for text in FIVE)])
    pq.write_table(pa.table({"text": FIVE, "n": [1] * 5}), tmp_path / "a.parquet")
    sources = [
        [tmp_path / f"{number}.txt" for number in range(5)],
        *([tmp_path / f"a.{kind}"] for kind in ("jsonl", "csv", "parquet")),
    ]
    ids = []
    for paths in sources:
        documents = (item for item in _read(*paths) if isinstance(item, RawDocument))
        (batch,) = batch_documents(documents)
        ids.append(batch["id"].to_pylist())
        assert batch["id"].to_pylist() == [document_id(text) for text in FIVE]
    assert ids[0] == ids[1] == ids[2] == ids[3]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_what_records_say_of_themselves_is_taken_over(tmp_path: Path, kind: str) -> None:
    record = {
        "text": "墨",
        "url": "https://example.org",
        "language": "zh-CN",
        "domain": "art",
        "published": "2019年6月19日 08:05",
        "score": 0.5,
    }
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({name: [value] for name, value in record.items()}), path)
    elif kind == "csv":
        path.write_text(",".join(record) + "\n" + ",".join(map(str, record.values())) + "\n")
    else:
        path.write_text(json.dumps(record))
    (item,) = _read(path)
    assert isinstance(item, RawDocument)
    assert (item.text, item.url, item.language, item.domain) == (
        "墨",
        "https://example.org",
        "zh",
        "art",
    )
    assert item.metadata["date"] == "2019-06-19T08:05:00"
    assert item.metadata["fields"]["score"] in (0.5, "0.5")
    (item,) = _read(path, language="en", domain="law", name="mine")
    assert isinstance(item, RawDocument)
    assert (item.source, item.language, item.domain) == ("mine", "en", "law")


def test_the_recipe_speaks_for_text_files_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("lex")
    (item,) = _read(tmp_path, language="la", domain="law")
    assert isinstance(item, RawDocument)
    assert (item.language, item.domain, item.source) == ("la", "law", str(tmp_path))


def test_the_encoding_that_was_decided_on_is_kept(tmp_path: Path, poems: str) -> None:
    (tmp_path / "a.txt").write_bytes(poems.encode("gb18030"))
    (tmp_path / "b.txt").write_bytes(poems.encode())
    items = _read(tmp_path, max_document_characters=None)
    first, second = (item.metadata for item in items if isinstance(item, RawDocument))
    assert first["encoding"] == "gb18030"
    assert first["encoding_confidence"] > 0.9
    assert second["encoding"] == "utf-8"
    assert "encoding_confidence" not in second


def test_json_that_only_the_lenient_reader_takes(tmp_path: Path) -> None:
    lines = ['{"text": "a", "n": NaN}', '{"text": "b", "n": ' + "9" * 40 + "}", '"\\ud800"', '"c"']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    items = _read(tmp_path)
    assert _texts(items) == ["a", "b", "c"]
    assert [problem.error for problem in _problems(items)] == ["the text holds a lone surrogate"]


def test_parquet_with_broken_text_costs_that_row(tmp_path: Path) -> None:
    column = pa.array([b"one", b"\xff\xfe", "墨".encode()], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 3, column.buffers())
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    items = _read(tmp_path)
    assert _texts(items) == ["one", "墨"]
    assert [problem.offset for problem in _problems(items)] == [1]


def test_listing_says_what_each_path_holds(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.txt", "in/b.png", "c.md"):
        (tmp_path / name).write_text("x")
    config = FilesSource(paths=[f"{tmp_path}/in/", f"{tmp_path}/c.md"])
    first, second = list_files(config)
    assert first.path == f"{tmp_path}/in"
    assert [file.name for file in first.files] == [f"{tmp_path}/in/a.txt"]
    assert first.skipped == {".png": 1}
    assert [file.path for file in second.files] == [tmp_path / "c.md"]
