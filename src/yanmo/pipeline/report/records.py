"""What the reports of the stages say, as dataclasses, read from their JSON.

Comes in: the parsed JSON of corpus/report.json, tokens/report.json, evaluate/report.json. Goes out:
typed records. A missing or misplaced field raises KeyError, TypeError or ValueError; the reader of
the run turns that into a sentence on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yanmo.pipeline.report.corpus_records import Amount, CorpusDetails

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Reason:
    """Documents that one step rejected for one reason; each example is a JSON object."""

    step: str
    reason: str
    documents: int
    bytes: int
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class CorpusReport:
    """corpus/report.json."""

    sources: tuple[tuple[str, Amount], ...]
    read: Amount
    kept: Amount
    rejected: Amount
    reasons: tuple[Reason, ...]
    changed: tuple[tuple[str, int], ...]
    unreadable: tuple[Mapping[str, Any], ...]
    unreadable_count: int
    skipped_file_types: Mapping[str, int]
    splits: Mapping[str, Amount]
    scripts: Mapping[str, int]
    length_edges: tuple[float, ...]
    length_counts: tuple[int, ...]
    details: CorpusDetails

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CorpusReport:
        """Read from the JSON object of corpus/report.json, of this version or the one before."""
        lengths = value.get("length_histogram") or {"edges": [], "counts": []}
        edges, counts = lengths["edges"], lengths["counts"]
        if counts and len(edges) != len(counts) + 1:
            raise ValueError("length_histogram needs one more edge than counts")
        unreadable = tuple(value.get("unreadable", ()))
        return cls(
            sources=tuple((str(s["name"]), Amount.from_json(s)) for s in value.get("sources", ())),
            read=Amount.from_json(value["read"]),
            kept=Amount.from_json(value["kept"]),
            rejected=Amount.from_json(value["rejected"]),
            reasons=tuple(_reason(entry) for entry in value.get("reasons", ())),
            changed=tuple((str(c["step"]), int(c["documents"])) for c in value.get("changed", ())),
            unreadable=unreadable,
            unreadable_count=int(value.get("unreadable_count", len(unreadable))),
            skipped_file_types=_counts(value.get("skipped_file_types", {})),
            splits={
                name: Amount.from_json(value["splits"][name])
                for name in SPLITS
                if name in value.get("splits", {})
            },
            scripts=_counts(value.get("scripts", {})),
            length_edges=tuple(float(edge) for edge in edges),
            length_counts=tuple(int(count) for count in counts),
            details=CorpusDetails.from_json(value),
        )


@dataclass(frozen=True)
class TokenReport:
    """tokens/report.json.

    `account` counts tokens, except for its entry "documents"; `splits` are the numbers of each
    split, null where there is none.
    """

    vocab_size: int
    dtype: str
    account: Mapping[str, int]
    dropped_documents: Mapping[str, int]
    splits: Mapping[str, Mapping[str, float | None]]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TokenReport:
        """Read from the JSON object of tokens/report.json."""
        account = value["account"]
        return cls(
            vocab_size=int(value["vocab_size"]),
            dtype=str(value.get("dtype", "")),
            account={name: count for name, count in account.items() if isinstance(count, int)},
            dropped_documents=_counts(account.get("dropped_documents", {})),
            splits={name: value["splits"][name] for name in SPLITS if name in value["splits"]},
        )


@dataclass(frozen=True)
class ModelScore:
    """One model of evaluate/report.json. `values` and `intervals` are keyed by metric name."""

    name: str
    kind: str
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ModelScore:
        """Read one entry of "models"; the interval of a metric lies beside it."""
        values, intervals = _figures(value)
        return cls(str(value["name"]), str(value["kind"]), values, intervals)


@dataclass(frozen=True)
class Difference:
    """A model's figures minus a baseline's, with their intervals."""

    model: str
    baseline: str
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Difference:
        """Read one entry of "differences"."""
        values, intervals = _figures(value)
        return cls(str(value["model"]), str(value["baseline"]), values, intervals)

    def is_certain(self, metric: str) -> bool:
        """Whether the interval of `metric` leaves zero out."""
        low, high = self.intervals.get(metric, (0.0, 0.0))
        return low > 0 or high < 0


@dataclass(frozen=True)
class EvaluationReport:
    """evaluate/report.json."""

    split: str
    documents: int
    tokens: int
    bytes: int
    context_tokens: int | None
    stride_tokens: int | None
    models: tuple[ModelScore, ...]
    differences: tuple[Difference, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EvaluationReport:
        """Read from the JSON object of evaluate/report.json."""
        return cls(
            split=str(value["split"]),
            documents=int(value["documents"]),
            tokens=int(value["tokens"]),
            bytes=int(value["bytes"]),
            context_tokens=value.get("context_tokens"),
            stride_tokens=value.get("stride_tokens"),
            models=tuple(ModelScore.from_json(entry) for entry in value["models"]),
            differences=tuple(Difference.from_json(d) for d in value.get("differences", ())),
        )

    def difference(self, model: str, baseline: str) -> Difference | None:
        """The comparison of these two, None where none was made."""
        pairs = {(entry.model, entry.baseline): entry for entry in self.differences}
        return pairs.get((model, baseline))

    def best(self, kind: str) -> ModelScore | None:
        """The model of that kind with the fewest bits per byte, or None."""
        scored = [m for m in self.models if m.kind == kind and "bits_per_byte" in m.values]
        return min(scored, key=lambda model: model.values["bits_per_byte"], default=None)


def _figures(
    value: Mapping[str, Any],
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Numbers by name, and those lists of two that are called `<name>_interval`."""
    values: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    for name, entry in value.items():
        if isinstance(entry, int | float) and not isinstance(entry, bool):
            values[name] = float(entry)
        elif name.endswith("_interval") and entry is not None:
            low, high = entry
            intervals[name.removesuffix("_interval")] = (float(low), float(high))
    return values, intervals


def _counts(value: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(count) for name, count in value.items()}


def _reason(entry: Mapping[str, Any]) -> Reason:
    return Reason(
        step=str(entry["step"]),
        reason=str(entry["reason"]),
        documents=int(entry["documents"]),
        bytes=int(entry["bytes"]),
        examples=tuple(entry.get("examples", ())),
    )
