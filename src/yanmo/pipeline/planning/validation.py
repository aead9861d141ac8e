"""How far the model of a cluster is from published runs: each one, and the median.

Comes in: `published`. Goes out: errors, as fractions of what was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from yanmo.core.messages import t
from yanmo.core.text_width import pad_right
from yanmo.pipeline.planning.accelerators import ACCELERATORS
from yanmo.pipeline.planning.device_memory import estimate_memory
from yanmo.pipeline.planning.mesh_search import PipelineChoices, search_meshes
from yanmo.pipeline.planning.published import (
    PublishedMemory,
    PublishedRun,
    published_memory,
    published_runs,
)
from yanmo.pipeline.planning.step_time import Links, estimate_step

DEVICES_PER_NODE = 8
"""Of every published cluster here."""

AS_PUBLISHED = PipelineChoices(("1f1b", "interleaved_1f1b"), has_buffer_per_pass=False)
"""What pipelines the published runs had to choose from: that of Megatron-LM and others like it."""


@dataclass(frozen=True)
class Judgement:
    """What was published, what the model says, and how far off it is. `is_fitted`: the constants
    were fitted to it; `has_layout`: its mesh was published."""

    name: str
    measured: float
    predicted: float
    is_fitted: bool
    has_layout: bool
    source: str

    @property
    def error(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted / self.measured - 1.0


def judge_speed() -> list[Judgement]:
    """Tokens per second of a device, for every published run."""
    return [
        Judgement(
            run.name,
            run.tokens_per_s,
            _predict_speed(run),
            run.is_fitted,
            run.layout is not None,
            run.source,
        )
        for run in published_runs()
    ]


def judge_memory() -> list[Judgement]:
    """Bytes of a device, for every published memory; nothing was fitted to them."""
    return [
        Judgement(
            memory.name, memory.measured_bytes, _predict_memory(memory), False, True, memory.source
        )
        for memory in published_memory()
    ]


def median_error(judgements: Sequence[Judgement]) -> float:
    """The median of the errors' sizes."""
    return median(abs(judgement.error) for judgement in judgements)


def format_validation() -> str:
    """Both lists and their medians, for a terminal."""
    speeds, memories = judge_speed(), judge_memory()
    held_out = [one for one in speeds if not one.is_fitted]
    lines = [t("training tokens per second of one device, published and predicted")]
    lines += [_line(one, f"{one.measured:10,.1f} {one.predicted:10,.1f}") for one in speeds]
    lines += ["", t("memory of one device in 10^9 bytes, published and predicted")]
    lines += [
        _line(one, f"{one.measured / 1e9:10.1f} {one.predicted / 1e9:10.1f}") for one in memories
    ]
    lines += [
        "",
        t(
            "median error of speed {every:.1%} over {count} runs, {held_out:.1%} over the"
            " {others} that nothing was fitted to (* was); of memory {memory:.1%} over {memories}",
            every=median_error(speeds),
            count=len(speeds),
            held_out=median_error(held_out),
            others=len(held_out),
            memory=median_error(memories),
            memories=len(memories),
        ),
    ]
    return "\n".join(lines)


def _line(one: Judgement, numbers: str) -> str:
    mark = "*" if one.is_fitted else " "
    return f"{mark} {pad_right(one.name, 36)} {numbers} {one.error:+7.1%}  {one.source}"


def _predict_speed(run: PublishedRun) -> float:
    device = ACCELERATORS[run.device]
    links = Links(
        DEVICES_PER_NODE,
        device.link_bytes_per_s,
        run.network_bytes_per_s or device.network_bytes_per_s,
    )
    if run.layout is not None:
        assert run.layout.num_devices == run.num_devices, run.name
        step = estimate_step(run.shape, run.layout, device, links, rows=run.rows)
    else:
        found = search_meshes(
            run.shape,
            device,
            links,
            num_devices=run.num_devices,
            rows=run.rows,
            pipelines=AS_PUBLISHED,
        )
        step = found[0].step
    return run.rows * run.shape.max_seq_len / step.total / run.num_devices


def _predict_memory(published: PublishedMemory) -> float:
    memory = estimate_memory(published.shape, published.layout, num_micro_batches=1)
    if published.is_states_only:
        return memory.weights + memory.gradients + memory.optimizer
    return memory.total
