"""The plan for a cluster as lines for a terminal.

Comes in: a `ClusterPlan`. Goes out: text, each figure with what it rests on.
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.text_width import pad_right
from yanmo.pipeline.planning.cluster import ClusterPlan
from yanmo.pipeline.planning.layout import Layout

_NAME_WIDTH, _VALUE_WIDTH = 14, 16


def format_cluster_plan(plan: ClusterPlan) -> str:
    """The plan, without a line break at the end."""
    lines = [*_what(plan), *_how(plan), *_memory(plan), *_time(plan), *_safety(plan), *_cost(plan)]
    if plan.others:
        lines += ["", t("the next best meshes, by seconds of a step:")]
        lines += [
            f"  {seconds:8.2f}  {layout.describe()}  {_choices(layout)}"
            for layout, seconds in plan.others
        ]
    return "\n".join(lines)


def row(name: str, value: str, note: str) -> str:
    """One figure: its name, its value, and what it rests on."""
    return f"{pad_right(name, _NAME_WIDTH)} {value:>{_VALUE_WIDTH}}  {note}".rstrip()


def gib(size: float) -> str:
    """Bytes in units of 2^30."""
    return f"{size / 2**30:,.1f} GiB"


def long_time(seconds: float) -> str:
    """Days, hours or minutes, whichever is readable."""
    if seconds >= 2 * 86_400:
        return t("{days:,.1f} days", days=seconds / 86_400)
    if seconds >= 2 * 3600:
        return t("{hours:.1f} h", hours=seconds / 3600)
    return t("{minutes:.1f} min", minutes=seconds / 60)


def _what(plan: ClusterPlan) -> list[str]:
    ratio = plan.tokens / plan.num_params
    return [
        row(t("model"), plan.shape.name, t("{count:,} parameters", count=plan.num_params)),
        row(
            t("tokens"),
            f"{plan.tokens:.3g}",
            t(
                "{ratio:.1f} for each parameter; 20 is the rule of Hoffmann et al. 2022",
                ratio=ratio,
            ),
        ),
        row(t("FLOPs"), f"{plan.total_flops:.2e}", t("forward and backward, nothing twice")),
    ]


def _how(plan: ClusterPlan) -> list[str]:
    accelerators = f"{plan.num_devices:,} x {plan.device.name}"
    return [
        row(t("cluster"), accelerators, plan.device.source),
        row(t("mesh"), "", f"{plan.layout.describe()}  {_choices(plan.layout)}"),
    ]


def _choices(layout: Layout) -> str:
    words = [
        t("micro-batch {rows}", rows=layout.micro_batch_rows),
        t("checkpointing {kind}", kind=layout.checkpointing),
        t("shared: {kind}", kind=layout.sharding),
    ]
    if layout.chunks > 1:
        words.append(t("{chunks} pieces a stage", chunks=layout.chunks))
    return ", ".join(words)


def _memory(plan: ClusterPlan) -> list[str]:
    memory = plan.memory
    return [
        row(
            t("memory"),
            gib(memory.total + plan.runtime_bytes),
            t(
                "on a device: weights {w}, gradients {g}, optimiser {o}, activations {a}, scores"
                " {s}, buffers {b}, libraries {l}",
                w=gib(memory.weights),
                g=gib(memory.gradients),
                o=gib(memory.optimizer),
                a=gib(memory.activations),
                s=gib(memory.logits),
                b=gib(memory.buffers),
                l=gib(plan.runtime_bytes),
            ),
        )
    ]


def _time(plan: ClusterPlan) -> list[str]:
    step = plan.step
    parts = (
        (t("products"), step.products),
        (t("memory"), step.memory),
        (t("tensor parallel"), step.tensor),
        (t("context parallel"), step.context),
        (t("pipeline"), step.pipeline),
        (t("data parallel"), step.data),
        (t("update"), step.update),
    )
    shares = ", ".join(
        f"{name} {value / step.total:.0%}" for name, value in parts if value >= 0.005 * step.total
    )
    batch = plan.rows * plan.shape.max_seq_len
    return [
        row(t("step"), f"{step.total:.2f} s", shares),
        row(
            t("speed"),
            f"{plan.tokens_per_s:,.0f}",
            t(
                "tokens/s; {each:,.0f} a device, {mfu:.1%} of the peak (MFU)",
                each=plan.tokens_per_s / plan.num_devices,
                mfu=plan.mfu,
            ),
        ),
        row(
            t("time"),
            long_time(plan.train_s),
            t(
                "{steps:,} steps of {batch:,} tokens, failures included",
                steps=plan.steps,
                batch=batch,
            ),
        ),
    ]


def _safety(plan: ClusterPlan) -> list[str]:
    reliability = plan.reliability
    return [
        row(
            t("checkpoint"),
            gib(plan.checkpoint_bytes),
            t("written in {seconds:.1f} s", seconds=plan.save_s),
        ),
        row(
            t("failures"),
            long_time(reliability.mean_time_between_failures_s),
            t("between two, as Llama 3 405B had them unless told otherwise"),
        ),
        row(
            t("goodput"),
            f"{reliability.goodput:.1%}",
            t(
                "saving every {interval} (Young 1974, Daly 2006)",
                interval=long_time(reliability.interval_s),
            ),
        ),
    ]


def _cost(plan: ClusterPlan) -> list[str]:
    lines = [
        row(
            t("energy"),
            f"{plan.watt_hours / 1e6:,.2f} MWh",
            t("design power of {watts:.0f} W a device, and cooling", watts=plan.device.power_w),
        ),
        row("CO2", f"{plan.grams_co2 / 1e6:,.2f} t", t("by the electricity's grams a kWh")),
    ]
    if plan.money is not None:
        lines.append(row(t("money"), f"{plan.money:,.0f}", t("by the price of a device-hour")))
    return lines
