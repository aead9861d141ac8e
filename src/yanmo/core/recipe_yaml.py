"""YAML text in; nested values and the line of every key out.

Plain words are read as YAML 1.2 reads them, which PyYAML does not: `3e-4` is a number, `no` and
`on` are text. A key given twice, tags and merge keys are errors; anchors may be used, within
bounds. PyYAML is loaded only when this module is asked to read. Knows nothing of what keys mean.
"""

from __future__ import annotations

import re
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.field_types import KeyPath
from yanmo.core.messages import t
from yanmo.core.recipe_toml import MAX_DEPTH

MAX_NODES = 100_000

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def read_yaml(text: str, name: str) -> tuple[Any, dict[KeyPath, int]]:
    """The value of YAML text and the line (from 1) of every key and list item.

    Args:
        text: the file's content.
        name: what errors call the file.

    Raises:
        ConfigError: the text is not valid YAML, or uses what a recipe may not; names the line.
    """
    import yaml

    class TaglessLoader(yaml.SafeLoader):
        """Composes nodes; leaves plain words as text and refuses tags."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own shape

        def compose_node(self, parent: Any, index: Any) -> Any:
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            if getattr(event, "tag", None) is not None:
                raise yaml.composer.ComposerError(
                    None, None, f"tags such as {event.tag} are not allowed", event.start_mark
                )
            return super().compose_node(parent, index)

    try:
        root = yaml.compose(text, Loader=TaglessLoader)
    except yaml.YAMLError as error:
        raise _syntax_error(text, name, error) from error
    except (ValueError, OverflowError) as error:  # PyYAML on a bad escape such as "\U99999999"
        raise ConfigError(t("this is not valid YAML"), where=name, why=str(error)) from error
    if root is None:
        return {}, {}
    reader = _Reader(name)
    return reader.value_of(root, ()), reader.lines


def _syntax_error(text: str, name: str, error: Any) -> ConfigError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        # An error at the end of the text is told on its last line.
        line = min(mark.line + 1, text.rstrip().count("\n") + 1)
    else:
        line = text.count("\n", 0, max(getattr(error, "position", 0), 0)) + 1
    why = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return ConfigError(t("this is not valid YAML"), where=f"{name}:{line}", why=str(why))


class _Reader:
    """Turns composed nodes into values and notes their lines."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._num_nodes = 0
        self.lines: dict[KeyPath, int] = {}

    def value_of(self, node: Any, path: KeyPath) -> Any:
        self._num_nodes += 1
        if self._num_nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise ConfigError(
                t("this recipe is nested or repeated beyond all measure"),
                where=f"{self._name}:{_line(node)}",
                why=t("anchors may repeat a value, but not without end"),
            )
        if node.id == "mapping":
            return self._table_of(node, path)
        if node.id == "sequence":
            items = []
            for index, item in enumerate(node.value):
                self.lines[(*path, index)] = _line(item)
                items.append(self.value_of(item, (*path, index)))
            return items
        return self._scalar_of(node)

    def _table_of(self, node: Any, path: KeyPath) -> dict[str, Any]:
        table: dict[str, Any] = {}
        lines_of_keys: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if key_node.id != "scalar":
                raise ConfigError(t("a key must be a word"), where=f"{self._name}:{line}")
            key = str(key_node.value)
            if key == "<<" and key_node.style is None:
                raise ConfigError(
                    t("merge keys ('<<') are not supported"),
                    where=f"{self._name}:{line}",
                    hint=t("Write the keys out."),
                )
            if key in table:
                raise ConfigError(
                    t(
                        "key '{key}' is given twice, on lines {first} and {second}",
                        key=".".join(map(str, (*path, key))),
                        first=lines_of_keys[key],
                        second=line,
                    ),
                    where=f"{self._name}:{line}",
                )
            lines_of_keys[key] = line
            self.lines[(*path, key)] = line
            table[key] = self.value_of(value_node, (*path, key))
        return table

    def _scalar_of(self, node: Any) -> Any:
        text = str(node.value)
        if node.style is not None:
            return text
        try:
            return _plain_value(text)
        except ValueError as error:  # more digits than Python converts
            raise ConfigError(
                t("this number is too long"), where=f"{self._name}:{_line(node)}"
            ) from error


def _plain_value(text: str) -> Any:
    """What an unquoted word means (YAML 1.2, section 10.3.2, "Tag resolution")."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if found := _INFINITE.fullmatch(text):
        return float(found[1] + "inf")
    return text


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
