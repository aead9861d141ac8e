"""Puts the sections of an explanation together into one self-contained HTML page."""

from __future__ import annotations

from importlib.resources import files

from yanmo.core.messages import t
from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import Html, foreign, join, tag, visible
from yanmo.core.page.section import Section
from yanmo.interpretation.explanation import Explanation
from yanmo.interpretation.page.attention_section import attention_section
from yanmo.interpretation.page.attribution_section import attribution_section, trust_section
from yanmo.interpretation.page.heads_section import (
    heads_section,
    parts_section,
    patching_section,
)
from yanmo.interpretation.page.lens_section import lens_section
from yanmo.interpretation.page.names import answer_kind, method_name, percent, signed, unit_name
from yanmo.interpretation.page.token_markup import shown
from yanmo.interpretation.question_tokens import CONTINUES


def explanation_page(explanation: Explanation, language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    sections = [
        attribution_section(explanation),
        trust_section(explanation),
        attention_section(explanation),
        heads_section(explanation),
        lens_section(explanation),
        parts_section(explanation),
        patching_section(explanation),
        _left_out(explanation),
    ]
    here = files("yanmo.interpretation.page")
    return framed_page(
        t("{name} explained", name=visible(explanation.model)),
        t("Why {name} said what it said.", name=visible(explanation.model)),
        _overview(explanation),
        [section for section in sections if section is not None],
        language,
        more_style=here.joinpath("explain.css").read_text(encoding="utf-8"),
        more_script=here.joinpath("explain.js").read_text(encoding="utf-8"),
        source=t("Written by yanmo (研墨, “grinding ink”) from a model and a text."),
    )


def _overview(explanation: Explanation) -> Html:
    question = explanation.question
    answer = question.answer
    written = "".join(
        shown(token.text)
        for token in question.tokens
        if not token.is_special and token.text != CONTINUES
    )
    facts = [t("{unit} {score}", unit=unit_name(answer), score=signed(answer.score))]
    if answer.probability is not None:
        facts.insert(0, t("probability {share}", share=percent(answer.probability)))
    facts.append(t("given") if answer.is_given else t("what the model says by itself"))
    facts.append(visible(explanation.model))
    word = getattr(question, "word", None)
    about = answer_kind(answer) if word is None else f"{answer_kind(answer)} · {visible(word)}"
    return join(
        tag("h1", tag("span", about, class_="kicker"), " ", foreign(shown(answer.text))),
        tag("p", foreign(written), class_="summary asked", dir="auto"),
        tag("p", *[tag("span", fact) for fact in facts], class_="circumstances"),
        _cut(question.num_cut_tokens),
    )


def _cut(num_cut: int) -> Html | None:
    if not num_cut:
        return None
    text = t(
        "{count} tokens of the text did not fit into the model and are left out.", count=num_cut
    )
    return tag("p", text, class_="bad")


def _left_out(explanation: Explanation) -> Section | None:
    if not explanation.left_out:
        return None
    whats: dict[str, list[str]] = {}
    for one in explanation.left_out:
        whats.setdefault(one.why, []).append(method_name(one.what))
    items = [tag("li", tag("b", ", ".join(names)), ": ", why) for why, names in whats.items()]
    return Section(
        "left-out",
        t("What is left out"),
        t("Not every model can be explained in every way."),
        tag("ul", *items, class_="remarks"),
    )
