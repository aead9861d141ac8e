"""From scores to one token: penalties, bias, temperature, truncation, draw; in that order.

Works on one row of scores at a time and knows neither models nor text. No row is sorted: entries
that can matter are found by their distance from the best one, and only these are put in order. A
row of 150,000 entries so costs 0.01 ms greedily, 0.2 with top-k and 0.3 to 0.6 where probabilities
of all are needed; sorting one takes 9 to 25 (one thread).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig

Row = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

_NEAR, _FAR = 8.0, 1024.0
"""How far below the best score entries are looked for first, and then further, or nearer; and how
far before all of them are taken."""
_MOST_HALVINGS = 16
_DISTANCES = (4.0, 8.0, 16.0, 32.0)
"""How far below the best one the nucleus is looked for, in turn."""
_BLOCK = 512


def build_generator(seed: int | None, stream: int = 0) -> random.Random:
    """What decides the draws: the seed, or chance where there is none.

    Args:
        stream: 0 and up; each has draws of its own under one seed.
    """
    return random.Random() if seed is None else random.Random(seed + (stream << 64))


class TokenHistory:
    """Which tokens stand in a text, as far as penalties ask: those of the prompt, and how often
    each was written.

    Args:
        prompt: ids that were given.
    """

    def __init__(self, prompt: Iterable[int] = ()) -> None:
        self._prompt = set(prompt)
        self._written: dict[int, int] = {}

    def push(self, token: int) -> None:
        """One more token was written."""
        self._written[token] = self._written.get(token, 0) + 1

    def seen(self) -> Ids:
        """Tokens of the prompt and of what was written."""
        return np.fromiter(self._prompt | self._written.keys(), np.int64)

    def written(self) -> tuple[Ids, npt.NDArray[np.float32]]:
        """Tokens of what was written, and how often each stands there."""
        ids = np.fromiter(self._written.keys(), np.int64)
        return ids, np.fromiter(self._written.values(), np.float32)


@dataclass(frozen=True)
class Candidates:
    """Tokens that may be drawn.

    Attributes:
        ids: (C,); None where these are all entries of the row, in its order.
        weights: (C,) float64, proportional to their probabilities.
    """

    ids: Ids | None
    weights: npt.NDArray[np.float64]

    def draw(self, chance: float) -> int:
        """The token at the share `chance` (0 to 1, exclusive) of the mass, from the first one."""
        place = _place_of_share(self.weights, chance)
        return place if self.ids is None else int(self.ids[place])

    def probabilities(self, vocab_size: int) -> npt.NDArray[np.float64]:
        """The distribution as (V,)."""
        weights: npt.NDArray[np.float64] = self.weights / self.weights.sum()
        if self.ids is None:
            return weights
        spread = np.zeros(vocab_size)
        spread[self.ids] = weights
        return spread


def choose_token(
    logits: torch.Tensor,
    seen: Sequence[int],
    config: SamplingConfig,
    generator: random.Random,
) -> tuple[int, float]:
    """Choose the next token.

    Args:
        logits: (V,) scores.
        seen: ids of the prompt and of what was generated, for the repetition penalty.
        generator: decides the draw.

    Returns:
        The id, and its natural log-probability under the model (before any setting here).

    Raises:
        RunError: a score is not a number; the model has diverged.
    """
    row: Row = logits.float().cpu().numpy()
    refuse_undefined(logits)
    token = draw_token(adjust(row, TokenHistory(seen), config), config, generator)
    return token, float(row[token]) - log_mass(row)


def draw_token(row: Row, config: SamplingConfig, generator: random.Random) -> int:
    """The token of adjusted scores (V,): the best one, or a draw."""
    if config.temperature == 0.0:
        return int(row.argmax())
    return candidates_of(row, config).draw(generator.random())


def refuse_undefined(logits: torch.Tensor) -> None:
    """Refuse scores of which one is not a number.

    Raises:
        RunError: one is.
    """
    if bool(logits.isnan().any()):
        raise undefined_scores()


def undefined_scores() -> RunError:
    """What is wrong with a model whose scores are not numbers."""
    return RunError(
        t("the model gives scores that are not numbers"),
        hint=t("Its weights are damaged, or its training diverged; look at the loss curve."),
    )


def log_mass(row: Row) -> float:
    """log(sum(exp(row))) of scores (V,)."""
    best = row.max()
    if not np.isfinite(best):
        return float(best)
    return float(best) + float(np.log(np.exp(row - best).sum(dtype=np.float64)))


def adjust(row: Row, history: TokenHistory, config: SamplingConfig) -> Row:
    """`row` (V,) with penalties and biases; the row itself where there are none.

    The repetition penalty divides positive scores of seen tokens and multiplies negative ones
    (Keskar et al. 2019, section 4.1, in the sign-aware form that is in common use). Presence and
    frequency are those of OpenAI's interface: score - count * frequency - (count > 0) * presence.
    """
    has_counts = config.presence_penalty != 0.0 or config.frequency_penalty != 0.0
    if config.repetition_penalty == 1.0 and not has_counts and not config.logit_bias:
        return row
    row = row.copy()
    if config.repetition_penalty != 1.0:
        ids = _within(row, history.seen())
        scores, penalty = row[ids], np.float32(config.repetition_penalty)
        row[ids] = np.where(scores > 0, scores / penalty, scores * penalty)
    if has_counts:
        ids, counts = history.written()
        row[ids] -= counts * np.float32(config.frequency_penalty)
        row[ids] -= np.float32(config.presence_penalty)
    for token, bias in config.logit_bias.items():
        row[token] += np.float32(bias)
    return row


def candidates_of(row: Row, config: SamplingConfig) -> Candidates:
    """Tokens that top-k, top-p (Holtzman et al. 2020) and min-p (Nguyen et al. 2024) leave of
    adjusted scores (V,), applied in this order; the most probable one always stays."""
    ids: Ids | None = None
    values = row
    if config.top_k is not None and config.top_k < len(row):
        ids = best_entries(row, config.top_k)
        values = row[ids]
    # From the top down and in float64, the smallest temperature that can be written is greedy.
    weights = np.subtract(values, values.max(), dtype=np.float64)
    with np.errstate(over="ignore"):
        weights /= config.temperature  # in place: new memory costs more than all of this
    np.exp(weights, out=weights)
    if config.top_p is not None and config.top_p < 1.0:
        kept = _nucleus(weights, config.top_p)
        ids, weights = (kept if ids is None else ids[kept]), weights[kept]
    if config.min_p is not None and config.min_p > 0.0:
        is_kept = weights >= config.min_p * weights.max()
        ids = np.flatnonzero(is_kept) if ids is None else ids[is_kept]
        weights = weights[is_kept]
    return Candidates(ids, weights)


def best_entries(row: Row, count: int) -> Ids:
    """Places of the `count` largest scores of (V,), the largest first, the first of equals; fewer
    where the rest is minus infinity."""
    count = min(count, len(row))
    best = row.max()
    far = np.float32(_NEAR)
    is_found = row >= best - far
    while np.count_nonzero(is_found) < count and far < np.inf:
        far = far * 2 if far < _FAR else np.float32(np.inf)
        is_found = row >= best - far if far < np.inf else row > -np.inf
    near = np.float32(0.0)
    for _ in range(_MOST_HALVINGS):  # until few are found besides
        if np.count_nonzero(is_found) <= 4 * count + _BLOCK or far == np.inf:
            break
        middle = (near + far) / 2
        is_nearer = row >= best - middle
        if np.count_nonzero(is_nearer) < count:
            near = middle
        else:
            far, is_found = middle, is_nearer
    found = np.flatnonzero(is_found)
    return found[np.argsort(-row[found], kind="stable")][:count]


def _nucleus(weights: npt.NDArray[np.float64], top_p: float) -> Ids:
    """Places of the smallest set of largest weights whose share reaches `top_p`."""
    wanted = top_p * weights.sum()
    for distance in (*_DISTANCES, np.inf):
        found = np.flatnonzero(weights >= np.exp(-distance))  # the largest weight is 1
        mass = weights[found]
        if mass.sum() < wanted and len(found) < len(weights):
            continue
        order = np.argsort(-mass, kind="stable")
        sums = np.cumsum(mass[order])
        before = sums - mass[order]
        return found[order[: max(1, int(np.count_nonzero(before < wanted)))]]
    raise AssertionError("all weights together reach every share of them")


def _place_of_share(weights: npt.NDArray[np.float64], chance: float) -> int:
    """Where the sum of `weights` from the first one exceeds the share `chance` of all."""
    size = len(weights)
    starts = np.arange(0, size, _BLOCK)
    blocks = np.cumsum(np.add.reduceat(weights, starts))
    wanted = chance * blocks[-1]
    block = min(int(np.searchsorted(blocks, wanted, side="right")), len(starts) - 1)
    first = int(starts[block])
    begun = blocks[block - 1] if block else 0.0
    sums = begun + np.cumsum(weights[first : first + _BLOCK])
    place = first + int(np.searchsorted(sums, wanted, side="right"))
    if place < min(size, first + _BLOCK) and weights[place] > 0.0:
        return place
    # Rounding carried the share beyond what there is: the last token that has any.
    return int(np.flatnonzero(weights[: first + _BLOCK])[-1])


def _within(row: Row, ids: Ids) -> Ids:
    """Those of `ids` that the row has; a prompt may hold ids that are never written."""
    return ids[ids < len(row)]
