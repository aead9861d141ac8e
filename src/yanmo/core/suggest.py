"""The nearest right spelling of a word that was typed wrongly.

In come a word and the words that would have been right; out comes one of them, or None where
nothing is near enough to be worth saying. Knows nothing of recipes or commands.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_LONGEST = 200
_NEAR_ENOUGH = 0.6


def closest(word: str, candidates: Iterable[str], *, cutoff: float = _NEAR_ENOUGH) -> str | None:
    """The candidate most like `word`, or None where none reaches `cutoff` (0..1).

    Case, hyphens and underscores count for little, so that `numlayers` finds `num_layers`, and two
    letters typed in the wrong order count as one slip.
    """
    if not word or len(word) > _LONGEST:
        return None
    best: str | None = None
    best_score = cutoff
    for candidate in candidates:
        score = similarity(word, candidate)
        if score > best_score or (best is None and score == best_score):
            best, best_score = candidate, score
    return best


def similarity(word: str, candidate: str) -> float:
    """How like the two words are, 0..1; 1 means equal."""
    if word == candidate:
        return 1.0
    left, right = _plain(word), _plain(candidate)
    if not left or not right or len(right) > _LONGEST:
        return 0.0
    if left == right:
        return 0.99
    edits = 1.0 - _edit_distance(left, right) / max(len(left), len(right))
    blocks = SequenceMatcher(None, left, right, autojunk=False).ratio()
    # Both measures must speak for a pair: blocks alone likes long words that share an ending,
    # edits alone misses a word that was left out.
    score = 0.5 * (max(edits, blocks) + blocks)
    if len(left) >= 3 and right.startswith(left):
        score = max(score, 0.75)
    return min(score, 0.98)


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _edit_distance(left: str, right: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.

    Optimal string alignment: Damerau, "A technique for computer detection and correction of
    spelling errors", 1964, without edits inside a swapped pair.
    """
    before_last: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
