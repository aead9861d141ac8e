"""TOML text in; nested values and the line of every key out.

`tomllib` reads the values and judges the syntax but keeps no positions, so a scanner walks the
same text a second time for them. The scanner trusts that the text is valid: it runs only on text
that `tomllib` has accepted. Knows nothing of what the keys mean.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.field_types import KeyPath
from yanmo.core.messages import t

MAX_DEPTH = 64
"""Tables and lists inside one another; no recipe is deeper."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+|[ \t.]+)+""")
_STRINGS = (
    re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)
_PLAIN = re.compile(r"[^,\]}#\n]*")
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(text: str, name: str) -> dict[str, Any]:
    """The values of TOML text.

    Args:
        text: the file's content.
        name: what errors call the file.

    Raises:
        ConfigError: the text is not valid TOML; names the line.
    """
    text = text.replace("\r\n", "\n")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, name, str(error)) from error
    except ValueError as error:  # a number with more digits than Python converts
        raise ConfigError(t("this is not valid TOML"), where=name, why=str(error)) from error


def lines_of_toml(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table, key and list item of valid TOML text."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


def nests_too_deep(values: Any) -> bool:
    """Whether tables and lists nest deeper than `MAX_DEPTH`; safe for any depth."""
    level = [values]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def split_key(raw: str) -> tuple[str, ...]:
    """The parts of a TOML key as written: `a."b c".d` gives three.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML key.
    """
    table: Any = tomllib.loads(f"{raw} = 0")
    parts = []
    while isinstance(table, dict):
        ((part, table),) = table.items()
        parts.append(part)
    return tuple(parts)


def _syntax_error(text: str, name: str, message: str) -> ConfigError:
    found = _POSITION.search(message)
    rows = text.split("\n")
    line = int(found[1]) if found and found[1] else len(text.rstrip().split("\n"))
    reason = _POSITION.sub("", message)
    row = rows[line - 1].strip() if line <= len(rows) else ""
    if row:
        reason += f": {row[:80]}"
    return ConfigError(
        t("this is not valid TOML"),
        where=f"{name}:{line}",
        why=reason,
        hint=t("Text needs quotes in TOML, and every key appears once."),
    )


class _Scanner:
    """Finds the line of every key of valid TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line_ends = [found.start() for found in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._array_lengths: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        """Read `[a.b]` or `[[a.b]]`; the path of the table that it opens."""
        line = self._line()
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        *parents, last = self._key()
        self._at = self._text.index("]", self._at) + (2 if is_array else 1)
        path: KeyPath = ()
        for part in parents:
            path = self._enter((*path, part), line)
        path = (*path, last)
        if not is_array:
            self._lines[path] = line
            return path
        self._lines.setdefault(path, line)
        length = self._array_lengths.get(path, 0)
        self._array_lengths[path] = length + 1
        self._lines[(*path, length)] = line
        return (*path, length)

    def _enter(self, path: KeyPath, line: int) -> KeyPath:
        """`path`, and its newest entry where it is an array of tables."""
        self._lines.setdefault(path, line)
        length = self._array_lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: KeyPath) -> None:
        """Read `key = value` inside `table`."""
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at = self._text.index("=", self._at) + 1
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        start = self._text[self._at]
        if start == "[":
            self._list(path)
        elif start == "{":
            self._inline_table(path)
        elif start in "\"'":
            for pattern in _STRINGS:
                if found := pattern.match(self._text, self._at):
                    self._at = found.end()
                    return
            raise AssertionError(f"unclosed string in valid TOML, line {self._line()}")
        else:
            self._skip(_PLAIN)

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while self._next_char() != "]":
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            if self._next_char() == ",":
                self._at += 1
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._next_char() != "}":
            self._pair(path)
            if self._next_char() == ",":
                self._at += 1
        self._at += 1

    def _key(self) -> tuple[str, ...]:
        found = _KEY.match(self._text, self._at)
        assert found is not None, f"no key in valid TOML, line {self._line()}"
        self._at = found.end()
        return split_key(found[0])

    def _next_char(self) -> str:
        self._skip(_BLANK)
        return self._text[self._at]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        assert found is not None, "the pattern matches nothing too"
        self._at = found.end()

    def _line(self) -> int:
        return bisect_right(self._line_ends, self._at - 1) + 1
