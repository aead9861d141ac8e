"""Bars drawn with HTML boxes: they keep their text size on a narrow screen and print well.

Comes in: labels and fractions. Goes out: markup. Knows nothing of what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, tag
from yanmo.pipeline.report.numbers import exact, figure, share, short

# Shades of ink that the stylesheet defines, and how many parts a stacked bar names.
NUM_SHADES = 6


def bar(fraction: float, *, kind: str = "", lost: float = 0.0) -> Html:
    """A horizontal bar filled to `fraction` of its width, then `lost` of it marked as gone."""
    parts = [tag("span", class_="fill", style=f"width:{_percent(fraction)}")]
    if lost > 0:
        parts.append(tag("span", class_="lost", style=f"width:{_percent(lost)}"))
    return tag("span", *parts, class_=f"bar {kind}".strip(), aria_hidden="true")


def interval_bar(value: float, low: float, high: float, largest: float, *, kind: str = "") -> Html:
    """A bar to `value` with a whisker from `low` to `high`, all as parts of `largest`."""
    whisker = tag(
        "span",
        class_="whisker",
        style=f"left:{_percent(low / largest)};width:{_percent((high - low) / largest)}",
    )
    fill = tag("span", class_="fill", style=f"width:{_percent(value / largest)}")
    return tag("span", fill, whisker, class_=f"bar {kind}".strip(), aria_hidden="true")


def stacked_bar(parts: Sequence[tuple[str, int]]) -> Html:
    """One bar of several shades and a legend with names, counts and shares, largest first."""
    ordered = sorted((part for part in parts if part[1] > 0), key=lambda part: -part[1])
    shown = ordered[:NUM_SHADES]
    if len(ordered) > NUM_SHADES:
        rest = sum(count for _, count in ordered[NUM_SHADES - 1 :])
        shown = [*ordered[: NUM_SHADES - 1], (t("others"), rest)]
    total = sum(count for _, count in shown)
    if total == 0:
        return Html("")
    pieces = [
        tag("span", class_=f"shade-{index}", style=f"width:{_percent(count / total)}")
        for index, (_, count) in enumerate(shown)
    ]
    legend = [
        tag(
            "li",
            tag("span", class_=f"swatch shade-{index}"),
            tag("span", name, class_="name"),
            tag("span", share(count / total), class_="share"),
            title=exact(count),
        )
        for index, (name, count) in enumerate(shown)
    ]
    return join(
        tag("div", *pieces, class_="stacked", aria_hidden="true"),
        tag("ul", *legend, class_="legend"),
    )


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    label: str,
    number: Callable[[float], str] = short,
    num_labels: int = 5,
) -> Html:
    """Columns of counts between `edges`, empty ends cut off, with a number below some edges.

    Args:
        edges: one more than there are counts.
        counts: the heights.
        label: what a screen reader says.
        number: how an edge is written.
        num_labels: about how many edges are written.
    """
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return Html("")
    first, last = filled[0], filled[-1] + 1
    shown, borders = counts[first:last], edges[first : last + 1]
    highest = max(shown)
    columns = [
        tag(
            "span",
            tag("span", style=f"height:{_percent(count / highest)}"),
            title=f"{_precise(low)} – {_precise(high)}: {exact(count)}",
        )
        for low, high, count in zip(borders[:-1], borders[1:], shown, strict=True)
    ]
    every = max(1, -(-len(shown) // num_labels))
    numbers = [
        tag("span", number(borders[index]), style=f"left:{_percent(index / len(shown))}")
        for index in range(0, len(borders), every)
    ]
    return tag(
        "div",
        tag("div", *columns, class_="columns"),
        tag("div", *numbers, class_="edges", aria_hidden="true"),
        class_="histogram",
        role="img",
        aria_label=label,
    )


def _precise(edge: float) -> str:
    return exact(edge) if edge == round(edge) else figure(edge)


def _percent(fraction: float) -> str:
    return f"{100 * min(1.0, max(0.0, fraction)):.4g}%"
