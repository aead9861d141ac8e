"""One conversation as the model learns it: what is learned, what is only read, and what was cut.

In: an encoded conversation. Out: text for a terminal, in colour or with plain marks, or HTML. Each
token has a shade of its own, so that the cuts between tokens can be seen. Knows no tokenizer.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from yanmo.core.messages import t
from yanmo.finetuning.chat_rows import FittedChat
from yanmo.tokens.chat import ChatTokens
from yanmo.tokens.rows import IGNORED_LABEL

Part = Literal["read", "learned", "cut"]
# Two shades of each colour, taken in turn: black on green, grey, and red for what is cut off.
_SHADES: dict[Part, tuple[str, str]] = {
    "read": ("\x1b[38;5;245m", "\x1b[38;5;250m"),
    "learned": ("\x1b[30;48;5;114m", "\x1b[30;48;5;150m"),
    "cut": ("\x1b[9;38;5;167m", "\x1b[9;38;5;174m"),
}
_PLAIN: dict[Part, tuple[str, str]] = {
    "read": ("", ""),
    "learned": ("{+", "+}"),
    "cut": ("[-", "-]"),
}
_RESET = "\x1b[0m"
_STYLE = (
    "pre.mask{white-space:pre-wrap}"
    ".mask .read{color:#777}.mask .learned{background:#9d9;color:#000}"
    ".mask .cut{color:#b44;text-decoration:line-through}"
    ".mask span:nth-child(even){filter:brightness(1.12)}"
)


@dataclass(frozen=True)
class MaskPiece:
    """Text that one token stands for, or several that share a character."""

    text: str
    part: Part


def mask_pieces(fitted: FittedChat) -> list[MaskPiece]:
    """The conversation piece by piece; joined they are the text that the template made."""
    tokens = fitted.tokens
    pieces: list[MaskPiece] = []
    end = 0
    for start, stop, index in _units(tokens):
        if start > end:  # characters that no token stands for, such as a space that it implies
            pieces.append(MaskPiece(tokens.text[end:start], "read"))
        pieces.append(MaskPiece(tokens.text[max(start, end) : stop], _part(fitted, index)))
        end = stop
    if end < len(tokens.text):
        pieces.append(MaskPiece(tokens.text[end:], "read"))
    return [piece for piece in pieces if piece.text]


def mask_text(fitted: FittedChat, *, has_colour: bool) -> str:
    """The conversation for a terminal, behind a line that counts.

    Args:
        fitted: the conversation.
        has_colour: use ANSI colours; else `{+learned+}` and `[-cut-]`.
    """
    pieces = mask_pieces(fitted)
    if has_colour:
        shown = "".join(
            _coloured(_SHADES[piece.part][number % 2], _visible(piece.text))
            for number, piece in enumerate(pieces)
        )
        legend = "  ".join(
            _coloured(_SHADES[part][0], name) for part, name in _legend(pieces).items()
        )
    else:
        shown = "".join(
            _PLAIN[part][0] + _visible(text) + _PLAIN[part][1] for part, text in _runs(pieces)
        )
        legend = "  ".join(
            _PLAIN[part][0] + name + _PLAIN[part][1] for part, name in _legend(pieces).items()
        )
    return "\n".join([*_counts(fitted), legend, "", shown.rstrip("\n"), ""])


def mask_html(fitted: FittedChat, *, has_style: bool = True) -> str:
    """The conversation as HTML: a `pre` of spans with the classes `read`, `learned` and `cut`."""
    spans = "".join(
        f'<span class="{piece.part}">{html.escape(piece.text)}</span>'
        for piece in mask_pieces(fitted)
    )
    counts = "".join(f"<p>{html.escape(line)}</p>" for line in _counts(fitted))
    style = f"<style>{_STYLE}</style>" if has_style else ""
    return f'{style}{counts}<pre class="mask">{spans}</pre>'


def _part(fitted: FittedChat, index: int) -> Part:
    """What becomes of a token: it is the label of the one before it, if of any."""
    labels = fitted.row.labels
    if 0 < index <= len(labels):
        return "learned" if labels[index - 1] != IGNORED_LABEL else "read"
    return "cut" if fitted.num_tokens_cut and fitted.tokens.is_learned[index] else "read"


def _units(tokens: ChatTokens) -> Iterator[tuple[int, int, int]]:
    """From, to, and the first token, of tokens that stand for characters of their own."""
    start = stop = first = 0
    for index, (begin, end) in enumerate(tokens.spans.tolist()):
        if begin < stop and index:  # another part of the same character
            stop = max(stop, end)
            continue
        if stop > start:
            yield start, stop, first
        start, stop, first = begin, end, index
    if stop > start:
        yield start, stop, first


def _runs(pieces: list[MaskPiece]) -> list[tuple[Part, str]]:
    """Pieces of one kind that follow each other, joined."""
    runs: list[tuple[Part, str]] = []
    for piece in pieces:
        if runs and runs[-1][0] == piece.part:
            runs[-1] = (piece.part, runs[-1][1] + piece.text)
        else:
            runs.append((piece.part, piece.text))
    return runs


def _counts(fitted: FittedChat) -> list[str]:
    num_tokens = len(fitted.row.tokens) + 1
    num_learned = int((fitted.row.labels != IGNORED_LABEL).sum())
    lines = [
        t(
            "{count} tokens, {learned} of them learned ({share:.0%})",
            count=num_tokens,
            learned=num_learned,
            share=num_learned / num_tokens,
        )
    ]
    if fitted.num_turns_left_out:
        lines.append(
            t(
                "{count} {count:turn|turns} at the beginning left out",
                count=fitted.num_turns_left_out,
            )
        )
    if fitted.num_tokens_cut:
        lines.append(
            t(
                "{count} {count:token|tokens} at the end cut",
                count=fitted.num_tokens_cut,
            )
        )
    return lines


def _legend(pieces: list[MaskPiece]) -> dict[Part, str]:
    names: dict[Part, str] = {
        "learned": t("learned"),
        "read": t("only read"),
        "cut": t("cut off"),
    }
    there = {piece.part for piece in pieces}
    return {part: name for part, name in names.items() if part in there}


def _coloured(shade: str, text: str) -> str:
    """Text in a colour that ends with each line, so that no terminal fills the rest of it."""
    return "\n".join(shade + line + _RESET if line else "" for line in text.split("\n"))


def _visible(text: str) -> str:
    """Text without characters that a terminal would obey."""
    return "".join(f"\\u{{{ord(c):x}}}" if _is_obeyed(c) else c for c in text)


def _is_obeyed(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
