"""What a section of a page is, and the blocks that several sections are built from.

Comes in: markup and labels. Goes out: markup. Knows nothing of runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.core.messages import t
from yanmo.core.page.markup import Child, Html, join, tag


@dataclass(frozen=True)
class Section:
    """One part of the story. `lead` says in a sentence what `body` shows."""

    anchor: str
    title: str
    lead: str
    body: Html


def block(title: str, *content: Child) -> Html:
    """A titled part of a section; nothing where there is no content."""
    inside = join(*content)
    if not inside:
        return Html("")
    return tag("div", tag("h3", title), inside, class_="block")


def table(
    headings: Sequence[str], rows: Sequence[Sequence[Child]], *, label: str, text_columns: int = 1
) -> Html:
    """A table that scrolls inside its own frame where it is wider than the screen.

    The first `text_columns` columns are text, the others numbers, aligned right.
    """
    kinds = ["words" if index < text_columns else "number" for index in range(len(headings))]
    head = [
        tag("th", heading, scope="col", class_=kind)
        for heading, kind in zip(headings, kinds, strict=True)
    ]
    lines = [
        tag(
            "tr",
            *[
                tag("th", cell, scope="row", class_=kind)
                if index == 0
                else tag("td", cell, class_=kind)
                for index, (cell, kind) in enumerate(zip(row, kinds, strict=True))
            ],
        )
        for row in rows
    ]
    inner = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *lines))
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


def disclosure(summary: Child, *content: Child, class_: str | None = None) -> Html:
    """Something to unfold."""
    return tag("details", tag("summary", summary), *content, class_=class_)


def copyable(text: str, *, label: str | None = None) -> Html:
    """A command with a button that copies it; the button appears where a script runs."""
    button = tag(
        "button",
        t("Copy"),
        type="button",
        class_="copy",
        data_copied=t("Copied"),
        aria_label=t("Copy: {text}", text=label or text),
    )
    return tag("div", tag("pre", tag("code", text)), button, class_="copyable")


def balance(is_right: bool, right: str, wrong: str) -> Html:
    """A line that says whether an account adds up."""
    mark = "✓ " if is_right else "✗ "
    return tag("p", mark, right if is_right else wrong, class_="good" if is_right else "bad")
