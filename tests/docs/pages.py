"""Reading Markdown: fenced blocks, headings with their anchors, links and measured cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
README, README_ZH = REPOSITORY / "README.md", REPOSITORY / "README_zh.md"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
_HEADING = re.compile(r"^(#+) (.*)$", re.M)
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_MEASURED = re.compile(r"<!-- measured:(\w+) -->(.+?)<!-- /measured -->")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def read_blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*match.groups()) for match in _FENCE.finditer(text)]


def read_headings(text: str) -> list[tuple[int, str]]:
    """Level and anchor of each heading: the one it names, else the one that is made from it."""
    headings = []
    for marks, title in _HEADING.findall(_FENCE.sub("", text)):
        anchor = _ANCHOR.search(title)
        headings.append((len(marks), anchor[1] if anchor else slug(title)))
    return headings


def slug(title: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def read_links(text: str) -> list[str]:
    """Where the links of a page lead."""
    return _LINK.findall(_FENCE.sub("", text))


def read_measured(text: str) -> list[str]:
    """The keys of the cells that hold measured results."""
    return [key for key, _ in _MEASURED.findall(text)]


def assert_same_blocks(english: str, chinese: str) -> None:
    """Code is the same in both languages; of a tree the names, whose remarks are translated."""
    for ours, theirs in zip(read_blocks(english), read_blocks(chinese), strict=True):
        assert ours.language == theirs.language
        if ours.language == "text":
            assert names_in_tree(ours.text) == names_in_tree(theirs.text)
        else:
            assert ours == theirs


def names_in_tree(text: str) -> list[str]:
    """The first word of each line."""
    return [line.split()[0] for line in text.splitlines() if line.strip()]
