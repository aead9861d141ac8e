"""Whether an attribution deserves trust: removing the tokens that it names must hurt.

For every text the most attributed tokens are removed, and as many random ones, many times. A method
is worth something only where the answer's probability falls further than at random
(comprehensiveness, DeYoung et al. 2020, section 4.1). The same is asked the other way round:
whether those tokens alone keep the answer better than random ones (sufficiency). Both are means
over several shares of tokens; intervals are those of the paired difference over texts. Texts from
which tokens were removed are not like those that the model has learned from, which holds for the
random ones as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.attribution import attribute
from yanmo.interpretation.intervals import Interval, mean_interval
from yanmo.interpretation.question import Question, Removal

FRACTIONS = (0.1, 0.2, 0.3, 0.5)
NUM_DRAWS = 10
MIN_TOKENS = 2
"""Removable tokens of a text that can be tested."""

Verdict = Literal["passes", "undecided", "fails"]
Attribute = Callable[[Question], Sequence[float]]
Progress = Callable[[int, int], None]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MethodTrust:
    """What came of one method; all drops are of the answer's probability.

    Attributes:
        method: its name.
        comprehensiveness: mean drop without the most attributed tokens; more is better.
        sufficiency: mean drop with those tokens alone; less is better.
        gain: comprehensiveness less that of random tokens, with its interval.
        sufficiency_gain: sufficiency of random tokens less that of the method.
        drops: mean drop without the most attributed tokens, by share.
        changed: share of texts that are answered otherwise without them, by share.
        verdict: `passes` where the interval of `gain` lies above 0, `fails` where below.
    """

    method: str
    comprehensiveness: float
    sufficiency: float
    gain: Interval
    sufficiency_gain: Interval
    drops: tuple[float, ...]
    changed: tuple[float, ...]
    verdict: Verdict


@dataclass(frozen=True)
class DeletionTest:
    """The deletion test of several methods on the same texts.

    Attributes:
        num_texts: that were tested.
        num_left_out: with too few tokens.
        fractions: shares of a text's tokens that are removed.
        num_draws: random choices for each text and share.
        removal: how tokens are taken away.
        random_comprehensiveness, random_sufficiency: of random tokens.
        random_drops, random_changed: of random tokens, by share.
        methods: in the order in which they were asked for.
    """

    num_texts: int
    num_left_out: int
    fractions: tuple[float, ...]
    num_draws: int
    removal: str
    random_comprehensiveness: float
    random_sufficiency: float
    random_drops: tuple[float, ...]
    random_changed: tuple[float, ...]
    methods: tuple[MethodTrust, ...]

    def of(self, method: str) -> MethodTrust | None:
        """What came of `method`; None where it was not tested."""
        return next((one for one in self.methods if one.method == method), None)

    def as_json(self) -> dict[str, Any]:
        """The test as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class _Fall:
    """Drops of one order of tokens, (F,) by share: without the first, with the first alone, and
    whether the answer is another without them."""

    without: Numbers
    alone: Numbers
    changed: Numbers


def deletion_test(
    questions: Sequence[Question],
    methods: Sequence[str],
    *,
    fractions: Sequence[float] = FRACTIONS,
    num_draws: int = NUM_DRAWS,
    removal: Removal = "auto",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> DeletionTest:
    """Test methods of attribution on texts.

    Args:
        questions: one for each text, all to the same model.
        methods: names, as `attribute` takes them.
        fractions: shares of a text's tokens that are removed; one token at least.
        num_draws: random choices to compare with.
        removal: how tokens are taken away.
        seed: of the random choices.
        progress: told after every text.

    Raises:
        ConfigError: no text has two tokens that can be removed.
    """
    rankers: dict[str, Attribute] = {name: _by_method(name, removal) for name in methods}
    return judge_rankings(
        questions,
        rankers,
        fractions=fractions,
        num_draws=num_draws,
        removal=removal,
        seed=seed,
        progress=progress,
    )


def judge_rankings(
    questions: Sequence[Question],
    rankers: dict[str, Attribute],
    *,
    fractions: Sequence[float] = FRACTIONS,
    num_draws: int = NUM_DRAWS,
    removal: Removal = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> DeletionTest:
    """As `deletion_test`, for anything that gives a number to each token of a question."""
    fit = [one for one in questions if int(one.is_removable.sum()) >= MIN_TOKENS]
    if not fit:
        raise ConfigError(t("no text has two tokens that can be removed"))
    generator = np.random.default_rng(seed)
    found: list[dict[str, _Fall]] = []
    for number, question in enumerate(fit, start=1):
        found.append(_test_one(question, rankers, fractions, num_draws, removal, generator))
        if progress is not None:
            progress(number, len(fit))
    at_random = [one[_RANDOM] for one in found]
    return DeletionTest(
        num_texts=len(fit),
        num_left_out=len(questions) - len(fit),
        fractions=tuple(fractions),
        num_draws=num_draws,
        removal=fit[0].resolve(removal),
        random_comprehensiveness=float(np.mean([one.without.mean() for one in at_random])),
        random_sufficiency=float(np.mean([one.alone.mean() for one in at_random])),
        random_drops=_means([one.without for one in at_random]),
        random_changed=_means([one.changed for one in at_random]),
        methods=tuple(
            _judge(name, [one[name] for one in found], at_random, seed) for name in rankers
        ),
    )


_RANDOM = "random tokens"


def _by_method(name: str, removal: Removal) -> Attribute:
    return lambda question: attribute(question, name, removal=removal).scores


def _test_one(
    question: Question,
    rankers: dict[str, Attribute],
    fractions: Sequence[float],
    num_draws: int,
    removal: Removal,
    generator: np.random.Generator,
) -> dict[str, _Fall]:
    places = question.is_removable.nonzero()[:, 0].numpy()
    orders = {}
    for name, ranker in rankers.items():
        scores = np.asarray(ranker(question), np.float64)[places]
        orders[name] = places[np.argsort(-scores, kind="stable")]
    draws = [generator.permutation(places) for _ in range(num_draws)]
    falls = _fall([*orders.values(), *draws], question, fractions, removal)
    own = dict(zip(orders, falls, strict=False))
    others = falls[len(orders) :]
    own[_RANDOM] = _Fall(
        np.mean([one.without for one in others], 0),
        np.mean([one.alone for one in others], 0),
        np.mean([one.changed for one in others], 0),
    )
    return own


def _fall(
    orders: Sequence[npt.NDArray[np.int64]],
    question: Question,
    fractions: Sequence[float],
    removal: Removal,
) -> list[_Fall]:
    """What happens to the answer when the first tokens of each order go, or stay alone."""
    num_tokens = len(question.tokens)
    kept = [torch.ones(num_tokens, dtype=torch.bool)]
    for order in orders:
        for fraction in fractions:
            first = order[: max(1, math.floor(fraction * len(order) + 0.5))]
            without = torch.ones(num_tokens, dtype=torch.bool)
            without[first] = False
            alone = torch.zeros(num_tokens, dtype=torch.bool)
            alone[first] = True
            kept += [without, alone]
    found = question.evaluate(torch.stack(kept), removal)
    probabilities = found.probabilities.double().numpy()
    answers = found.log_probs.argmax(1).numpy()
    shape = (len(orders), len(fractions), 2)
    drops = (probabilities[0] - probabilities[1:]).reshape(shape)
    changed = (answers[1:] != answers[0]).astype(np.float64).reshape(shape)
    return [
        _Fall(drops[row, :, 0], drops[row, :, 1], changed[row, :, 0]) for row in range(len(orders))
    ]


def _judge(name: str, own: Sequence[_Fall], at_random: Sequence[_Fall], seed: int) -> MethodTrust:
    without = np.array([one.without.mean() for one in own])
    alone = np.array([one.alone.mean() for one in own])
    gain = mean_interval(without - np.array([one.without.mean() for one in at_random]), seed)
    verdict: Verdict = "undecided"
    if gain.low > 0:
        verdict = "passes"
    elif gain.high < 0:
        verdict = "fails"
    return MethodTrust(
        method=name,
        comprehensiveness=float(without.mean()),
        sufficiency=float(alone.mean()),
        gain=gain,
        sufficiency_gain=mean_interval(
            np.array([one.alone.mean() for one in at_random]) - alone, seed
        ),
        drops=_means([one.without for one in own]),
        changed=_means([one.changed for one in own]),
        verdict=verdict,
    )


def _means(values: Sequence[Numbers]) -> tuple[float, ...]:
    return tuple(np.mean(values, axis=0).tolist())
