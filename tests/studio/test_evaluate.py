"""The API of the page Evaluate, on evaluations of a real run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yanmo.evaluation.task_report import read_items, read_task_report

MOOD = {"run": "ink", "place": "finetune/mood/evaluate"}
NAMES = {"run": "ink", "place": "finetune/names/evaluate"}
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


def test_the_overview_shows_the_figures_of_the_reports(get: Get, ink_runs: Path) -> None:
    everything = get("/api/evaluate")
    assert everything["problems"] == []
    assert [row["kind"] for row in everything["language"]] == ["neural", "ngram"]
    low, high = everything["language"][0]["bits_per_byte_interval"]
    assert low < everything["language"][0]["bits_per_byte"] < high
    rows = {row["place"]: row for row in everything["tasks"]}
    report = read_task_report(ink_runs / "ink" / "finetune/mood/evaluate/report.json")
    shown = rows["finetune/mood/evaluate"]
    assert report.main_figure is not None and report.best_baseline is not None
    assert shown["main"]["value"] == report.main_figure.value
    assert shown["baseline"]["value"] == report.best_baseline.figures[0].value


def test_items_are_those_of_the_file_right_and_wrong_told_apart(get: Get, ink_runs: Path) -> None:
    rows = read_items(ink_runs / "ink" / MOOD["place"] / "items.parquet")
    right = get("/api/evaluate/items", **MOOD, answered="right", limit=100)
    wrong = get("/api/evaluate/items", **MOOD, answered="wrong", limit=100)
    assert right["found"] + wrong["found"] == len(rows) == right["total"]
    assert {row["id"] for row in right["rows"]} == {row.id for row in rows if row.is_right}
    report = get("/api/evaluate/task", **MOOD)
    labels, counts = report["confusion"]["labels"], report["confusion"]["counts"]
    for gold, own in zip(labels, counts, strict=True):
        for predicted, count in zip(labels, own, strict=True):
            cell = get("/api/evaluate/items", **MOOD, gold=gold, predicted=predicted)
            assert cell["found"] == count


def test_items_come_in_the_order_that_is_asked_for(get: Get) -> None:
    sure = get("/api/evaluate/items", **MOOD, order="sure", limit=100)["rows"]
    unsure = get("/api/evaluate/items", **MOOD, order="unsure", limit=100)["rows"]
    known = [row["confidence"] for row in sure]
    assert known == sorted(known, reverse=True)
    assert [row["confidence"] for row in unsure] == sorted(known)


def test_items_are_searched_and_paged_through(get: Get) -> None:
    all_of_them = get("/api/evaluate/items", **MOOD, limit=100)["rows"]
    two = [get("/api/evaluate/items", **MOOD, start=at, limit=3)["rows"] for at in (0, 3)]
    assert two[0] + two[1] == all_of_them[:6]
    word = all_of_them[0]["text"].split()[0].upper()
    found = get("/api/evaluate/items", **MOOD, text=word, limit=100)["rows"]
    assert found and all(word.lower() in str(row).lower() for row in found)


def test_two_models_on_the_same_items_are_set_beside_each_other(get: Get) -> None:
    beside = "ink:finetune/mood_again/evaluate"
    page = get("/api/evaluate/items", **MOOD, beside=beside, limit=100)
    paired = page["paired"]
    parts = [paired[name] for name in ("both", "only_first", "only_second", "neither")]
    assert sum(parts) == page["total"] == paired["num_items"]
    assert 0 < paired["p_value"] <= 1
    differing = get("/api/evaluate/items", **MOOD, beside=beside, answered="differing", limit=100)
    expected = [row["id"] for row in page["rows"] if row["other"]["predicted"] != row["predicted"]]
    assert [row["id"] for row in differing["rows"]] == expected


def test_tags_become_spans_of_the_text(get: Get) -> None:
    page = get("/api/evaluate/items", **NAMES, limit=100)
    assert page["kinds"] == ["LOC", "PER"]
    for row in page["rows"]:
        kinds = {
            span["kind"]: row["text"][span["start"] : span["end"]] for span in row["gold_spans"]
        }
        assert row["text"] == f"today {kinds['PER']} goes to {kinds['LOC']}"


def test_documents_of_the_language_model_have_their_text(get: Get) -> None:
    page = get("/api/evaluate/documents", run="ink", order="qwen3")
    assert page["models"][0] == "qwen3"
    bits = [row["bits_per_byte"][0] for row in page["rows"]]
    assert bits == sorted(bits, reverse=True)
    row = page["rows"][0]
    text = get("/api/evaluate/document", run="ink", document=row["document"])["text"]
    assert text.startswith(row["snippet"][:20])
    assert len(text.encode()) == row["bytes"]


def test_what_is_damaged_is_named_and_the_rest_shown(
    ink_runs: Path, tmp_path: Path, studio_client: Callable[..., TestClient]
) -> None:
    run = tmp_path / "ink"
    for part in ("finetune/mood/evaluate", "finetune/names/evaluate", "evaluate"):
        shutil.copytree(ink_runs / "ink" / part, run / part)
    shutil.copy(ink_runs / "ink" / "recipe.toml", run)
    client = studio_client(tmp_path)
    (run / "finetune/mood/evaluate/report.json").write_text("[1,", encoding="utf-8")
    (run / "finetune/names/evaluate/items.parquet").write_bytes(b"PAR1 no more")
    (run / "evaluate" / "report.json").write_text('{"models": 3}', encoding="utf-8")
    everything = client.get("/api/evaluate").json()
    assert len(everything["problems"]) == 2
    assert [row["place"] for row in everything["tasks"]] == ["finetune/names/evaluate"]
    items = client.get("/api/evaluate/items", params=NAMES)
    assert items.status_code == 409 and "items.parquet" in items.json()["error"]["where"]
    assert client.get("/api/evaluate/language", params={"run": "ink"}).status_code == 409
    assert client.get("/api/evaluate/task", params=MOOD).status_code == 409
    texts = client.get("/api/evaluate/documents", params={"run": "ink"})
    assert texts.status_code == 409


@pytest.mark.parametrize(
    ("run", "place"),
    [
        ("nothing", "x"),
        ("ink", "../../etc"),
        ("ink", "pretrain"),
        ("..", "ink"),
        ("ink", "nothing"),
    ],
)
def test_what_is_no_evaluation_of_a_run_is_not_shown(get: Get, run: str, place: str) -> None:
    get("/api/evaluate/items", status=404, run=run, place=place)
    assert get("/api/evaluate/task", status=404, run=run, place=place)["error"]["what"]
