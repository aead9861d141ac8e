"""Samples: which texts are set in monospace, which steps are chosen."""

from __future__ import annotations

import pytest

from yanmo.pipeline.report.sections.samples import evenly, is_code_like


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def read(path):\n    return path.read_text()\n", True),
        (">>> len('研墨')\n2", True),
        ("int main() {\n  return 0;\n}", True),
        ("The with statement is used to wrap a block.", False),
        ("研墨的时候，水要少而匀。", False),
        ("", False),
    ],
)
def test_programs_are_told_from_prose(text: str, expected: bool) -> None:
    assert is_code_like(text) is expected


def test_chosen_steps_include_the_first_and_the_last() -> None:
    assert evenly(range(100), 3) == [0, 50, 99]
    assert evenly([4, 9], 3) == [4, 9]
