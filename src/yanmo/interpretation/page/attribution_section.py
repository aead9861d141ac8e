"""The sections of a page that say which tokens an answer is owed to, and how far to trust that."""

from __future__ import annotations

from yanmo.core.messages import listed, t
from yanmo.core.page.markup import Html, foreign, join, tag
from yanmo.core.page.section import Section, disclosure, table
from yanmo.interpretation.attribution import Attribution
from yanmo.interpretation.deletion_test import DeletionTest, MethodTrust
from yanmo.interpretation.explanation import Explanation
from yanmo.interpretation.page.names import (
    figure,
    interval_text,
    method_about,
    method_name,
    percent,
    round_share,
    signed,
    unit_name,
    verdict_name,
)
from yanmo.interpretation.page.token_markup import shown, tinted_tokens

NUM_NAMED = 5
"""Tokens that are named under a text."""


def attribution_section(explanation: Explanation) -> Section | None:
    """A tinted text for each method."""
    if not explanation.attributions:
        return None
    trust = explanation.trust
    blocks = [_method(explanation, one, trust) for one in explanation.attributions]
    return Section(
        "attribution",
        t("Which tokens the answer is owed to"),
        t(
            "Blue speaks for the answer, red against it; point at a token for its number. Methods"
            " need not agree. Which of them names the tokens that matter to this model, only the"
            " deletion test says."
        ),
        join(*blocks, _all_numbers(explanation)),
    )


def _method(explanation: Explanation, one: Attribution, trust: DeletionTest | None) -> Html:
    tokens = explanation.question.tokens
    found = None if trust is None else trust.of(one.method)
    return tag(
        "div",
        tag("h3", method_name(one.method), _chip(found)),
        tag("p", method_about(one.method), class_="quiet"),
        tinted_tokens(tokens, one.scores),
        tag("p", *_strongest(explanation, one), class_="strongest"),
        _completeness(one),
        class_="block",
    )


def _chip(found: MethodTrust | None) -> Html | None:
    if found is None:
        return None
    return tag("span", verdict_name(found.verdict), class_=f"chip {found.verdict}")


def _strongest(explanation: Explanation, one: Attribution) -> list[Html]:
    tokens = explanation.question.tokens
    order = sorted(range(len(tokens)), key=lambda place: -abs(one.scores[place]))
    named = [place for place in order if one.scores[place]][:NUM_NAMED]
    return [
        tag("span", foreign(shown(tokens[place].text)), " ", tag("b", signed(one.scores[place])))
        for place in named
    ]


def _completeness(one: Attribution) -> Html | None:
    if one.gap is None or one.baseline_score is None or one.num_steps is None:
        return None
    return tag(
        "p",
        t(
            "The numbers add up to {sum}; the score went from {first} (the baseline) to {last}, so"
            " that {gap} is missing. {steps} steps.",
            sum=signed(sum(one.scores)),
            first=signed(one.baseline_score),
            last=signed(one.score),
            gap=signed(one.gap, 4),
            steps=one.num_steps,
        ),
        class_="quiet",
    )


def _all_numbers(explanation: Explanation) -> Html:
    headings = [t("token"), *(method_name(one.method) for one in explanation.attributions)]
    rows = [
        [
            foreign(shown(token.text)),
            *(signed(one.scores[place]) for one in explanation.attributions),
        ]
        for place, token in enumerate(explanation.question.tokens)
    ]
    unit = unit_name(explanation.question.answer)
    return disclosure(
        t("All numbers ({unit})", unit=unit), table(headings, rows, label=t("All numbers"))
    )


def trust_section(explanation: Explanation) -> Section | None:
    """What the deletion test says."""
    test = explanation.trust
    if test is None:
        return None
    rows = [
        [
            tag("span", method_name(one.method), _chip(one)),
            figure(one.comprehensiveness),
            join(signed(one.gain.mean), tag("span", interval_text(one.gain), class_="interval")),
            figure(one.sufficiency),
            join(
                signed(one.sufficiency_gain.mean),
                tag("span", interval_text(one.sufficiency_gain), class_="interval"),
            ),
            percent(one.changed[-1]),
        ]
        for one in test.methods
    ]
    rows.append(
        [
            t("random tokens"),
            figure(test.random_comprehensiveness),
            "",
            figure(test.random_sufficiency),
            "",
            percent(test.random_changed[-1]),
        ]
    )
    headings = [
        t("method"),
        t("drop without the top tokens"),
        t("more than at random"),
        t("drop with them alone"),
        t("less than at random"),
        t("answers changed by {share}", share=round_share(test.fractions[-1])),
    ]
    return Section(
        "trust",
        t("How far to trust it"),
        t(
            "On {count} texts the most attributed {shares} of the tokens were taken away, and as"
            " many random ones, {draws} times. A method deserves trust only where the answer's"
            " probability falls further than at random. Intervals are 95%, over texts.",
            count=test.num_texts,
            shares=listed(round_share(one) for one in test.fractions),
            draws=test.num_draws,
        ),
        table(headings, rows, label=t("The deletion test")),
    )
