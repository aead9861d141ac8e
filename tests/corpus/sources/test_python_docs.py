"""The documentation of the Python installation."""

from __future__ import annotations

import sysconfig
import tokenize
from pathlib import Path

import pytest

from yanmo.corpus.sources import python_docs
from yanmo.corpus.sources.config import PythonDocsSource
from yanmo.corpus.sources.python_code import (
    UnreadableSource,
    _full_line_comments,
    prose_of_source,
)
from yanmo.corpus.sources.reading import RawDocument, Unreadable

SOURCE = '''#!/usr/bin/env python
# -*- coding: utf-8 -*-
# Copyright 2020 Somebody
# All rights reserved.
"""研墨：把墨研开。"""

# ------------------------------------
# Grinding takes patience: the water
# comes first, and then the stick.
# ------------------------------------

# x = 1
# y = 2


class Ink(Base, metaclass=Meta):
    """Black.

    Second line.
        Indented more.
    """

    def grind(self, water: int = 1, *, slowly=True) -> str:
        """Grind it."""
        text = """
        # not a comment
        # nor this one
        """
        return text

    def undocumented(self): ...


if True:
    async def late():
        "Late."
'''

PROSE = """ink.stone

研墨：把墨研开。

Grinding takes patience: the water
comes first, and then the stick.

class ink.stone.Ink(Base)

Black.

Second line.
    Indented more.

ink.stone.Ink.grind(self, water: int=1, *, slowly=True) -> str

Grind it.

async ink.stone.late()

Late."""


def test_prose_in_reading_order() -> None:
    assert prose_of_source(SOURCE, "ink.stone") == PROSE


@pytest.mark.parametrize("source", ["def (", "a\0b", "x = " + "(" * 1000])
def test_source_that_does_not_parse(source: str) -> None:
    with pytest.raises(UnreadableSource):
        prose_of_source(source, "m")


def test_comments_are_those_that_tokenize_finds() -> None:
    folder = Path(sysconfig.get_path("stdlib"))
    for path in [
        *sorted(folder.glob("[a-d]*.py")),
        folder / "tokenize.py",
        folder / "re/_parser.py",
    ]:
        with tokenize.open(path) as file:
            source = file.read()
        lines = iter(source.splitlines(keepends=True))
        expected = [
            (token.start[0], token.string)
            for token in tokenize.generate_tokens(lambda lines=lines: next(lines, ""))
            if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip() == ""
        ]
        assert list(_full_line_comments(source)) == expected, path.name


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small Python installation with one package."""
    site = tmp_path / "lib" / "site-packages"
    files = {
        "lib/speak.py": '"""Speak."""',
        "lib/test/test_speak.py": '"""A test."""',
        "lib/broken.py": "def (",
        "lib/silent.py": "x = 1",
        "lib/latin.py": "# coding: latin-1\n'''Caf\xe9.'''",
        "lib/site-packages/ink/__init__.py": '"""墨。"""',
        "lib/site-packages/ink/tests/test_ink.py": '"""A test."""',
        "lib/site-packages/ink-1.0.dist-info/METADATA": (
            "Metadata-Version: 2.1\nName: ink\nVersion: 1.0\nSummary: Black ink\n\n# Ink\n\n研墨\n"
        ),
        "lib/site-packages/ink-1.0.dist-info/licenses/LICENSE": "Do what you like.",
        "lib/site-packages/ink-1.0.dist-info/RECORD": "x",
        "lib/site-packages/.hidden/a.py": '"""Hidden."""',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1" if "latin" in name else "utf-8"))
    paths = {"stdlib": str(tmp_path / "lib"), "purelib": str(site), "platlib": str(site)}
    monkeypatch.setattr(python_docs.sysconfig, "get_path", paths.__getitem__)
    monkeypatch.setattr(python_docs.sys, "path", [str(site)])
    return tmp_path


def test_small_installation_is_read_whole(installation: Path) -> None:
    items = list(python_docs.read_python_docs(PythonDocsSource()))
    texts = {i.metadata["file"]: i.text for i in items if isinstance(i, RawDocument)}
    assert texts == {
        "standard_library/speak.py": "speak\n\nSpeak.",
        "standard_library/latin.py": "latin\n\nCafé.",
        "installed_packages/ink/__init__.py": "ink\n\n墨。",
        "readmes/ink-1.0.dist-info/METADATA": "ink: Black ink\n\n# Ink\n\n研墨\n",
        "readmes/ink-1.0.dist-info/licenses/LICENSE": "Do what you like.",
    }
    (problem,) = [item for item in items if isinstance(item, Unreadable)]
    assert problem.file == "standard_library/broken.py"


def test_parts_can_be_left_out(installation: Path) -> None:
    config = PythonDocsSource(standard_library=False, readmes=False)
    (item,) = python_docs.read_python_docs(config)
    assert isinstance(item, RawDocument)
    assert item.source == "python_docs/installed_packages"


def test_fingerprint_sees_a_touched_file(installation: Path) -> None:
    before = list(python_docs.fingerprint_python_docs(PythonDocsSource()))
    (installation / "lib" / "speak.py").write_text('"""Speak up."""')
    after = list(python_docs.fingerprint_python_docs(PythonDocsSource()))
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_limit_gives_a_beginning_of_the_same_order() -> None:
    def read(max_bytes: int) -> list[str]:
        config = PythonDocsSource(max_bytes=max_bytes, installed_packages=False, readmes=False)
        items = python_docs.read_python_docs(config)
        return [item.text for item in items if isinstance(item, RawDocument)]

    short, long = read(100_000), read(300_000)
    assert 50_000 < sum(len(text.encode()) for text in short) <= 100_000
    assert len(short) > 5
    assert long[: len(short)] == short
