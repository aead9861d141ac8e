"""A counting candidate: a Kneser-Ney model of the train split, its figures and its scores.

Counts are exact after one pass, so a budget of time or FLOPs gives it the whole split; a budget of
tokens gives it that many, in documents drawn at random, of which the last one is cut.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.usage import UsageMeter
from yanmo.evaluation.language_model import count_documents_to_take
from yanmo.evaluation.scorer import NgramScorer
from yanmo.inference.target_scores import TargetScores
from yanmo.models.kneser_ney import KneserNey
from yanmo.pipeline.compare.held_out import first_documents, held_out_documents
from yanmo.pipeline.compare.job import VALIDATION_TOKENS, Job
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer


def count_candidate(job: Job) -> tuple[dict[str, Any], list[TargetScores]]:
    """Fit the model and score the held-out documents: its figures and its scores."""
    assert job.order is not None, "a counting model has an order"
    run_dir = Path(job.run_dir)
    tokenizer = Tokenizer.load(run_dir / "tokenizer")
    train = TokenSplit(run_dir / "tokens", "train", tokenizer.vocab_size)
    max_tokens = int(job.budget.amount) if job.budget.kind == "tokens" else None
    chosen, sizes = choose_documents(
        np.diff(train.document_ends, prepend=0), max_tokens, job.recipe.pretrain.seed
    )
    meter = UsageMeter()
    began_at = time.monotonic()
    model = KneserNey.fit(
        _documents(train, chosen, sizes),
        vocab_size=tokenizer.vocab_size,
        order=job.order,
        eot_id=tokenizer.eos_id,
    )
    training_s = time.monotonic() - began_at
    peak_memory_bytes = meter.read().peak_memory_bytes
    num_tokens = int(sizes.sum())
    scorer = NgramScorer(model)
    loss, bits_per_byte = _validate(scorer, run_dir, tokenizer.vocab_size)
    point = {"tokens": num_tokens, "seconds": training_s, "loss": loss}
    trained = {
        "name": job.name,
        "kind": job.kind,
        "order": job.order,
        "num_params": model.num_params(),
        "num_params_non_embedding": None,
        "steps": None,
        "tokens": num_tokens,
        "training_s": training_s,
        "other_s": 0.0,
        "tokens_per_s": num_tokens / training_s,
        "peak_memory_bytes": peak_memory_bytes,
        "flops": None,
        "curve": [point | {"step": 0, "bits_per_byte": bits_per_byte}],
    }
    held_out = held_out_documents(run_dir, job.recipe.evaluate, tokenizer.vocab_size)
    return trained, scorer.score(held_out.documents)


def choose_documents(
    lengths: NDArray[np.int64], max_tokens: int | None, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The documents that are counted: their numbers, ascending, and how many tokens of each.

    Together they have `max_tokens`, or all tokens where there are no more or it is None. The
    document that is drawn last is cut, or a single long one would give many times the budget.
    """
    if max_tokens is None:
        return np.arange(lengths.size), lengths
    order = np.random.default_rng(seed).permutation(lengths.size)
    taken = order[: count_documents_to_take(lengths[order], max_tokens)]
    sizes = lengths[taken]
    sizes[-1:] -= max(0, int(sizes.sum()) - max_tokens)
    ascending = np.argsort(taken)
    return taken[ascending], sizes[ascending]


def _documents(
    split: TokenSplit, chosen: NDArray[np.int64], sizes: NDArray[np.int64]
) -> Iterator[NDArray[np.integer]]:
    for index, size in zip(chosen.tolist(), sizes.tolist(), strict=True):
        yield split.document(index)[:size]


def _validate(scorer: NgramScorer, run_dir: Path, vocab_size: int) -> tuple[float, float]:
    """Loss in nats per token and bits per byte on about as much of the validation split as the
    others are watched on."""
    split = TokenSplit(run_dir / "tokens", "validation", vocab_size)
    held_out = first_documents(split, VALIDATION_TOKENS)
    nats = -sum(float(score.log_probs.sum()) for score in scorer.score(held_out.documents))
    num_tokens = sum(document.size for document in held_out.documents)
    return nats / num_tokens, nats / math.log(2) / sum(held_out.num_bytes)
