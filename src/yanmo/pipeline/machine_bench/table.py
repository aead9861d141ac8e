"""The figures of a machine as lines for a terminal."""

from __future__ import annotations

from yanmo.core.device import device_text
from yanmo.core.messages import t
from yanmo.core.text_width import pad_right
from yanmo.pipeline.machine_bench.measure import PROMPT_TOKENS, MachineFigures

_NAME_WIDTH = 26


def format_figures(figures: MachineFigures) -> str:
    """One figure a line, with its unit and what it is of."""
    rows = [
        (t("device"), device_text(figures.device), ""),
        (t("products, float32"), _giga(figures.float32_flops, "FLOP/s"), ""),
    ]
    if figures.bfloat16_flops is not None:
        rows.append((t("products, bfloat16"), _giga(figures.bfloat16_flops, "FLOP/s"), ""))
    rows += [
        (t("memory, copy"), _giga(figures.copy_bytes_per_s, "B/s"), t("read and written")),
        (t("memory, triad"), _giga(figures.triad_bytes_per_s, "B/s"), "c = a + s b"),
    ]
    if figures.all_reduce_bytes_per_s is not None and figures.all_reduce_latency_s is not None:
        between = t("two processes, {backend}", backend=figures.backend)
        rows.append((t("sum of 16 MiB"), _giga(figures.all_reduce_bytes_per_s, "B/s"), between))
        latency = f"{figures.all_reduce_latency_s * 1e6:,.0f} µs"
        rows.append((t("sum of one number"), latency, between))
    training = f"{figures.train_tokens_per_s:,.0f} " + t("tokens/s")
    achieved = t(
        "{flops} in {dtype}, {mfu:.0%} of the products (MFU)",
        flops=_giga(figures.train_flops, "FLOP/s"),
        dtype=figures.dtype,
        mfu=figures.mfu,
    )
    rows.append(
        (t("training"), training, t("{first}; {second}", first=figures.shape, second=achieved))
    )
    for one in figures.writing:
        name = t("writing") if one.weights == "own" else t("writing, {form}", form=one.weights)
        note = t(
            "first token {first:,.1f} ms after a prompt of {count}, {memory:,.1f} MiB; {about}",
            first=one.first_token_s * 1e3,
            count=PROMPT_TOKENS,
            memory=one.weight_bytes / 2**20,
            about=one.about,
        )
        rows.append((name, f"{one.tokens_per_s:,.0f} " + t("tokens/s"), note))
    return "\n".join(
        f"{pad_right(name, _NAME_WIDTH)} {value:>20}  {note}".rstrip() for name, value, note in rows
    )


def _giga(value: float, unit: str) -> str:
    return f"{value / 1e9:,.1f} G{unit}"
