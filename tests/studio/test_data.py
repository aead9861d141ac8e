"""The API of the page Data, on a real corpus of two languages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.studio.page_runs import ADDRESS

Get = Callable[..., Any]


@pytest.fixture
def get(ink_runs: Path, studio_client: Callable[..., TestClient]) -> Get:
    """Ask the studio over the run `ink`."""
    client = studio_client(ink_runs)

    def asked(path: str, status: int = 200, **query: Any) -> Any:
        answer = client.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    return asked


def test_every_document_of_the_funnel_can_be_looked_at(get: Get) -> None:
    corpus = get("/api/data/corpus", corpus="ink/corpus")
    assert corpus["problems"] == []
    left = corpus["read"]["documents"]
    for step in corpus["funnel"]:
        for reason in step["reasons"]:
            page = get(
                "/api/data/documents",
                corpus="ink/corpus",
                part="rejected",
                step=step["step"],
                reason=reason["reason"],
                limit=100,
            )
            assert len(page["rows"]) == min(100, reason["documents"])
        left -= step["lost"]["documents"]
        assert step["left"]["documents"] == left
    assert left == corpus["kept"]["documents"] == corpus["stored"]["kept"]


def test_pages_put_together_are_the_whole_corpus_in_its_order(get: Get) -> None:
    total = get("/api/data/corpus", corpus="ink/corpus")["stored"]["kept"]
    rows: list[int] = []
    start: int | None = 0
    while start is not None:
        page = get("/api/data/documents", corpus="ink/corpus", start=start, limit=40)
        rows += [row["row"] for row in page["rows"]]
        start = page["next"]
    assert rows == list(range(total))


def test_documents_are_found_by_text_language_and_id(get: Get) -> None:
    chinese = get("/api/data/documents", corpus="ink/corpus", language="zh", text="语料", limit=100)
    assert chinese["rows"]
    assert {row["fields"]["language"] for row in chinese["rows"]} == {"zh"}
    first = chinese["rows"][0]
    by_id = get("/api/data/documents", corpus="ink/corpus", text=first["fields"]["id"])
    assert [row["row"] for row in by_id["rows"]] == [first["row"]]
    whole = get("/api/data/document", corpus="ink/corpus", row=first["row"])
    assert "语料" in whole["text"]
    assert (
        get("/api/data/documents", corpus="ink/corpus", text="no such words at all")["rows"] == []
    )


def test_personal_data_is_masked_in_rejected_documents_too(get: Get) -> None:
    kept = get("/api/data/documents", corpus="ink/corpus", source="letters")["rows"]
    assert len(kept) == 1
    letter = get("/api/data/document", corpus="ink/corpus", row=kept[0]["row"])
    [[begin, end, what]] = letter["marks"]
    assert (letter["text"][begin:end], what) == ("<EMAIL>", "private:email")
    rejected = get("/api/data/documents", corpus="ink/corpus", part="rejected", source="letters")
    shown = json.dumps(rejected, ensure_ascii=False)
    for row in rejected["rows"]:
        document = get("/api/data/document", corpus="ink/corpus", part="rejected", row=row["row"])
        shown += json.dumps(document, ensure_ascii=False)
    assert ADDRESS not in shown
    assert "<EMAIL>" in shown


def test_a_rejected_document_says_which_limit_it_broke_and_where(get: Get) -> None:
    found = get(
        "/api/data/documents",
        corpus="ink/corpus",
        part="rejected",
        reason="gopher_repetition/dup_line_frac",
    )["rows"]
    document = get("/api/data/document", corpus="ink/corpus", part="rejected", row=found[0]["row"])
    offence = document["offence"]
    assert offence["value"] > offence["max"] == 0.3
    marked = {document["text"][b:e].strip() for b, e, what in document["marks"]}
    lines = document["text"].split("\n")
    assert marked and all(sum(line.strip() == one for line in lines) > 1 for one in marked)


def test_a_copy_names_the_document_that_stays(get: Get) -> None:
    found = get(
        "/api/data/documents", corpus="ink/corpus", part="rejected", step="near_duplicates"
    )["rows"]
    copy = get("/api/data/document", corpus="ink/corpus", part="rejected", row=found[0]["row"])
    stays = copy["copy_of"]
    original = get("/api/data/document", corpus="ink/corpus", row=stays["row"], part=stays["part"])
    assert original["fields"]["id"] == stays["id"]
    assert 0.5 < stays["similarity"] <= 1


def test_a_long_document_comes_in_pieces_that_join_without_a_gap(
    tmp_path: Path, studio_client: Callable[..., TestClient]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from yanmo.corpus.document import DOCUMENT_SCHEMA

    text = "汉字🙂 and words. " * 4000
    row = {"id": "1" * 32, "text": text, "source": "s", "metadata": "{}"}
    (tmp_path / "long").mkdir()
    pq.write_table(
        pa.Table.from_pylist([row], schema=DOCUMENT_SCHEMA), tmp_path / "long/part-00000.parquet"
    )
    (tmp_path / "long" / "report.json").write_text("{}", encoding="utf-8")
    client = studio_client(tmp_path)
    pieces, start = "", 0
    while start < len(text):
        query = {"corpus": "long", "row": 0, "start": start}
        piece = client.get("/api/data/document", params=query).json()
        pieces, start = pieces + piece["text"], piece["end"]
    assert pieces == text


def test_damaged_and_missing_files_are_told_in_words(
    ink_runs: Path, tmp_path: Path, studio_client: Callable[..., TestClient]
) -> None:
    corpus = tmp_path / "ink" / "corpus"
    shutil.copytree(ink_runs / "ink" / "corpus", corpus)
    client = studio_client(tmp_path)
    (corpus / "report.json").write_text('{"read": 3', encoding="utf-8")
    told = client.get("/api/data/corpus", params={"corpus": "ink/corpus"}).json()
    assert "report.json" in told["problems"][0]
    assert told["stored"]["kept"] > 0
    (corpus / "report.json").write_text('{"read": {}, "funnel": 7}', encoding="utf-8")
    assert client.get("/api/data/corpus", params={"corpus": "ink/corpus"}).json()["problems"]
    part = next(corpus.glob("part-*.parquet"))
    part.write_bytes(part.read_bytes()[:200])
    answer = client.get("/api/data/documents", params={"corpus": "ink/corpus"})
    assert answer.status_code == 409
    assert part.name in answer.json()["error"]["where"]
    assert client.get("/api/data").json()["corpora"][0]["documents"] is None


@pytest.mark.parametrize("path", ["../../etc", "/etc", "ink", "ink/corpus/../../..", "nothing"])
def test_what_is_no_corpus_below_the_runs_is_not_shown(get: Get, path: str) -> None:
    get("/api/data/corpus", status=404, corpus=path)
    get("/api/data/document", status=404, corpus=path, row=0)


def test_questions_without_sense_are_refused(get: Get) -> None:
    get("/api/data/documents", status=422, corpus="ink/corpus", limit=100_000)
    get("/api/data/documents", status=422, corpus="ink/corpus", start=-1)
    assert get("/api/data/document", status=409, corpus="ink/corpus", row=10**9)["error"]["why"]
