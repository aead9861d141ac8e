"""PDF, DOCX and EPUB files, good, damaged and hostile."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from pypdf import PdfReader, PdfWriter

from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import read_file
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable


def _read(path: Path, may_read: Any = None, **settings: Any) -> list[Item]:
    config = FilesSource(paths=[str(path)], **settings)
    extra = {"may_read": may_read} if may_read else {}
    return list(read_file(FileToRead(path, path.name, "books", **extra), config))


def _texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, RawDocument)]


def _errors(items: list[Item]) -> list[str]:
    return [item.error for item in items if isinstance(item, Unreadable)]


def _pdf(*pages: str) -> bytes:
    """A PDF with one line on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
        bodies.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R"
            f" >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        bodies.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return out


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_pdf_pages_are_joined(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.pdf{ending}"
    data = _pdf("Ink is ground.", "", "Slowly.")
    path.write_bytes(gzip.compress(data) if ending else data)
    (item,) = _read(path)
    assert isinstance(item, RawDocument)
    assert item.text == "Ink is ground.\n\nSlowly.\n"
    assert item.metadata["num_pages"] == 3


def _encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (_encrypted(), "encrypted with a password"),
        (_pdf(""), "may be a scan"),
        (b"%PDF-1.4 and nothing else", "broken PDF"),
        (b"", "broken PDF"),
        (bytes(range(256)) * 20, "broken PDF"),
        (_pdf("x")[:200], "broken PDF"),
    ],
)
def test_pdf_that_cannot_be_read_says_why(tmp_path: Path, data: bytes, error: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    items = _read(path)
    assert _texts(items) == []
    assert any(error in found for found in _errors(items))


def _docx(path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "研墨"
    document.core_properties.created = datetime(2020, 5, 17, 8, 0)
    document.add_heading("标题", 1)
    document.add_paragraph("第一段，").add_run("加粗").bold = True
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate([("墨", "ink"), ("纸", "paper")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_paragraph("Last & least")
    document.save(str(path))


def test_docx_paragraphs_and_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    _docx(path)
    (item,) = _read(path)
    assert isinstance(item, RawDocument)
    assert item.text == "标题\n第一段，加粗\n墨\tink\n纸\tpaper\nLast & least"
    assert item.metadata["title"] == "研墨"
    assert item.metadata["date"].startswith("2020-05-17")


CONTAINER = '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns:dc="d"><metadata><dc:title>书</dc:title><dc:date>2001-02-03</dc:date>
<dc:language>zh</dc:language></metadata><manifest>
<item id="c2" href="two.xhtml" media-type="application/xhtml+xml"/>
<item id="c1" href="one%20.xhtml" media-type="application/xhtml+xml"/>
<item id="c3" href="gone.xhtml" media-type="application/xhtml+xml"/>
<item id="p" href="p.png" media-type="image/png"/></manifest>
<spine><itemref idref="c1"/><itemref idref="c3"/><itemref idref="c2"/></spine></package>"""


def _zip(path: Path, members: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def test_epub_chapters_in_reading_order(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    members: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "O/b.opf": PACKAGE,
        "O/one .xhtml": "<html><body><h1>一</h1><p>First.</p></body></html>",
        "O/two.xhtml": "<html><body><p>Second.</p></body></html>",
    }
    _zip(path, members)
    items = _read(path)
    (text,) = _texts(items)
    assert [line for line in text.splitlines() if line.strip()] == ["一", "First.", "Second."]
    assert _errors(items) == ["there is no O/gone.xhtml inside"]
    document = items[0]
    assert isinstance(document, RawDocument)
    assert document.metadata["title"] == "书"
    assert document.metadata["date"] == "2001-02-03"


def test_long_books_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    for _ in range(100):
        document.add_paragraph("春眠不觉晓，处处闻啼鸟。" * 5)
    document.save(str(path))
    texts = _texts(_read(path, max_document_characters=1000))
    assert max(map(len, texts)) <= 1000
    assert "".join(texts).count("春眠不觉晓") == 500


FIRST_PARTS = ("word/document.xml", "META-INF/container.xml")
ENTITIES = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "broken zip"),
        (b"PK\x03\x04 and more", "broken zip"),
        (bytes(range(256)) * 20, "broken zip"),
        ({"other.xml": "<a/>"}, "there is no"),
        ({"word/document.xml": "<a><b></a>", "META-INF/container.xml": "<a><b></a>"}, "broken XML"),
        (
            dict.fromkeys(
                ("word/document.xml", "META-INF/container.xml"),
                '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;">]><a>&y;</a>',
            ),
            "entity declaration",
        ),
        (
            dict.fromkeys(FIRST_PARTS, b"<a>" + b" " * 30_000_000),
            "unpacks to too much",
        ),
    ],
    ids=["empty", "cut", "random", "other", "broken", "entities", "bomb"],
)
def test_hostile_archives_are_named(tmp_path: Path, name: str, content: Any, error: str) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        _zip(path, content)
    items = _read(path)
    assert _texts(items) in ([], [""])
    assert any(error in found for found in _errors(items))


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.epub", "a.html"])
def test_a_file_that_ended_a_worker_is_left_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")
    assert _errors(_read(path, lambda offset: False)) == [
        "reading this took too long or ended the process"
    ]
