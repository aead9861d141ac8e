"""What is learned is told from what is only read, for a terminal and in HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from tests.finetuning.chats import chat_encoder, talk

from yanmo.finetuning.chat_rows import FittedChat, fit_chat
from yanmo.finetuning.mask_view import mask_html, mask_pieces, mask_text
from yanmo.tasks.example import Turn

ANSI = re.compile(r"\x1b\[[0-9;]*m")
RENDERED = (
    "<|im_start|>user\n白日依山尽的下一句？<|im_end|>\n"
    "<|im_start|>assistant\n黄河入海流。<|im_end|>\n"
)


def fitted(*turns: Turn, limit: int = 1000, **settings: str) -> FittedChat:
    found = fit_chat(chat_encoder(), turns or talk(0).turns, limit, **settings)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_pieces_are_the_text_and_its_answers() -> None:
    pieces = mask_pieces(fitted())
    assert "".join(piece.text for piece in pieces) == RENDERED
    learned = "".join(piece.text for piece in pieces if piece.part == "learned")
    assert learned == "黄河入海流。<|im_end|>"
    assert len(pieces) > 10  # a piece for each token, not for each turn


def test_plain_marks_stand_around_what_is_learned() -> None:
    shown = mask_text(fitted(), has_colour=False)
    assert (
        RENDERED.rstrip().replace("黄河入海流。<|im_end|>", "{+黄河入海流。<|im_end|>+}") in shown
    )
    count, learned = (int(n) for n in re.findall(r"(\d+) tokens, (\d+)", shown)[0])
    assert count == len(fitted().row.tokens) + 1 and 0 < learned < count
    assert not ANSI.search(shown)


def test_colours_leave_the_text_as_it_is_and_end_with_each_line() -> None:
    shown = mask_text(fitted(), has_colour=True)
    assert RENDERED.rstrip() in ANSI.sub("", shown)
    for line in shown.split("\n"):
        assert not ANSI.search(line) or line.endswith("\x1b[0m")
    assert len(set(ANSI.findall(shown))) >= 5  # two shades of each of two colours, and the end


def test_what_is_cut_is_shown() -> None:
    whole = len(fitted(*talk(5).turns).row.tokens)
    cut = fitted(*talk(5).turns, limit=whole - 4, too_long="end")
    shown = mask_text(cut, has_colour=False)
    assert "4 tokens at the end cut" in shown
    assert re.search(r"\{\+处处.*\+\}\[-.*<\|im_end\|>-\]", shown)
    shortened = fitted(*talk(1).turns, limit=len(fitted(*talk(1).turns).row.tokens) - 1)
    assert "2 turns at the beginning left out" in mask_text(shortened, has_colour=False)


def test_only_the_last_answer_is_marked_where_only_it_is_learned() -> None:
    shown = mask_text(fitted(*talk(1).turns, learned="last"), has_colour=False)
    assert re.findall(r"\{\+(.*?)\+\}", shown.split("\n\n", 1)[1]) == ["It goes down.<|im_end|>"]


def test_html_is_escaped_and_holds_the_same_text() -> None:
    turns = (Turn("user", "<b>&</b>"), Turn("assistant", "a < b"))
    page = mask_html(fitted(*turns))
    pre = re.search(r"<pre.*</pre>", page, flags=re.S)
    assert pre is not None
    assert html.unescape(re.sub(r"<[^>]*>", "", pre[0])) == (
        "<|im_start|>user\n<b>&</b><|im_end|>\n<|im_start|>assistant\na < b<|im_end|>\n"
    )
    assert page.count('<span class="learned">') >= 4 and "<b>" not in page
    HTMLParser().feed(page)


def test_a_terminal_obeys_nothing_that_a_text_says() -> None:
    turns = (Turn("user", "\x1b[2J\u202e\u3000!"), Turn("assistant", "ok"))
    for has_colour in (False, True):
        shown = ANSI.sub("", mask_text(fitted(*turns), has_colour=has_colour))
        assert "\x1b" not in shown and "\u202e" not in shown
        assert "\\u{1b}[2J\\u{202e}\u3000!" in shown
