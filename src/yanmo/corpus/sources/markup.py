"""Markdown and reStructuredText without their marks.

Comes in: pieces of a text that end at line ends. Goes out: pieces of text in which headings, lists,
emphasis, links and tables have lost their marks and kept their words; code keeps its lines. Lines
are looked at one by one, in linear time. Knows nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"[ ]{0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r"[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_QUOTE = re.compile(r"^(?:[ ]{0,3}>[ ]?)+")
_BULLET = re.compile(r"^([ \t]*)[*+-][ \t]+(?:\[[ xX]\][ \t]+)?")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_LINK_TARGET = re.compile(r"[ ]{0,3}\[[^\]\n]{1,200}\]:[ \t]*\S+.*$")
_IMAGE = re.compile(r"!\[([^\[\]]{0,1000})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_LINK = re.compile(r"\[([^\[\]]{1,1000})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_AUTO_LINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,20}(?:\s[^<>\n]{0,1000})?/?>|<!--[^\n]{0,2000}?-->")
_CODE = re.compile(r"(`+)(?!`)([^\n]{1,500}?)(?<!`)\1(?!`)")
_STRONG = re.compile(r"(\*{1,3}|(?<!\w)_{1,3})(?=\S)([^*_\n]{1,1000}?)(?<=\S)\1(?!\w)")
_STRIKE = re.compile(r"~~([^~\n]{1,1000})~~")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")

_REST_ADORNMENT = re.compile(r"([=\-`:.'\"~^_*+#])\1{2,}[ \t]*$")
_REST_TABLE_RULE = re.compile(r"[ \t]*(?:\+[-=+]{3,}\+|={2,}(?:[ ]+={2,})+)[ \t]*$")
_REST_DIRECTIVE = re.compile(r"([ \t]*)\.\.(?:[ \t]+(?:([\w:-]+)::|(\S.*))?(.*))?$")
_REST_OPTION = re.compile(r"[ \t]+:[\w-]+:.*$")
_REST_ROLE = re.compile(r":[\w:+.-]{1,60}:`([^`\n]{1,1000})`|`([^`\n]{1,1000})`:[\w:+.-]{1,60}:")
_REST_LITERAL = re.compile(r"``([^\n]{1,1000}?)``")
_REST_LINK = re.compile(r"`([^`\n]{1,1000})`_{0,2}")
_REST_TARGET = re.compile(r"^([^<]*?)[ \t]*<[^<>]{1,2000}>$")
_REST_STRONG = re.compile(r"(?<!\w)(\*{1,2})(?=\S)([^*\n]{1,1000}?)(?<=\S)\1(?!\w)")
_REST_SUBSTITUTION = re.compile(r"\|([^|\s][^|\n]{0,100})\|_{0,2}(?!\w)")
_REST_REFERENCE = re.compile(r"(?<=\w)__?(?=[\s.,;:)]|$)")
# Directives whose content is text; that of all others is left out.
_REST_TEXT_DIRECTIVES = frozenset(
    [
        *("note", "warning", "tip", "hint", "important", "caution", "danger", "attention"),
        *("error", "admonition", "seealso", "epigraph", "topic", "sidebar", "rubric", "compound"),
        *("container", "versionadded", "versionchanged", "deprecated", "code-block", "code"),
        *("sourcecode", "parsed-literal", "pull-quote", "highlights", "math"),
    ]
)


def strip_markdown(pieces: Iterable[str]) -> Iterator[str]:
    """Markdown as plain text."""
    fence = ""
    front_matter = "start"
    for piece in pieces:
        out: list[str] = []
        for line in piece.splitlines(keepends=True):
            bare = line.rstrip("\r\n")
            if front_matter != "over":
                if bare == "---":
                    front_matter = "inside" if front_matter == "start" else "over"
                    continue
                if front_matter == "inside":
                    continue
                front_matter = "over"
            if (match := _FENCE.match(bare)) is not None:
                mark = match.group(1)
                if not fence:
                    fence = mark
                    continue
                if mark.startswith(fence):
                    fence = ""
                    continue
            stripped = bare if fence else _markdown_line(bare)
            if stripped is not None:
                out.append(stripped + "\n")
        yield "".join(out)


def strip_rest(pieces: Iterable[str]) -> Iterator[str]:
    """reStructuredText as plain text."""
    hidden: int | None = None  # the indentation of a directive whose content is left out
    for piece in pieces:
        out: list[str] = []
        for line in piece.splitlines(keepends=True):
            bare = line.rstrip()
            indent = len(bare) - len(bare.lstrip())
            if hidden is not None:
                if not bare or indent > hidden:
                    continue
                hidden = None
            if (match := _REST_DIRECTIVE.match(bare)) is not None:
                name, argument = match.group(2), match.group(4) or ""
                if name is None or name not in _REST_TEXT_DIRECTIVES:
                    hidden = indent
                elif argument.strip() and not name.startswith(("code", "source", "literal")):
                    out.append(_rest_line(argument.strip()) + "\n")
                continue
            if _REST_OPTION.match(bare) and out and not out[-1].strip():
                continue
            if _REST_ADORNMENT.match(bare) or _REST_TABLE_RULE.match(bare):
                continue
            out.append(_rest_line(bare) + "\n")
        yield "".join(out)


def _markdown_line(line: str) -> str | None:
    """A line outside code without its marks; None where it is nothing but marks."""
    line = _QUOTE.sub("", line)
    if _RULE.match(line) or _UNDERLINE.match(line) or _LINK_TARGET.match(line):
        return None
    if (match := _HEADING.match(line)) is not None:
        line = match.group(1)
    if "|" in line:
        if _TABLE_RULE.match(line):
            return None
        if line.lstrip().startswith("|"):
            line = _cells(line)
    line = _BULLET.sub(r"\1- ", line, count=1)
    codes: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        codes.append(match.group(2).strip() if match.group(2).strip() else match.group(2))
        return f"\ue000{len(codes) - 1}\ue001"

    line = _CODE.sub(set_aside, line) if "`" in line else line
    if "[" in line:
        line = _LINK.sub(r"\1", _IMAGE.sub(r"\1", line))
    if "<" in line:
        line = _TAG.sub("", _AUTO_LINK.sub(r"\1", line))
    if "*" in line or "_" in line:
        for _ in range(3):
            line = _STRONG.sub(r"\2", line)
    line = _ESCAPE.sub(r"\1", _STRIKE.sub(r"\1", line))
    return _SET_ASIDE.sub(lambda m: codes[int(m.group(1))], line) if codes else line


_SET_ASIDE = re.compile("\ue000(\\d{1,6})\ue001")


def _rest_line(line: str) -> str:
    """A line without roles, links and emphasis."""
    if "`" in line:
        line = _REST_ROLE.sub(lambda m: _name_of_link(m.group(1) or m.group(2)), line)
        line = _REST_LITERAL.sub(r"\1", line)
        line = _REST_LINK.sub(lambda m: _name_of_link(m.group(1)), line)
    if "*" in line:
        line = _REST_STRONG.sub(r"\2", line)
    if "|" in line:
        line = _REST_SUBSTITUTION.sub(r"\1", line)
        if line.lstrip().startswith("|"):
            line = " ; ".join(
                cell for c in line.strip().strip("|").split("|") if (cell := c.strip())
            )
    if "_" in line:
        line = _REST_REFERENCE.sub("", line)
    return line[:-1] if line.endswith("::") else line


def _cells(line: str) -> str:
    """The cells of a row of a table."""
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    return " ; ".join(cell for cell in cells if cell)


def _name_of_link(text: str) -> str:
    """The words of `words <target>`, and of `~package.name` the last name."""
    match = _REST_TARGET.match(text)
    if match is not None and match.group(1):
        return match.group(1)
    text = text.lstrip("!")
    return text[1:].rpartition(".")[2] if text.startswith("~") else text
