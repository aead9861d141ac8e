"""Files and functions stay small, and everything public says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yanmo"
FILES = sorted(SOURCE.rglob("*.py"))

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 80
FORBIDDEN_NAMES = {"utils", "common", "misc", "helpers", "base", "manager"}


def definitions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every class and function with its dotted name; bodies of functions are not entered."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from definitions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node


def is_public(name: str) -> bool:
    """No part of the name begins with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_file_is_small_and_documented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= MAX_FILE_LINES
    assert path.stem not in FORBIDDEN_NAMES
    assert ast.get_docstring(tree), "the module has no docstring"
    for name, node in definitions(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{name} has {length} lines"
        if is_public(name):
            assert ast.get_docstring(node), f"{name} has no docstring"  # type: ignore[arg-type]


def test_no_error_is_swallowed() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                is_empty = all(isinstance(child, ast.Pass) for child in node.body)
                assert not is_empty, f"{path}:{node.lineno} swallows an error"
                assert node.type is not None, f"{path}:{node.lineno} catches everything"
