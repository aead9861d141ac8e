"""Tokens in a row, each tinted by a number that is shown when it is pointed at.

In: tokens and a number for each. Out: markup. Positive numbers are blue, negative ones red; the
strongest of a row has the full tint.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.page.markup import Html, tag, visible
from yanmo.interpretation.page.names import signed
from yanmo.interpretation.question import Token
from yanmo.interpretation.question_tokens import CONTINUES

STRONGEST = 50
"""Per cent of the colour behind the strongest token, which leaves its text readable."""


def shown(text: str) -> str:
    """A token's text in which a line feed and a tab can be seen."""
    return visible(text.replace("\n", "⏎").replace("\t", "⇥")) or "∅"


def tinted_tokens(tokens: Sequence[Token], scores: Sequence[float]) -> Html:
    """The tokens of a text, one after the other as they stand in it."""
    strongest = max((abs(score) for score in scores), default=0.0) or 1.0
    parts = []
    last_part = tokens[0].part if tokens else "text"
    for token, score in zip(tokens, scores, strict=True):
        if token.part != last_part:
            parts.append(tag("span", " ┊ ", class_="between-texts"))
            last_part = token.part
        share = STRONGEST * abs(score) / strongest
        kind = "token special" if token.is_special else "token"
        kind += " further" if token.text == CONTINUES else ""
        parts.append(
            tag(
                "span",
                shown(token.text),
                class_=f"{kind} {'against' if score < 0 else 'for'}",
                style=f"--p:{share:.1f}%",
                data_value=signed(score),
                tabindex=0,
            )
        )
    return tag("p", *parts, class_="tokens", dir="auto")
