"""The lineage of a run as SVG: nodes in layers, every edge from an input to what was made from it.

Comes in: a `Lineage`. Goes out: an `svg`, in rows or in columns. The layout is the plain layered
one: a node lies one layer behind its last input; an edge over several layers passes through the
layers between on places of their own, so that it crosses no box (Sugiyama et al., 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, tag
from yanmo.pipeline.lineage import Lineage, LineageNode
from yanmo.pipeline.report.numbers import duration

_BOX_WIDTH, _BOX_HEIGHT = 124, 88
_LANE = 26
_GAP = 18


@dataclass(frozen=True)
class _Place:
    """The middle of a node, or of the place where an edge passes through a layer."""

    along: float
    across: float


def lineage_chart(lineage: Lineage, *, is_vertical: bool) -> Html:
    """The graph; layers run from left to right, or from top to bottom where `is_vertical`."""
    layers, routes = _layered(lineage)
    depth = _BOX_HEIGHT if is_vertical else _BOX_WIDTH
    breadth = _BOX_WIDTH if is_vertical else _BOX_HEIGHT
    boxes = {node.name for node in lineage.nodes}
    widths = [sum(breadth if n in boxes else _LANE for n in layer) for layer in layers]
    total = max(w + _GAP * (len(layer) - 1) for w, layer in zip(widths, layers, strict=True))
    step = depth + (32 if is_vertical else 36)
    places: dict[str, _Place] = {}
    for number, layer in enumerate(layers):
        across = (total - widths[number] - _GAP * (len(layer) - 1)) / 2
        for name in layer:
            own = breadth if name in boxes else _LANE
            places[name] = _Place(number * step + depth / 2, across + own / 2)
            across += own + _GAP
    length = step * (len(layers) - 1) + depth
    width, height = (total, length) if is_vertical else (length, total)
    edges = [
        _edge([places[name] for name in route], depth, is_vertical, is_current)
        for route, is_current in routes
    ]
    drawn = [_node(node, places[node.name], is_vertical) for node in lineage.nodes]
    return tag(
        "svg",
        tag("title", t("From sources to results: what was made from what")),
        *edges,
        *drawn,
        viewBox=f"-2 -2 {width + 4:g} {height + 4:g}",
        width=f"{width + 4:g}",
        role="img",
        class_="lineage " + ("vertical" if is_vertical else "horizontal"),
    )


def _layered(lineage: Lineage) -> tuple[list[list[str]], list[tuple[list[str], bool]]]:
    """Names by layer, and for each edge the names along its way and whether it is current."""
    depth: dict[str, int] = {}
    for node in lineage.nodes:
        inputs = [edge.source for edge in lineage.edges if edge.target == node.name]
        depth[node.name] = 1 + max((depth.get(name, -1) for name in inputs), default=-1)
    for node in lineage.nodes:
        # A source stands directly before the first stage that reads it.
        readers = [depth[edge.target] for edge in lineage.edges if edge.source == node.name]
        if node.kind == "source" and readers:
            depth[node.name] = min(readers) - 1
    layers: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=0))]
    for node in lineage.nodes:
        layers[depth[node.name]].append(node.name)
    routes: list[tuple[list[str], bool]] = []
    for edge in lineage.edges:
        route = [edge.source]
        for between in range(depth[edge.source] + 1, depth[edge.target]):
            # A line feed cannot be part of a stage's name, so a lane never meets a node.
            lane = f"{edge.source}\n{edge.target}\n{between}"
            layers[between].append(lane)
            route.append(lane)
        routes.append(([*route, edge.target], edge.is_current))
    _untangle(layers, [route for route, _ in routes])
    return layers, routes


def _untangle(layers: list[list[str]], routes: list[list[str]]) -> None:
    """Order every layer by the mean place of its neighbours, forwards and backwards, four times."""
    neighbours: dict[str, list[str]] = {}
    for route in routes:
        for left, right in pairwise(route):
            neighbours.setdefault(left, []).append(right)
            neighbours.setdefault(right, []).append(left)
    for _ in range(4):
        for order in (range(1, len(layers)), range(len(layers) - 2, -1, -1)):
            for number in order:
                _sort_layer(layers, number, neighbours)


def _sort_layer(layers: list[list[str]], number: int, neighbours: dict[str, list[str]]) -> None:
    places = {
        name: (index + 0.5) / len(layer)
        for layer in (layers[max(0, number - 1) : number] + layers[number + 1 : number + 2])
        for index, name in enumerate(layer)
    }
    layers[number].sort(
        key=lambda name: fmean(
            [places[n] for n in neighbours.get(name, ()) if n in places] or [0.5]
        )
    )


def _edge(route: list[_Place], depth: float, is_vertical: bool, is_current: bool) -> Html:
    """A smooth line through the places of a route, ending in an arrow head at the box."""
    first, last = route[0], route[-1]
    start = _Place(first.along + depth / 2, first.across)
    end = _Place(last.along - depth / 2 - 1, last.across)
    stops = [start]
    for lane in route[1:-1]:
        stops += [
            _Place(lane.along - depth / 2, lane.across),
            _Place(lane.along + depth / 2, lane.across),
        ]
    stops.append(end)
    path = "M" + _pair(stops[0], is_vertical)
    for here, there in pairwise(stops):
        middle = (here.along + there.along) / 2
        bends = [_Place(middle, here.across), _Place(middle, there.across), there]
        path += "C" + " ".join(_pair(place, is_vertical) for place in bends)
    head = "M" + "L".join(
        _pair(place, is_vertical)
        for place in (
            _Place(end.along - 6, end.across - 4),
            end,
            _Place(end.along - 6, end.across + 4),
        )
    )
    state = "" if is_current else " stale"
    return join(tag("path", d=path, class_="edge" + state), tag("path", d=head, class_="edge head"))


def _pair(place: _Place, is_vertical: bool) -> str:
    x, y = (place.across, place.along) if is_vertical else (place.along, place.across)
    return f"{x:g} {y:g}"


def _node(node: LineageNode, place: _Place, is_vertical: bool) -> Html:
    x, y = (place.across, place.along) if is_vertical else (place.along, place.across)
    left, top = x - _BOX_WIDTH / 2, y - _BOX_HEIGHT / 2
    below = t("source") if node.kind == "source" else ""
    if node.wall_s is not None:
        below = duration(node.wall_s)
    above, _, name = node.name.rpartition("/")
    top_line = top if above else top - 9  # what has no line above it stands in the middle
    return tag(
        "g",
        tag("title", f"{node.name} {node.content_hash}"),
        tag("rect", x=left, y=top, width=_BOX_WIDTH, height=_BOX_HEIGHT, rx=3),
        tag("text", _cut(above, 16), x=left + 10, y=top + 18) if above else None,
        tag("text", _cut(name, 12), x=left + 10, y=top_line + 36, class_="name"),
        tag("text", node.content_hash[:8], x=left + 10, y=top_line + 56, class_="hash"),
        tag("text", below, x=left + 10, y=top_line + 75),
        class_=f"node {node.kind}",
    )


def _cut(text: str, columns: int) -> str:
    """`text` in at most so many columns, the rest as an ellipsis; wide characters fill two."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0x2E7F else 1
        if used > columns and index < len(text) - 1:
            return text[:index] + "…"
    return text
