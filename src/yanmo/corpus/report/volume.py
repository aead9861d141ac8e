"""Amounts of text: documents, bytes, characters; in all, and by the values of a column.

Comes in: batches of documents. Goes out: sums that can be added to each other in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sizes:
    """The size of each document of a batch (n documents).

    Args:
        num_bytes: (n,) int64, bytes of UTF-8.
        characters: (n,) int64, code points.
    """

    num_bytes: NDArray[np.int64]
    characters: NDArray[np.int64]

    @classmethod
    def of(cls, texts: pa.StringArray) -> Sizes:
        """The sizes of a column of texts without nulls."""
        return cls(
            np.asarray(pc.binary_length(texts), dtype=np.int64),
            np.asarray(pc.utf8_length(texts), dtype=np.int64),
        )


@dataclass(slots=True)
class Volume:
    """How much text: documents, bytes of UTF-8, characters (code points)."""

    documents: int = 0
    bytes: int = 0
    characters: int = 0

    def add(self, sizes: Sizes) -> None:
        """Count the documents of a batch."""
        self.documents += len(sizes.num_bytes)
        self.bytes += int(sizes.num_bytes.sum())
        self.characters += int(sizes.characters.sum())

    def merge(self, other: Volume) -> None:
        """Add another amount."""
        self.documents += other.documents
        self.bytes += other.bytes
        self.characters += other.characters

    def as_dict(self) -> dict[str, int]:
        """The three counts under their names."""
        return {"documents": self.documents, "bytes": self.bytes, "characters": self.characters}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Volume:
        """What `as_dict` gave."""
        return cls(value["documents"], value["bytes"], value["characters"])


class Volumes:
    """Amounts by the value of a column, null among them."""

    def __init__(self) -> None:
        self._by_name: dict[str | None, Volume] = {}

    def add(self, column: pa.StringArray, sizes: Sizes) -> None:
        """Count the documents of a batch under their value in `column`."""
        encoded = column.dictionary_encode(null_encoding="encode")
        indices = np.asarray(encoded.indices, dtype=np.int64)
        names = encoded.dictionary.to_pylist()
        documents = np.bincount(indices, minlength=len(names))
        # float64 sums of whole numbers are exact up to 2^53, far above the size of a batch
        num_bytes = np.bincount(indices, sizes.num_bytes, len(names))
        characters = np.bincount(indices, sizes.characters, len(names))
        for index, name in enumerate(names):
            amount = Volume(int(documents[index]), int(num_bytes[index]), int(characters[index]))
            self[name].merge(amount)

    def __getitem__(self, name: str | None) -> Volume:
        """The amount under `name`, which is begun where there is none."""
        return self._by_name.setdefault(name, Volume())

    def __iter__(self) -> Iterator[str | None]:
        """The names, sorted; null comes last."""
        return iter(sorted(self._by_name, key=lambda name: (name is None, name or "")))

    def merge(self, other: Volumes) -> None:
        """Add the amounts of another table."""
        for name in other:
            self[name].merge(other[name])

    def total(self) -> Volume:
        """The sum of all amounts."""
        total = Volume()
        for volume in self._by_name.values():
            total.merge(volume)
        return total

    def to_json(self) -> list[dict[str, Any]]:
        """A list of names with their amounts."""
        return [{"name": name, **self[name].as_dict()} for name in self]

    @classmethod
    def from_json(cls, value: list[dict[str, Any]]) -> Volumes:
        """What `to_json` gave."""
        volumes = cls()
        for entry in value:
            volumes[entry["name"]].merge(Volume.from_dict(entry))
        return volumes
