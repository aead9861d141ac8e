"""What was made from what: the stages of a run directory as a graph, read from their manifests.

Comes in: a run directory. Goes out: nodes (stages, and the sources that no stage made) and edges
(inputs), as a dataclass or as Mermaid text. Reads manifests only, never the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.manifest import MANIFEST_NAME, Manifest, read_manifest

# Stages that hold one directory per variant: finetune/<task>/, compress/<variant>/.
_NESTED = ("finetune", "measure", "prompt", "compress")
_PUT_ASIDE = ".previous"
_MAX_SOURCES = 4


@dataclass(frozen=True)
class LineageNode:
    """A stage, or something from outside the run (`kind` "source").

    `wall_s` and `created_at` are None for sources.
    """

    name: str
    kind: str
    content_hash: str
    wall_s: float | None = None
    created_at: str | None = None


@dataclass(frozen=True)
class LineageEdge:
    """`target` was made from `source`; not current where `source` has been made again since."""

    source: str
    target: str
    is_current: bool = True


@dataclass(frozen=True)
class Lineage:
    """Nodes with every input before what was made from it, and the edges between them."""

    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]


def stage_directories(run_dir: Path) -> dict[str, Path]:
    """The finished stages of a run: their names inside it and their directories."""
    candidates = [*run_dir.glob(f"*/{MANIFEST_NAME}")]
    for parent in _NESTED:
        candidates += run_dir.glob(f"{parent}/*/{MANIFEST_NAME}")
        candidates += run_dir.glob(f"{parent}/*/evaluate/{MANIFEST_NAME}")
    directories = sorted({path.parent for path in candidates if path.is_file()})
    # An earlier result that was put aside is no part of the run.
    directories = [
        path
        for path in directories
        if not any(part.endswith(_PUT_ASIDE) for part in path.relative_to(run_dir).parts)
    ]
    return {directory.relative_to(run_dir).as_posix(): directory for directory in directories}


def read_lineage(run_dir: Path) -> Lineage:
    """The graph of the finished stages in `run_dir`.

    Raises:
        DataError: a manifest cannot be understood.
    """
    manifests: dict[str, Manifest] = {}
    for name, directory in stage_directories(run_dir).items():
        manifest = read_manifest(directory)
        if manifest is not None:
            manifests[name] = manifest
    return lineage_of(manifests)


def lineage_of(manifests: Mapping[str, Manifest]) -> Lineage:
    """The graph of stages given by name. An input belongs to the stage with its content hash.

    Where no stage has that content, a stage of the input's name has been made again since (the
    edge is not current); anything else came from outside the run.
    """
    by_hash: dict[str, list[str]] = {}
    for name, manifest in manifests.items():
        by_hash.setdefault(manifest.content_hash, []).append(name)
    edges: dict[tuple[str, str], bool] = {}
    sources: dict[str, dict[str, str]] = {}
    for name, manifest in manifests.items():
        for input_name, content_hash in manifest.inputs.items():
            makers = [maker for maker in by_hash.get(content_hash, []) if maker != name]
            if makers:
                maker = input_name if input_name in makers else makers[0]
                edges[maker, name] = True
            elif input_name in manifests and input_name != name:
                edges.setdefault((input_name, name), False)
            else:
                sources.setdefault(name, {})[input_name] = content_hash
    nodes = [_stage_node(name, manifest) for name, manifest in manifests.items()]
    for name, given in sources.items():
        for node in _source_nodes(name, given):
            if node not in nodes:
                nodes.append(node)
            edges[node.name, name] = True
    return _in_order(nodes, [LineageEdge(*ends, current) for ends, current in edges.items()])


def to_mermaid(lineage: Lineage) -> str:
    """Mermaid flowchart text: nodes, then edges, one a line; a dotted edge is not current."""
    identifiers = {node.name: f"n{index}" for index, node in enumerate(lineage.nodes)}
    lines = ["flowchart LR"]
    for node in lineage.nodes:
        label = f"{_mermaid_text(node.name)}<br/>{node.content_hash[:8]}"
        start, end = ("[(", ")]") if node.kind == "source" else ("[", "]")
        lines.append(f'    {identifiers[node.name]}{start}"{label}"{end}')
    for edge in lineage.edges:
        arrow = "-->" if edge.is_current else "-.->"
        lines.append(f"    {identifiers[edge.source]} {arrow} {identifiers[edge.target]}")
    return "\n".join(lines) + "\n"


def _stage_node(name: str, manifest: Manifest) -> LineageNode:
    return LineageNode(
        name=name,
        kind="stage",
        content_hash=manifest.content_hash,
        wall_s=manifest.timings.get("wall_s"),
        created_at=manifest.created_at,
    )


def _source_nodes(stage: str, given: Mapping[str, str]) -> list[LineageNode]:
    """One node for each source, or a single one that counts them where there are many."""
    if len(given) <= _MAX_SOURCES:
        return [LineageNode(name, "source", content) for name, content in given.items()]
    first = next(iter(given))
    return [LineageNode(f"{first} … ({len(given)}, {stage})", "source", "")]


def _in_order(nodes: list[LineageNode], edges: list[LineageEdge]) -> Lineage:
    """Inputs before what was made from them; nodes in a cycle (no stage makes one) come last."""
    waiting = {node.name: node for node in nodes}
    ordered: list[LineageNode] = []
    while waiting:
        ready = [
            node
            for node in waiting.values()
            if not any(edge.target == node.name and edge.source in waiting for edge in edges)
        ]
        for node in ready or list(waiting.values()):
            ordered.append(waiting.pop(node.name))
    return Lineage(tuple(ordered), tuple(edges))


def _mermaid_text(text: str) -> str:
    """`text` inside a quoted label, with what Mermaid or HTML would read spelt out."""
    spelt = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}
    shown = "".join(spelt.get(character, character) for character in text)
    return "".join(c if c.isprintable() else " " for c in shown)
