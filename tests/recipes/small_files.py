"""A small file of each kind of application, in two languages, as a user might bring it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

NAMES = {"en": ("Ada", "Grace", "Alan", "Emmy"), "zh": ("王芳", "李雷", "张敏", "陈静")}
PLACES = {"en": ("Paris", "Rome", "Delhi"), "zh": ("北京", "广州", "成都")}
PRAISE = {"en": ("lovely film", "great music"), "zh": ("电影很好看", "音乐很动听")}
BLAME = {"en": ("dull film", "awful music"), "zh": ("电影很难看", "音乐很刺耳")}
NUM_COPIES = 5


def write_reviews(path: Path, language: str) -> None:
    """A CSV file with columns of the user's own names."""
    rows = [
        (f"{text} {number}", label, number)
        for number in range(3 * NUM_COPIES)
        for label, texts in (("good", PRAISE[language]), ("bad", BLAME[language]))
        for text in texts
    ]
    _write_csv(path, ("review", "stars", "nr"), rows)


def write_names(path: Path, language: str) -> None:
    """A CoNLL file: words in English, characters in Chinese."""
    blocks = []
    for name, place, number in _days(language):
        parts = [(name, "PER"), ("去了" if language == "zh" else "saw", ""), (place, "LOC")]
        parts.append((f"{number}", ""))
        lines = []
        for text, kind in parts:
            for place_in, token in enumerate(text if language == "zh" else [text]):
                lines.append(f"{token}\t{'BI'[place_in > 0]}-{kind}" if kind else f"{token}\tO")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def write_questions(path: Path, language: str) -> None:
    """A JSON-lines file, half of whose questions have no answer."""
    who, what = ("谁去了？", "吃了什么？") if language == "zh" else ("Who went?", "What was eaten?")
    rows: list[dict[str, Any]] = []
    for name, place, number in _days(language):
        passage = (
            f"{number}: {name}去了{place}。"
            if language == "zh"
            else f"{number}: {name} saw {place}."
        )
        rows.append({"question": who, "context": passage, "answers": [name]})
        rows.append({"question": what, "context": passage, "answers": []})
    _write_lines(path, rows)


def write_pairs(path: Path, language: str) -> None:
    """A CSV file of numbers in English and in German or Chinese."""
    sources = ("one", "two", "three", "four")
    targets = ("一", "二", "三", "四") if language == "zh" else ("eins", "zwei", "drei", "vier")
    joiner = "" if language == "zh" else " "
    rows = [
        (" ".join(sources[i] for i in picked), joiner.join(targets[i] for i in picked))
        for picked in product(range(4), repeat=3)
    ]
    _write_csv(path, ("source", "target"), rows)


def write_articles(path: Path, language: str) -> None:
    """A JSON-lines file of texts with their titles, one of them with two."""
    rows: list[dict[str, Any]] = []
    for name, place, number in _days(language):
        if language == "zh":
            text, title = f"第{number}天，{name}去了{place}。大家都高兴。", f"{name}在{place}"
        else:
            text, title = (
                f"On day {number} {name} saw {place}. All were glad.",
                f"{name} in {place}",
            )
        rows.append({"text": text, "summary": title})
    rows[0]["summary"] = [rows[0]["summary"], place]
    _write_lines(path, rows)


def _days(language: str) -> Iterable[tuple[str, str, int]]:
    """A name, a place and a number that stands nowhere else."""
    found = product(range(NUM_COPIES), NAMES[language], PLACES[language])
    for number, (_, name, place) in enumerate(found):
        yield name, place, number


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
