"""The sections of a page that say what single heads and layers do to an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Child, Html, foreign, join, tag
from yanmo.core.page.section import Section, block, disclosure, table
from yanmo.interpretation.explanation import Explanation
from yanmo.interpretation.head_ablation import HeadAblation, HeadEffect, HeadMeasures
from yanmo.interpretation.logit_parts import LogitPart, LogitParts
from yanmo.interpretation.page.names import (
    figure,
    interval_text,
    part_name,
    percent,
    signed,
    unit_name,
)
from yanmo.interpretation.page.token_markup import STRONGEST, shown
from yanmo.interpretation.patching import PatchingMap


def heads_section(explanation: Explanation) -> Section | None:
    """What every head does to this answer, and to others."""
    heads = explanation.heads
    if heads is None:
        return None
    unit = unit_name(explanation.question.answer)
    how = t("its mean over the text") if heads.mode == "mean" else t("zero")
    return Section(
        "heads",
        t("What each head does"),
        t(
            "One head at a time gives {how}, and everything else stays. A head that changes nothing"
            " alone may be one of two that do the same.",
            how=how,
        ),
        join(
            block(t("Change of the answer's score ({unit})", unit=unit), *_grids(heads)),
            disclosure(t("All heads as a table"), _effects(heads)),
            _measures(explanation.measures),
        ),
    )


def _grids(heads: HeadAblation) -> list[Html]:
    grids = []
    for part in dict.fromkeys(effect.part for effect in heads.effects):
        own = [effect for effect in heads.effects if effect.part == part]
        values = {(one.layer, one.head): one.score_change for one in own}
        grids.append(_grid(values, part_name(part)))
    return grids


def _grid(values: Mapping[tuple[int, int], float], label: str) -> Html:
    """Layers down, heads across."""
    layers = sorted({layer for layer, _ in values})
    heads = sorted({head for _, head in values})
    strongest = max(map(abs, values.values())) or 1.0
    head = tag(
        "tr",
        tag("th", label, scope="col"),
        *[tag("th", str(one + 1), scope="col") for one in heads],
    )
    rows = [
        tag(
            "tr",
            tag("th", t("layer {layer}", layer=layer + 1), scope="row"),
            *[_heat_cell(values[layer, one], strongest) for one in heads],
        )
        for layer in layers
    ]
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="heat")
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


def _heat_cell(value: float, strongest: float, text: str | None = None) -> Html:
    share = STRONGEST * min(1.0, abs(value) / strongest)
    kind = "against" if value < 0 else "for"
    return tag(
        "td", signed(value, 2) if text is None else text, class_=kind, style=f"--p:{share:.1f}%"
    )


def _effects(heads: HeadAblation) -> Html:
    ordered = sorted(heads.effects, key=lambda one: -one.divergence)
    rows: list[Sequence[Child]] = [
        [
            _head_name(one),
            signed(one.score_change),
            signed(one.probability_change),
            figure(one.divergence, 4),
            foreign(shown(one.answer)) if one.is_changed else "=",
        ]
        for one in ordered
    ]
    headings = [
        t("head"),
        t("score"),
        t("probability"),
        t("divergence (nats)"),
        t("answer without it"),
    ]
    return table(headings, rows, label=t("All heads as a table"))


def _head_name(one: HeadEffect) -> str:
    return f"{part_name(one.part)} {one.layer + 1}.{one.head + 1}"


def _measures(measures: HeadMeasures | None) -> Html:
    if measures is None:
        return Html("")
    ordered = sorted(measures.heads, key=lambda one: -one.loss_change.mean)
    rows: list[Sequence[Child]] = [
        [
            f"{part_name(one.part)} {one.layer + 1}.{one.head + 1}",
            signed(one.loss_change.mean, 4),
            interval_text(one.loss_change, 4),
            percent(one.changed),
        ]
        for one in ordered
    ]
    headings = [t("head"), t("change of the loss (nats)"), t("interval"), t("answers changed")]
    title = t("Over {count} texts", count=measures.num_texts)
    return block(title, table(headings, rows, label=title))


def parts_section(explanation: Explanation) -> Section | None:
    """What heads and layers add to the answer's score directly."""
    parts = explanation.parts
    if parts is None:
        return None
    return Section(
        "parts",
        t("What each layer adds directly"),
        t(
            "The last state is a sum of what all heads and layers wrote, and so is the score of the"
            " answer's first token above the mean of all tokens: {logit}. What a part does through"
            " later layers is not in it.",
            logit=signed(parts.logit, 2),
        ),
        _parts_table(parts),
    )


def _parts_table(parts: LogitParts) -> Html:
    strongest = max(abs(part.value) for part in parts.parts) or 1.0
    rows = [
        tag(
            "tr",
            tag("th", _part_title(part), scope="row"),
            tag("td", _bar(part.value, strongest), class_="bars"),
            tag("td", signed(part.value, 2), class_="number"),
        )
        for part in parts.parts
        if abs(part.value) > 1e-6
    ]
    label = t("What each layer adds directly")
    inner = tag("table", tag("tbody", *rows), class_="sums")
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


def _part_title(part: LogitPart) -> str:
    layer = 0 if part.layer is None else part.layer + 1
    if part.kind == "head" and part.head is not None:
        return t("layer {layer}, head {head}", layer=layer, head=part.head + 1)
    return {
        "embedding": t("embedding"),
        "attention_bias": t("layer {layer}, bias of attention", layer=layer),
        "mlp": t("layer {layer}, feed-forward", layer=layer),
        "bias": t("biases of the output"),
    }[part.kind]


def _bar(value: float, strongest: float) -> Html:
    """A bar to the right of the middle, or to the left of it."""
    kind = "against" if value < 0 else "for"
    return tag(
        "span",
        tag("span", style=f"--w:{50 * abs(value) / strongest:.1f}%", class_=kind),
        class_="sum",
    )


def patching_section(explanation: Explanation) -> Section | None:
    """What single states bring back."""
    patching = explanation.patching
    if patching is None:
        return None
    return Section(
        "patching",
        t("Where the difference of two texts is kept"),
        t(
            "While the model reads the second text, one state at a time is replaced by that of the"
            " first. 0: the answer stays as improbable as after the second text ({other}); 1: it is"
            " as probable as after the first ({clean}).",
            other=signed(patching.other_score, 2),
            clean=signed(patching.clean_score, 2),
        ),
        _patching_table(patching),
    )


def _patching_table(patching: PatchingMap) -> Html:
    pairs = zip(patching.clean_tokens, patching.other_tokens, strict=True)
    head = tag(
        "tr",
        tag("th", t("layer"), scope="col"),
        *[
            tag(
                "th",
                foreign(shown(first)),
                *([tag("br"), foreign(shown(second))] if first != second else []),
                scope="col",
                class_="changed" if first != second else None,
            )
            for first, second in pairs
        ],
    )
    rows = [
        tag("tr", tag("th", layer, scope="row"), *[_heat_cell(value, 1.0) for value in values])
        for layer, values in zip(patching.layers, patching.recovered, strict=True)
    ]
    label = t("Where the difference of two texts is kept")
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="heat")
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)
