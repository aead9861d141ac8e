"""The plan of a recipe as lines for a terminal.

Comes in: a `Plan`. Goes out: text, each figure with what it rests on.
"""

from __future__ import annotations

from yanmo.core.messages import listed, t
from yanmo.core.text_width import pad_right
from yanmo.pipeline.planning.probe import PROBE_STEPS
from yanmo.pipeline.planning.recipe_plan import Plan
from yanmo.training.progress import format_duration


def format_plan(plan: Plan) -> str:
    """The estimate as lines for a terminal."""
    lines = [
        *(f"  model.{note}" for note in plan.notes),
        _row(
            t("parameters"),
            f"{plan.num_params:,}",
            t("{count:,} without embeddings", count=plan.num_params_non_embedding),
        ),
        _row(
            t("FLOPs"),
            f"{plan.total_flops:.2e}",
            t("{count:,} a token, forward and backward", count=plan.flops_per_token),
        ),
        _row(t("tokens"), f"{plan.train_tokens:,}", _epochs(plan)),
        _row(t("memory"), _mib(plan.memory_bytes), _memory(plan)),
        _row(t("checkpoint"), _mib(plan.checkpoint_bytes), _checkpoint(plan)),
        _row(t("disk"), _mib(plan.disk_bytes), t("checkpoints, the model folder, text and tokens")),
        *_time(plan),
        *_cost(plan),
    ]
    if plan.warning:
        lines.append(f"! {plan.warning}")
    return "\n".join(lines)


def _checkpoint(plan: Plan) -> str:
    return t(
        "weights and what the optimiser keeps; at most {count} at once",
        count=plan.num_checkpoints,
    )


def _memory(plan: Plan) -> str:
    parts = t(
        "in training weights {w}, gradients {g}, optimiser {o}, activations and logits {a},"
        " libraries {b}",
        w=_mib(plan.weights_bytes),
        g=_mib(plan.gradients_bytes),
        o=_mib(plan.optimizer_bytes),
        a=_mib(plan.activation_bytes),
        b=_mib(plan.libraries_bytes),
    )
    stages = listed(f"{name} {_mib(size)}" for name, size in plan.stage_bytes.items())
    return t("the largest of {stages}; {parts}", stages=stages, parts=parts)


def _time(plan: Plan) -> list[str]:
    if plan.total_s is None or plan.probe_tokens_per_s is None:
        return []
    stages = listed(f"{name} {format_duration(value)}" for name, value in plan.stage_s.items())
    probe = t(
        "{speed:,.0f} tokens/s in a probe of {steps} steps on {device}",
        speed=plan.probe_tokens_per_s,
        steps=PROBE_STEPS,
        device=plan.device,
    )
    return [_row(t("time"), format_duration(plan.total_s), f"{stages}; {probe}")]


def _cost(plan: Plan) -> list[str]:
    lines = []
    if plan.watt_hours is not None:
        lines.append(_row(t("energy"), f"{plan.watt_hours:,.2f} Wh", plan.energy_source or ""))
        grams = (plan.grams_co2 or 0.0) / plan.watt_hours * 1000 if plan.watt_hours else 0.0
        lines.append(_row("CO2", f"{plan.grams_co2:,.2f} g", t("{grams:.0f} g a kWh", grams=grams)))
    if plan.money is not None:
        lines.append(_row(t("money"), f"{plan.money:,.4f}", t("by the price of an hour")))
    return lines


def _epochs(plan: Plan) -> str:
    ratio = t(
        "{ratio:.1f} for each parameter; 20 is the rule of Hoffmann et al. 2022",
        ratio=plan.train_tokens / plan.num_params,
    )
    if plan.corpus_tokens is None:
        times = t("the corpus has not been encoded yet")
    elif plan.is_corpus_counted:
        times = t(
            "{epochs:.1f} times through the train split",
            epochs=plan.train_tokens / plan.corpus_tokens,
        )
    else:
        times = t(
            "about {epochs:.1f} times through the train split, by the size of the sources",
            epochs=plan.train_tokens / plan.corpus_tokens,
        )
    return f"{times}{t('; ')}{ratio}"


def _row(name: str, value: str, note: str) -> str:
    return f"{pad_right(name, 12)} {value:>16}  {note}"


def _mib(size: float) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 10 * 2**30 else f"{size / 2**20:,.0f} MiB"
