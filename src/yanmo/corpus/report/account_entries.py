"""What an account notes about one step: what it rejected for one reason, what it changed.

Comes in and goes out: numbers and examples, as JSON values too. Two of the same step can be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yanmo.corpus.report.examples import Examples
from yanmo.corpus.report.volume import Volume


@dataclass
class Rejections:
    """What one step rejected for one reason."""

    volume: Volume = field(default_factory=Volume)
    examples: Examples = field(default_factory=Examples)

    def merge(self, other: Rejections) -> None:
        """Add those of another part of the corpus."""
        self.volume.merge(other.volume)
        self.examples.merge(other.examples)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the report too."""
        return {**self.volume.as_dict(), "examples": self.examples.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Rejections:
        """What `to_json` gave."""
        return cls(Volume.from_dict(value), Examples.from_json(value["examples"]))


@dataclass
class Changes:
    """What one step did to texts.

    Args:
        seen: the documents that came to the step.
        documents: how many of them it changed.
        bytes_before: bytes of the changed documents as they came.
        bytes_after: bytes of the same documents as they went.
        counts: what else the step counted, such as e-mail addresses masked.
        examples: places where it changed something.
    """

    seen: Volume = field(default_factory=Volume)
    documents: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: Examples = field(default_factory=Examples)

    def merge(self, other: Changes) -> None:
        """Add those of another part of the corpus."""
        self.seen.merge(other.seen)
        self.documents += other.documents
        self.bytes_before += other.bytes_before
        self.bytes_after += other.bytes_after
        self.count(other.counts)
        self.examples.merge(other.examples)

    def count(self, counts: Mapping[str, int]) -> None:
        """Add what the step counted."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + int(count)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the report too."""
        return {
            "documents": self.documents,
            "seen": self.seen.as_dict(),
            "bytes_before": self.bytes_before,
            "bytes_after": self.bytes_after,
            "counts": dict(sorted(self.counts.items())),
            "examples": self.examples.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Changes:
        """What `to_json` gave."""
        return cls(
            seen=Volume.from_dict(value["seen"]),
            documents=value["documents"],
            bytes_before=value["bytes_before"],
            bytes_after=value["bytes_after"],
            counts=dict(value["counts"]),
            examples=Examples.from_json(value["examples"]),
        )
