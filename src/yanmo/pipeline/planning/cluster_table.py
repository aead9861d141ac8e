"""The plan for a cluster as lines for a terminal.

Comes in: a `ClusterPlan`. Goes out: text, each figure with what it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.messages import listed, t
from yanmo.core.text_width import cell_width, pad_right
from yanmo.pipeline.planning.cluster import ClusterPlan
from yanmo.pipeline.planning.interruptions import FAILURES_PER_DEVICE_HOUR
from yanmo.pipeline.planning.layout import Layout

_NAME_WIDTH, _VALUE_WIDTH = 14, 18


def format_cluster_plan(plan: ClusterPlan) -> str:
    """The plan, without a line break at the end."""
    lines = [*_what(plan), *_how(plan), *_memory(plan), *_time(plan), *_safety(plan), *_cost(plan)]
    if plan.others:
        lines += ["", t("the next best meshes, by the time of a step:")]
        lines += [
            f"  {_short_time(seconds):>9}  {layout.describe()}: {_choices(layout)}"
            for layout, seconds in plan.others
        ]
    return "\n".join(lines)


def row(name: str, value: str, note: str) -> str:
    """One figure: its name, its value, and what it rests on."""
    padding = " " * (_VALUE_WIDTH - cell_width(value))
    return f"{pad_right(name, _NAME_WIDTH)} {padding}{value}  {note}".rstrip()


def gib(size: float) -> str:
    """Bytes in units of 2^30, or of 2^20 where they are few."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"


def scaled(value: float, units: Sequence[str]) -> str:
    """A figure in the largest of `units`, each a thousand of the one before, that leaves one."""
    index = 0
    while value >= 1000 and index + 1 < len(units):
        value, index = value / 1000, index + 1
    return f"{value:,.2f} {units[index]}"


def long_time(seconds: float) -> str:
    """Days, hours or minutes, whichever is readable."""
    if seconds >= 2 * 86_400:
        return t("{days:,.1f} days", days=seconds / 86_400)
    if seconds >= 2 * 3600:
        return t("{hours:.1f} h", hours=seconds / 3600)
    if seconds >= 120:
        return t("{minutes:.1f} min", minutes=seconds / 60)
    return t("{seconds:.2f} s", seconds=seconds)


def _short_time(seconds: float) -> str:
    """Of a step."""
    return t("{seconds:.2f} s", seconds=seconds) if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


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
    layout = plan.layout
    lines = [
        row(t("cluster"), accelerators, plan.device.source),
        row(t("mesh"), "", f"{layout.describe()}: {_choices(layout)}"),
    ]
    if layout.pipeline > 1:
        waiting = t(
            "of the pipeline's time, with {count} {count:micro-batch|micro-batches} a step",
            count=plan.num_micro_batches,
        )
        lines.append(row(t("bubble"), f"{plan.bubble_frac:.1%}", waiting))
    return lines


def _choices(layout: Layout) -> str:
    """Everything of a layout but its degrees."""
    kept = {
        "none": t("nothing recomputed"),
        "selective": t("scores of attention recomputed"),
        "alternate": t("every second product recomputed"),
        "full": t("blocks recomputed"),
    }
    shared = {
        "none": t("nothing shared"),
        "optimizer": t("optimiser shared"),
        "gradients": t("optimiser and gradients shared"),
        "parameters": t("optimiser, gradients and weights shared"),
    }
    words = [
        t("micro-batch of {rows} {rows:row|rows}", rows=layout.micro_batch_rows),
        kept[layout.checkpointing],
    ]
    if layout.shard > 1:
        words.append(shared[layout.sharding])
    if layout.pipeline > 1:
        words.append(
            t(
                "{schedule} with {chunks} {chunks:piece|pieces} a stage",
                schedule=layout.schedule,
                chunks=layout.chunks,
            )
        )
    return t(", ").join(words)


def _memory(plan: ClusterPlan) -> list[str]:
    memory = plan.memory
    parts = (
        (t("weights"), memory.weights, t("in 16 bits")),
        (t("gradients"), memory.gradients, t("in 16 bits")),
        (t("optimiser"), memory.optimizer, t("Adam in 32 bits, with a copy of the weights")),
        (t("activations"), memory.activations, t("kept for the backward pass, or made again")),
        (t("logits"), memory.logits, t("the block of them that the fused loss works on")),
        (t("buffers"), memory.buffers, t("gathered weights and rows, states between stages")),
        (t("libraries"), float(plan.runtime_bytes), t("driver and channels")),
    )
    whole = t("of {memory} on the fullest device:", memory=gib(plan.device.memory_bytes))
    return [
        row(t("memory"), gib(memory.total + plan.runtime_bytes), whole),
        *(row(f"  {name}", gib(size), note) for name, size, note in parts),
    ]


def _time(plan: ClusterPlan) -> list[str]:
    step = plan.step
    parts = (
        (t("products"), step.products),
        (t("memory traffic"), step.memory),
        (t("tensor parallel"), step.tensor),
        (t("context parallel"), step.context),
        (t("pipeline"), step.pipeline),
        (t("data parallel"), step.data),
        (t("update"), step.update),
    )
    shares = listed(
        f"{name} {value / step.total:.0%}" for name, value in parts if value >= 0.005 * step.total
    )
    batch = plan.rows * plan.shape.max_seq_len
    return [
        row(t("step"), _short_time(step.total), shares),
        row(
            t("speed"),
            f"{plan.tokens_per_s:,.0f}",
            t("tokens/s; {each:,.0f} a device", each=plan.tokens_per_s / plan.num_devices),
        ),
        row(
            "MFU",
            f"{plan.mfu:.1%}",
            t("of the peak, {peak:,.0f} TFLOP/s a device", peak=plan.device.peak_flops / 1e12),
        ),
        row(
            t("time"),
            long_time(plan.train_s),
            t(
                "{steps:,} {steps:step|steps} of {batch:,} tokens, failures and saving included",
                steps=plan.steps,
                batch=batch,
            ),
        ),
    ]


def _safety(plan: ClusterPlan) -> list[str]:
    reliability = plan.reliability
    mean_s = reliability.mean_time_between_failures_s
    return [
        row(
            t("checkpoint"),
            gib(plan.checkpoint_bytes),
            t("weights and optimiser, written in {seconds:.1f} s", seconds=plan.save_s),
        ),
        row(
            t("failures"),
            long_time(mean_s),
            t(
                "between two on average: one in {hours:,.0f} device-hours (Llama 3 405B had one in"
                " {usual:,.0f})",
                hours=mean_s / 3600 * plan.num_devices,
                usual=1 / FAILURES_PER_DEVICE_HOUR,
            ),
        ),
        row(
            t("goodput"),
            f"{reliability.goodput:.1%}",
            t(
                "of the time trains, with a checkpoint every {interval} (Young 1974, Daly 2006)",
                interval=long_time(reliability.interval_s),
            ),
        ),
    ]


def _cost(plan: ClusterPlan) -> list[str]:
    hours = plan.train_s / 3600 * plan.num_devices
    grams = plan.grams_co2 / plan.watt_hours * 1000
    lines = [
        row(
            t("energy"),
            scaled(plan.watt_hours, ("Wh", "kWh", "MWh", "GWh")),
            t(
                "{watts:.0f} W a device, times {factor:g} for cooling and the rest",
                watts=plan.power_w,
                factor=plan.power_usage_effectiveness,
            ),
        ),
        row("CO2", scaled(plan.grams_co2, ("g", "kg", "t")), t("{grams:.0f} g a kWh", grams=grams)),
    ]
    amount, price = "", t("--price of a device-hour tells it")
    if plan.money is not None:
        amount = f"{plan.money:,.0f}" if plan.money >= 100 else f"{plan.money:.2f}"
        price = t("{price:g} each", price=plan.money / hours)
    counted = f"{hours:,.0f}" if hours >= 100 else f"{hours:.2g}"
    note = t("{hours} device-hours, {price}", hours=counted, price=price)
    return [*lines, row(t("money"), amount, note)]
