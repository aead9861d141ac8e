"""From scores to one token: penalty, temperature, truncation, draw; in that order.

Works on one row of logits at a time and knows neither models nor text.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig


def build_generator(seed: int | None) -> torch.Generator | None:
    """What decides the draws: the seed, or torch's own state where there is none."""
    return None if seed is None else torch.Generator().manual_seed(seed)


def choose_token(
    logits: torch.Tensor,
    seen: Sequence[int],
    config: SamplingConfig,
    generator: torch.Generator | None,
) -> tuple[int, float]:
    """Choose the next token.

    Args:
        logits: (V,) scores.
        seen: ids of the prompt and of what was generated, for the repetition penalty.
        generator: on the CPU; decides the draw.

    Returns:
        The id, and its natural log-probability under the model (before any setting here).

    Raises:
        RunError: a score is not a number; the model has diverged.
    """
    logits = logits.float().cpu()
    refuse_undefined(logits)
    adjusted = penalize_repetition(logits, seen, config.repetition_penalty)
    if config.temperature == 0.0:
        token = int(adjusted.argmax().item())
    else:
        # From the top down and in float64, the smallest temperature that can be written is greedy.
        below_best = adjusted.double() - adjusted.max()
        kept = truncate(below_best / config.temperature, config)
        token = int(torch.multinomial(kept.softmax(0), 1, generator=generator).item())
    return token, float(logits.log_softmax(0)[token].item())


def refuse_undefined(logits: torch.Tensor) -> None:
    """Refuse scores of which one is not a number.

    Raises:
        RunError: one is.
    """
    if bool(logits.isnan().any()):
        raise RunError(
            t("the model gives scores that are not numbers"),
            hint=t("Its weights are damaged, or its training diverged; look at the loss curve."),
        )


def penalize_repetition(logits: torch.Tensor, seen: Sequence[int], penalty: float) -> torch.Tensor:
    """Divide positive scores of seen tokens by `penalty`, multiply negative ones.

    (Keskar et al. 2019, section 4.1, in the sign-aware form that is in common use.)
    """
    if penalty == 1.0 or not seen:
        return logits
    ids = torch.tensor(sorted(set(seen)))
    scores = logits[ids]
    adjusted = logits.clone()
    adjusted[ids] = torch.where(scores > 0, scores / penalty, scores * penalty)
    return adjusted


def truncate(logits: torch.Tensor, config: SamplingConfig) -> torch.Tensor:
    """Set to minus infinity what top-k, top-p (Holtzman et al. 2020) and min-p (Nguyen et al. 2024)
    exclude, applied in this order; the most probable token always stays."""
    if config.top_k is not None and config.top_k < logits.shape[0]:
        best = logits.topk(config.top_k)  # exactly k, also where scores are equal
        logits = torch.full_like(logits, -torch.inf).scatter(0, best.indices, best.values)
    if config.top_p is not None and config.top_p < 1.0:
        ordered, order = logits.sort(descending=True, stable=True)
        probabilities = ordered.softmax(0)
        is_outside = probabilities.cumsum(0) - probabilities >= config.top_p
        logits = logits.masked_fill(
            torch.zeros_like(is_outside).scatter(0, order, is_outside), -torch.inf
        )
    if config.min_p is not None:
        probabilities = logits.softmax(0)
        logits = logits.masked_fill(probabilities < config.min_p * probabilities.max(), -torch.inf)
    return logits
