"""How often each document goes into a mixed corpus.

Comes in: the size and the group of every document. Goes out: 0, 1 or more copies for each, so that
the groups have the shares that were asked for, and an account of what was wanted and reached. Which
documents are taken depends on their ids and the seed alone, not on their order in the corpus. Knows
nothing of texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.corpus.kernel import kernel
from yanmo.corpus.mixture.config import MixtureConfig

_TOLERANCE = 0.01
_CLOSE_ENOUGH = 1e-4
_MAX_NAMES = 20


@dataclass(frozen=True)
class GroupOutcome:
    """What became of one group.

    Args:
        wanted_share: the share of the mixed bytes that was asked for, 0..1.
        share: the share that it has.
        available_bytes: the bytes of its documents.
        wanted_bytes: the bytes that were to be taken, copies included.
        bytes: the bytes that are taken, copies included.
        documents: the documents that are taken at least once.
        max_repeats: how often the most repeated of them is taken.
        falls_short: fewer bytes are there than are wanted, even with all copies allowed.
    """

    wanted_share: float
    share: float
    available_bytes: int
    wanted_bytes: int
    bytes: int
    documents: int
    max_repeats: int
    falls_short: bool


@dataclass(frozen=True)
class MixtureOutcome:
    """A decided mixture.

    Args:
        repeats: (n,) int32, how often each document is written; 0 leaves it out.
        groups: what became of each group that has documents, by name, the largest share first.
    """

    repeats: NDArray[np.int32]
    groups: dict[str, GroupOutcome]

    @property
    def shortfalls(self) -> list[str]:
        """The groups that have too little text for their share."""
        return [name for name, group in self.groups.items() if group.falls_short]

    @property
    def left_out(self) -> list[str]:
        """The groups that have text, and of which nothing is wanted."""
        return [name for name, group in self.groups.items() if group.wanted_share == 0]

    def to_json(self) -> dict[str, Any]:
        """The account without the array, for the report."""
        groups = {name: dict(vars(group)) for name, group in self.groups.items()}
        return {"groups": groups, "shortfalls": self.shortfalls, "left_out": self.left_out}


def decide_mixture(
    config: MixtureConfig,
    num_bytes: NDArray[np.int64],
    group: NDArray[np.int32],
    group_names: Sequence[str],
    is_alive: NDArray[np.bool_],
    order_key: NDArray[np.uint64],
) -> MixtureOutcome:
    """Decide how often each of n documents goes in.

    Within a group documents are taken in the order of a hash of `order_key` and the seed. All of
    them are taken as often as fits whole, then again from the beginning until the share is full.

    Args:
        config: the shares and limits.
        num_bytes: (n,) bytes of each text.
        group: (n,) index into `group_names`.
        group_names: the names of the groups.
        is_alive: (n,) which documents may be taken; all others get 0.
        order_key: (n,) a number from the id of each document, as good as random.

    Raises:
        ConfigError: a weight is given to a group that the corpus does not have.
    """
    available = np.bincount(
        group[is_alive], weights=num_bytes[is_alive], minlength=len(group_names)
    ).astype(np.int64)
    shares = _wanted_shares(config, available, group_names)
    wanted = _wanted_bytes(config, available, shares)
    repeats = np.zeros(len(num_bytes), np.int32)
    order = np.argsort(_mixed(order_key, config.seed), kind="stable")
    order = order[is_alive[order]]
    by_group = order[np.argsort(group[order], kind="stable")]
    ends = np.searchsorted(group[by_group], np.arange(len(group_names) + 1))
    for index in np.flatnonzero((wanted > 0) & (available > 0)).tolist():
        rows = by_group[ends[index] : ends[index + 1]]
        capacity = config.max_repeats * int(available[index])
        target = min(int(wanted[index]), capacity)
        repeats[rows] = _take(num_bytes[rows], target, int(available[index]), config.max_repeats)
    groups = _account(config, num_bytes, group, group_names, available, shares, wanted, repeats)
    return MixtureOutcome(repeats, groups)


def _wanted_shares(
    config: MixtureConfig, available: NDArray[np.int64], group_names: Sequence[str]
) -> NDArray[np.float64]:
    """The share of each group, adding up to 1; 0 where nothing is wanted."""
    shares = np.zeros(len(group_names), np.float64)
    if not config.weights:
        has_text = available > 0
        shares[has_text] = available[has_text] ** (1.0 / (config.temperature or 1.0))
        return shares / shares.sum() if has_text.any() else shares
    places = {name: index for index, name in enumerate(group_names)}
    if unknown := [name for name in config.weights if name not in places]:
        raise _unknown_group(config, unknown[0], group_names)
    for name, weight in config.weights.items():
        shares[places[name]] = weight
    is_rest = np.array([name not in config.weights for name in group_names], np.bool_)
    rest_bytes = int(available[is_rest].sum())
    if rest_bytes:
        shares[is_rest] = config.rest_weight * available[is_rest] / rest_bytes
    return shares / shares.sum() if shares.sum() else shares


def _unknown_group(config: MixtureConfig, name: str, group_names: Sequence[str]) -> ConfigError:
    """The error for a weight of something that is not there."""
    near = closest(name, group_names)
    return ConfigError(
        t("the corpus has no {by} named {name!r}", by=config.by, name=name),
        where="corpus.mixture.weights",
        why=t("it has {names}", names=listed(sorted(group_names), limit=_MAX_NAMES)),
        hint=t("Did you mean '{name}'?", name=near) if near is not None else None,
    )


def _wanted_bytes(
    config: MixtureConfig, available: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The bytes that each group should give.

    With `target_bytes` that is its share of them. Without, the total is as large as it can be while
    no group needs more than `max_repeats` copies and one group is taken just once.
    """
    is_wanted = shares > 0
    if not is_wanted.any():
        return np.zeros(len(shares), np.int64)
    if config.target_bytes is not None:
        total = float(config.target_bytes)
    else:
        once = available[is_wanted & (available > 0)] / shares[is_wanted & (available > 0)]
        total = min(float(once.max()), config.max_repeats * float(once.min())) if len(once) else 0.0
    return np.rint(shares * total).astype(np.int64)


def _take(
    num_bytes: NDArray[np.int64], target: int, available: int, max_repeats: int
) -> NDArray[np.int32]:
    """How often each document of one group is taken, in the order in which they may be taken."""
    whole, rest = divmod(target, available)
    repeats = np.full(len(num_bytes), whole, np.int32)
    if rest and whole < max_repeats:
        _fill(num_bytes, rest, max(1, int(target * _CLOSE_ENOUGH)), repeats)
    return repeats


@kernel
def _fill(num_bytes: NDArray[np.int64], rest: int, slack: int, repeats: NDArray[np.int32]) -> None:
    """Take one more of each document that still fits, until less than `slack` is missing.

    Where none fits any more, the smallest of those left out goes in if that comes closer.
    """
    smallest = -1
    for row in range(len(num_bytes)):
        if rest < slack:
            return
        if num_bytes[row] <= rest:
            repeats[row] += 1
            rest -= num_bytes[row]
        elif smallest < 0 or num_bytes[row] < num_bytes[smallest]:
            smallest = row
    if smallest >= 0 and num_bytes[smallest] - rest < rest:
        repeats[smallest] += 1


def _mixed(keys: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """The keys in another order for every seed (SplitMix64, Steele et al. 2014)."""
    step = np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) & 0xFFFFFFFFFFFFFFFF)
    mixed = keys + step
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result


def _account(
    config: MixtureConfig,
    num_bytes: NDArray[np.int64],
    group: NDArray[np.int32],
    group_names: Sequence[str],
    available: NDArray[np.int64],
    shares: NDArray[np.float64],
    wanted: NDArray[np.int64],
    repeats: NDArray[np.int32],
) -> dict[str, GroupOutcome]:
    """What became of each group that has text or should have."""
    size = len(group_names)
    taken = np.bincount(group, weights=num_bytes * repeats, minlength=size).astype(np.int64)
    documents = np.bincount(group, weights=repeats > 0, minlength=size).astype(np.int64)
    most = np.zeros(size, np.int32)
    np.maximum.at(most, group, repeats)
    total = max(int(taken.sum()), 1)
    outcomes = {
        group_names[i]: GroupOutcome(
            wanted_share=float(shares[i]),
            share=float(taken[i] / total),
            available_bytes=int(available[i]),
            wanted_bytes=int(wanted[i]),
            bytes=int(taken[i]),
            documents=int(documents[i]),
            max_repeats=int(most[i]),
            falls_short=bool(
                (shares[i] > 0 and available[i] == 0)
                or wanted[i] > config.max_repeats * available[i] * (1 + _TOLERANCE)
            ),
        )
        for i in range(size)
        if available[i] or shares[i]
    }
    ordered = sorted(outcomes, key=lambda name: (-outcomes[name].wanted_share, name))
    return {name: outcomes[name] for name in ordered}
