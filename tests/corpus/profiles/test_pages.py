"""The Python on the pages about profiles and languages runs."""

from __future__ import annotations

import contextlib
import io

import pytest
from tests.docs.pages import REPOSITORY, read_blocks


@pytest.mark.parametrize("page", ["profiles.md", "language.md"])
def test_the_python_of_a_page_runs(page: str) -> None:
    blocks = read_blocks((REPOSITORY / "docs" / "en" / page).read_text(encoding="utf-8"))
    code = [block.text for block in blocks if block.language == "python"]
    assert code
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for text in code:
            exec(compile(text, page, "exec"), {})
    assert printed.getvalue().strip()
