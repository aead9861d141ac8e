"""BLEU and chrF over a whole test set, from sacrebleu's counts of each segment.

In come for each item its references and one written text; out come figures from 0 to 100 that equal
sacrebleu's. Chinese targets are cut by sacrebleu's `zh` tokenizer, others by `13a`; the signature
says which, and which version counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import Metric, SummedMetric, ratio

_ORDERS = 4  # longest n-gram of BLEU


@dataclass(frozen=True)
class Bleu(SummedMetric):
    """BLEU (Papineni et al. 2002) as sacrebleu (Post 2018) counts it, with its default smoothing.

    Args:
        tokenizer: `13a`, or `zh` for Chinese.
    """

    tokenizer: Literal["13a", "zh"] = "13a"
    name: str = "bleu"
    is_higher_better: bool = True

    @property
    def signature(self) -> str:
        """sacrebleu's own, without the number of references."""
        return f"case:mixed|eff:no|tok:{self.tokenizer}|smooth:exp|version:{_version()}"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 10): lengths of text and reference, matched n-grams, all n-grams."""
        from sacrebleu.metrics.bleu import BLEU

        return _counts(BLEU(tokenize=self.tokenizer, force=True), gold, predicted)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Brevity penalty times the geometric mean of the precisions.

        The k-th order without a match has the precision 1 / (2^k total); no match at all gives 0.
        """
        length, reference = sums[..., 0], sums[..., 1]
        matched, total = sums[..., 2 : 2 + _ORDERS], sums[..., 2 + _ORDERS :]
        is_scored = matched.any(axis=-1) & total.all(axis=-1)
        halvings = (matched == 0).cumsum(axis=-1)
        smoothed = np.where(matched == 0, 0.5**halvings, matched)
        precisions = np.where(total > 0, smoothed / np.maximum(total, 1), 1.0)
        shortness = np.minimum(0.0, 1 - reference / np.maximum(length, 1))
        scores = 100 * np.exp(shortness + np.log(precisions).mean(axis=-1))
        return np.where(is_scored, scores, 0.0)


@dataclass(frozen=True)
class ChrF(SummedMetric):
    """chrF2 (Popović 2015): F of character 1- to 6-grams with recall weighing twice."""

    name: str = "chrf"
    is_higher_better: bool = True

    @property
    def signature(self) -> str:
        """sacrebleu's own, without the number of references."""
        return f"case:mixed|eff:yes|nc:6|nw:0|space:no|version:{_version()}"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 18): for each order the n-grams of the text, of the reference, and of both."""
        from sacrebleu.metrics.chrf import CHRF

        return _counts(CHRF(), gold, predicted)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """F of the mean precision and recall of the orders that both sides have."""
        said, true, both = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
        is_counted = (said > 0) & (true > 0)
        orders = is_counted.sum(axis=-1).astype(np.float64)
        precision = ratio(np.where(is_counted, ratio(both, said), 0.0).sum(axis=-1), orders)
        recall = ratio(np.where(is_counted, ratio(both, true), 0.0).sum(axis=-1), orders)
        return 100 * ratio(5 * precision * recall, 4 * precision + recall)


def translation_metrics(target_language: str) -> tuple[Metric, ...]:
    """BLEU first, then chrF."""
    return (Bleu("zh" if target_language == "zh" else "13a"), ChrF())


def _counts(metric: Any, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
    """sacrebleu's statistics of each item."""
    references = [(targets,) if isinstance(targets, str) else tuple(targets) for targets in gold]
    assert all(references), "a written text is compared with at least one reference"
    streams = [list(stream) for stream in zip_longest(*references)]
    counts = metric._extract_corpus_statistics(list(predicted), streams)
    return np.array(counts, dtype=np.float64)


def _version() -> str:
    from importlib.metadata import version

    return version("sacrebleu")
