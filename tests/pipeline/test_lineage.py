"""The graph of a run: edges from inputs, stages made again since, Mermaid text."""

from __future__ import annotations

import re
from pathlib import Path

from yanmo.core.manifest import Manifest, write_manifest
from yanmo.pipeline.lineage import (
    Lineage,
    LineageEdge,
    LineageNode,
    read_lineage,
    stage_directories,
    to_mermaid,
)


def finish(run: Path, name: str, inputs: dict[str, str], content: str = "") -> Manifest:
    """Write a stage that holds one file."""
    directory = run / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "out.txt").write_text(content or name, encoding="utf-8")
    return write_manifest(
        directory,
        stage=name,
        config={},
        inputs=inputs,
        output_files=[directory / "out.txt"],
        counts={},
        timings={"wall_s": 1.5},
        yanmo_version="0",
    )


def test_edges_follow_the_content_of_inputs(tmp_path: Path) -> None:
    corpus = finish(tmp_path, "corpus", {"sources": "f" * 64})
    tokens = finish(tmp_path, "tokens", {"corpus": corpus.content_hash})
    finish(tmp_path, "finetune/情感", {"base": tokens.content_hash})
    (tmp_path / "evaluate").mkdir()
    lineage = read_lineage(tmp_path)
    assert [node.name for node in lineage.nodes] == ["sources", "corpus", "tokens", "finetune/情感"]
    assert [node.kind for node in lineage.nodes] == ["source", "stage", "stage", "stage"]
    assert set(lineage.edges) == {
        LineageEdge("sources", "corpus"),
        LineageEdge("corpus", "tokens"),
        LineageEdge("tokens", "finetune/情感"),
    }


def test_stage_made_again_since_leaves_an_edge_that_is_not_current(tmp_path: Path) -> None:
    corpus = finish(tmp_path, "corpus", {})
    finish(tmp_path, "tokens", {"corpus": corpus.content_hash})
    finish(tmp_path, "corpus", {}, content="other")
    assert read_lineage(tmp_path).edges == (LineageEdge("corpus", "tokens", False),)


def test_result_put_aside_is_no_part_of_the_run(tmp_path: Path) -> None:
    finish(tmp_path, "pretrain", {})
    finish(tmp_path, "pretrain.previous", {})
    assert list(stage_directories(tmp_path)) == ["pretrain"]


def test_many_sources_become_one_node(tmp_path: Path) -> None:
    finish(tmp_path, "corpus", {f"file-{index}": str(index) * 8 for index in range(9)})
    assert [node.name for node in read_lineage(tmp_path).nodes] == [
        "file-0 … (9, corpus)",
        "corpus",
    ]


def test_empty_folder_has_an_empty_graph(tmp_path: Path) -> None:
    assert read_lineage(tmp_path) == Lineage((), ())
    assert to_mermaid(Lineage((), ())) == "flowchart LR\n"


def test_mermaid_labels_are_quoted_and_harmless() -> None:
    name = 'a"]; click <b>#`研\n墨'
    nodes = (LineageNode(name, "source", "c" * 64), LineageNode("end", "stage", "d" * 64))
    text = to_mermaid(Lineage(nodes, (LineageEdge(name, "end"),)))
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    assert re.fullmatch(r'    n0\[\("[^"<>`]*<br/>c{8}"\)\]', lines[1])
    assert lines[2] == '    n1["end<br/>dddddddd"]'
    assert lines[3] == "    n0 --> n1"
    assert "研 墨" in lines[1] and len(lines) == 4
