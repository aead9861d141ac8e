"""The drawn lineage: every node once, nothing on top of anything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from yanmo.pipeline.lineage import Lineage, LineageEdge, LineageNode, read_lineage
from yanmo.pipeline.report.lineage_chart import lineage_chart


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """x, y, width and height of every node."""
    pattern = r'<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"'
    found = re.findall(pattern, svg)
    return [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]


@pytest.mark.parametrize("is_vertical", [True, False])
def test_boxes_do_not_overlap(
    tmp_path: Path, write_run: Callable[..., Path], is_vertical: bool
) -> None:
    svg = lineage_chart(read_lineage(write_run(tmp_path / "run")), is_vertical=is_vertical)
    found = boxes(svg)
    assert len(found) == 6
    for (x1, y1, w, h), (x2, y2, _, _) in combinations(found, 2):
        assert abs(x1 - x2) >= w or abs(y1 - y2) >= h
    assert svg.count('class="edge head"') == svg.count('class="edge"') == 8


def test_a_stage_within_others_is_told_by_its_own_name() -> None:
    nodes = [LineageNode(name, "stage", "a" * 64) for name in ("finetune/modules/evaluate", "eval")]
    svg = lineage_chart(Lineage(tuple(nodes), ()), is_vertical=False)
    assert re.findall(r"<text[^>]*>([^<]+)</text>", svg)[:2] == ["finetune/modules", "evaluate"]
    assert "finetune/modules/evaluate aaaa" in svg  # the whole name is told where it is pointed at


def test_edge_that_is_not_current_is_marked_and_a_lone_node_is_drawn() -> None:
    nodes = (LineageNode("甲", "stage", "a" * 64), LineageNode("b", "stage", "b" * 64, 1.0))
    svg = lineage_chart(Lineage(nodes, (LineageEdge("甲", "b", False),)), is_vertical=False)
    assert 'class="edge stale"' in svg
    assert len(boxes(lineage_chart(Lineage(nodes[:1], ()), is_vertical=True))) == 1
