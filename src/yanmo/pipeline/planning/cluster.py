"""`yanmo plan` for a cluster that is described and not here: mesh, memory, time, energy, money.

Comes in: a description of a cluster and a shape. Goes out: a `ClusterPlan`, every number of which
follows from `device_memory`, `step_time`, `mesh_search` and `interruptions`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.energy import GRAMS_CO2_PER_KWH
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.parallel.config import PipelineSchedule
from yanmo.pipeline.planning.accelerators import ACCELERATORS, Accelerator
from yanmo.pipeline.planning.device_memory import RUNTIME_BYTES, DeviceMemory
from yanmo.pipeline.planning.interruptions import (
    DEFAULT_RESTART_S,
    FAILURES_PER_DEVICE_HOUR,
    Goodput,
    estimate_goodput,
)
from yanmo.pipeline.planning.layout import Layout
from yanmo.pipeline.planning.mesh_search import (
    SCHEDULES,
    USABLE_FRAC,
    Candidate,
    PipelineChoices,
    search_meshes,
    smallest_memory,
)
from yanmo.pipeline.planning.pipeline_passes import waiting_frac
from yanmo.pipeline.planning.shapes import SHAPES, DecoderShape
from yanmo.pipeline.planning.step_time import Links, StepTime

TOKENS_PER_PARAMETER = 20.0
"""For the lowest loss that a given compute can buy (Hoffmann et al. 2022, table 3)."""
DEFAULT_BATCH_TOKENS = 4 * 2**20
"""Tokens of a step: 4 million, as Llama 2 and many others have."""
_SHOWN = 5
_ABOUT_FRAC = 0.01
"""Steps that differ by less are as long as each other: the model of them is no better."""


class ClusterConfig(Config):
    """A cluster, and what is to be trained on it. What is unset is as such machines are built."""

    gpu: str = "h100-80gb"
    """The accelerator: a100-80gb, h100-80gb and others; a wrong name is told all of them."""
    gpus: int = Field(default=8, ge=1)
    """Accelerators in all."""
    gpus_per_node: int = Field(default=8, ge=1)
    """Accelerators of a node, which share the fast links."""
    link_gbytes_per_s: float | None = Field(default=None, gt=0)
    """Between the accelerators of a node: 10^9 bytes a second of each, one direction."""
    network_gbytes_per_s: float | None = Field(default=None, gt=0)
    """Between nodes: 10^9 bytes a second of each accelerator, one direction."""
    storage_gbytes_per_s_per_node: float = Field(default=1.0, gt=0)
    """At which a node writes checkpoints; 1 is a modest shared file system."""
    price_per_gpu_hour: float | None = Field(default=None, ge=0)
    """In whatever currency; no money is told when unset."""
    power_w: float | None = Field(default=None, gt=0)
    """Of an accelerator; its design power when unset."""
    power_usage_effectiveness: float = Field(default=1.1, ge=1)
    """All power over that of the machines; 1.1 is a large data centre (Patterson et al. 2021)."""
    grams_co2_per_kwh: float = Field(default=GRAMS_CO2_PER_KWH, ge=0)
    """Of the electricity; the world's average of 2023 unless told."""
    failures_per_gpu_hour: float = Field(default=FAILURES_PER_DEVICE_HOUR, ge=1e-12)
    """Unexpected interruptions; those of Llama 3 405B unless told."""
    restart_s: float = Field(default=DEFAULT_RESTART_S, ge=0)
    """Seconds from a failure until training goes on."""
    pipeline_schedule: PipelineSchedule | None = None
    """The order of a pipeline's passes, as `parallel.pipeline_schedule`; the fastest when unset."""
    has_pipeline_buffer_per_pass: bool = True
    """Whether stages have a buffer for every pass of a step, as here; other trainers have them for
    what is under way."""
    tokens: float | None = Field(default=None, gt=0)
    """Training tokens; 20 for each parameter when unset."""
    batch_tokens: float | None = Field(default=None, gt=0)
    """Tokens of a step; 4 million when unset, or what the recipe says."""
    shape: DecoderShape | None = None
    """The model, where no recipe gives it."""


@dataclass(frozen=True)
class ClusterPlan:
    """What training takes on a cluster. Bytes, seconds, watt-hours; `money` in the user's currency.

    `num_micro_batches` are those of a step on each data rank, `bubble_frac` the part of the time in
    which a process of the pipeline waits for the others.
    `mfu` is model FLOPs over the peak; `goodput` is of the time that training is meant to run, and
    `train_s` is the whole of it with what failures and checkpoints cost. `others` are the next best
    meshes with the seconds of their steps.
    """

    shape: DecoderShape
    device: Accelerator
    num_devices: int
    num_params: int
    tokens: float
    rows: int
    total_flops: float
    layout: Layout
    num_micro_batches: int
    bubble_frac: float
    memory: DeviceMemory
    runtime_bytes: int
    step: StepTime
    mfu: float
    tokens_per_s: float
    steps: int
    train_s: float
    power_w: float
    power_usage_effectiveness: float
    watt_hours: float
    grams_co2: float
    money: float | None
    checkpoint_bytes: float
    save_s: float
    reliability: Goodput
    others: tuple[tuple[Layout, float], ...]

    def as_json(self) -> dict[str, Any]:
        """For machines: the same names, layouts and shapes as objects."""
        plain = asdict(replace(self, others=()))
        plain |= {
            "shape": self.shape.model_dump(mode="json"),
            "layout": self.layout.model_dump(mode="json"),
            "step_s": self.step.total,
            "memory_bytes": self.memory.total + self.runtime_bytes,
            "others": [
                {"layout": layout.model_dump(mode="json"), "step_s": seconds}
                for layout, seconds in self.others
            ],
        }
        return plain


def plan_cluster(config: ClusterConfig, shape: DecoderShape) -> ClusterPlan:
    """Find the best mesh and everything that follows.

    Raises:
        ConfigError: the accelerator is unknown, or the model does not fit however it is laid out.
    """
    device = find_device(config.gpu)
    links = links_of(config, device)
    rows = rows_of(config, shape)
    found = search_meshes(
        shape,
        device,
        links,
        num_devices=config.gpus,
        rows=rows,
        pipelines=pipelines_of(config),
    )
    if not found:
        raise _misfit(config, shape, device, links, rows)
    best = choose(found)
    passes = rows // (best.layout.data * best.layout.micro_batch_rows)
    tokens = config.tokens or TOKENS_PER_PARAMETER * shape.num_params()
    step_tokens = rows * shape.max_seq_len
    steps = max(1, round(tokens / step_tokens))
    nodes = max(1, config.gpus // config.gpus_per_node)
    checkpoint = shape.num_params() * (best.layout.weight_bytes + best.layout.optimizer_bytes)
    save_s = checkpoint / (nodes * config.storage_gbytes_per_s_per_node * 1e9)
    reliability = estimate_goodput(
        config.gpus,
        save_s,
        restart_s=config.restart_s,
        failures_per_device_hour=config.failures_per_gpu_hour,
    )
    train_s = steps * best.step.total / reliability.goodput
    hours = train_s / 3600 * config.gpus
    watt_hours = hours * (config.power_w or device.power_w) * config.power_usage_effectiveness
    flops = shape.flops_per_token()
    speed = step_tokens / best.step.total
    return ClusterPlan(
        shape=shape,
        device=device,
        num_devices=config.gpus,
        num_params=shape.num_params(),
        tokens=tokens,
        rows=rows,
        total_flops=flops * tokens,
        layout=best.layout,
        num_micro_batches=passes,
        bubble_frac=waiting_frac(best.layout, passes),
        memory=best.memory,
        runtime_bytes=RUNTIME_BYTES,
        step=best.step,
        mfu=speed * flops / (config.gpus * device.peak_flops),
        tokens_per_s=speed,
        steps=steps,
        train_s=train_s,
        power_w=config.power_w or device.power_w,
        power_usage_effectiveness=config.power_usage_effectiveness,
        watt_hours=watt_hours,
        grams_co2=watt_hours / 1000 * config.grams_co2_per_kwh,
        money=None if config.price_per_gpu_hour is None else hours * config.price_per_gpu_hour,
        checkpoint_bytes=float(checkpoint),
        save_s=save_s,
        reliability=reliability,
        others=_others(found, best),
    )


def choose(found: list[Candidate]) -> Candidate:
    """The simplest of those that are about as fast as the fastest: fewer stages, then less tensor
    parallelism, then fewer pieces of a stage."""
    fast = [one for one in found if one.step.total <= (1 + _ABOUT_FRAC) * found[0].step.total]
    return min(fast, key=lambda one: (one.layout.pipeline, one.layout.tensor, one.layout.chunks))


def _others(found: list[Candidate], best: Candidate) -> tuple[tuple[Layout, float], ...]:
    """The next best meshes, each mesh once."""
    seen = {best.layout.describe()}
    others = []
    for candidate in found:
        mesh = candidate.layout.describe()
        if mesh not in seen:
            seen.add(mesh)
            others.append((candidate.layout, candidate.step.total))
        if len(others) == _SHOWN:
            break
    return tuple(others)


def find_device(name: str) -> Accelerator:
    """The accelerator called `name`.

    Raises:
        ConfigError: there is none.
    """
    if name in ACCELERATORS:
        return ACCELERATORS[name]
    suggestion = closest(name, list(ACCELERATORS))
    hint = t("There are: {names}.", names=listed(ACCELERATORS))
    if suggestion:
        hint = t("Did you mean '{name}'?", name=suggestion)
    raise ConfigError(t("there is no accelerator '{name}'", name=name[:60]), hint=hint)


def find_shape(name: str) -> DecoderShape:
    """The known model called `name`.

    Raises:
        ConfigError: there is none.
    """
    if name in SHAPES:
        return SHAPES[name]
    suggestion = closest(name, list(SHAPES))
    hint = t("There are: {names}.", names=listed(SHAPES))
    if suggestion:
        hint = t("Did you mean '{name}'?", name=suggestion)
    raise ConfigError(t("there is no shape '{name}'", name=name[:60]), hint=hint)


def pipelines_of(config: ClusterConfig) -> PipelineChoices:
    """What is tried of pipelines."""
    chosen = config.pipeline_schedule
    return PipelineChoices(
        SCHEDULES if chosen is None else (chosen,),
        has_buffer_per_pass=config.has_pipeline_buffer_per_pass,
    )


def links_of(config: ClusterConfig, device: Accelerator) -> Links:
    """The links of the cluster, those of the accelerator's usual nodes where they are unset."""
    link, network = config.link_gbytes_per_s, config.network_gbytes_per_s
    return Links(
        config.gpus_per_node,
        device.link_bytes_per_s if link is None else link * 1e9,
        device.network_bytes_per_s if network is None else network * 1e9,
    )


def rows_of(config: ClusterConfig, shape: DecoderShape) -> int:
    """Rows of a step, near what is wanted: a multiple of the accelerators where there are as many,
    else of a power of two, so that they divide well."""
    wanted = (config.batch_tokens or DEFAULT_BATCH_TOKENS) / shape.max_seq_len
    if wanted >= config.gpus:
        return max(1, round(wanted / config.gpus)) * config.gpus
    unit = 1 << max(0, math.floor(math.log2(max(1.0, wanted))) - 4)
    return max(1, round(wanted / unit)) * unit


def _misfit(
    config: ClusterConfig, shape: DecoderShape, device: Accelerator, links: Links, rows: int
) -> ConfigError:
    least = smallest_memory(
        shape, links, num_devices=config.gpus, rows=rows, pipelines=pipelines_of(config)
    )
    if least is None:
        return ConfigError(
            t(
                "{rows} rows, {layers} {layers:layer|layers} and {heads} {heads:head|heads}"
                " cannot be laid out on {gpus}"
                " accelerators",
                rows=rows,
                layers=shape.num_layers,
                heads=shape.num_heads,
                gpus=config.gpus,
            ),
            hint=t("Change batch_tokens or the number of accelerators so that they divide."),
        )
    return ConfigError(
        t(
            "{name} does not fit: it needs {needed:.0f} GiB on each of {gpus} accelerators, and"
            " {usable:.0f} of {memory:.0f} GiB are usable",
            name=shape.name,
            needed=(least.total + RUNTIME_BYTES) / 2**30,
            gpus=config.gpus,
            usable=USABLE_FRAC * device.memory_bytes / 2**30,
            memory=device.memory_bytes / 2**30,
        ),
        hint=t("Take more accelerators, larger ones, or shorter rows."),
    )
