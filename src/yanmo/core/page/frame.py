"""The frame of a page of ours: head, masthead, contents and sections around what is shown.

Comes in: titles and markup. Goes out: the text of a page. A page may load nothing: its content
security policy forbids every request and every script but those that are put in here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, json_script, tag
from yanmo.core.page.section import Section

_HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def framed_page(
    title: str,
    summary: str,
    overview: Html,
    sections: Sequence[Section],
    language: str,
    *,
    more_style: str = "",
    more_script: str = "",
    charts: Sequence[Mapping[str, Any]] = (),
    source: str | None = None,
) -> str:
    """A page: what is shown first, then its contents and its sections.

    Args:
        title, summary: for those who list pages, such as a browser.
        overview: what stands above the sections.
        language: in which `t` must already be speaking.
        more_style: rules that this kind of page has besides those of the report.
        more_script: what this kind of page does besides; it must not contain an end tag.
        charts: which the script draws again, where the page is wide, and says what is pointed at.
        source: the sentence at the end, which says what the page was made from; the files of a run
            where it is left out.
    """
    made_from = t("Written by yanmo (研墨, “grinding ink”) from the files of the run.")
    body = tag(
        "body",
        tag("a", t("Skip to the content"), href="#content", class_="skip"),
        _masthead(),
        tag(
            "main",
            tag("header", overview, class_="overview"),
            _contents(sections),
            *[_framed(section) for section in sections],
            id="content",
        ),
        tag("footer", tag("p", made_from if source is None else source)),
        json_script("report-data", _script_data(charts, language)),
    )
    page = tag(
        "html", _head(title, summary, more_style, more_script), body, lang=_HTML_LANGUAGE[language]
    )
    return f"<!doctype html>\n{page}\n"


def _script_data(charts: Sequence[Mapping[str, Any]], language: str) -> dict[str, Any]:
    """The series that the script draws and the words that it says."""
    return {
        "lang": language,
        "words": {
            "step": t("step"),
            "tokens": t("tokens"),
            "time": t("time"),
            "light": t("Light"),
            "dark": t("Dark"),
        },
        "charts": list(charts),
    }


def _head(title: str, summary: str, more_style: str, more_script: str) -> Html:
    """The head with everything that the page needs. The texts of ours contain no end tag."""
    here = files("yanmo.core.page")
    style = here.joinpath("page.css").read_text(encoding="utf-8")
    script = here.joinpath("page.js").read_text(encoding="utf-8")
    scripts = [one for one in (script, more_script) if one]
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {_hashes(scripts)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="description", content=summary),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        Html(f"<style>{style}{more_style}</style>"),
        *[Html(f"<script>{one}</script>") for one in scripts],
    )


def _hashes(scripts: Sequence[str]) -> str:
    """The scripts that a page may run, as its policy names them."""
    digests = [hashlib.sha256(one.encode("utf-8")).digest() for one in scripts]
    return " ".join(f"'sha256-{base64.b64encode(one).decode('ascii')}'" for one in digests)


def _masthead() -> Html:
    """The mark (an inkstone: a slab with its pool), the name, and the switch of colours."""
    mark = tag(
        "svg",
        tag("rect", x=1, y=1, width=22, height=22, rx=3),
        tag(
            "path",
            d="M5.5 12a6.5 6.5 0 0 1 13 0c0 3.6-2.9 6.5-6.5 6.5S5.5 15.6 5.5 12Z",
            class_="slab",
        ),
        tag(
            "path",
            d="M7.4 10.6a4.8 4.8 0 0 1 9.2 0c-1.5 1.5-3 2.1-4.6 2.1s-3.1-.6-4.6-2.1Z",
        ),
        viewBox="0 0 24 24",
        aria_hidden="true",
        class_="mark",
    )
    toggle = tag(
        "button",
        tag("span", aria_hidden="true", class_="moon"),
        tag("span", class_="label"),
        type="button",
        id="theme",
        aria_label=t("Light or dark"),
    )
    return tag(
        "div",
        tag("p", mark, tag("b", "yanmo"), " ", tag("span", "研墨", lang="zh"), class_="brand"),
        toggle,
        class_="masthead",
    )


def _contents(sections: Sequence[Section]) -> Html:
    """Links to the sections."""
    links = [tag("li", tag("a", section.title, href=f"#{section.anchor}")) for section in sections]
    return tag("nav", tag("ol", *links), class_="contents", aria_label=t("Contents"))


def _framed(section: Section) -> Html:
    """A section under its heading, beside its lead."""
    title_id = f"{section.anchor}-title"
    head = tag(
        "div", tag("h2", section.title, id=title_id), tag("p", section.lead), class_="section-head"
    )
    content = tag("div", section.body, class_="section-body")
    return tag("section", head, content, id=section.anchor, aria_labelledby=title_id)
