"""The documentation builds without a warning, its commands run, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import README, README_ZH, REPOSITORY, read_blocks, read_headings, read_links
from tests.docs.test_readme import execute, write_text

DOCS = REPOSITORY / "docs"
GENERATED = ("_build", "_generated")
PAGES = [
    path for path in sorted(DOCS.rglob("*.md")) if path.relative_to(DOCS).parts[0] not in GENERATED
]
TUTORIAL = DOCS / "tutorial.md"
EXECUTED = [TUTORIAL, *sorted((DOCS / "howto").glob("*.md"))]
TRANSLATED = [("tutorial.md", "zh/tutorial.md"), ("explanation.md", "zh/explanation.md")]
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
    commands = (tmp_path / "html" / "_generated" / "commands.html").read_text(encoding="utf-8")
    assert "verify-resume" in commands


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_block_runs(tmp_path: Path) -> None:
    """The tutorial, then the how-to pages, in one folder. A `toml` block is saved under the name
    in its first line; `shell` blocks are not run."""
    (tmp_path / "my_texts").mkdir()
    write_text(tmp_path / "my_texts" / "text.txt")
    for page in EXECUTED:
        for block in read_blocks(page.read_text(encoding="utf-8")):
            if block.language == "toml":
                name = block.text.splitlines()[0].removeprefix("# ")
                (tmp_path / name).write_text(block.text, encoding="utf-8")
            elif block.language in ("bash", "python"):
                execute(block, tmp_path)
    assert (tmp_path / "runs" / "first" / "pretrain.previous" / "model").is_dir()
    assert (tmp_path / "runs" / "own" / "report.html").is_file()


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


@pytest.mark.parametrize(("english", "chinese"), TRANSLATED)
def test_the_chinese_page_has_the_same_blocks_and_levels(english: str, chinese: str) -> None:
    ours, theirs = ((DOCS / name).read_text(encoding="utf-8") for name in (english, chinese))
    assert read_blocks(ours) == read_blocks(theirs)
    assert [level for level, _ in read_headings(ours)] == [
        level for level, _ in read_headings(theirs)
    ]


@pytest.mark.parametrize("page", [README, README_ZH, *PAGES], ids=lambda page: page.name)
def test_no_page_speaks_of_a_machine_or_a_host(page: Path) -> None:
    assert FOREIGN.findall(page.read_text(encoding="utf-8")) == []


def test_no_page_is_empty() -> None:
    assert [page for page in PAGES if len(page.read_text(encoding="utf-8")) < 300] == []
