"""The one line that shows how a run is going."""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.usage import peak_memory_bytes
from yanmo.training.step import StepResult

_SMOOTHING = 0.9


class ProgressLine:
    """Step, percent, smoothed loss, rate, gradient norm, speed, MFU, memory, time left.

    Args:
        num_steps: steps of the whole run; may be corrected.
        flops_per_token: training FLOPs for a token.
        peak_flops: FLOP/s that matrix products reach on all devices together, or None where that
            is not known.
    """

    def __init__(self, num_steps: int, flops_per_token: float, peak_flops: float | None) -> None:
        self.num_steps = num_steps
        self._flops_per_token = flops_per_token
        self._peak_flops = peak_flops
        self._loss: float | None = None
        self._step_s: float | None = None

    def mfu(self, tokens_per_s: float) -> float | None:
        """Model FLOPs utilisation (Chowdhery et al. 2022, appendix B), where the peak is known."""
        if self._peak_flops is None:
            return None
        return tokens_per_s * self._flops_per_token / self._peak_flops

    def text(self, step: int, result: StepResult, step_s: float) -> str:
        """The line after `step` steps, of which the last took `step_s` seconds."""
        if result.verdict.is_accepted:
            self._loss = _smooth(self._loss, result.loss)
        self._step_s = _smooth(self._step_s, step_s)
        tokens_per_s = result.num_tokens / self._step_s
        parts = [
            f"{t('step')} {step}/{self.num_steps} {100 * step / self.num_steps:.0f}%",
            f"{t('loss')} {'-' if self._loss is None else f'{self._loss:.3f}'}",
            f"lr {result.learning_rate:.2e}",
            f"{t('grad')} {result.grad_norm:.2f}",
            f"{tokens_per_s:,.0f} {t('tokens/s')}",
        ]
        mfu = self.mfu(tokens_per_s)
        if mfu is not None:
            parts.append(f"MFU {100 * mfu:.0f}%")
        parts.append(f"{peak_memory_bytes() / 2**30:.1f} GiB")
        parts.append(t("{time} left", time=format_duration((self.num_steps - step) * self._step_s)))
        return " | ".join(parts)


def format_duration(seconds: float) -> str:
    """`42s`, `3m 05s` or `2h 07m`."""
    whole = round(seconds)
    if whole < 60:
        return t("{s}s", s=whole)
    if whole < 3600:
        return t("{m}m {s:02d}s", m=whole // 60, s=whole % 60)
    return t("{h}h {m:02d}m", h=whole // 3600, m=whole % 3600 // 60)


def _smooth(previous: float | None, value: float) -> float:
    return value if previous is None else _SMOOTHING * previous + (1 - _SMOOTHING) * value
