"""The page Data: the corpora below the folder of runs, and every document in them.

In: requests of the page. Out: JSON. What is asked for lies inside the folder of runs; files that
are missing or damaged are told in words. Runs in threads: nothing here waits for anything else.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from yanmo.core.messages import t
from yanmo.corpus import browse
from yanmo.studio.corpus_page import corpus_config, describe_corpus, list_corpora
from yanmo.studio.document_view import mask_texts, show_document
from yanmo.studio.failures import NotHere
from yanmo.studio.folders import find_inside
from yanmo.studio.settings import StudioSettings

MAX_ROWS = 100

Part = Literal["kept", "rejected"]
Wanted = Annotated[str | None, Query(max_length=400)]


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api/data", tags=["data"])

    @router.get("")
    def corpora() -> dict[str, Any]:
        """The corpora, the newest first."""
        return {"corpora": list_corpora(settings.runs)}

    @router.get("/corpus")
    def corpus(corpus: str) -> dict[str, Any]:
        """A corpus as a whole: funnel, amounts, histograms."""
        return describe_corpus(_folder(settings, corpus))

    @router.get("/documents")
    def documents(
        corpus: str,
        part: Part = "kept",
        start: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 25,
        text: Annotated[str, Query(max_length=400)] = "",
        source: Wanted = None,
        language: Wanted = None,
        domain: Wanted = None,
        split: Wanted = None,
        step: Wanted = None,
        reason: Wanted = None,
    ) -> dict[str, Any]:
        """A page of documents; an empty value stands for documents that have none."""
        given = [source, language, domain, split, step, reason]
        values = {n: v for n, v in zip(browse.FILTERS, given, strict=True) if v is not None}
        folder = _folder(settings, corpus)
        is_rejected = part == "rejected"
        files = browse.document_files(folder, rejected=is_rejected)
        page = browse.browse(files, browse.Query(values, text), start, limit)
        rows = [asdict(row) for row in page.rows]
        if is_rejected:
            masked = mask_texts([row["snippet"] for row in rows], corpus_config(folder))
            for row, snippet in zip(rows, masked, strict=True):
                row["snippet"] = snippet
        return {"rows": rows, "next": page.next_row, "total": page.total}

    @router.get("/document")
    def document(
        corpus: str,
        row: Annotated[int, Query(ge=0)],
        part: Part = "kept",
        start: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        """One document, from a character on."""
        folder = _folder(settings, corpus)
        return show_document(folder, rejected=part == "rejected", row=row, start=start)

    return router


def _folder(settings: StudioSettings, corpus: str) -> Path:
    """The folder of a corpus.

    Raises:
        NotHere: there is none, or it lies outside the folder of runs.
    """
    folder = find_inside(settings.runs, corpus)
    if not (folder / "report.json").is_file() and not browse.document_files(folder):
        raise NotHere(
            t("there is no corpus here"),
            where=corpus,
            hint=t("Make the corpus first: yanmo corpus RECIPE"),
        )
    return folder
