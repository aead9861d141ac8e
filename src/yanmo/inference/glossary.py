"""A list of terms and how they are to be translated, and where they stand in a text.

In: pairs, or a file of two columns. A term is found whatever its case, as whole words; in scripts
without spaces wherever it stands. Of overlapping terms the longest counts. Knows no model.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff"
"""Characters of scripts that write words without spaces: kana, Han, Thai and Lao."""


@dataclass(frozen=True)
class Term:
    """What stands in the source, and what must stand in the target."""

    source: str
    target: str


class Glossary:
    """Terms, each source once.

    Args:
        terms: pairs of source and target.

    Raises:
        DataError: a side is empty, or a source has two targets; `where` names the place from 1.
    """

    def __init__(self, terms: Iterable[tuple[str, str]], *, where: str = "glossary") -> None:
        self.terms: list[Term] = []
        known: dict[str, str] = {}
        for row, (source, target) in enumerate(terms, start=1):
            source, target = source.strip(), target.strip()
            place = t("{file}, row {row}", file=where, row=row)
            if not source or not target:
                raise DataError(t("a term or its translation is empty"), where=place)
            if known.setdefault(source.casefold(), target) != target:
                raise DataError(
                    t("the term '{term}' has two translations", term=source),
                    where=place,
                    why=f"{known[source.casefold()]}, {target}",
                )
            if Term(source, target) not in self.terms:
                self.terms.append(Term(source, target))
        self.terms.sort(key=lambda term: -len(term.source))
        self._patterns = [word_pattern(term.source) for term in self.terms]

    def found_in(self, text: str) -> list[Term]:
        """The terms whose source stands in `text`, each once, longest first."""
        found: list[Term] = []
        taken: list[tuple[int, int]] = []
        for term, pattern in zip(self.terms, self._patterns, strict=True):
            spans = [match.span() for match in pattern.finditer(text)]
            free = [
                (begin, end)
                for begin, end in spans
                if all(end <= first or begin >= last for first, last in taken)
            ]
            if free:
                found.append(term)
                taken += free
        return found


def is_in(target: str, text: str) -> bool:
    """Whether a translation of a term stands in `text`, as whole words and whatever its case."""
    return word_pattern(target).search(text) is not None


def word_pattern(term: str) -> re.Pattern[str]:
    """Finds a term as whole words; its ends need no space where the script has none."""
    inside = rf"[^\W{_UNSPACED}]"
    before = rf"(?<!{inside})" if re.match(inside, term[0]) else ""
    behind = rf"(?!{inside})" if re.match(inside, term[-1]) else ""
    words = r"\s+".join(map(re.escape, term.split()))
    return re.compile(before + words + behind, re.IGNORECASE)


def is_unspaced(text: str) -> bool:
    """Whether a text begins in a script that writes words without spaces."""
    return re.match(f"[{_UNSPACED}]", text) is not None


def read_glossary(path: Path) -> Glossary:
    """A glossary from CSV, or TSV where the name ends in `.tsv`: source, target; no header.

    Raises:
        DataError: the file is missing, is no UTF-8, or a row has not two columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(t("there is no such file"), where=str(path)) from None
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            t("the file is not UTF-8"), where=t("{file}, row {row}", file=path, row=row)
        ) from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    pairs = []
    for row, cells in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), start=1):
        if len(cells) != 2:
            raise DataError(
                t(
                    "a term needs two columns, source and target; here are {count}",
                    count=len(cells),
                ),
                where=t("{file}, row {row}", file=path, row=row),
            )
        pairs.append((cells[0], cells[1]))
    return Glossary(pairs, where=str(path))
