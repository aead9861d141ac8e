"""Pages that want to break the extractor: it stays linear, bounded and silent."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.extraction.extract import extract_page
from yanmo.corpus.extraction.memory import MAX_BLOCKS

OURS = ExtractionConfig()
ALL_TEXT = ExtractionConfig(extractor="all_text")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
TEXT = "<p>words of the text, which everybody wants to read today.</p>"


def test_an_empty_page_is_empty() -> None:
    for html in (b"", b" \n", b"<", b"<!--", b"<p>", b"</", b"&", b"<a href='"):
        page = extract_page(html, OURS)
        assert page.text in ("", "<", "&", "</")


def test_a_page_without_tags_is_its_text() -> None:
    text = "Only words, no tags at all; but there are enough of them to be read."
    assert extract_page(text.encode(), OURS).text == text


@pytest.mark.parametrize(
    "tag", ["div", "span", "b", "ul", "table", "blockquote", "x-y", "p", "font"]
)
def test_nesting_of_a_hundred_thousand_keeps_the_text(tag: str) -> None:
    html = f"<{tag}>" * 100_000 + TEXT + f"</{tag}>" * 100_000 + TEXT
    text = extract_page(html.encode(), ALL_TEXT).text
    assert text.count("everybody wants") == 2


OPEN_ENDS = (
    '<a href="', "<!--", "<textarea>", "<title>", "<script", "<a b='", "&#", "&amp", "</div",
    "<td>", "<table><td>", "<li><ul>", "<![CDATA[", "<svg>", "<b></p>", "<form></table>",
    "<a x=\"'", "<h1>",
)  # fmt: skip


@pytest.mark.parametrize("piece", OPEN_ENDS)
def test_a_hundred_thousand_open_ends_are_read_to_the_end(piece: str) -> None:
    page = extract_page((piece * 100_000).encode(), OURS)
    assert not FORBIDDEN.search(page.text)
    before = extract_page((TEXT * 3 + piece * 1_000).encode(), ALL_TEXT)
    assert before.text.count("everybody wants") == 3


def test_more_blocks_than_there_is_room_for_lose_no_text() -> None:
    count = MAX_BLOCKS + 1_000
    text = extract_page(b"<p>word</p>" * count, ALL_TEXT).text
    assert text.split("\n") == ["word"] * count


def test_control_characters_and_null_bytes_vanish() -> None:
    html = "<p>a\x00b\x01c\x7fd\x85e\u009ff&#1;g&#x85;h\x1bi\ttab</p>"
    assert extract_page(html.encode(), ALL_TEXT).text == "abcdefg…hi tab"


def test_random_bytes_read_as_latin_1() -> None:
    noise = random.Random(0)
    for _ in range(20):
        raw = bytes(noise.randrange(256) for _ in range(3_000))
        page = extract_page(raw.decode("latin-1").encode(), ALL_TEXT)
        assert not FORBIDDEN.search(page.text)


TAGS = (
    "<p> </p> <div> </div> <b> </b> <a_href=x> </a> <table> <tr> <td> </td> </table> <li> <ul> "
    "</ul> <br> <pre> </pre> <script> </script> <!-- --> <title> </title> <span> </span> <h1> "
    "&amp; &#20013; &nbsp; < > \" ' <svg> </svg> <button> <template> </template>"
)
MARKUP = st.lists(
    st.one_of(
        st.sampled_from([tag.replace("_", " ") for tag in TAGS.split()]),
        st.text(max_size=8).filter(lambda text: text.isprintable()),
        st.sampled_from(["中文，", "word ", "\n", "\u3000", "é"]),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(MARKUP)
def test_any_mixture_of_tags_gives_clean_text(pieces: list[str]) -> None:
    html = "".join(pieces).encode("utf-8", "ignore")
    for config in (OURS, ALL_TEXT, ExtractionConfig(tables="key_value")):
        page = extract_page(html, config)
        assert not FORBIDDEN.search(page.text)
        assert page.text == extract_page(html, config).text
