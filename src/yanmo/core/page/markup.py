"""HTML and SVG elements as strings that are escaped unless they were made here.

Text goes in as `str` and is escaped; what comes out is `Html`, which is taken as it is. An f-string
over `Html` is a plain `str` again and will be escaped, so a forgotten call shows up as visible
angle brackets and never as live markup. Knows nothing about runs.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

# Elements without content; everything else gets an end tag, which HTML also allows inside SVG.
_VOID = frozenset({"meta", "link", "input", "br", "hr", "wbr"})
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Html(str):
    """A piece of markup that is safe to put into a page."""

    __slots__ = ()


Child = str | None


def tag(element: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """One element. Attribute names lose a trailing `_` and write `_` as `-`.

    A value of None or False leaves the attribute out, True writes it bare.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    if element in _VOID:
        return Html(f"<{element}{written}>")
    return Html(f"<{element}{written}>{join(*children)}</{element}>")


def join(*children: Child) -> Html:
    """The children one after the other; plain strings are escaped, None is nothing."""
    return Html("".join(_child(child) for child in children if child is not None))


def visible(text: str) -> str:
    """`text` with control characters shown as symbols, so that HTML may carry them.

    Line feeds and tabs stay; a carriage return before a line feed goes.
    """
    return _CONTROL.sub(_symbol, text.replace("\r\n", "\n"))


def foreign(text: str) -> Html:
    """Text of the user inside a line: its direction cannot reach the words around it."""
    return tag("bdi", visible(text))


def code(text: str) -> Html:
    """A name, a path or a setting in monospace, isolated like every foreign text."""
    return tag("code", foreign(text))


def code_path(path: str) -> Html:
    """A path in monospace that breaks behind its slashes where it is too long for its place."""
    parts = visible(path).split("/")
    broken = [part for name in parts[:-1] for part in (f"{name}/", tag("wbr"))]
    return tag("code", tag("bdi", *broken, parts[-1]))


def json_script(element_id: str, value: Any) -> Html:
    """A block of JSON that a script on the page reads; no text in it can end the block."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Html(f'<script type="application/json" id="{html.escape(element_id)}">{text}</script>')


def _child(child: str) -> str:
    return child if isinstance(child, Html) else html.escape(visible(child))


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {name}"
    written = f"{value:g}" if isinstance(value, float) else visible(str(value))
    return f' {name}="{html.escape(written)}"'


def _symbol(match: re.Match[str]) -> str:
    """The Unicode picture of a control character; U+FFFD where there is none."""
    number = ord(match.group())
    if number < 0x20:
        return chr(0x2400 + number)
    return "\u2421" if number == 0x7F else "\ufffd"
