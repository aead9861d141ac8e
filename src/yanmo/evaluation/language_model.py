"""Language modelling figures of several scorers on the same documents.

In come scorers and documents of token ids with the bytes of text behind each; out come the report
that is written as JSON and one row per document. Bits per byte compare models with different
tokenizers; loss, perplexity and accuracy only those that share one. Knows no model and no file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError, RunError
from yanmo.core.messages import t
from yanmo.evaluation.bootstrap import bootstrap_sums, central_interval
from yanmo.evaluation.scorer import Scorer
from yanmo.inference.target_scores import TargetScores

FORMAT_VERSION = 1
ModelKind = Literal["neural", "ngram"]


@dataclass(frozen=True)
class LanguageModelEvaluation:
    """What `evaluate_language_model` gives.

    Attributes:
        report: the content of `evaluate/report.json`.
        samples: the rows of `evaluate/samples.parquet`, one for each document: its number in the
            split, tokens, bytes, and `bits_per_byte/<model>` (None for a document without text).
    """

    report: dict[str, Any]
    samples: list[dict[str, Any]]


def count_documents_to_take(lengths: Iterable[int], max_tokens: int | None) -> int:
    """How many documents, in their order, it takes to reach `max_tokens`; all for None."""
    num_documents = num_tokens = 0
    for length in lengths:
        if max_tokens is not None and num_tokens >= max_tokens:
            break
        num_documents += 1
        num_tokens += length
    return num_documents


def evaluate_language_model(
    scorers: Mapping[str, tuple[ModelKind, Scorer]],
    documents: Sequence[NDArray[np.integer]],
    num_bytes: Sequence[int],
    *,
    split: str,
    context_tokens: int,
    stride_tokens: int,
    num_draws: int = 1_000,
    seed: int = 0,
) -> LanguageModelEvaluation:
    """Score `documents` with every scorer and sum up.

    With N the total of -ln p over all targets, end-of-text included: loss = N / targets (nats per
    token), perplexity = exp(loss), bits per byte = N / ln 2 / bytes. top1 and top5 are the
    fractions of targets that the model ranks first and among its first five. Intervals are 95%
    bootstrap intervals over documents, or None where there are fewer than two to draw from.

    Args:
        scorers: by the name that the report shows, the kind of model and its scorer. Each "neural"
            one is compared with each "ngram" one.
        documents: 1-D arrays of ids, each beginning with the end-of-text id.
        num_bytes: length of each document's text in UTF-8.
        split, context_tokens, stride_tokens: facts that the report records.
        num_draws: bootstrap samples.
        seed: of the bootstrap.

    Raises:
        DataError: there is no text in `documents`.
        RunError: a model's figures are not finite.
    """
    assert len(documents) == len(num_bytes), "one number of bytes for each document"
    if sum(num_bytes) == 0:
        raise DataError(t("there is no text to evaluate on in the {split} split", split=split))
    tokens = np.array([document.size for document in documents], dtype=np.float64)
    text_bytes = np.array(num_bytes, dtype=np.float64)

    models: list[dict[str, Any]] = []
    nats: dict[str, NDArray[np.float64]] = {}
    for name, (kind, scorer) in scorers.items():
        scores = scorer.score(documents)
        _check_scores(name, scores, documents)
        nats[name] = np.array([-score.log_probs.sum() for score in scores])
        models.append({"name": name, "kind": kind, **_accuracies(scores)})

    sums = _Sums(tokens, text_bytes, nats, num_draws=num_draws, seed=seed)
    for model in models:
        model |= sums.figures(model["name"])
        model["perplexity"] = _exp(model["name"], model["loss"])
    kinds = {name: kind for name, (kind, _) in scorers.items()}
    report = {
        "format_version": FORMAT_VERSION,
        "split": split,
        "documents": len(documents),
        "tokens": int(tokens.sum()),
        "bytes": int(text_bytes.sum()),
        "models": models,
        "differences": [
            {"model": model, "baseline": baseline, **sums.figures(model, baseline)}
            for model, baseline in product(kinds, kinds)
            if (kinds[model], kinds[baseline]) == ("neural", "ngram")
        ],
        "context_tokens": context_tokens,
        "stride_tokens": stride_tokens,
    }
    return LanguageModelEvaluation(report, _samples(documents, num_bytes, nats))


class _Sums:
    """Nats, tokens and bytes of every document, and of the imagined test sets drawn from them."""

    def __init__(
        self,
        tokens: NDArray[np.float64],
        text_bytes: NDArray[np.float64],
        nats: Mapping[str, NDArray[np.float64]],
        *,
        num_draws: int,
        seed: int,
    ) -> None:
        values = np.stack([tokens, text_bytes, *nats.values()])
        drawn = bootstrap_sums(values, num_draws=num_draws, seed=seed)
        # A set of nothing but empty documents has no bits per byte.
        drawn = drawn[drawn[:, 1] > 0]
        self._rows = {name: row for row, name in enumerate(nats, start=2)}
        self._totals = values.sum(axis=1)  # (Q,)
        self._drawn = drawn  # (draws, Q)
        self._has_interval = tokens.size >= 2

    def figures(self, model: str, baseline: str | None = None) -> dict[str, Any]:
        """Loss and bits per byte with their intervals, `model` minus `baseline` if there is one."""
        total, drawn = self._totals[self._rows[model]], self._drawn[:, self._rows[model]]
        if baseline is not None:
            total = total - self._totals[self._rows[baseline]]
            drawn = drawn - self._drawn[:, self._rows[baseline]]
        figures: dict[str, Any] = {}
        for name, column, unit in (("loss", 0, 1.0), ("bits_per_byte", 1, math.log(2))):
            figures[name] = float(total / unit / self._totals[column])
            figures[f"{name}_interval"] = (
                central_interval(drawn / unit / self._drawn[:, column])
                if self._has_interval
                else None
            )
        return figures


def _accuracies(scores: Sequence[TargetScores]) -> dict[str, float]:
    """Fractions of all targets that are ranked first and among the first five."""
    ranks = np.concatenate([score.ranks for score in scores])
    return {"top1": float(np.mean(ranks < 1)), "top5": float(np.mean(ranks < 5))}


def _check_scores(
    name: str, scores: Sequence[TargetScores], documents: Sequence[NDArray[np.integer]]
) -> None:
    """Raise where a scorer left something out or gave a figure that is no number."""
    sizes = [score.log_probs.size for score in scores]
    assert sizes == [document.size for document in documents], f"{name}: one score for each target"
    if not all(np.isfinite(score.log_probs).all() for score in scores):
        raise _not_finite(name)


def _exp(name: str, loss: float) -> float:
    """exp(`loss`); a loss beyond what a float can hold is an error of the model."""
    try:
        return math.exp(loss)
    except OverflowError as error:
        raise _not_finite(name) from error


def _not_finite(name: str) -> RunError:
    return RunError(
        t("the model {name} gives log-probabilities that are not finite", name=name),
        hint=t(
            "Its training has probably diverged; look at the loss curve, lower the learning rate."
        ),
    )


def _samples(
    documents: Sequence[NDArray[np.integer]],
    num_bytes: Sequence[int],
    nats: Mapping[str, NDArray[np.float64]],
) -> list[dict[str, Any]]:
    """One row for each document."""
    return [
        {"document": index, "tokens": document.size, "bytes": size}
        | {
            f"bits_per_byte/{name}": float(values[index] / math.log(2) / size) if size else None
            for name, values in nats.items()
        }
        for index, (document, size) in enumerate(zip(documents, num_bytes, strict=True))
    ]
