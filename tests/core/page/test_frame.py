"""Every page of ours has one frame: its language, its title, its parts, and nothing to load."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import tag
from yanmo.core.page.section import Section
from yanmo.core.page.speaking import speaking

SECTIONS = [
    Section("one", "First & foremost", "A lead.", tag("p", "body one")),
    Section("two", "第二", "", tag("p", "body two")),
]


@pytest.mark.parametrize(
    ("language", "code", "dark"), [("en", "en", "Dark"), ("zh", "zh-Hans", "深色")]
)
def test_a_page_is_whole(language: str, code: str, dark: str) -> None:
    with speaking(language):
        page = framed_page(
            "a < b", "in short", tag("h1", "Heading"), SECTIONS, language, more_style=".x {}"
        )
    assert page.startswith(f'<!doctype html>\n<html lang="{code}">')
    assert "<title>a &lt; b</title>" in page
    assert 'name="description" content="in short"' in page
    assert ".x {}</style>" in page
    assert f'"dark":"{dark}"' in page
    anchors = re.findall(r'<a href="#(\w+)">([^<]*)</a>', page)
    assert anchors == [("one", "First &amp; foremost"), ("two", "第二")]
    order = [page.index(part) for part in ("<h1>", "</nav>", "body one", "body two", "<footer>")]
    assert order == sorted(order)


def test_a_page_may_load_nothing() -> None:
    page = framed_page("title", "summary", tag("h1", "Heading"), SECTIONS, "en")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_a_page_may_run_its_own_scripts_and_no_others() -> None:
    own = "const own = 1;"
    page = framed_page(
        "title",
        "summary",
        tag("h1", "Heading"),
        SECTIONS,
        "en",
        more_script=own,
        source="Of a test.",
    )
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy[1]
    assert policy[1].count("'sha256-") == page.count("<script>") == 2
    assert "<footer><p>Of a test.</p></footer>" in page
