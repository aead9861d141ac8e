"""Wikipedia dumps: real pages without a mark left, and broken dumps."""

from __future__ import annotations

import bz2
import gzip
import re
from pathlib import Path
from typing import Any

import mwparserfromhell
import pytest

from yanmo.corpus.sources.config import FilesSource, WikipediaConfig
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.formats import reader_for
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable
from yanmo.corpus.sources.wikipedia import read_wikipedia
from yanmo.corpus.sources.wikitext import WikiNames, plain_text

ENGLISH = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
BULGARIAN = "bgwiki-latest-pages-articles-shortened.xml.bz2"
TABLES = "enwiki-table-markup.xml.bz2"

# Links, templates, tables, emphasis, references, comments, switches, entities, headings, tags,
# attributes of tables, namespaces of pictures and categories.
MARKUP = re.compile(
    r"\[\[|\]\]|\{\{|\}\}|\{\||\|\}|\|-|''|<!--|-->|</?ref|__[A-Z]{3,}__|&(?:nbsp|lt|gt|amp|#\d+);"
    r"|^\s*={2,}|={2,}\s*$|</?(?:br|div|span|math|gallery|small|sub|sup|table|td|tr)\b"
    r"|(?:colspan|rowspan|cellpadding|style)\s*=|\[https?://|^\s*\|"
    r"|\b(?:File|Image|Файл|Картинка|Категория):",
    re.MULTILINE | re.IGNORECASE,
)


def _read(path: Path, may_read: Any = None, **settings: Any) -> list[Item]:
    config = FilesSource(paths=[str(path)], **settings)
    file = FileToRead(path, path.name, "wiki", **({"may_read": may_read} if may_read else {}))
    return list(read_wikipedia(file, config))


def _documents(items: list[Item]) -> list[RawDocument]:
    return [item for item in items if isinstance(item, RawDocument)]


def _problems(items: list[Item]) -> list[Unreadable]:
    return [item for item in items if isinstance(item, Unreadable)]


@pytest.mark.parametrize("boxes", ["drop", "key_value"])
@pytest.mark.parametrize(
    ("name", "num_articles", "left_out"),
    [
        (ENGLISH, 106, {"wikipedia/redirect": 99, "wikipedia/namespace 4": 1}),
        (BULGARIAN, 1, {"wikipedia/namespace 4": 2}),
        (TABLES, 5, {}),
    ],
)
def test_no_markup_is_left_in_real_pages(
    shared_data: Path, name: str, num_articles: int, left_out: dict[str, int], boxes: str
) -> None:
    path = shared_data / "web" / "wikipedia" / name
    assert reader_for(path) is read_wikipedia
    items = _read(path, wikipedia={"infobox": boxes, "tables": boxes})
    documents = _documents(items)
    assert len(documents) == num_articles
    assert {i.file_type: i.files for i in items if isinstance(i, Skipped)} == left_out
    assert _problems(items) == []
    left = [(d.metadata["title"], MARKUP.findall(d.text)) for d in documents]
    assert [found for found in left if found[1]] == []
    assert min(len(document.text) for document in documents) > 100


def test_an_article_says_where_it_is_from(shared_data: Path) -> None:
    (article,) = _documents(_read(shared_data / "web" / "wikipedia" / BULGARIAN))
    assert article.language == "bg"
    assert article.metadata["title"] == "Григориански календар"
    assert article.metadata["date"] == "2017-04-10T12:33:45Z"
    assert article.url is not None
    assert article.url.startswith("https://bg.wikipedia.org/wiki/%D0%93%D1%80")
    assert article.text.startswith("Григорианският календар (понякога наричан")


def test_the_words_of_an_article_are_those_of_the_reference_parser(shared_data: Path) -> None:
    path = shared_data / "web" / "wikipedia" / TABLES
    sources = re.findall(
        r"<text[^>]*>(.*?)</text>", bz2.decompress(path.read_bytes()).decode(), re.DOTALL
    )
    for document, source in zip(_documents(_read(path)), sources, strict=True):
        source = re.sub(r"&lt;ref.*?(?:/&gt;|&lt;/ref&gt;)", "", source, flags=re.DOTALL)
        source = source.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
        prose = re.sub(r"\{\|.*?\n\|\}", "", source.replace("&amp;", "&"), flags=re.DOTALL)
        expected = mwparserfromhell.parse(prose).strip_code()
        words = set(re.findall(r"\w+", expected))
        ours = set(re.findall(r"\w+", document.text))
        assert len(words & ours) > 0.97 * len(ours)
        if len(words) > 300:  # the short one is nothing but headings of tables
            assert len(words & ours) > 0.9 * len(words)


NAMES = WikiNames()
DROP = WikipediaConfig()
KEY_VALUE = WikipediaConfig(infobox="key_value", tables="key_value")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("'''Ink''' is ''black''.", "Ink is black."),
        ("l''''encre'''", "l'encre"),
        ("[[a|b]], [[c]]s, [[:Category:D]]", "b, cs, Category:D"),
        ("[[Ink (drawing)|]]", "Ink"),
        ("x[[File:a.jpg|thumb|with [[a|link]] {{t}}]]y [[Category:Z]]", "xy"),
        ("x [[文件:a.jpg|缩略图]][[分类:墨]][[de:Tinte]]", "x"),
        ("a<ref name=x>{{cite|[[b]]}}</ref>b<ref name=x />c<ref>d</ref>", "abc"),
        ("a<!-- b -->c<!-- d", "ac"),
        ("a {{t|{{u|[[v]]}}|w=1}} b", "a b"),
        ("it is {{convert|5|km|mi}} and {{frac|1|2}} {{nowrap|of it}}", "it is 5 km and 1/2 of it"),
        ("ink ({{lang-la|{{lang|la|atramentum}}}}; {{IPA|x}}) flows", "ink (atramentum) flows"),
        ("ink ({{IPA|x}}) flows", "ink flows"),
        ("== A ==\ntext\n=== B ===\n== C ==\n* {{t}}\n== D ==\n* [[x]]\n", "A\n\ntext\n\nD\n\n- x"),
        ("* a\n** b\n# c\n: d\n;e", "- a\n- b\n- c\nd\ne"),
        ("{|\n! a\n|-\n| b\n|}\nafter", "after"),
        ("{|\n| {{t|x=|}} || [[a|b]]\n{|\n|inner\n|}\n|}\nafter", "after"),
        ("{{t|a=\n|}}after", "after"),
        ("[http://x.org a b] [http://y.org] z", "a b z"),
        ("a<br />b<sub>2</sub> &amp; &nbsp;c&lt;br&gt;", "a\nb2 & c"),
        ("x <math>\\frac{a}{b}</math> y<gallery>\nA.jpg|b\n</gallery>", "x y"),
        ("-{zh-cn:软件; zh-tw:軟體}-好-{用}-", "软件好用"),
        ("__NOTOC__a", "a"),
        ("if a < b then c > d", "if a < b then c > d"),
    ],
)
def test_marks_of_every_kind(source: str, text: str) -> None:
    assert plain_text(source, NAMES, DROP) == text


def test_tables_and_infoboxes_as_lines() -> None:
    source = """{{Infobox person
| name = [[Su Shi|苏轼]]
| image = a.jpg
| birth_place = Meishan<br />Sichuan
| died =
}}
'''Su Shi''' was a poet.
{| class="wikitable"
|+ style="x" | Works
! Title !! Year
|-
| ''Red Cliff'' || style="y" | 1082
|-
| colspan=2 | none
|}
"""
    assert plain_text(source, NAMES, KEY_VALUE) == (
        "name: 苏轼\nbirth place: Meishan; Sichuan\n\nSu Shi was a poet.\n\nWorks\n"
        "Title: Red Cliff; Year: 1082\nnone"
    )
    assert plain_text(source, NAMES, DROP) == "Su Shi was a poet."


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("{{broken|a\nfirst\n\nsecond", ["first", "second"]),
        ("first\n{{broken\n== A ==\nsecond\n}}\nthird", ["first", "second", "third"]),
        ("first [[broken\nsecond", ["first", "second"]),
        ("first\n{| class=x\n|-\n| cell\n\nsecond", ["first", "second"]),
        ("first }} ]] second\n|}", ["first", "second"]),
        ("first <ref>second", ["first", "second"]),
        ("first {{a [[b}} second ]] third", ["first", "second", "third"]),
    ],
)
def test_a_bracket_that_is_missing_costs_little(source: str, kept: list[str]) -> None:
    text = plain_text(source, NAMES, DROP)
    assert [word for word in kept if word not in text] == []
    assert MARKUP.findall(text) == []


@pytest.mark.parametrize(
    "unit",
    ["{{", "}}", "[[", "[[a|", "{{a|", "\n{|", "<ref>", "<!--", "''", "<div ", "-{", "[http:"],
)
def test_time_is_linear_in_whatever_is_repeated(unit: str) -> None:
    text = plain_text(unit * 100_000, NAMES, KEY_VALUE)
    assert len(text) <= len(unit) * 100_000


def _dump(*pages: str, tail: str = "</mediawiki>") -> bytes:
    head = (
        '<mediawiki xml:lang="zh"><siteinfo><base>https://zh.wikipedia.org/wiki/X</base></siteinfo>'
    )
    return (head + "".join(pages) + tail).encode()


def _page(title: str, text: str, namespace: int = 0) -> str:
    return (
        f"<page><title>{title}</title><ns>{namespace}</ns><id>1</id><revision><id>2</id>"
        f"<timestamp>2020-01-01T00:00:00Z</timestamp><text>{text}</text></revision></page>\n"
    )


def test_reading_goes_on_behind_broken_xml(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    good = [_page(f"t{number}", f"墨 {number}") for number in range(4)]
    broken = "<page><title>bad</title><ns>0</ns><revision><text>a & b < c</tex"
    path.write_bytes(_dump(good[0], broken, good[1], "<page>\x01</page>", good[2]))
    items = _read(path)
    assert [document.text for document in _documents(items)] == ["墨 0", "墨 1", "墨 2"]
    offsets = [problem.offset for problem in _problems(items)]
    data = path.read_bytes()
    assert offsets == [data.index(broken.encode()), data.index(b"<page>\x01")]
    assert all("broken XML" in problem.error for problem in _problems(items))


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress])
def test_a_truncated_dump_gives_the_pages_before_the_damage(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / ("a.xml.bz2" if pack is bz2.compress else "a.xml.gz")
    streams = [pack(_dump(tail=""))]
    streams += [pack(_page(f"t{number}", f"墨 {number}").encode()) for number in range(50)]
    data = b"".join(streams)
    path.write_bytes(data[: -len(streams[-1]) - 5])
    items = _read(path)
    assert [document.text for document in _documents(items)][:48] == [f"墨 {n}" for n in range(48)]
    assert [problem.error for problem in _problems(items)] == ["the compressed file is truncated"]


def test_a_truncated_real_dump(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "web" / "wikipedia" / ENGLISH).read_bytes()
    path = tmp_path / "half.xml.bz2"
    path.write_bytes(data[: len(data) // 2])
    items = _read(path)
    assert 20 < len(_documents(items)) < 106
    assert len(_problems(items)) == 1


def test_entities_that_grow_without_bound_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    bomb = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    path.write_bytes(bomb.encode() + _dump(_page("t", "&b;"), _page("u", "墨")))
    items = _read(path)
    assert "entities" in _problems(items)[0].error


def test_long_pages_and_pages_that_ended_a_worker_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(_dump(_page("a", "x" * 5_000), _page("b", "bad"), _page("c", "good")))
    second = path.read_bytes().index(b"<page><title>b")
    items = _read(path, lambda offset: offset != second, max_document_bytes=2_000)
    assert [document.text for document in _documents(items)] == ["good"]
    assert [problem.offset for problem in _problems(items)][1] == second
    assert _problems(items)[0].error == "longer than 2000 bytes"


def test_xml_that_is_no_dump_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<feed/>")
    assert reader_for(path) is None
