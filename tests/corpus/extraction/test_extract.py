"""The main text of pages, small ones written here and real ones."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.corpus.extraction import peers
from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.extraction.extract import extract_page

OURS = ExtractionConfig()
ALL_TEXT = ExtractionConfig(extractor="all_text")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

ENGLISH = """<!doctype html><html lang="en-GB"><head><title>River rises - The Paper</title>
<meta property="og:title" content="River rises &amp; falls">
<meta property="article:published_time" content="2024-03-05T08:30:00+0100">
<style>p { color: red }</style><script>if (a < b) document.write("<p>script text</p>")</script>
</head><body><nav class="menu"><ul><li><a href="/">Home</a><li><a href="/s">Sport</a></ul></nav>
<div class="article-body"><h1>River rises</h1>
<p>The river rose by two metres on Monday, officials said, and several roads near the old town
were closed to traffic for most of the morning.</p>
<div class="share"><a href="#">Share</a> <a href="#">Tweet</a></div>
<p>Residents of <b>the lower town were told to move their cars, and schools stayed shut. The mayor
said that nobody had been hurt &mdash; &ldquo;we were lucky&rdquo;, she added.</p>
<p>Rain is expected to ease on Wednesday, according to the weather service, which has issued a
warning for the whole valley until then.</p></div>
<div class="comments"><p><a href="/u">someone</a>: first!</p></div>
<footer><p>&copy; 2024 The Paper. All rights reserved. <a href="/t">Terms</a></p></footer>"""

CHINESE = """<html lang="zh-CN"><head><meta charset="utf-8"><title>河水上涨_本地新闻</title></head>
<body><div class="nav"><a href="/">首页</a><a href="/x">新闻</a><a href="/y">体育</a></div>
<h1>河水上涨</h1><div class="info">2024年3月5日 08:30 来源：<a href="/z">晚报</a></div>
<div class="content"><p>　　本报讯 昨天上午，受连日降雨影响，河水上涨两米，老城区附近的多条道路一度
关闭，交通受到影响。</p><p>　　市政府表示，低洼地区的居民已经全部转移，学校停课一天，目前没有人员
伤亡的报告。“我们很幸运，”市长说。</p><p>　　气象部门预计，星期三降雨将会减弱，在此之前整个河谷地区
仍将维持暴雨预警。</p></div><div class="related"><h3>相关阅读</h3><ul><li><a href="/1">下周天气</a>
<li><a href="/2">道路施工公告</a></ul></div><div>版权所有 京ICP备00000000号</div></body></html>"""


def test_an_english_article_keeps_its_paragraphs_and_nothing_else() -> None:
    page = extract_page(ENGLISH.encode(), OURS)
    lines = page.text.split("\n")
    assert page.method == "model"
    assert "officials said" in page.text
    assert "nobody had been hurt — “we were lucky”, she added." in page.text
    assert lines[-1].endswith("for the whole valley until then.")
    for unwanted in ("Home", "Tweet", "first!", "rights reserved", "script text", "color"):
        assert unwanted not in page.text


def test_a_chinese_article_keeps_its_paragraphs_and_nothing_else() -> None:
    page = extract_page(CHINESE.encode(), OURS)
    assert page.method == "model"
    assert page.text.startswith("本报讯 昨天上午")
    assert page.text.endswith("仍将维持暴雨预警。")
    for unwanted in ("首页", "相关阅读", "下周天气", "备00000000号", "来源"):
        assert unwanted not in page.text


def test_what_a_page_says_about_itself() -> None:
    english = extract_page(ENGLISH.encode(), OURS)
    assert english.title == "River rises & falls"
    assert english.date == "2024-03-05T08:30:00+01:00"
    assert english.language == "en-GB"
    chinese = extract_page(CHINESE.encode(), OURS)
    assert (chinese.title, chinese.language) == ("河水上涨_本地新闻", "zh-CN")
    silent = extract_page(b"<p>just text</p>", OURS)
    assert (silent.title, silent.date, silent.language) == (None, None, None)


GOLDEN = {
    "crossed and missing ends": (
        "<div>one <b>two <i>three</b> four</i><p>five<p>six</div></span></div>seven",
        "one two three four\nfive\nsix\nseven",
    ),
    "scripts and styles": (
        "a<script>x</script>b<style>y</style>c<noscript>d</noscript><template>e</template>"
        "<svg><text>f</text></svg><iframe>g</iframe>h",
        "abch",
    ),
    "a tag inside a script": ("<p>a<script>'</p><p>b' < c</script>d", "ad"),
    "comments": ("a<!-- b > <p> -->c<!-->d<!--->e<![CDATA[f]]>g<?php h ?>i", "acdegi"),
    "an unclosed comment": ("<p>a<!-- b <p>c", "ac"),
    "an unclosed script": ("<p>a<script>b<p>c", "a"),
    "an unclosed quote": ('<p>a<a href="b>c</a><p>d', "ac\nd"),
    "line breaks": ("<p>a<br>b<br/>  <br>c", "a\nb\nc"),
    "white space": ("<p> a \n\t b<b> c </b> d </p>", "a b c d"),
    "preformatted": ("<pre>\n a\n\n  b\n</pre>", " a\n\n  b"),
    "lists": ("<ul><li>a<li>b<ol><li>c</ol><li>d</ul>e", "a\nb\nc\nd\ne"),
    "table cells": ("<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a\tb\nc\td\ne"),
    "references": (
        "&lt;&#20013;&#x4E2d;&#X6587;&copy;&ampx&notit;&nosuch;&#0;&#xD800;&#128;&#;&#x110000;& &",
        "<中中文©&x¬it;&nosuch;\ufffd\ufffd€&#;\ufffd& &",
    ),
    "hidden parts": (
        "a<p hidden>b</p><div style='color:red; display : none'>c</div><i>d</i>"
        "<span aria-hidden=true>e</span><p aria-hidden=false>f",
        "a\nd\nf",
    ),
    "a bare less-than sign": ("<p>1 < 2 <3 a<b</p>c", "1 < 2 <3 ac"),
    "closing tags of nobody": ("</p></div>a</table></li>b</br>c", "a\nb\nc"),
    "headings": ("<h1>a<h2>b</h2>c", "a\nb\nc"),
    "a button that closes itself": ("<div><form><button/></form>a</div>b", "a\nb"),
    "ideographic indents": ("<p>\u3000\u3000中文<br>\u3000\u3000第二行", "中文\n第二行"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_text(name: str) -> None:
    html, expected = GOLDEN[name]
    assert extract_page(html.encode(), ALL_TEXT).text == expected


PLAIN = "".join(
    f"<p>This is sentence number {n}, and it ends here with some words.</p>" for n in range(4)
)
PRICES = (
    "<table><tr><th>Fruit<th>Price<th>Unit<tr><td>Apple<td>3<td>kg<tr><td>Pear<td>4<td>kg</table>"
)
FACTS = "<table><tr><th>Born<td>1901<tr><th>Place<td>Wuhan, China</table>"


@pytest.mark.parametrize("table", [PRICES, FACTS])
def test_dropped_tables_leave_the_text(table: str) -> None:
    config = ExtractionConfig(tables="drop")
    text = extract_page((PLAIN + table + PLAIN).encode(), config).text
    assert text.count("sentence number") == 8
    assert "Apple" not in text and "Wuhan" not in text


def test_tables_become_key_value_lines() -> None:
    config = ExtractionConfig(tables="key_value")
    text = extract_page((PLAIN + PRICES + FACTS + PLAIN).encode(), config).text
    assert "\nFruit: Apple; Price: 3; Unit: kg\nFruit: Pear; Price: 4; Unit: kg\n" in text
    assert "\nBorn: 1901\nPlace: Wuhan, China\n" in text


def test_a_page_without_an_article_gives_its_densest_part() -> None:
    words = "<div><span>alpha beta gamma</span></div>" * 20
    page = extract_page(words.encode(), OURS)
    assert page.method in ("density", "all_text", "model")
    assert "alpha beta gamma" in page.text


@pytest.mark.parametrize("extractor", ["yanmo", "resiliparse", "all_text"])
def test_every_extractor_gives_the_main_text(extractor: str) -> None:
    page = extract_page(ENGLISH.encode(), ExtractionConfig(extractor=extractor))
    assert "officials said" in page.text
    assert page.title == "River rises & falls"
    assert not FORBIDDEN.search(page.text)


def test_a_missing_trafilatura_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trafilatura", None)
    with pytest.raises(ConfigError, match="pip install 'yanmo\\[trafilatura\\]'"):
        peers.trafilatura_text("<p>x")


def test_a_choice_of_tables_that_cannot_take_effect_is_refused() -> None:
    with pytest.raises(ValidationError, match="tables can be chosen"):
        ExtractionConfig(extractor="resiliparse", tables="drop")
