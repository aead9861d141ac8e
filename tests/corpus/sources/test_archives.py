"""Web archives: real ones, and every kind of damage."""

from __future__ import annotations

import bz2
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from yanmo.corpus.sources.archive_framing import frame_records
from yanmo.corpus.sources.archive_records import ArchiveRecord, Broken, read_records
from yanmo.corpus.sources.archives import read_archive
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.formats import reader_for
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable

MAX_BYTES = 1_000_000

# Counted by hand, and by warcio (1.8.1), which stops at the three marked ones: it refuses gzip
# files in which all records are one stream, and bodies that are not chunked as they say.
RECORDS: dict[str, Counter[str]] = {
    "bad.arc": Counter(response=1, broken=3),
    "example-bad-non-chunked.warc.gz": Counter(warcinfo=2, response=1, request=2, revisit=1),  # *
    "example-bad.warc.gz.bad": Counter(warcinfo=1, response=2, request=2, revisit=1),  # *
    "example-digest.warc": Counter(request=4),
    "example-iana.org-chunked.warc": Counter(warcinfo=1, response=1, request=1),
    "example-resource.warc.gz": Counter(warcinfo=2, resource=1),
    "example-space-in-target-uri.warc.gz": Counter(warcinfo=1, resource=1),
    "example-space-in-url.arc": Counter(arc_header=1, response=1),
    "example-trunc.warc": Counter(warcinfo=2, response=1, request=1),
    "example-wget-bad-target-uri.warc.gz": Counter(
        warcinfo=1, request=1, response=1, metadata=1, resource=2
    ),
    "example-wrong-chunks.warc.gz": Counter(response=1, request=1),  # *
    "example.arc": Counter(arc_header=1, response=1),
    "example.arc.gz": Counter(arc_header=1, response=1),
    "example.warc": Counter(warcinfo=2, response=1, request=2, revisit=1),
    "example.warc.gz": Counter(warcinfo=2, response=1, request=2, revisit=1),
    "post-test.warc.gz": Counter(response=3, request=3),
}


def _read(path: Path, may_read: Any = None, **settings: Any) -> list[Item]:
    settings.setdefault("extraction", {"extractor": "all_text"})
    config = FilesSource(paths=[str(path)], **settings)
    file = FileToRead(path, path.name, "web", **({"may_read": may_read} if may_read else {}))
    return list(read_archive(file, config))


def _documents(items: list[Item]) -> list[RawDocument]:
    return [item for item in items if isinstance(item, RawDocument)]


def _problems(items: list[Item]) -> list[Unreadable]:
    return [item for item in items if isinstance(item, Unreadable)]


def _skipped(items: list[Item]) -> dict[str, int]:
    return {item.file_type: item.files for item in items if isinstance(item, Skipped)}


def _record(number: int, body: bytes, length: int | None = None, kind: str = "conversion") -> bytes:
    size = len(body) if length is None else length
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number:08d}>\r\n"
        f"WARC-Date: 2026-11-22T10:00:0{number}Z\r\nWARC-Target-URI: http://example.org/{number}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {size}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


BODIES = [f"研墨 body {number} ".encode() * 30 for number in range(4)]
RECORD_BYTES = [_record(number, body) for number, body in enumerate(BODIES)]
PACKED_BYTES = [gzip.compress(record) for record in RECORD_BYTES]


def _walk(tmp_path: Path, data: bytes) -> list[int | str]:
    """The number of each record that was read, or what is broken at which byte."""
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    found: list[int | str] = []
    for item in read_records(path, MAX_BYTES):
        if isinstance(item, Broken):
            found.append(f"{item.offset}: {item.error}")
        else:
            assert item.url is not None
            number = int(item.url.rpartition("/")[2])
            assert item.content == BODIES[number]
            found.append(number)
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_of_real_archives_is_found(shared_data: Path, name: str) -> None:
    path = shared_data / "web" / "warc" / name
    found = list(read_records(path, MAX_BYTES))
    kinds = Counter(i.kind if isinstance(i, ArchiveRecord) else "broken" for i in found)
    assert kinds == RECORDS[name]
    careful = list(frame_records(path, MAX_BYTES))
    assert [item.offset for item in careful] == [item.offset for item in found]
    assert [item.kind for item in careful if item.error is None] == [
        item.kind for item in found if isinstance(item, ArchiveRecord)
    ]


def test_real_archives_are_read_and_accounted_for(shared_data: Path) -> None:
    folder = shared_data / "web" / "warc"
    num_documents = 0
    for name, expected in RECORDS.items():
        assert reader_for(folder / name) is read_archive
        items = _read(folder / name)
        documents, problems = _documents(items), _problems(items)
        assert len(documents) + len(problems) + sum(_skipped(items).values()) == sum(
            expected.values()
        )
        num_documents += len(documents)
        for document in documents:
            assert document.url
            assert document.metadata["date"][:2] == "20"
            assert document.metadata["content_type"] in ("text/html", "text/plain")
            assert document.metadata["encoding"] == "utf-8"
    assert num_documents == 14


def test_pages_of_real_archives(shared_data: Path) -> None:
    folder = shared_data / "web" / "warc"
    for name in ("example.warc", "example.warc.gz", "example.arc.gz", "example-trunc.warc"):
        (document,) = _documents(_read(folder / name))
        assert "This domain is established to be used for illustrative examples" in document.text
        assert document.url == "http://example.com/"
    (page,) = _documents(_read(folder / "example-iana.org-chunked.warc"))
    assert "Internet Assigned Numbers Authority" in page.text
    assert page.metadata["date"] == "2017-03-06T16:54:09Z"
    assert _skipped(_read(folder / "post-test.warc.gz")) == {
        "warc/application/json": 3,
        "warc/request": 3,
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"".join(RECORD_BYTES), [0, 1, 2, 3]),
        (b"".join(PACKED_BYTES), [0, 1, 2, 3]),
        (gzip.compress(b"".join(RECORD_BYTES)), [0, 1, 2, 3]),
        (b"", []),
        (
            RECORD_BYTES[0] + b"garbage\r\nfoo\r\n" + RECORD_BYTES[1],
            [0, f"{len(RECORD_BYTES[0])}: bytes that belong to no record", 1],
        ),
        (RECORD_BYTES[0] + b"\0" * 5000 + RECORD_BYTES[1], [0, 1]),
        (
            RECORD_BYTES[0] + RECORD_BYTES[1][:-100],
            [0, f"{len(RECORD_BYTES[0])}: the record breaks off"],
        ),
        (
            RECORD_BYTES[0] + RECORD_BYTES[1][:40],
            [0, f"{len(RECORD_BYTES[0])}: the record breaks off"],
        ),
        *[
            (
                RECORD_BYTES[0] + _record(1, BODIES[1], length) + b"".join(RECORD_BYTES[2:]),
                [0, f"{len(RECORD_BYTES[0])}: {error}", 2, 3],
            )
            for length, error in [
                (100, "a record whose length is wrong"),
                (700, "a record whose length is wrong"),
                (50_000, "a record whose length is wrong"),
                (10**9, "the record breaks off"),
                (-5, "a record without its type or length"),
            ]
        ],
        (
            PACKED_BYTES[0] + PACKED_BYTES[1][:-30] + PACKED_BYTES[2],
            [0, f"{len(PACKED_BYTES[0])}: the compressed data is corrupt", 2],
        ),
        (
            PACKED_BYTES[0] + PACKED_BYTES[1][:-30],
            [0, f"{len(PACKED_BYTES[0])}: the compressed file is truncated"],
        ),
        (
            PACKED_BYTES[0] + b"garbage" + PACKED_BYTES[2],
            [0, f"{len(PACKED_BYTES[0])}: bytes that belong to no record", 2],
        ),
        (
            gzip.compress(b"".join(RECORD_BYTES))[:-30],
            [0, 1, f"{sum(map(len, RECORD_BYTES[:2]))}: the compressed file is truncated"],
        ),
        (bytes(range(1, 256)) * 40, ["0: bytes that belong to no record"]),
    ],
)
def test_what_is_readable_around_damage_is_read(
    tmp_path: Path, data: bytes, expected: list[int | str]
) -> None:
    assert _walk(tmp_path, data) == expected


@pytest.mark.parametrize("place", range(20, len(PACKED_BYTES[1]) - 1, 7))
def test_any_broken_byte_costs_one_record_only(tmp_path: Path, place: int) -> None:
    damaged = bytearray(PACKED_BYTES[1])
    damaged[place] ^= 0xFF
    data = PACKED_BYTES[0] + bytes(damaged) + PACKED_BYTES[2] + PACKED_BYTES[3]
    found = _walk(tmp_path, data)
    assert [item for item in found if isinstance(item, int)] == [0, 2, 3]
    (note,) = [item for item in found if isinstance(item, str)]
    assert note.startswith(f"{len(PACKED_BYTES[0])}: ")


def test_archives_in_other_packings(tmp_path: Path) -> None:
    path = tmp_path / "a.wet.bz2"
    path.write_bytes(bz2.compress(b"".join(RECORD_BYTES)))
    assert [document.text.encode() for document in _documents(_read(path))] == BODIES


def test_text_records_with_their_address_and_date(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.wet.gz"
    path.write_bytes(b"".join(PACKED_BYTES))
    documents = _documents(_read(path))
    assert [document.text.encode() for document in documents] == BODIES
    assert documents[2].url == "http://example.org/2"
    assert documents[2].metadata == {
        "file": "a.warc.wet.gz",
        "date": "2026-11-22T10:00:02Z",
        "content_type": "text/plain",
        "record": len(PACKED_BYTES[0]) + len(PACKED_BYTES[1]),
        "encoding": "utf-8",
    }


def _response(
    body: bytes, headers: str = "Content-Type: text/html\r\n", status: int = 200
) -> bytes:
    http = f"HTTP/1.1 {status} OK\r\n{headers}\r\n".encode() + body
    record = _record(1, http, kind="response")
    return record.replace(b"Content-Type: text/plain", b"Content-Type: application/http", 1)


PAGE = "<html><head><title>詩</title></head><body><p>春眠不覺曉，處處聞啼鳥。</p></body></html>"


@pytest.mark.parametrize(
    ("headers", "body", "encoding"),
    [
        ("Content-Type: text/html\r\n", PAGE.encode(), "utf-8"),
        ("Content-Type: text/html; charset=big5\r\n", PAGE.encode("big5"), "big5"),
        ("Content-Type: text/html; charset=iso-8859-1\r\n", PAGE.encode("big5"), "big5"),
        ("Content-Type: text/html; charset=big5\r\n", PAGE.encode(), "utf-8"),
        ("Content-Type: text/html\r\n", PAGE.encode("utf-16"), "utf-16"),
        (
            "Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
            gzip.compress(PAGE.encode()),
            "utf-8",
        ),
        ("Content-Type: text/html\r\nContent-Encoding: gzip\r\n", PAGE.encode(), "utf-8"),
        (
            "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n",
            b"3\r\n<ht\r\n"
            + b"%x\r\n" % (len(PAGE.encode()) - 3)
            + PAGE.encode()[3:]
            + b"\r\n0\r\n",
            "utf-8",
        ),
        ("Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n", PAGE.encode(), "utf-8"),
    ],
)
def test_pages_in_every_dress(tmp_path: Path, headers: str, body: bytes, encoding: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(_response(body, headers))
    (document,) = _documents(_read(path))
    assert "春眠不覺曉，處處聞啼鳥。" in document.text
    assert document.metadata["encoding"] == encoding


def test_what_is_no_text_is_counted_by_its_type(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(
        _response(b"<p>gone</p>", status=404)
        + _response(b"{}", "Content-Type: application/json\r\n")
        + _response(b"", "Content-Type: text/html\r\n")
        + _response(b"<!DOCTYPE html><p>seen</p>", "")
        + _record(2, b"x", kind="request")
    )
    items = _read(path)
    assert [document.text.strip() for document in _documents(items)] == ["seen"]
    assert _skipped(items) == {
        "warc/status 404": 1,
        "warc/application/json": 1,
        "warc/empty": 1,
        "warc/request": 1,
    }


def test_bombs_and_long_records_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    bomb = gzip.compress(b"<p>x</p>" * 1_000_000)
    path.write_bytes(
        gzip.compress(_response(bomb, "Content-Type: text/html\r\nContent-Encoding: gzip\r\n"))
        + gzip.compress(_record(2, b"long " * 400_000))
        + PACKED_BYTES[3]
    )
    items = _read(path, max_document_bytes=1_000_000)
    assert [document.text.encode() for document in _documents(items)] == [BODIES[3]]
    assert [problem.error for problem in _problems(items)] == ["longer than 1000000 bytes"] * 2


def test_a_page_that_ended_a_worker_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(_response(b"<p>one</p>") + _response(b"<p>two</p>") + RECORD_BYTES[0])
    asked: list[int | None] = []

    def may_read(offset: int | None) -> bool:
        asked.append(offset)
        return bool(offset)

    items = _read(path, may_read)
    assert len(asked) == 2
    assert next(document.text.strip() for document in _documents(items)) == "two"
    assert [problem.offset for problem in _problems(items)] == [0]
