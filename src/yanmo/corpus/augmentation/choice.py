"""Which pieces of a text are changed: chance that depends on nothing but text and seed.

Comes in: texts, counts, strengths. Goes out: generators of chance and places. The number of changes
is the strength times the number of units, rounded up or down by chance, so that the expected share
is the strength also in a text of three words. Knows nothing of what a change is.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence


def chance_of(text: str, operator: str, seed: int) -> random.Random:
    """A generator that differs between texts, operators and seeds, and between nothing else."""
    digest = hashlib.blake2b(f"{seed}\0{operator}\0{text}".encode("utf-8", "surrogatepass"))
    return random.Random(int.from_bytes(digest.digest()[:8], "little"))


def drawn_count(num_units: float, strength: float, chance: random.Random) -> int:
    """A whole number whose expectation is `strength * num_units`."""
    expected = strength * num_units
    whole = int(expected)
    return whole + (chance.random() < expected - whole)


def drawn_places(
    places: Sequence[int], num_units: int, strength: float, chance: random.Random
) -> list[int]:
    """The places that are changed, in rising order: `strength` of all units, as far as there are
    so many places.

    Args:
        places: where a change is possible.
        num_units: the units of the text, those that cannot be changed among them.
        strength: the share of all units, 0..1.
        chance: what decides.
    """
    count = min(len(places), drawn_count(num_units, strength, chance))
    return sorted(chance.sample(list(places), count))


def drawn_pairs(
    pairs: Sequence[tuple[int, int]], num_units: int, strength: float, chance: random.Random
) -> list[tuple[int, int]]:
    """Pairs to be exchanged, no place twice: together `strength` of all units, as far as they go.

    Args:
        pairs: places that can change with one another, in rising order.
        num_units, strength, chance: as for `drawn_places`.
    """
    count = drawn_count(num_units / 2, strength, chance)
    taken: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for one, other in chance.sample(list(pairs), len(pairs)):
        if len(chosen) == count:
            break
        if not {one, other} & taken:
            chosen.append((one, other))
            taken |= {one, other}
    return sorted(chosen)
