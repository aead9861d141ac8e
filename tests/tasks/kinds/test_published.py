"""Published data sets as they lie on disk, English and Chinese, and single examples of them.

The numbers of rows are those that the publishers state, or those of the files (`wc -l`).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from seqeval.metrics.sequence_labeling import get_entities

from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.task import Task


@pytest.fixture
def opened(shared_data: Path) -> Any:
    def open_with(folder: str, **fields: Any) -> Task:
        section = {**fields, "folder": folder}
        config: TaskConfig = TypeAdapter(TaskConfig).validate_python(section)
        return open_task("published", config, shared_data)

    return open_with


@pytest.mark.parametrize(
    ("kind", "dataset", "folder", "sizes", "language"),
    [
        ("classification", "sst", "classification/sst", (6920, 872, 1821), "en"),
        ("classification", "chnsenticorp", "classification/chnsenticorp", (9600, 1200, 1200), "zh"),
        (
            "classification",
            "thucnews_titles",
            "classification/thucnews-titles",
            (9000, 1000, 10000),
            "zh",
        ),
        ("similarity", "stsb_en", "similarity/stsb-en-zh", (5749, 1500, 1379), "en"),
        ("similarity", "stsb_zh", "similarity/stsb-en-zh", (5749, 1500, 1379), "zh"),
        ("entities", "wnut17", "ner/wnut17", (3394, 1009, 1287), "en"),
        ("entities", "resume_zh", "ner/resume-zh", (3821, 463, 477), "zh"),
        ("keywords", "inspec", "keywords", (1400, 200, 400), "en"),
        ("keywords", "csl_zh", "keywords/csl-zh", (700, 100, 200), "zh"),
        ("choices", "arc_easy", "multiple-choice/arc", (2376,), "en"),
        ("choices", "arc_challenge", "multiple-choice/arc", (1172,), "en"),
        ("choices", "c3", "multiple-choice/c3", (3816,), "zh"),
        ("choices", "lambada", "multiple-choice/lambada", (5153,), "en"),
    ],
)
def test_every_row_is_read(
    opened: Any, kind: str, dataset: str, folder: str, sizes: tuple[int, ...], language: str
) -> None:
    task = opened(folder, kind=kind, dataset=dataset)
    assert tuple(len(task.examples(split)) for split in task.splits) == sizes
    assert task.language == task.target_language == language
    for split in task.splits:
        assert len({example.id for example in task.examples(split)}) == len(task.examples(split))
        assert all(Path(path).is_file() for path in task.files(split))


def test_sentiments_have_their_names(opened: Any) -> None:
    sst = opened("classification/sst", kind="classification", dataset="sst")
    assert sst.labels == ("negative", "positive")
    first = sst.examples("validation")[0]
    assert (first.text, first.label) == ("one long string of cliches .", "negative")
    chinese = opened("classification/chnsenticorp", kind="classification", dataset="chnsenticorp")
    assert Counter(e.label for e in chinese.examples("test")) == {"positive": 608, "negative": 592}


def test_titles_have_the_names_of_their_classes(opened: Any) -> None:
    titles = opened(
        "classification/thucnews-titles", kind="classification", dataset="thucnews_titles"
    )
    assert len(titles.labels) == 10
    read = {
        example.text: example.label
        for split in ("train", "validation")
        for example in titles.examples(split)
    }
    assert read["体验2D巅峰 倚天屠龙记十大创新概览"] == "game"
    assert any(path.endswith("class.txt") for path in titles.files("test"))


def test_tags_hold_the_entities_that_seqeval_finds(opened: Any, shared_data: Path) -> None:
    task = opened("ner/resume-zh", kind="entities", dataset="resume_zh")
    text = (shared_data / "ner" / "resume-zh" / "test.char.bmes").read_text(encoding="utf-8")
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    assert len(blocks) == len(task.examples("test"))
    as_bioes = str.maketrans({"M": "I"})
    for block, example in zip(blocks, task.examples("test"), strict=True):
        tags = [line.split()[1] for line in block]
        written = [tag[0].translate(as_bioes) + tag[1:] for tag in tags]
        assert get_entities(list(example.tags)) == get_entities(written)
        assert example.joiner == ""
    assert set(task.labels) >= {tag for e in task.examples("train") for tag in e.tags}


def test_english_words_are_joined_by_spaces(opened: Any) -> None:
    task = opened("ner/wnut17", kind="entities", dataset="wnut17")
    example = task.examples("test")[0]
    assert example.joiner.join(example.tokens).endswith("said a military spokesman .")
    assert [(e[0], example.tokens[e[1]]) for e in get_entities(list(example.tags))] == [
        ("location", "Sonmarg")
    ]
    assert len(task.labels) == 13


def test_keywords_are_single_lines_each_once(opened: Any) -> None:
    inspec = opened("keywords", kind="keywords", dataset="inspec")
    by_id = {e.id: e for split in inspec.splits for e in inspec.examples(split)}
    example = by_id["Inspec/docsutf8/114.txt"]
    assert example.text.startswith("Cooperative three- and four-player quantum games A coop")
    assert example.keywords[:4] == (
        "cooperative three-player quantum games",
        "quantum entanglement",
        "initial state",
        "cooperative four-player quantum games",
    )
    assert all(len(set(e.keywords)) == len(e.keywords) for e in by_id.values())
    csl = opened("keywords/csl-zh", kind="keywords", dataset="csl_zh", test_frac=0.0)
    assert csl.splits == ("train", "validation")


def test_choices_know_the_right_one(opened: Any) -> None:
    c3 = opened("multiple-choice/c3", kind="choices", dataset="c3").examples("test")[0]
    assert c3.context.endswith("\n他们在谈论什么?")
    assert c3.choices[c3.answer] == "工作"
    arc = opened("multiple-choice/arc", kind="choices", dataset="arc_easy").examples("test")[1]
    assert arc.choices[arc.answer] == "breathing mask"
    word = opened("multiple-choice/lambada", kind="choices", dataset="lambada").examples("test")[0]
    assert (word.choices, word.answer) == (("signs",), 0)


def test_any_text_can_be_measured_on(opened: Any) -> None:
    plain = opened("text/tinyshakespeare", kind="text", test="input.txt.gz")
    assert len(plain.examples("test")[0].text) == 1_115_394
    lines = opened(
        "text/clue-corpus-small",
        kind="text",
        test="CLUECorpusSmall_sampled.txt.gz",
        is_document=False,
        language="zh",
    )
    assert len(lines.examples("test")) > 2000
    inside = opened(
        "text/wikitext-2",
        kind="text",
        format="lines",
        test="wikitext-2-v1.zip/wikitext-2/wiki.test.tokens",
    )
    assert "<unk>" in inside.examples("test")[0].text
