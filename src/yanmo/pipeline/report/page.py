"""Puts the sections, the stylesheet and the script together into one self-contained HTML page.

Comes in: the files of a run. Goes out: the text of the page. The page may load nothing: its content
security policy forbids every request and every script but the one that was put in here.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from yanmo.core.messages import t
from yanmo.pipeline.report.curves import build_curves
from yanmo.pipeline.report.markup import Html, json_script, tag, visible
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.section import Section
from yanmo.pipeline.report.sections.corpus import corpus_section
from yanmo.pipeline.report.sections.evaluation import evaluation_section
from yanmo.pipeline.report.sections.lineage import cost_section, lineage_section
from yanmo.pipeline.report.sections.onward import onward_section
from yanmo.pipeline.report.sections.overview import overview, summary_sentences
from yanmo.pipeline.report.sections.samples import samples_section
from yanmo.pipeline.report.sections.tokens import tokens_section
from yanmo.pipeline.report.sections.training import chart_data, training_section

_HTML_LANGUAGE = {"en": "en", "zh": "zh-Hans"}


def render_page(run: RunFiles, run_dir: Path, language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    curves = build_curves(run.metrics)
    sections = [
        corpus_section(run),
        tokens_section(run),
        training_section(run, curves),
        samples_section(run),
        evaluation_section(run),
        lineage_section(run),
        cost_section(run),
        onward_section(run, run_dir),
    ]
    present = [section for section in sections if section is not None]
    body = tag(
        "body",
        tag("a", t("Skip to the content"), href="#content", class_="skip"),
        _masthead(),
        tag(
            "main",
            tag("header", overview(run, curves), class_="overview"),
            _contents(present),
            *[_section(section) for section in present],
            id="content",
        ),
        tag(
            "footer",
            tag("p", t("Written by yanmo (研墨, “grinding ink”) from the files of the run.")),
        ),
        json_script("report-data", chart_data(curves, language)),
    )
    page = tag(
        "html",
        _head(
            t("{name} · yanmo report", name=visible(run.name)),
            summary_sentences(run, curves),
        ),
        body,
        lang=_HTML_LANGUAGE[language],
    )
    return f"<!doctype html>\n{page}\n"


def _head(title: str, summary: str) -> Html:
    """The head with everything that the page needs. The texts of ours contain no end tag."""
    here = files("yanmo.pipeline.report")
    style = here.joinpath("report.css").read_text(encoding="utf-8")
    script = here.joinpath("report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
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
        Html(f"<style>{style}</style>"),
        Html(f"<script>{script}</script>"),
    )


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


def _contents(sections: list[Section]) -> Html:
    links = [tag("li", tag("a", section.title, href=f"#{section.anchor}")) for section in sections]
    return tag("nav", tag("ol", *links), class_="contents", aria_label=t("Contents"))


def _section(section: Section) -> Html:
    title_id = f"{section.anchor}-title"
    head = tag(
        "div", tag("h2", section.title, id=title_id), tag("p", section.lead), class_="section-head"
    )
    content = tag("div", section.body, class_="section-body")
    return tag("section", head, content, id=section.anchor, aria_labelledby=title_id)
