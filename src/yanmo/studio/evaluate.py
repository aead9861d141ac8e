"""The page Evaluate: figures with their intervals across runs and models, and every scored item.

In: requests of the page. Out: JSON, read from the reports and items that the stages wrote. What
cannot be read is named, and the rest is shown.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from yanmo.core.errors import DataError, RunError
from yanmo.core.messages import t
from yanmo.pipeline.evaluated_items import (
    Answered,
    Order,
    PlacedReport,
    Wanted,
    choose_items,
    find_reports,
    items_of,
    openings_of,
    pair_items,
    report_of,
    shown_name,
)
from yanmo.studio.failures import NotHere
from yanmo.studio.folders import find_inside, find_run, run_folders
from yanmo.studio.held_out_documents import document_text, list_documents, read_language_report
from yanmo.studio.settings import StudioSettings
from yanmo.studio.tag_spans import tag_kinds, tag_spans

MAX_ROWS = 100
_REPORT_NAME = "report.json"

Text = Annotated[str, Query(max_length=400)]
Label = Annotated[str | None, Query(max_length=400)]
Start = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=MAX_ROWS)]


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api/evaluate", tags=["evaluate"])
    router.include_router(_language_routes(settings))
    router.include_router(_task_routes(settings))

    @router.get("")
    def overview() -> dict[str, Any]:
        """Every evaluation of every run, a row each."""
        language: list[dict[str, Any]] = []
        tasks: list[dict[str, Any]] = []
        problems: list[dict[str, Any]] = []
        for run_dir in run_folders(settings):
            try:
                language += _language_rows(run_dir)
            except DataError as error:
                problems.append(_problem(run_dir, error))
            found, damaged = find_reports(run_dir)
            tasks += [_task_row(run_dir, one) for one in found]
            problems += [_problem(run_dir, error) for error in damaged]
        return {"language": language, "tasks": tasks, "problems": problems}

    return router


def _language_routes(settings: StudioSettings) -> APIRouter:
    """Of a language model and the documents that it was scored on."""
    router = APIRouter()

    @router.get("/language")
    def language(run: str) -> dict[str, Any]:
        """The language model's report of a run."""
        report = read_language_report(find_run(settings, run))
        if report is None:
            raise NotHere(t("this run has no evaluation of its language model"), where=run)
        return report

    @router.get("/documents")
    def documents(
        run: str, start: Start = 0, limit: Limit = 25, order: Text = "split"
    ) -> dict[str, Any]:
        """The documents that the language model was scored on."""
        return list_documents(find_run(settings, run), start, limit, order)

    @router.get("/document")
    def document(run: str, document: Start) -> dict[str, Any]:
        """The text of one of them."""
        return {"text": document_text(find_run(settings, run), document)}

    return router


def _task_routes(settings: StudioSettings) -> APIRouter:
    """Of a task and its items."""
    router = APIRouter()

    @router.get("/task")
    def task(run: str, place: str) -> dict[str, Any]:
        """Everything that an evaluation of a task found."""
        folder = _evaluation(settings, run, place)
        report = report_of(folder / _REPORT_NAME)
        shown = asdict(report)
        for scores in shown["scores"]:
            scores["label"] = shown_name(scores["name"])
        for comparison in shown["comparisons"]:
            comparison["label"] = shown_name(comparison["other"])
        try:
            openings = openings_of(find_run(settings, run), report.task)
        except RunError:
            openings = None  # the log is unreadable; the figures are shown without it
        return {**shown, "place": place, "run": run, "openings": openings}

    @router.get("/items")
    def items(
        run: str,
        place: str,
        start: Start = 0,
        limit: Limit = 25,
        answered: Answered = "all",
        text: Text = "",
        gold: Label = None,
        predicted: Label = None,
        order: Order = "split",
        beside: Annotated[str | None, Query(max_length=800)] = None,
    ) -> dict[str, Any]:
        """Items of an evaluation; `beside` names another one, `RUN:PLACE`, of the same items."""
        folder = _evaluation(settings, run, place)
        is_tagged = report_of(folder / _REPORT_NAME).kind == "entities"
        rows, others = items_of(folder), None
        if beside is not None:
            other_run, _, other_place = beside.partition(":")
            found = items_of(_evaluation(settings, other_run, other_place))
            others = {row.id: row for row in found}
        chosen = choose_items(rows, Wanted(answered, text, gold, predicted, order), others)
        return {
            "rows": [
                _item(at, rows[at], (others or {}).get(rows[at].id), is_tagged=is_tagged)
                for at in chosen[start : start + limit]
            ],
            "found": len(chosen),
            "total": len(rows),
            "counts": {
                "right": sum(row.is_right is True for row in rows),
                "wrong": sum(row.is_right is False for row in rows),
            },
            "kinds": tag_kinds(row.gold for row in rows) if is_tagged else [],
            "has_scores": any(row.score is not None for row in rows),
            "has_confidence": any(row.confidence is not None for row in rows),
            "paired": None if others is None else asdict(pair_items(rows, others)),
        }

    return router


def _item(number: int, row: Any, other: Any, *, is_tagged: bool) -> dict[str, Any]:
    """An item, with its spans where it has tags, and what another model said of it."""
    shown = asdict(row) | {"number": number}
    if is_tagged:
        shown["gold_spans"] = tag_spans(row.text, row.gold)
        shown["predicted_spans"] = tag_spans(row.text, row.predicted)
    if other is not None:
        shown["other"] = {
            "predicted": other.predicted,
            "score": other.score,
            "is_right": other.is_right,
            "spans": tag_spans(other.text, other.predicted) if is_tagged else None,
        }
    return shown


def _evaluation(settings: StudioSettings, run: str, place: str) -> Path:
    """The folder of an evaluation of a task.

    Raises:
        NotHere: there is none.
    """
    folder = find_inside(find_run(settings, run), place)
    if not (folder / _REPORT_NAME).is_file():
        raise NotHere(t("there is no evaluation here"), where=f"{run}/{place}")
    return folder


def _language_rows(run_dir: Path) -> list[dict[str, Any]]:
    report = read_language_report(run_dir)
    if report is None:
        return []
    names = ("split", "documents", "tokens", "bytes", "objective", "targets")
    about = {name: report.get(name) for name in names}
    differences = {entry.get("model"): entry for entry in report.get("differences", ())}
    return [
        {**about, **model, "run": run_dir.name, "difference": differences.get(model["name"])}
        for model in report["models"]
    ]


def _task_row(run_dir: Path, placed: PlacedReport) -> dict[str, Any]:
    report = placed.report
    main, best = report.main_figure, report.best_baseline
    verdict = next((c for c in report.comparisons if best and c.other == best.name), None)
    return {
        "run": run_dir.name,
        "place": placed.place,
        "task": report.task,
        "kind": report.kind,
        "language": report.language,
        "split": report.split,
        "num_items": report.num_items,
        "model": report.model,
        "main": None if main is None else asdict(main),
        "baseline": None
        if best is None
        else {**asdict(best.figures[0]), "label": shown_name(best.name)},
        "verdict": None if verdict is None else asdict(verdict),
    }


def _problem(run_dir: Path, error: DataError) -> dict[str, Any]:
    return {"run": run_dir.name, "what": error.what, "where": error.where, "why": error.why}
