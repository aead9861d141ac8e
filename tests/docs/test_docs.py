"""The documentation builds without a warning, its commands run, and its links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.docs.pages import (
    README,
    README_ZH,
    REPOSITORY,
    assert_same_blocks,
    read_blocks,
    read_headings,
    read_links,
)
from tests.docs.test_readme import execute, write_text

from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.stage_directory import STARTED_NAME

DOCS = REPOSITORY / "docs"
GENERATED = ("_build", "_generated")
PAGES = [
    path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in GENERATED
]
ENGLISH, CHINESE = DOCS / "en", DOCS / "zh"
TUTORIAL = ENGLISH / "tutorial.md"
CORPUS = ENGLISH / "corpus.md"
FIGURES = ENGLISH / "corpus_figures.md"
EXECUTED = [
    TUTORIAL,
    *sorted((ENGLISH / "howto").glob("*.md")),
    CORPUS,
    ENGLISH / "plan.md",
    ENGLISH / "engine.md",
    ENGLISH / "serving.md",
]
TRANSLATED = sorted(str(path.relative_to(ENGLISH)) for path in ENGLISH.rglob("*.md"))
REFERENCE = [path for path in PAGES if path.parent in (DOCS, ENGLISH) and path not in EXECUTED]
CHINESE_PAGES = [
    README_ZH,
    REPOSITORY / "bench" / "README_zh.md",
    *(one for one in PAGES if one.is_relative_to(CHINESE)),
]
STAND_INS = {
    '--models ngram,ffn,lstm,qwen3 --budget "8k': '--models ngram,lstm --budget "2k',
    '--models 2gram,ngram,ffn,lstm,qwen3 --budget "8k': '--models 2gram,ngram,lstm --budget "2k',
    '--models gru,lstm --budget "2k': '--models gru --budget "1k',
    "--kills 2 --steps 12": "--kills 1 --steps 8",
}
"""What of the pages trains the longest, and what stands for it when the test runs it by day."""
HAN, FULL_WIDTH = r"\u3400-\u9fff", "，。、；：！？（）“”《》…"
SPACED = re.compile(
    rf"[{HAN}{FULL_WIDTH}]\s+(?=[{HAN}{FULL_WIDTH}])|[{FULL_WIDTH}]\n *(?=\w)"
    rf"|\w\n *(?=[{FULL_WIDTH}])"
)
HALF_WIDTH = re.compile(rf"[{HAN}][,;:!?()]|[,;!?][{HAN}]|[{HAN}]\.(?=\s|$|[{HAN}])")
FOREIGN = re.compile(r"(?<![\w.])/(?:work|home|root|tmp|Users)/|localhost|\d+\.\d+\.\d+\.\d+|://")


@pytest.mark.slow
def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("furo")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", DOCS, tmp_path / "html"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    recipe = (tmp_path / "html" / "_generated" / "recipe.html").read_text(encoding="utf-8")
    assert "pretrain.optimizer.learning_rate" in recipe
    for kind in ("files", "parallel", "questions", "conversations", "social", "python_docs"):
        assert f"<code>kind = {kind}</code>" in plain_code(recipe)
    for key in ("rules.chinese.min_han", "duplicates.near.num_bands", "rules.word_lists.0.path"):
        assert f"<code>corpus.{key}</code>" in plain_code(recipe)
    commands = (tmp_path / "html" / "_generated" / "commands.html").read_text(encoding="utf-8")
    assert "verify-resume" in commands


def plain_code(page: str) -> str:
    """A page whose spans of code carry no other marks, and no quotation marks."""
    code = re.compile(r"<code [^>]*>(.*?)</code>", re.S)
    inside = re.compile(r"<[^>]*>|&quot;")
    return code.sub(lambda match: f"<code>{inside.sub('', match[1])}</code>", page)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "commands", ["warm_commands", pytest.param(None, marks=pytest.mark.nightly)], ids=str
)
def test_every_block_runs(
    tmp_path: Path, commands: str | None, request: pytest.FixtureRequest
) -> None:
    """The tutorial, the how-to pages, the overview of the corpus, in one folder. A `toml` block is
    saved under the name in its first line; `shell` blocks are not run. At night nothing is
    shortened."""
    commands_first = request.getfixturevalue(commands) if commands else None
    (tmp_path / "my_texts").mkdir()
    write_text(tmp_path / "my_texts" / "text.txt")
    for page in EXECUTED:
        for block in read_blocks(page.read_text(encoding="utf-8")):
            if block.language == "toml":
                name = block.text.splitlines()[0].removeprefix("# ")
                (tmp_path / name).write_text(block.text, encoding="utf-8")
            elif block.language in ("bash", "python"):
                execute(block, tmp_path, commands_first, STAND_INS if commands else {})
    assert (tmp_path / "runs" / "first" / "pretrain.previous" / "model").is_dir()
    assert (tmp_path / "runs" / "own" / "report.html").is_file()
    assert_what_the_corpus_page_says(tmp_path / "runs" / "ink" / "corpus")


def test_every_stand_in_shortens_a_block() -> None:
    text = "".join(
        block.text for page in EXECUTED for block in read_blocks(page.read_text(encoding="utf-8"))
    )
    assert [long for long in STAND_INS if long not in text] == []


def assert_what_the_corpus_page_says(corpus: Path) -> None:
    """The near copy and the navigation were dropped, the number masked, the notes repeated."""
    report = json.loads((corpus / "report.json").read_text(encoding="utf-8"))
    assert report["read"]["documents"] == sum(
        report[name]["documents"] for name in ("kept", "rejected")
    )
    assert [entry["file"] for entry in report["unreadable"]] == ["texts/notes.jsonl"]
    assert {path.name for path in corpus.iterdir()} == {
        *(
            "part-00000-00000.parquet",
            "part-00001-00000.parquet",
            "part-00001-copies-00000.parquet",
        ),
        *("rejected", "clusters", "report.json", "README.md", "manifest.json", STARTED_NAME),
    }
    notes = pq.read_table(corpus / "part-00001-00000.parquet").to_pylist()
    assert len(notes) == 3
    assert any("<PHONE>" in note["text"] for note in notes)
    assert not any("注册" in note["text"] or "版权所有" in note["text"] for note in notes)
    dropped = {
        name: pq.read_table(corpus / "rejected" / f"part-00001-{name}00000.parquet").to_pylist()
        for name in ("", "compared-")
    }
    assert [row["reason"] for row in dropped[""]] == ["boilerplate"]
    assert [row["reason"] for row in dropped["compared-"]] == ["near_duplicate"]


@pytest.mark.parametrize("page", REFERENCE, ids=lambda page: page.name)
def test_every_piece_of_a_recipe_is_right(page: Path, tmp_path: Path) -> None:
    for block in read_blocks(page.read_text(encoding="utf-8")):
        if block.language == "toml":
            (tmp_path / "page.toml").write_text(f'name = "page"\n{block.text}', encoding="utf-8")
            load_recipe(str(tmp_path / "page.toml"), [])


def test_every_figure_stands_on_the_page_of_its_row() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in FIGURES.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ][2:]
    assert len(rows) > 40
    page = ""
    for part, data, measure, ours, theirs in rows:
        if part:
            (link,) = read_links(part)
            page = (FIGURES.parent / link.partition("#")[0]).read_text(encoding="utf-8")
        for number in re.findall(r"\d*[.,]?\d+", f"{data} {measure} {ours} {theirs}"):
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", page), (number, data, measure)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in read_links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if target.parent.name in GENERATED:
            continue  # the build makes it, and complains where it does not
        assert target.is_file(), link
        if anchor:
            headings = read_headings(target.read_text(encoding="utf-8"))
            assert anchor in {name for _, name in headings}


@pytest.mark.parametrize("name", TRANSLATED)
def test_the_chinese_page_has_the_same_blocks_and_levels(name: str) -> None:
    ours, theirs = ((folder / name).read_text(encoding="utf-8") for folder in (ENGLISH, CHINESE))
    assert_same_blocks(ours, theirs)
    assert [level for level, _ in read_headings(ours)] == [
        level for level, _ in read_headings(theirs)
    ]


@pytest.mark.parametrize("page", CHINESE_PAGES, ids=lambda page: page.name)
def test_chinese_has_its_own_punctuation_and_no_space_between_characters(page: Path) -> None:
    """A line that ends within a sentence is a space when the page is shown."""
    for prose in prose_of(page.read_text(encoding="utf-8")):
        assert [match[0] for match in SPACED.finditer(prose)] == [], prose
        assert [match[0] for match in HALF_WIDTH.finditer(prose)] == [], prose


def prose_of(text: str) -> list[str]:
    """The paragraphs, list items and cells of a page, without code, formulas and links' targets."""
    text = re.sub(r"^```.*?^```$|\$\$.*?\$\$", "\n\n", text, flags=re.S | re.M)
    text = re.sub(r"`[^`]+`|\$[^$\n]+\$", "x", text)
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", "", text)
    return re.split(r"\n\s*\n|\n(?= *(?:[-|#]|\d+\. ))|\|", text)


@pytest.mark.parametrize("page", [README, README_ZH, *PAGES], ids=lambda page: page.name)
def test_no_page_speaks_of_a_machine_or_a_host(page: Path) -> None:
    assert FOREIGN.findall(page.read_text(encoding="utf-8")) == []


def test_no_page_is_empty() -> None:
    assert [page for page in PAGES if len(page.read_text(encoding="utf-8")) < 300] == []
