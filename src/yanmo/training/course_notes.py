"""What the course of a run means, in sentences for the console and the report."""

from __future__ import annotations

import math

from yanmo.core.messages import t
from yanmo.training.config import TrainingConfig
from yanmo.training.course import Course


def describe_course(
    course: Course,
    config: TrainingConfig,
    *,
    batch_tokens: float,
    old_bytes_per_token: float | None,
) -> list[str]:
    """The sentences that are due at the end of a run.

    Args:
        batch_tokens: tokens of a whole batch.
        old_bytes_per_token: of the old domain, where one is watched and its bytes are known.
    """
    notes = []
    if config.early_stopping is not None:
        notes.append(_describe_result(course, config.early_stopping.patience, config.steps))
    if course.noise_scale_tokens is not None:
        notes.append(describe_noise(course.noise_scale_tokens, batch_tokens))
    elif config.noise_scale_every is not None:
        notes.append(t("the gradient noise scale could not be told from so few measurements"))
    if course.old_losses:
        after = course.old_losses[course.index_of_result]
        notes.append(describe_forgetting(course.old_losses[0], after, old_bytes_per_token))
    return notes


def describe_noise(noise_scale_tokens: float, batch_tokens: float) -> str:
    """What batch the noise scale suggests (McCandlish et al. 2018, section 2.3): at the noise scale
    itself, a run takes twice the steps and twice the tokens of the best it could."""
    text = t(
        "the gradient noise scale is about {noise:,.0f} tokens, averaged over the run; a batch has"
        " {batch:,.0f}.",
        noise=noise_scale_tokens,
        batch=batch_tokens,
    )
    if batch_tokens > 2.0 * noise_scale_tokens:
        advice = t("Smaller batches would learn as much from fewer tokens.")
    elif batch_tokens < 0.5 * noise_scale_tokens:
        advice = t("Larger batches would need fewer steps for nearly the same tokens.")
    else:
        advice = t("That is a good size.")
    return f"{text} {advice}"


def describe_forgetting(
    before_nats: float, after_nats: float, bytes_per_token: float | None
) -> str:
    """What training did to the old domain, in bits per byte where bytes are known."""
    scale = 1.0 if bytes_per_token is None else 1.0 / math.log(2) / bytes_per_token
    before, after = before_nats * scale, after_nats * scale
    unit = t("nats per token") if bytes_per_token is None else t("bits per byte")
    if after > before:
        return t(
            "the old domain lost {change:.3f} {unit}: {before:.3f} before, {after:.3f} after",
            change=after - before,
            unit=unit,
            before=before,
            after=after,
        )
    return t(
        "the old domain gained {change:.3f} {unit}: {before:.3f} before, {after:.3f} after",
        change=before - after,
        unit=unit,
        before=before,
        after=after,
    )


def _describe_result(course: Course, patience: int, num_steps: int) -> str:
    best = course.index_of_result
    step, loss = course.validation_steps[best], course.validation_losses[best]
    if course.criteria == course.validation_losses:
        result = t(
            "the model is that of step {step}, the best validation: loss {loss:.4f}",
            step=step,
            loss=loss,
        )
    else:
        result = t(
            "the model is that of step {step}, the best validation by the task's metric; its loss"
            " is {loss:.4f}",
            step=step,
            loss=loss,
        )
    if course.validation_steps[best] == 0:
        unlearned = t(
            "no validation was better than the one before training: nothing has been learned that"
            " it shows"
        )
        result = f"{result}\n  {unlearned}"
    if not course.is_over or course.validation_steps[-1] >= num_steps:
        return result
    return t(
        "stopped early after step {step}: {patience} {patience:validation|validations} brought no"
        " new best; {result}",
        step=course.validation_steps[-1],
        patience=patience,
        result=result,
    )
