"""How the values of a measure are distributed, in bins that are the same for every corpus.

Comes in: numbers, batch by batch. Goes out: count, mean, least and greatest value, quantiles and a
histogram. Two distributions can be added, and the order does not matter: the sum is kept as a whole
number of millionths (2^-20), so that it is exact. Knows nothing of what is measured.

Every octave is cut into eight equal bins, for each sign, as HdrHistogram does. Values between 0 and
1 are counted in fifty equal bins besides, with which shares and ratios are drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PARTS = 8  # bins to the octave
_EXPONENT_LIMIT = 64  # values beyond 2^64 are counted as 2^64
_ZERO = 0
_OFFSET = 2048  # keeps the index of every positive value above 0
_UNIT_BINS = 50
_SCALE = 2.0**20
_LARGEST = 2.0**40
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MAX_COLUMNS = 40


class Distribution:
    """A measure over documents. NaN stands for documents to which it does not apply."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0  # in units of 1 / _SCALE
        self._min = math.inf
        self._max = -math.inf
        self._bins: Counter[int] = Counter()
        self._unit = np.zeros(_UNIT_BINS, dtype=np.int64)
        self._is_whole = True  # only whole numbers so far: a quantile is one too

    def add(self, values: NDArray[np.float64]) -> None:
        """Count the values of a batch."""
        values = np.asarray(values, dtype=np.float64)
        values = np.clip(values[~np.isnan(values)], -_LARGEST, _LARGEST)
        if not len(values):
            return
        self.count += len(values)
        self._sum += _exact_sum(values)
        self._min = min(self._min, float(values.min()))
        self._max = max(self._max, float(values.max()))
        self._is_whole = self._is_whole and bool(np.all(values == np.rint(values)))
        bins, counts = np.unique(_bin_of(values), return_counts=True)
        self._bins.update(dict(zip(bins.tolist(), counts.tolist(), strict=True)))
        inside = values[(values >= 0) & (values <= 1)]
        places = np.minimum((inside * _UNIT_BINS).astype(np.int64), _UNIT_BINS - 1)
        self._unit += np.bincount(places, minlength=_UNIT_BINS)

    def merge(self, other: Distribution) -> None:
        """Add another distribution of the same measure."""
        self.count += other.count
        self._sum += other._sum
        self._min = min(self._min, other._min)
        self._max = max(self._max, other._max)
        self._bins.update(other._bins)
        self._unit += other._unit
        self._is_whole = self._is_whole and other._is_whole

    def as_report(self) -> dict[str, Any]:
        """Count, mean, least, greatest, quantiles (to a sixteenth), and a histogram."""
        if not self.count:
            return {"count": 0}
        return {
            "count": self.count,
            "mean": self._sum / _SCALE / self.count,
            "min": self._min,
            "max": self._max,
            "quantiles": {f"{q:g}": self._quantile(q) for q in QUANTILES},
            "histogram": self._unit_histogram() if self._is_share() else self._histogram(),
        }

    def to_json(self) -> dict[str, Any]:
        """Everything, for `from_json`."""
        return {
            "count": self.count,
            "sum": self._sum,
            "min": self._min if self.count else None,
            "max": self._max if self.count else None,
            "bins": sorted(self._bins.items()),
            "unit": self._unit.tolist(),
            "is_whole": self._is_whole,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Distribution:
        """What `to_json` gave."""
        distribution = cls()
        distribution.count = value["count"]
        distribution._sum = value["sum"]
        if distribution.count:
            distribution._min, distribution._max = value["min"], value["max"]
        distribution._bins = Counter(dict(value["bins"]))
        distribution._unit = np.array(value["unit"], dtype=np.int64)
        distribution._is_whole = value["is_whole"]
        return distribution

    def _is_share(self) -> bool:
        return self._min >= 0 and self._max <= 1

    def _quantile(self, fraction: float) -> float:
        """The middle of the bin that holds the quantile, kept between least and greatest."""
        wanted, seen = fraction * self.count, 0
        for index in sorted(self._bins):
            seen += self._bins[index]
            if seen >= wanted:
                middle = (_low_edge(index) + _low_edge(index + 1)) / 2 if index != _ZERO else 0.0
                if self._is_whole:
                    middle = math.floor(middle) if middle > 0 else math.ceil(middle)
                return min(max(middle, self._min), self._max)
        return self._max

    def _unit_histogram(self) -> dict[str, Sequence[float]]:
        edges = [round(index / _UNIT_BINS, 4) for index in range(_UNIT_BINS + 1)]
        return {"edges": edges, "counts": self._unit.tolist()}

    def _histogram(self) -> dict[str, Sequence[float]]:
        """Columns for the negative values, for those about 0, and for the positive values."""
        negative = {index: count for index, count in self._bins.items() if index < _ZERO}
        positive = {index: count for index, count in self._bins.items() if index > _ZERO}
        step = 1
        while _num_columns(negative, step) + _num_columns(positive, step) > _MAX_COLUMNS:
            step *= 2
        edges, counts = _columns(negative, step)
        more_edges, more_counts = _columns(positive, step)
        if self._bins[_ZERO] or (edges and more_edges):
            edges = edges or [0.0]
            more_edges = more_edges or [0.0]
            counts.append(self._bins[_ZERO])
        edges, counts = edges + more_edges, counts + more_counts
        if self._is_whole and not negative:
            return _whole_columns(edges, counts)
        return {"edges": edges, "counts": counts}


def _num_columns(bins: dict[int, int], step: int) -> int:
    return max(bins) // step - min(bins) // step + 1 if bins else 0


def _columns(bins: dict[int, int], step: int) -> tuple[list[float], list[int]]:
    """Edges and counts with `step` neighbouring bins put together; empty where there are none."""
    if not bins:
        return [], []
    first = min(bins) // step
    counts = [0] * _num_columns(bins, step)
    for index, count in bins.items():
        counts[index // step - first] += count
    return [_low_edge(index * step) for index in range(first, first + len(counts) + 1)], counts


def _whole_columns(edges: list[float], counts: list[int]) -> dict[str, Sequence[float]]:
    """The same columns for whole numbers: their edges are whole, and those without one are gone."""
    bounds = [math.ceil(edge) for edge in edges]
    filled = [place for place in range(len(counts)) if bounds[place] < bounds[place + 1]]
    return {
        "edges": [*(float(bounds[place]) for place in filled), float(bounds[-1])],
        "counts": [counts[place] for place in filled],
    }


def _exact_sum(values: NDArray[np.float64]) -> int:
    """The sum of the values, each rounded to a millionth, as a whole number of millionths."""
    whole = np.rint(values * _SCALE).astype(np.int64)
    return (int((whole >> 32).sum()) << 32) + int((whole & 0xFFFFFFFF).sum())


def _bin_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bin of each value: above 0 for positive ones, below 0 for negative ones."""
    mantissa, exponent = np.frexp(np.abs(values))
    exponent = np.clip(exponent, -_EXPONENT_LIMIT, _EXPONENT_LIMIT).astype(np.int64)
    part = ((mantissa - 0.5) * 2 * _PARTS).astype(np.int64)
    index = _OFFSET + exponent * _PARTS + part
    # A negative value lies in the mirror image of a bin, which ends where the other begins.
    return np.where(values == 0, _ZERO, np.where(values > 0, index, -index - 1))


def _low_edge(index: int) -> float:
    """The least value of a bin. Bins between the smallest ones and 0 are empty; their edge is 0."""
    if index < 0:
        return -_low_edge(-index)
    exponent, part = divmod(index - _OFFSET, _PARTS)
    if exponent < -_EXPONENT_LIMIT:
        return 0.0
    return float(math.ldexp(0.5 + part / (2 * _PARTS), exponent))
