"""The section of a page that shows where each head looks: all heads small, one of them large."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, json_script, tag
from yanmo.core.page.section import Section, block
from yanmo.interpretation.attention_maps import AttentionMap, AttentionMaps
from yanmo.interpretation.explanation import Explanation
from yanmo.interpretation.page.heat_image import heat_image
from yanmo.interpretation.page.names import part_name
from yanmo.interpretation.page.token_markup import shown
from yanmo.interpretation.question import Question, Token
from yanmo.interpretation.subject import Part

MAX_WEIGHTS = 3_000_000
"""Weights that a page carries; of more, the pictures alone."""
PARTS: tuple[Part, ...] = ("self", "encoder", "decoder", "cross")


def attention_section(explanation: Explanation) -> Section | None:
    """A picture of every head, and a place in which one of them can be read token by token."""
    maps = explanation.attention
    if maps is None:
        return None
    groups = [_group(part, maps.of(part)) for part in PARTS if maps.of(part)]
    return Section(
        "attention",
        t("Where the heads look"),
        t(
            "Each picture is a head: a row for each token that looks, a column for each that is"
            " looked at. Choose a head, then a token. Attention shows what is mixed, and is no"
            " explanation by itself: other weights may give the same answer."
        ),
        join(*groups, _viewer(), _data(maps, explanation.question)),
    )


def _group(part: Part, maps: Sequence[AttentionMap]) -> Html:
    rows = []
    for one in maps:
        heads = [
            tag(
                "button",
                tag("img", src=heat_image(weights.numpy()), alt="", class_="head"),
                tag("span", f"{one.layer + 1}.{head + 1}"),
                type="button",
                data_head=f"{part}-{one.layer}-{head}",
                aria_label=t("layer {layer}, head {head}", layer=one.layer + 1, head=head + 1),
            )
            for head, weights in enumerate(one.weights)
        ]
        rows.append(tag("div", *heads, class_="heads"))
    return block(part_name(part), *rows)


def _viewer() -> Html:
    """Empty until the script fills it."""
    return tag(
        "div",
        tag("h3", "", id="head-title"),
        tag("p", t("Who looks"), class_="quiet"),
        tag("p", "", id="head-queries", class_="tokens choose", dir="auto"),
        tag("p", t("At what"), class_="quiet"),
        tag("p", "", id="head-keys", class_="tokens", dir="auto"),
        id="head-viewer",
        class_="block",
        hidden=True,
        data_title=t("layer {layer}, head {head}"),
    )


def _data(maps: AttentionMaps, question: Question) -> Html:
    num_weights = sum(one.weights.numel() for one in maps.maps)
    heads: dict[str, Any] = {}
    if num_weights <= MAX_WEIGHTS:
        for one in maps.maps:
            for head, weights in enumerate(one.weights):
                small = np.rint(255 * weights.numpy()).astype(np.uint8)
                heads[f"{one.part}-{one.layer}-{head}"] = {
                    "part": one.part,
                    "layer": one.layer + 1,
                    "head": head + 1,
                    "weights": base64.b64encode(small.tobytes()).decode("ascii"),
                }
    positions, targets = _texts(question.positions), _texts(question.targets)
    tokens = {
        "self": [positions, positions],
        "encoder": [positions, positions],
        "decoder": [targets, targets],
        "cross": [targets, positions],
    }
    return json_script("explain-data", {"heads": heads, "tokens": tokens})


def _texts(tokens: Sequence[Token]) -> list[str]:
    return [shown(token.text) for token in tokens]
