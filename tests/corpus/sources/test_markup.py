"""Markdown and reStructuredText: as they are, or without their marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.files import read_files
from yanmo.corpus.sources.markup import strip_markdown, strip_rest
from yanmo.corpus.sources.reading import RawDocument

MARKDOWN = """---
title: front matter
---
# Ink *and* paper #

Grind **slowly**, with [water](https://example.org "x") and `a_b_c`.
![brush](b.png) See <https://example.org>, or ~~not~~ 研**墨**。

> quoted
> - [x] done
* item_with_underscores
1. first

| name | use |
|------|:---:|
| 墨 | ink |

```python
x = **kwargs  # not emphasis
```
***
[ref]: https://example.org
"""
PLAIN_MARKDOWN = """Ink and paper

Grind slowly, with water and a_b_c.
brush See https://example.org, or not 研墨。

quoted
- done
- item_with_underscores
1. first

name ; use
墨 ; ink

x = **kwargs  # not emphasis
"""
REST = """=====
Title
=====

.. toctree::
   :maxdepth: 2

   hidden

See :ref:`the guide <guide>`, :class:`~pkg.Name` and ``literal``.
A `link <https://example.org>`_ and *emphasis*::

    code_line()

.. note:: Careful with |ink|.

   The note goes on.

.. _target:
.. a comment
"""
PLAIN_REST = """
Title


See the guide, Name and literal.
A link and emphasis:

    code_line()

Careful with ink.

   The note goes on.
"""


def test_markdown_without_marks() -> None:
    assert "".join(strip_markdown([MARKDOWN])) == PLAIN_MARKDOWN


def test_rest_without_marks() -> None:
    lines = [line for line in "".join(strip_rest([REST])).splitlines() if line.strip()]
    assert lines == [line for line in PLAIN_REST.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "a.rst", "a.rst.gz"])
def test_marks_stay_unless_the_recipe_says_otherwise(tmp_path: Path, name: str) -> None:
    path = tmp_path / name.removesuffix(".gz")
    path.write_text("*ink*\n")
    kept = [i for i in read_files(FilesSource(paths=[str(path)])) if isinstance(i, RawDocument)]
    stripped = list(read_files(FilesSource(paths=[str(path)], markup="strip")))
    assert [item.text for item in kept] == ["*ink*\n"]
    assert [item.text for item in stripped if isinstance(item, RawDocument)] == ["ink\n"]


@pytest.mark.parametrize(
    "unit", ["*", "[", "`", "_", "![", "<a ", "|", "~~", "**a", "`a", ":a:`", "> "]
)
def test_time_is_linear_in_whatever_is_repeated(unit: str) -> None:
    for strip in (strip_markdown, strip_rest):
        text = "".join(strip([unit * 20_000 + "\n"]))
        assert len(text) <= len(unit) * 20_000 + 1


def test_real_pages_of_documentation() -> None:
    readme = Path(__file__).resolve().parents[3] / "README.md"
    text = "".join(strip_markdown([readme.read_text(encoding="utf-8")]))
    assert "](http" not in text
    assert "**" not in text
    assert not any(
        line.startswith("#") and not line.startswith("#!") for line in text.split("\n\n")
    )
