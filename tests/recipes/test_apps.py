"""Each application runs as it is shipped, with a user's own files: tuned, measured, predicted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.recipes import small_files

import yanmo
from yanmo.cli.main import build_command
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import shipped_recipes


@dataclass(frozen=True)
class App:
    """An application: its section, its file, what else its user says, and who writes the file."""

    section: str
    file: str
    write: Callable[[Path, str], None]
    settings: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The folder below the run."""
        return f"finetune/{self.section}"


APPS = {
    "sentiment": App(
        "reviews",
        "mine.csv",
        small_files.write_reviews,
        ("tasks.reviews.text_column=review", "tasks.reviews.label_column=stars"),
    ),
    "entities": App("names", "mine.conll", small_files.write_names),
    "questions": App("passages", "mine.jsonl", small_files.write_questions),
    "translate_csv": App("pairs", "mine.csv", small_files.write_pairs),
    "summaries": App("texts", "mine.jsonl", small_files.write_articles),
}
SHORT = {
    "sentiment": ("epochs=6",),
    "entities": (
        "epochs=24",
        "scratch.d_model=32",
        "scratch.d_hidden=32",
        "optimizer.learning_rate=0.03",
    ),
    "questions": ("epochs=1", "num_validations=1"),
    "translate_csv": ("epochs=2", "num_validations=2", "evaluate.num_beams=1"),
    "summaries": ("epochs=1", "num_validations=1", "evaluate.num_beams=1"),
}
"""What makes a run last seconds; everything else is as shipped."""
SMALL_MODEL = ("model.depth=1", "model.d_model=32", "model.num_heads=2", "model.d_ff=64")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, which commands run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANMO_LANG", "en")
    return tmp_path


def tune(name: str, language: str, folder: Path) -> dict[str, Any]:
    """Write the user's file, tune on it and measure; the report."""
    app = APPS[name]
    app.write(folder / app.file, language)
    settings = [f"tasks.{app.section}.train={app.file}", *app.settings]
    settings += [f"finetune.{app.section}.{word}" for word in SHORT[name]]
    if name in ("questions", "translate_csv", "summaries"):
        settings += SMALL_MODEL[: 4 if name == "translate_csv" else 3]
    field = "target_language" if name == "translate_csv" else "language"
    wanted = "de" if (name, language) == ("translate_csv", "en") else language
    settings.append(f"tasks.{app.section}.{field}={wanted}")
    yanmo.run(f"apps/{name}", *settings, console=Console(io.StringIO()))
    report = folder / "runs" / name / app.model / "evaluate" / "report.json"
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def predict(*words: str) -> None:
    """`yanmo predict` with some words."""
    build_command()(["predict", *words], standalone_mode=False)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reviews_are_told_apart(language: str, folder: Path) -> None:
    report = tune("sentiment", language, folder)
    figures = {one["name"]: one["figures"][0]["value"] for one in report["scores"]}
    assert figures["model"] > figures["majority class"]
    assert report["num_items"] == 12
    predict("runs/sentiment/finetune/reviews", "mine.csv", "--text-column", "review", "-o", "o.csv")
    rows = rows_of(folder / "o.csv")
    assert [row["nr"] for row in rows] == [row["nr"] for row in rows_of(folder / "mine.csv")]
    assert sum(row["prediction"] == row["stars"] for row in rows) > 0.9 * len(rows)
    assert all(0.5 <= float(row["prediction_probability"]) <= 1 for row in rows)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_are_found_with_their_places(language: str, folder: Path) -> None:
    tune("entities", language, folder)
    texts = {"en": ["Ada saw Rome 7", "Emmy saw Delhi 8"], "zh": ["王芳去了成都7", "陈静去了北京8"]}
    (folder / "new.txt").write_text("\n".join(texts[language]) + "\n", encoding="utf-8")
    predict("runs/entities/finetune/names", "new.txt", "-o", "found.jsonl")
    lines = (folder / "found.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [row["text"] for row in found] == texts[language]
    entities = [(row["text"], entity) for row in found for entity in row["prediction"]]
    assert len(entities) >= 2
    for text, entity in entities:
        assert entity["kind"] in ("PER", "LOC")
        assert text[entity["start"] : entity["end"]] == entity["text"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_questions_have_answers_from_the_passage_or_none(language: str, folder: Path) -> None:
    tune("questions", language, folder)
    model = "runs/questions/finetune/passages"
    predict(model, "mine.jsonl", "-o", "any.csv", "--threshold=-1000")
    rows = rows_of(folder / "any.csv")
    for row in rows:
        start = int(row["prediction_start"])
        assert row["prediction"] == row["context"][start : start + len(row["prediction"])] != ""
    predict(model, "mine.jsonl", "-o", "none.csv", "--threshold=1000")
    assert {row["prediction"] for row in rows_of(folder / "none.csv")} == {""}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_column_is_translated_with_the_terms_of_a_glossary(language: str, folder: Path) -> None:
    report = tune("translate_csv", language, folder)
    signatures = {
        figure["metric"]: figure["signature"] for figure in report["scores"][0]["figures"]
    }
    assert f"tok:{'zh' if language == 'zh' else '13a'}" in signatures["bleu"]
    (folder / "terms.csv").write_text("Ada,艾达\n", encoding="utf-8")
    (folder / "goods.csv").write_text("nr,text\n1,one Ada two\n2,three\n", encoding="utf-8")
    words = ["--column", "said", "--glossary", "terms.csv", "--num-beams", "2", "-o", "o.csv"]
    predict("runs/translate_csv/finetune/pairs", "goods.csv", *words)
    first, second = rows_of(folder / "o.csv")
    assert (first["nr"], first["text"]) == ("1", "one Ada two")
    assert "艾达" in first["said"]
    assert "艾达" not in second["said"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_summaries_have_the_length_that_is_asked_for(language: str, folder: Path) -> None:
    tune("summaries", language, folder)
    model = "runs/summaries/finetune/texts"
    titles = []
    for shortest, longest in ((1, 3), (8, 12)):
        limits = [f"--min-new-tokens={shortest}", f"--max-new-tokens={longest}"]
        predict(model, "mine.jsonl", *limits, "--column", "title", "-o", f"{longest}.jsonl")
        lines = (folder / f"{longest}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 60
        titles.append([json.loads(line)["title"] for line in lines])
    assert all(len(short) < len(long) for short, long in zip(*titles, strict=True))


def test_applications_and_tasks_are_known_by_the_name_of_their_folder(folder: Path) -> None:
    known = shipped_recipes()
    assert {f"apps/{name}" for name in APPS} == {name for name in known if name.startswith("apps/")}
    assert "python_docs" in known
    assert [name for name, path in known.items() if load_recipe(str(path), []).name == ""] == []
    build_command()(["new", "apps/sentiment"], standalone_mode=False)
    assert (folder / "sentiment.toml").read_bytes() == known["apps/sentiment"].read_bytes()


@pytest.mark.parametrize("name", APPS)
def test_comments_and_defaults_name_the_same_folders(name: str) -> None:
    recipe = load_recipe(f"apps/{name}", [])
    app = APPS[name]
    assert recipe.name == name
    assert list(recipe.tasks) == list(recipe.finetune) == [app.section]
    assert not recipe.needs_pretraining
    comments = shipped_recipes()[f"apps/{name}"].read_text(encoding="utf-8")
    assert f"yanmo predict runs/{name}/{app.model} " in comments
    for verb in ("finetune", "evaluate"):
        assert f"yanmo {verb} apps/{name} tasks.{app.section}.train=" in comments


@pytest.mark.parametrize("name", APPS)
def test_a_base_model_is_named_by_its_folder(name: str) -> None:
    section = f"finetune.{APPS[name].section}"
    words = [f"{section}.init_from=models/base"]
    if name in ("sentiment", "entities"):
        with pytest.raises(ConfigError, match="scratch"):
            load_recipe(f"apps/{name}", words)
        words.append(f"{section}.scratch=none")
    recipe = load_recipe(f"apps/{name}", words)
    assert recipe.finetune[APPS[name].section].init_from == "models/base"


@pytest.mark.slow
def test_reviews_of_chnsenticorp_are_one_file_of_the_users(folder: Path, shared_data: Path) -> None:
    file = shared_data / "classification" / "chnsenticorp" / "dev.tsv"
    yanmo.run(
        "apps/sentiment",
        f"tasks.reviews.train={file}",
        "tasks.reviews.text_column=text_a",
        "tasks.reviews.language=zh",
        "tasks.reviews.max_examples.train=700",
        "finetune.reviews.epochs=6",
        "finetune.reviews.num_validations=2",
        "finetune.reviews.length.max_tokens=96",
        console=Console(io.StringIO()),
    )
    path = folder / "runs" / "sentiment" / "finetune" / "reviews" / "evaluate" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    figures = {one["name"]: one["figures"][0]["value"] for one in report["scores"]}
    assert figures["model"] > figures["majority class"] + 0.1
