"""Paging through documents: in order, whole, and without reading what cannot match."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.core.errors import DataError
from yanmo.corpus import browse
from yanmo.corpus.browse import Query, document_files, find_id, read_document
from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id

GROUP = 50


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two files of three row groups each; a source has a group of its own."""
    for part in range(2):
        with pq.ParquetWriter(tmp_path / f"part-{part:05d}.parquet", DOCUMENT_SCHEMA) as writer:
            for group in range(3):
                number = part * 3 + group
                texts = [f"Text {number} {row} 墨" for row in range(GROUP)]
                writer.write_table(
                    pa.table(
                        {
                            "id": [document_id(text) for text in texts],
                            "text": texts,
                            "source": [f"source{number}"] * GROUP,
                            "url": [None] * GROUP,
                            "language": ["zh" if row % 2 else None for row in range(GROUP)],
                            "domain": [None] * GROUP,
                            "metadata": ["{}"] * GROUP,
                            "split": ["train"] * GROUP,
                        },
                        schema=DOCUMENT_SCHEMA,
                    )
                )
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, tuple[str, ...]]]]:
    """Row groups that are read, and their columns."""
    found: list[tuple[int, tuple[str, ...]]] = []
    read = pq.ParquetFile.read_row_group

    def noted(self: pq.ParquetFile, i: int, columns: list[str] | None = None, **rest: object):  # type: ignore[no-untyped-def]
        found.append((i, tuple(columns or ())))
        return read(self, i, columns=columns, **rest)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", noted)
    yield found


def rows_of(corpus: Path, query: Query, limit: int = 7) -> list[int]:
    """Every row that is found, page by page."""
    rows: list[int] = []
    start: int | None = 0
    while start is not None:
        page = browse.browse(document_files(corpus), query, start, limit)
        assert len(page.rows) <= limit
        rows += [found.row for found in page.rows]
        start = page.next_row
    return rows


def test_pages_are_all_documents_once_in_order(corpus: Path) -> None:
    assert rows_of(corpus, Query({})) == list(range(6 * GROUP))


@pytest.mark.parametrize("limit", [1, 24, 100])
def test_a_filter_finds_what_looking_at_each_finds(corpus: Path, limit: int) -> None:
    files = document_files(corpus)
    for query in (
        Query({"language": "zh"}, "text 4"),
        Query({"language": browse.MISSING}),
        Query({"source": "source5", "split": "train"}, "墨"),
        Query({"source": "nothing"}),
        Query({"step": "quality"}),
    ):
        expected = []
        for row in range(6 * GROUP):
            document = read_document(files, row)
            values = [document.get(n) == (v or None) for n, v in query.values.items()]
            if all(values) and query.text.lower() in document["text"].lower():
                expected.append(row)
        assert rows_of(corpus, query, limit) == expected


def test_row_groups_that_cannot_match_are_not_read(
    corpus: Path, reads: list[tuple[int, tuple[str, ...]]]
) -> None:
    browse.browse(document_files(corpus), Query({"source": "source4"}), limit=100)
    assert {group for group, _ in reads} == {1}


def test_texts_are_read_only_where_the_other_columns_agree(
    corpus: Path, reads: list[tuple[int, tuple[str, ...]]]
) -> None:
    browse.browse(document_files(corpus), Query({"language": "xx"}, "墨"))
    assert not any("text" in columns for _, columns in reads)


def test_the_first_page_reads_one_row_group_however_many_there_are(
    corpus: Path, reads: list[tuple[int, tuple[str, ...]]]
) -> None:
    assert len(browse.browse(document_files(corpus), Query({})).rows) == 25
    assert {group for group, _ in reads} == {0}
    reads.clear()
    browse.browse(document_files(corpus), Query({}), start=5 * GROUP + 3)
    assert {group for group, _ in reads} == {2}


def test_a_search_that_takes_long_stops_and_goes_on_where_it_stopped(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "_SEARCH_SECONDS", -1.0)  # after every row group
    query = Query({}, f"Text 5 {GROUP - 1} ")
    pages = [browse.browse(document_files(corpus), query)]
    assert pages[0].rows == ()
    monkeypatch.setattr(browse, "_SEARCH_SECONDS", 60.0)
    assert rows_of(corpus, query) == [6 * GROUP - 1]


def test_a_document_is_found_by_its_id(corpus: Path) -> None:
    files = document_files(corpus)
    wanted = read_document(files, 123)["id"]
    assert find_id(files, wanted) == 123
    assert find_id(files, "0" * 32) is None
    page = browse.browse(files, Query({}, wanted))
    assert [found.row for found in page.rows] == [123]


def test_a_file_that_was_written_anew_is_read_anew(corpus: Path) -> None:
    files = document_files(corpus)
    assert browse.count_documents(files) == 6 * GROUP
    table = pq.read_table(files[0]).slice(0, 3)
    pq.write_table(table, files[0])
    assert browse.count_documents(files) == 3 * GROUP + 3


def test_damage_names_the_file(corpus: Path) -> None:
    files = document_files(corpus)
    files[1].write_bytes(b"nothing")
    with pytest.raises(DataError, match=files[1].name):
        browse.browse(files, Query({}))
    with pytest.raises(DataError, match="there is no document 999"):
        read_document(files[:1], 999)
