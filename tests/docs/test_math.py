"""The pages with mathematics: what their code prints is what they show, and no number is made up.

A `python` block is followed by a `text` block with exactly what it prints, unless it prints
nothing. Every decimal number in the prose and the equations of a section stands in the code or in
the output of that section, perhaps with more zeros.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import REPOSITORY, read_blocks

PAGES = [REPOSITORY / "docs" / language / "math.md" for language in ("en", "zh")]
RUNNER = """
import contextlib, io, json, sys
outputs, names = [], {}
for number, block in enumerate(json.load(sys.stdin), start=1):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(block, f"block {number}", "exec"), names)
    outputs.append(printed.getvalue())
print(json.dumps(outputs))
"""
FENCED = re.compile(r"^```\w*\n.*?^```$", re.S | re.M)
NUMBER = re.compile(r"(?<![\w.:])\d+\.\d+")


def run(blocks: list[str]) -> list[str]:
    """What each block prints, when all run in order in one namespace."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER],
        input=json.dumps(blocks),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    outputs: list[str] = json.loads(done.stdout)
    return outputs


def code_and_output(page: Path) -> list[tuple[str, str]]:
    """Each `python` block of a page and the `text` block after it, or nothing."""
    pairs: list[tuple[str, str]] = []
    for block in read_blocks(page.read_text(encoding="utf-8")):
        if block.language == "python":
            pairs.append((block.text, ""))
        else:
            assert block.language == "text", block
            assert pairs and not pairs[-1][1], "an output without its code"
            pairs[-1] = (pairs[-1][0], block.text)
    return pairs


def sections(page: Path) -> Iterator[tuple[str, str, str]]:
    """Title, prose and fenced text of each section."""
    text = page.read_text(encoding="utf-8")
    title, begin = text.splitlines()[0], 0
    fences = [match.span() for match in FENCED.finditer(text)]
    heads = [
        match
        for match in re.finditer(r"^## (.*)$", text, re.M)
        if not any(start <= match.start() < end for start, end in fences)
    ]
    for head in [*heads, None]:
        section = text[begin : head.start() if head else len(text)]
        yield title, FENCED.sub("", section), "".join(FENCED.findall(section))
        if head:
            title, begin = head[1], head.end()


def test_every_block_prints_what_the_page_shows() -> None:
    pairs = code_and_output(PAGES[0])
    assert len(pairs) > 30
    for (code, shown), printed in zip(pairs, run([code for code, _ in pairs]), strict=True):
        assert printed == shown, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.parent.name))
def test_every_number_in_the_text_was_computed(page: Path) -> None:
    found = 0
    for title, prose, fenced in sections(page):
        computed = set(map(float, NUMBER.findall(fenced)))
        in_prose = set(map(float, NUMBER.findall(prose)))
        assert not in_prose - computed, title
        found += len(in_prose)
    assert found > 40


def test_both_languages_have_the_same_code_and_output() -> None:
    english, chinese = map(code_and_output, PAGES)
    assert english == chinese
