"""What corpus/report.json says beyond the bare account, as dataclasses.

Comes in: the parsed JSON. Goes out: typed records; a part that an older report lacks is empty. What
is there but misplaced raises KeyError, TypeError or ValueError, as in `records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Amount:
    """So much text."""

    documents: int
    bytes: int
    characters: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Amount:
        """Read from a JSON object; characters may be missing."""
        return cls(int(value["documents"]), int(value["bytes"]), int(value.get("characters", 0)))


@dataclass(frozen=True)
class Histogram:
    """Counts between edges, of which there is one more."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Histogram:
        """Read from a JSON object."""
        edges = tuple(float(edge) for edge in value["edges"])
        counts = tuple(int(count) for count in value["counts"])
        if counts and len(edges) != len(counts) + 1:
            raise ValueError("a histogram needs one more edge than counts")
        return cls(edges, counts)


@dataclass(frozen=True)
class Measure:
    """What a rule measured over the documents."""

    step: str
    name: str
    documents: int
    mean: float
    median: float
    histogram: Histogram


@dataclass(frozen=True)
class Change:
    """What a step did to texts; each example is a JSON object with `before` and `after`."""

    step: str
    documents: int
    counts: Mapping[str, int]
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Group:
    """The text of one language or domain; None is the name where nobody knows it."""

    name: str | None
    read: Amount
    kept: Amount


@dataclass(frozen=True)
class Variety:
    """The diversity score and what it is made of, each 0 to 1."""

    score: float
    novelty: float
    parts: Mapping[str, float]
    words: int
    distinct_words: int


@dataclass(frozen=True)
class Clusters:
    """The clusters that a comparison found, by size."""

    number: int
    documents: int
    largest: int
    sizes: Histogram


@dataclass(frozen=True)
class CorpusDetails:
    """The parts of the report beyond the account; each may be empty."""

    measures: tuple[Measure, ...] = ()
    changes: tuple[Change, ...] = ()
    sources: tuple[Group, ...] = ()
    languages: tuple[Group, ...] = ()
    domains: tuple[Group, ...] = ()
    variety: Variety | None = None
    duplicates_by_step: Mapping[str, int] = field(default_factory=dict)
    clusters: Mapping[str, Clusters] = field(default_factory=dict)
    private_counts: Mapping[str, int] | None = None
    private_per_million: float | None = None
    kept_examples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CorpusDetails:
        """Read from the JSON object of corpus/report.json."""
        duplicates = value.get("duplicates") or {}
        privacy = value.get("privacy") or {}
        rate = privacy.get("per_million_characters")
        return cls(
            measures=tuple(_measure(m) for m in value.get("measures", ()) if m["count"]),
            changes=tuple(_change(c) for c in value.get("changed", ()) if c["documents"]),
            sources=tuple(_group(e) for e in value.get("sources", ()) if "kept" in e),
            languages=tuple(_group(entry) for entry in value.get("languages", ())),
            domains=tuple(_group(entry) for entry in value.get("domains", ())),
            variety=_variety(value.get("diversity") or {}),
            duplicates_by_step=_counts(duplicates.get("by_step", {})),
            clusters={
                str(step): _clusters(entry)
                for step, entry in duplicates.get("clusters", {}).items()
            },
            private_counts=_counts(privacy["counts"]) if privacy else None,
            private_per_million=None if rate is None else float(rate),
            kept_examples=tuple(dict(entry) for entry in value.get("kept_examples", ())),
        )


def _measure(value: Mapping[str, Any]) -> Measure:
    return Measure(
        str(value["step"]),
        str(value["name"]),
        int(value["count"]),
        float(value["mean"]),
        float(value["quantiles"]["0.5"]),
        Histogram.from_json(value["histogram"]),
    )


def _change(value: Mapping[str, Any]) -> Change:
    return Change(
        str(value["step"]),
        int(value["documents"]),
        _counts(value.get("counts", {})),
        tuple(dict(entry) for entry in value.get("examples", ())),
    )


def _group(value: Mapping[str, Any]) -> Group:
    name = value["name"]
    kept = Amount.from_json(value["kept"])
    return Group(None if name is None else str(name), Amount.from_json(value), kept)


def _variety(value: Mapping[str, Any]) -> Variety | None:
    if not value:
        return None
    return Variety(
        float(value["score"]),
        float(value["novelty"]),
        {str(name): float(part) for name, part in value["variety"].items()},
        int(value["words"]),
        int(value["distinct_words"]),
    )


def _clusters(value: Mapping[str, Any]) -> Clusters:
    return Clusters(
        int(value["number"]),
        int(value["documents"]),
        int(value["largest"]),
        Histogram.from_json(value["sizes"]),
    )


def _counts(value: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(count) for name, count in value.items()}
