"""Attributions by gradients with respect to the tokens' embeddings, computed by captum.

In: a question. Out: one number for each token, summed over the channels of its embedding. The
answer is a function of the embeddings of the text alone; special tokens keep theirs in the
baseline, so that integrated gradients give them 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.question import Question

FIRST_STEPS = 32
MOST_STEPS = 256
STEPS_AT_ONCE = 64
TOLERANCE = 0.01
"""Share of `score - baseline_score` that the sum of integrated gradients may miss, before the steps
are doubled; below `LEAST_CHANGE` nats, of that."""
LEAST_CHANGE = 0.1
NOISE = 0.1
"""Deviation of the noise of smoothed gradients, in deviations of the embeddings; 10% to 20% is what
Smilkov et al. 2017 recommend."""
NOISE_SAMPLES = 20
SEED = 0


@dataclass(frozen=True)
class PathGradients:
    """Integrated gradients, and how far their sum is from what it should be; see `Attribution`."""

    scores: torch.Tensor
    baseline: str
    score: float
    baseline_score: float
    gap: float
    num_steps: int


def integrate(
    question: Question, baseline: Literal["auto", "mean", "zero", "pad", "mask"] = "auto"
) -> PathGradients:
    """Integrated gradients from a baseline to the text (Sundararajan et al. 2017, eq. 1), by
    Gauss-Legendre steps that are doubled until completeness holds, or `MOST_STEPS` are taken.

    Raises:
        ConfigError: captum is missing, or the tokenizer has no such token.
    """
    captum = _captum()
    x = question.embeddings()
    name, start = _baseline_of(question, baseline)
    with torch.no_grad():
        score, baseline_score = (float(question.score_embedded(one)[0]) for one in (x, start))
    change = score - baseline_score
    method = captum.IntegratedGradients(question.score_embedded)
    num_steps = FIRST_STEPS
    while True:
        found = method.attribute(
            x, start, n_steps=num_steps, internal_batch_size=min(num_steps, STEPS_AT_ONCE)
        )
        scores = found[0].sum(-1).detach().cpu()
        gap = float(scores.double().sum()) - change
        if abs(gap) <= TOLERANCE * max(abs(change), LEAST_CHANGE) or num_steps >= MOST_STEPS:
            return PathGradients(scores, name, score, baseline_score, gap, num_steps)
        num_steps *= 2


def multiply(question: Question, *, is_smooth: bool = False) -> torch.Tensor:
    """(n,), gradient times embedding (Shrikumar et al. 2016), or its mean over noisy embeddings
    (Smilkov et al. 2017), drawn from a fixed seed.

    Raises:
        ConfigError: captum is missing.
    """
    captum = _captum()
    x = question.embeddings().requires_grad_()
    method = captum.InputXGradient(question.score_embedded)
    if not is_smooth:
        return _summed(method.attribute(x))
    deviation = NOISE * float(x.detach().std())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        found = captum.NoiseTunnel(method).attribute(
            x, nt_type="smoothgrad", nt_samples=NOISE_SAMPLES, stdevs=deviation
        )
    return _summed(found)


def _summed(found: torch.Tensor) -> torch.Tensor:
    return found[0].sum(-1).detach().cpu()


def _baseline_of(question: Question, wanted: str) -> tuple[str, torch.Tensor]:
    """The baseline's name and its embeddings (1, n, D)."""
    subject = question.subject
    codec, weight = subject.codec, subject.embed.weight.detach()
    if wanted == "auto":
        is_masked = getattr(subject.backbone, "kind", "") == "masked"
        wanted = "mask" if is_masked and codec.mask_id is not None else "mean"
    if wanted in ("mask", "pad"):
        token_id = codec.mask_id if wanted == "mask" else codec.pad_id
        if token_id is None:
            raise ConfigError(
                t("the model's tokenizer has no token for: {name}", name=wanted),
                where="--baseline",
            )
        vector = weight[token_id]
    elif wanted == "mean":
        vector = weight[: codec.vocab_size].mean(0)
    else:
        vector = torch.zeros_like(weight[0])
    x = question.embeddings()
    is_text = question.is_removable.to(x.device)[None, :, None]
    return wanted, torch.where(is_text, vector.expand_as(x), x)


def _captum() -> Any:
    try:
        return import_module("captum.attr")
    except ImportError as error:
        raise ConfigError(
            t("gradients are attributed by captum, which is not installed"),
            hint=t("Install it: {command}", command="pip install 'yanmo[explain]'"),
        ) from error
