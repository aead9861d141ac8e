"""The section of a page that shows what every layer would have said."""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, foreign, tag
from yanmo.core.page.section import Section
from yanmo.interpretation.explanation import Explanation
from yanmo.interpretation.logit_lens import LensCell, LogitLens
from yanmo.interpretation.page.names import figure, percent
from yanmo.interpretation.page.token_markup import STRONGEST, shown


def lens_section(explanation: Explanation) -> Section | None:
    """A table: a row for each layer, the last on top; a column for each position."""
    lens = explanation.lens
    if lens is None:
        return None
    lead = (
        t(
            "Behind each layer the state is read as if the layers above were not there. Each cell"
            " shows the most probable token, tinted by its probability; a frame marks the one that"
            " really follows. States of early layers were never meant to be read so."
        )
        if lens.kind == "tokens"
        else t(
            "Behind each layer the state goes straight to the head, as if the layers above were not"
            " there. States of early layers were never meant to be read so."
        )
    )
    is_wide = len(lens.positions) > 1
    body = _table(lens) if is_wide else _list(lens)
    return Section("lens", t("What each layer would say"), lead, body)


def _layer_name(layer: str) -> str:
    return t("embeddings") if layer == "0" else t("layer {layer}", layer=layer)


def _table(lens: LogitLens) -> Html:
    head = tag(
        "tr",
        tag("th", t("layer"), scope="col"),
        *[tag("th", foreign(shown(token.text)), scope="col") for token in lens.positions],
    )
    rows = [
        tag("tr", tag("th", _layer_name(layer), scope="row"), *map(_cell, cells))
        for layer, cells in reversed(list(zip(lens.layers, lens.cells, strict=True)))
    ]
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="heat lens")
    label = t("What each layer would say")
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


def _cell(cell: LensCell) -> Html:
    best = cell.top[0]
    share = STRONGEST * best.probability
    named = "\n".join(f"{shown(one.text)}  {percent(one.probability)}" for one in cell.top)
    rank = t(
        "{target}: rank {rank}, {probability}",
        target=shown(cell.target),
        rank=cell.target_rank + 1,
        probability=percent(cell.target_probability),
    )
    return tag(
        "td",
        foreign(shown(best.text)),
        class_="for right" if cell.target_rank == 0 else "for",
        style=f"--p:{share:.1f}%",
        title=f"{named}\n{rank}",
    )


def _list(lens: LogitLens) -> Html:
    """For one place: the probability of the answer, and what else each layer would say."""
    rows = []
    for layer, cells in reversed(list(zip(lens.layers, lens.cells, strict=True))):
        cell = cells[0]
        others = [
            tag("span", foreign(shown(one.text)), " ", tag("b", percent(one.probability)))
            for one in cell.top[:3]
        ]
        rows.append(
            tag(
                "tr",
                tag("th", _layer_name(layer), scope="row"),
                tag(
                    "td",
                    tag("span", style=f"--w:{100 * cell.target_probability:.1f}%", class_="for"),
                    class_="share",
                ),
                tag("td", percent(cell.target_probability), class_="number"),
                tag("td", *others, class_="strongest"),
                tag("td", figure(cell.entropy, 2), class_="number"),
            )
        )
    target = lens.cells[0][0].target
    head = tag(
        "tr",
        tag("th", t("layer"), scope="col"),
        tag("th", foreign(shown(target)), scope="col", colspan=2),
        tag("th", t("most probable"), scope="col"),
        tag("th", t("entropy (nats)"), scope="col", class_="number"),
    )
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="sums")
    label = t("What each layer would say")
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)
