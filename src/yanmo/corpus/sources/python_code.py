"""The prose in a Python source file: docstrings and comments, in reading order.

Comes in: the text of a .py file. Goes out: a text with a heading for everything that is documented.
The file is parsed, never imported or run. Knows nothing of where files are.
"""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Iterable, Iterator

# Strings are matched so that a number sign inside one is not taken for a comment.
_STRING_OR_COMMENT = re.compile(
    r'''
      """[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""
    | \'\'\'[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*\'\'\'
    | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
    | '[^'\\\n]*(?:\\.[^'\\\n]*)*'
    | (?P<comment>\#[^\n]*)
    ''',
    re.DOTALL | re.VERBOSE,
)
_DIRECTIVE = re.compile(
    r"#\s*(!|-\*-|(?:en)?coding[:=]|vim?:|type:|noqa|pragma|fmt:|isort:|ruff:|mypy:|pylint:|pyright:"
    r"|flake8:|yapf:|nosec|todo\b|fixme\b|xxx\b)",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"copyright|SPDX-License|licen[sc]ed (?:under|to)|all rights reserved", re.I)
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_COMMENT_LINES = 2
_MAX_SIGNATURE_CHARACTERS = 200

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class UnreadableSource(Exception):
    """The file is not Python that this interpreter can parse."""


def prose_of_source(source: str, module: str) -> str:
    """The docstrings and comments of a module, under the headings of what they describe.

    Args:
        source: the text of the file.
        module: the module's dotted name, for the headings.

    Returns:
        The prose; empty where the file has none.

    Raises:
        UnreadableSource: the text cannot be parsed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes, in other people's code
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnreadableSource(str(error)) from error
    parts = [*_docstrings(tree, module), *_comment_blocks(source)]
    parts.sort(key=lambda part: part[0])
    return "\n\n".join(text for _, text in parts)


def _docstrings(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every documented module, class and function."""
    if docstring := ast.get_docstring(tree):
        yield 0, f"{module}\n\n{docstring}"
    waiting: list[tuple[str, Iterable[ast.stmt]]] = [(module, tree.body)]
    while waiting:
        owner, statements = waiting.pop()
        for statement in statements:
            if isinstance(statement, Definition):
                name = f"{owner}.{statement.name}"
                if docstring := _docstring_of(statement):
                    yield statement.lineno, f"{_heading(statement, name)}\n\n{docstring}"
                waiting.append((name, statement.body))
            else:
                waiting.extend((owner, body) for body in _bodies(statement))


def _docstring_of(definition: Definition) -> str | None:
    """The docstring with its common indentation removed."""
    docstring = ast.get_docstring(definition, clean=False)
    return inspect.cleandoc(docstring).strip() if docstring else None


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks inside a compound statement, such as the branches of an `if`."""
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(statement, name, None):
            yield block
    for handler in [*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]:
        yield handler.body


def _heading(definition: Definition, name: str) -> str:
    """The qualified name, with bases for a class and parameters for a function."""
    if isinstance(definition, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in definition.bases)
        return f"class {name}({_shortened(bases)})" if bases else f"class {name}"
    returns = f" -> {ast.unparse(definition.returns)}" if definition.returns else ""
    prefix = "async " if isinstance(definition, ast.AsyncFunctionDef) else ""
    return f"{prefix}{name}({_shortened(ast.unparse(definition.args))}){_shortened(returns)}"


def _shortened(text: str) -> str:
    """The text, or dots where it is too long for a heading."""
    return text if len(text) <= _MAX_SIGNATURE_CHARACTERS else "..."


def _comment_blocks(source: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every run of full comment lines that reads as prose."""
    block: list[str] = []
    previous = -1
    for number, comment in _full_line_comments(source):
        if number != previous + 1:
            yield from _block_of_prose(previous, block)
            block = []
        block.append(comment)
        previous = number
    yield from _block_of_prose(previous, block)


def _full_line_comments(source: str) -> Iterator[tuple[int, str]]:
    """Line number, counted from 1, and text of every comment that has its line to itself."""
    number, counted_to = 1, 0
    for match in _STRING_OR_COMMENT.finditer(source):
        comment = match.group("comment")
        if comment is None:
            continue
        start = match.start()
        line_start = source.rfind("\n", 0, start) + 1
        if source[line_start:start].strip():
            continue
        number += source.count("\n", counted_to, start)
        counted_to = start
        yield number, comment


def _block_of_prose(last_line: int, block: list[str]) -> Iterator[tuple[int, str]]:
    """The block as a text, unless it is short, decoration, a licence note or disabled code."""
    lines = [re.sub(r"^#+:? ?", "", c) for c in block if not _DIRECTIVE.match(c)]
    if sum(bool(_WORD.search(line)) for line in lines) < _MIN_COMMENT_LINES:
        return
    lines = [line if _WORD.search(line) else "" for line in lines]
    text = inspect.cleandoc("\n".join(lines)).strip()
    if _LICENCE.search(text) or _is_code(text):
        return
    yield last_line - len(block) + 1, text


def _is_code(text: str) -> bool:
    """Whether the text is Python rather than prose; English hardly ever parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
