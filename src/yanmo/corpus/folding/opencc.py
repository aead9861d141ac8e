"""Traditional and simplified characters, by the tables of OpenCC.

Comes in: text. Goes out: the same text in the other characters. The tables are data files inside
the installed package opencc-python-reimplemented; the matching is ours: from left to right the
longest phrase of the table, else the character (as OpenCC itself matches), looked for only where a
phrase can begin. Knows nothing of regional words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Direction = Literal["simplified", "traditional"]

_TABLES = {
    "simplified": ("TSPhrases.txt", "TSCharacters.txt"),
    "traditional": ("STPhrases.txt", "STCharacters.txt"),
}
_MAX_ROUNDS = 3  # 薴 becomes 苧, which becomes 苎; there is no longer chain
_BREAK = r"\s，。、；：？！“”‘’《》（）,.;:?!"
_CLAUSE = re.compile(f"[^{_BREAK}]+|[{_BREAK}]+")


@dataclass(frozen=True)
class Converter:
    """Tables that turn text into one kind of characters.

    Args:
        characters: from a code point to its counterpart.
        phrases: from a phrase to its counterpart, which can be the phrase itself.
        lengths: the lengths of the phrases that begin with a character, longest first.
        starts: finds places where a phrase can begin.
    """

    characters: dict[int, str]
    phrases: dict[str, str]
    lengths: dict[str, tuple[int, ...]]
    starts: re.Pattern[str]

    def convert(self, text: str) -> str:
        """`text` in the other characters, by one pass from left to right."""
        pieces: list[str] = []
        done = 0
        for match in self.starts.finditer(text):
            start = match.start()
            if start < done:
                continue
            for length in self.lengths[text[start]]:
                phrase = text[start : start + length]
                counterpart = self.phrases.get(phrase)
                if counterpart is not None:
                    pieces += (text[done:start].translate(self.characters), counterpart)
                    done = start + len(phrase)
                    break
        pieces.append(text[done:].translate(self.characters))
        return "".join(pieces)


@lru_cache(maxsize=2)
def converter_to(direction: Direction) -> Converter:
    """The tables for one direction, read once in a process."""
    phrases_file, characters_file = _TABLES[direction]
    phrases = _read_table(phrases_file)
    characters = _read_table(characters_file)
    lengths: dict[str, set[int]] = defaultdict(set)
    for phrase in phrases:
        lengths[phrase[0]].add(len(phrase))
    starts = re.compile(f"[{''.join(map(re.escape, sorted(lengths)))}]")
    return Converter(
        {ord(key): value for key, value in characters.items() if key != value},
        phrases,
        {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
        starts,
    )


def to_simplified(text: str) -> str:
    """`text` in simplified characters; a second time changes nothing."""
    converter = converter_to("simplified")
    for _ in range(_MAX_ROUNDS):
        before, text = text, converter.convert(text)
        if text == before:
            break
    return text


def to_traditional(text: str) -> str:
    """`text` in traditional characters; a second time changes nothing.

    A clause that holds a traditional character already is left as it is: 萬里 must not become 萬裏.
    """
    converter = converter_to("traditional")
    is_traditional = _traditional_only().search
    return "".join(
        clause if is_traditional(clause) else converter.convert(clause)
        for clause in _CLAUSE.findall(text)
    )


@lru_cache(maxsize=1)
def _traditional_only() -> re.Pattern[str]:
    """Finds a character that is not written in simplified text."""
    return re.compile(f"[{''.join(map(chr, converter_to('simplified').characters))}]")


def converted_characters(direction: Direction) -> frozenset[str]:
    """The characters without which a text stays as it is in this direction."""
    converter = converter_to(direction)
    found = {chr(code) for code in converter.characters}
    for phrase, counterpart in converter.phrases.items():
        if phrase != counterpart:
            found.update(set(phrase) - set(counterpart))
    return frozenset(found)


def _read_table(name: str) -> dict[str, str]:
    """A table of OpenCC: key, tab, counterparts between spaces, of which the first counts."""
    spec = find_spec("opencc")
    assert spec is not None and spec.submodule_search_locations, "opencc is missing"
    path = Path(spec.submodule_search_locations[0]) / "dictionary" / name
    table: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, values = line.partition("\t")
        if values:
            table[key] = values.split(" ")[0]
    return table
