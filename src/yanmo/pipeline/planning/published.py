"""Training runs from papers, with the speed and the memory that were published for them.

They decide the constants of `step_time` (the runs marked `is_fitted`) and say how far the model of
a cluster can be trusted (the others). Every number is from the source named; where a paper gives
another measure, the function that turns it into tokens per second of a device stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.parallel.config import PipelineSchedule
from yanmo.pipeline.planning.layout import Layout, Sharding
from yanmo.pipeline.planning.shapes import SHAPES, DecoderShape


@dataclass(frozen=True)
class PublishedRun:
    """A run and its published speed, in training tokens per second of one device.

    Attributes:
        shape: its dimensions.
        device: name of the accelerator.
        num_devices: of the run.
        rows: rows of a step.
        layout: as published; None where it was not, and the search's is taken.
        network_bytes_per_s: of one device, where it is not what such nodes usually have.
        is_fitted: whether the constants were fitted to it.
    """

    name: str
    shape: DecoderShape
    device: str
    num_devices: int
    rows: int
    tokens_per_s: float
    source: str
    layout: Layout | None = None
    network_bytes_per_s: float | None = None
    is_fitted: bool = False


@dataclass(frozen=True)
class PublishedMemory:
    """A published memory of one device; of the states of the model alone, where it says so."""

    name: str
    shape: DecoderShape
    layout: Layout
    measured_bytes: float
    source: str
    is_states_only: bool = False


_MEGATRON = "Narayanan et al. 2021 (Megatron-LM, SC'21), table 1; micro-batches: its sc21 scripts"
_KORTHIKANTI = "Korthikanti et al. 2022 (Reducing Activation Recomputation), tables 3 and 5"
_FOUNDRY = "MosaicML llm-foundry, scripts/train/benchmarking/README.md"
_TITAN = "torchtitan, benchmarks/llama3_h100_202412_torchtitan.md"


_ZERO_FIGURE_1: tuple[tuple[Sharding, float], ...] = (
    ("none", 120.0),
    ("optimizer", 31.4),
    ("gradients", 16.6),
    ("parameters", 1.9),
)
"""What the shard axis shares, and 10^9 bytes."""


def _order_of(chunks: int) -> PipelineSchedule:
    """Of all pipelines here: one forward, one backward pass, in loops where a stage has pieces."""
    return "interleaved_1f1b" if chunks > 1 else "1f1b"


def _megatron(
    size: str,
    devices: int,
    rows: int,
    tera: float,
    *,
    tensor: int,
    pipeline: int,
    micro: int,
    chunks: int = 1,
    is_fitted: bool = False,
) -> PublishedRun:
    """A row of table 1: FLOP/s a device by equation 3, which counts the forward pass twice."""
    shape = SHAPES[f"gpt-{size}"]
    width, length = shape.d_model, shape.max_seq_len
    flops = 96 * shape.num_layers * width**2
    per_token = flops * (
        1 + length / (6 * width) + shape.vocab_size / (16 * shape.num_layers * width)
    )
    layout = Layout(
        pipeline=pipeline,
        replicate=devices // (tensor * pipeline),
        tensor=tensor,
        sharding="none",
        has_sequence_parallel=False,
        micro_batch_rows=micro,
        chunks=chunks,
        schedule=_order_of(chunks),
        has_buffer_per_pass=False,
        checkpointing="full",
        has_fused_attention=False,
        has_overlap=False,
        gradient_bytes=4,
    )
    name = f"Megatron-LM {size.upper()}"
    speed = tera * 1e12 / per_token
    return PublishedRun(
        name, shape, "a100-80gb", devices, rows, speed, _MEGATRON, layout, None, is_fitted
    )


def _korthikanti(
    name: str,
    shape: str,
    devices: int,
    rows: int,
    micro: int,
    seconds: float,
    *,
    pipeline: int,
    chunks: int,
    is_fitted: bool = False,
) -> PublishedRun:
    """A row of table 5, "present work": seconds of an iteration."""
    layout = Layout(
        pipeline=pipeline,
        tensor=8,
        sharding="none",
        micro_batch_rows=micro,
        chunks=chunks,
        schedule=_order_of(chunks),
        has_buffer_per_pass=False,
        checkpointing="selective",
        has_fused_attention=False,
        gradient_bytes=4,
    )
    speed = rows * SHAPES[shape].max_seq_len / seconds / devices
    return PublishedRun(
        f"Korthikanti {name}",
        SHAPES[shape],
        "a100-80gb",
        devices,
        rows,
        speed,
        _KORTHIKANTI,
        layout,
        None,
        is_fitted,
    )


def _foundry(
    size: str,
    device: str,
    devices: int,
    micro: int,
    rows: int,
    speed: float,
    *,
    is_checkpointed: bool,
    is_fitted: bool = False,
) -> PublishedRun:
    """A row of the benchmark tables, rows of 2,048 tokens, fully sharded."""
    layout = Layout(
        shard=devices,
        micro_batch_rows=micro,
        checkpointing="full" if is_checkpointed else "none",
    )
    return PublishedRun(
        f"MPT {size} on {devices} x {device}",
        SHAPES[f"mpt-{size}"],
        device,
        devices,
        rows,
        speed,
        _FOUNDRY,
        layout,
        200e9 / 8 if device.startswith("a100") else None,
        is_fitted,
    )


def _hours(
    name: str,
    shape: str,
    device: str,
    devices: int,
    step_tokens: float,
    tokens: float,
    hours: float,
    source: str,
    layout: Layout | None = None,
    network: float | None = None,
) -> PublishedRun:
    """A run of which device-hours and training tokens were published."""
    found = SHAPES[shape]
    return PublishedRun(
        name,
        found,
        device,
        devices,
        round(step_tokens / found.max_seq_len),
        tokens / (hours * 3600),
        source,
        layout,
        network,
    )


def _titan(name: str, devices: int, speed: float) -> PublishedRun:
    layout = Layout(shard=devices, micro_batch_rows=2, checkpointing="alternate")
    return PublishedRun(
        name, SHAPES["llama3-8b"], "h100-96gb-500w", devices, 2 * devices, speed, _TITAN, layout
    )


def published_runs() -> Sequence[PublishedRun]:
    """Every run: benchmarks, those whose mesh was published, those of which only the speed was."""
    return (*_benchmarks(), *_runs_with_mesh(), *_runs_without_mesh())


def _benchmarks() -> Sequence[PublishedRun]:
    return (
        _megatron("1.7b", 32, 512, 137, tensor=1, pipeline=1, micro=16, is_fitted=True),
        _megatron("3.6b", 64, 512, 138, tensor=2, pipeline=1, micro=16),
        _megatron("7.5b", 128, 512, 142, tensor=4, pipeline=1, micro=16),
        _megatron("18b", 256, 1024, 135, tensor=8, pipeline=1, micro=8, is_fitted=True),
        _megatron("39b", 512, 1536, 138, tensor=8, pipeline=2, micro=4),
        _megatron("76b", 1024, 1792, 140, tensor=8, pipeline=4, micro=2, chunks=3),
        _megatron("145b", 1536, 2304, 148, tensor=8, pipeline=8, micro=2, chunks=2),
        _megatron("310b", 1920, 2160, 155, tensor=8, pipeline=16, micro=1, chunks=2),
        _megatron("530b", 2520, 2520, 163, tensor=8, pipeline=35, micro=1, chunks=3),
        _megatron("1t", 3072, 3072, 163, tensor=8, pipeline=64, micro=1, is_fitted=True),
        _korthikanti("22B", "gpt-22b", 8, 4, 4, 1.10, pipeline=1, chunks=1, is_fitted=True),
        _korthikanti("175B", "gpt3-175b", 64, 64, 1, 13.75, pipeline=8, chunks=3),
        _korthikanti("530B", "gpt-530b", 280, 280, 1, 37.83, pipeline=35, chunks=3),
        _korthikanti("1T", "gpt-1t", 512, 512, 1, 71.49, pipeline=64, chunks=1),
        _foundry("7b", "a100-80gb", 8, 6, 96, 4641, is_checkpointed=False, is_fitted=True),
        _foundry("3b", "a100-80gb", 8, 10, 160, 10811, is_checkpointed=False),
        _foundry("30b", "a100-80gb", 8, 3, 504, 916, is_checkpointed=True),
        _foundry("7b", "a100-40gb", 128, 18, 2304, 3623, is_checkpointed=True),
        _foundry("30b", "a100-40gb", 128, 6, 768, 865, is_checkpointed=True),
        _foundry("70b", "a100-80gb", 64, 8, 2048, 410, is_checkpointed=True),
        _foundry("7b", "h100-80gb", 8, 6, 48, 10643, is_checkpointed=False, is_fitted=True),
        _foundry("3b", "h100-80gb", 64, 6, 1152, 22525, is_checkpointed=False),
        _foundry("13b", "h100-80gb", 64, 2, 128, 4800, is_checkpointed=False, is_fitted=True),
        _foundry("30b", "h100-80gb", 32, 14, 1344, 2308, is_checkpointed=True),
        _foundry("70b", "h100-80gb", 64, 8, 2048, 1039, is_checkpointed=True, is_fitted=True),
        _titan("Llama 3.1 8B, torchtitan", 8, 6667),
        _titan("Llama 3.1 8B, torchtitan", 128, 6514),
    )


def _runs_with_mesh() -> Sequence[PublishedRun]:
    llama3, bloom = SHAPES["llama3-405b"], SHAPES["bloom-176b"]
    neox = SHAPES["neox-20b"]
    neox_layout = Layout(
        pipeline=4,
        has_buffer_per_pass=False,
        tensor=2,
        replicate=12,
        micro_batch_rows=4,
        sharding="optimizer",
        has_sequence_parallel=False,
        checkpointing="full",
        has_fused_attention=False,
        has_overlap=False,
    )
    bloom_layout = neox_layout.model_copy(
        update={"pipeline": 12, "tensor": 4, "replicate": 1, "shard": 8, "micro_batch_rows": 2}
    )
    # A chunk of the pipeline is one block: those at the ends lost theirs (section 3.3.2).
    llama3_layout = Layout(
        pipeline=16,
        tensor=8,
        shard=64,
        sharding="gradients",
        chunks=8,
        schedule="interleaved_1f1b",
        has_buffer_per_pass=False,
    )
    return (
        PublishedRun(
            "GPT-NeoX-20B",
            neox,
            "a100-40gb",
            96,
            1538,
            117e12 / (neox.flops_per_token() * 4 / 3),
            "Black et al. 2022 (GPT-NeoX-20B), sections 2.2 and 3: 117 TFLOP/s a device",
            neox_layout,
            25e9,
        ),
        PublishedRun(
            "BLOOM 176B",
            bloom,
            "a100-80gb",
            384,
            2048,
            156e12 / (bloom.flops_per_token() * 4 / 3),
            "Le Scao et al. 2022 (BLOOM), section 3.4: 156 TFLOP/s a device, PP 12, TP 4, DP 8",
            bloom_layout,
            4 * 100e9 / 8 / 8,
        ),
        *[
            PublishedRun(
                f"Llama 3 405B on {devices}",
                llama3,
                "h100-80gb",
                devices,
                2048,
                tera * 1e12 / llama3.flops_per_token(attention_frac=0.5),
                "Llama team 2024 (The Llama 3 Herd of Models), table 4",
                llama3_layout.model_copy(update={"shard": shard}),
            )
            for devices, shard, tera in ((8192, 64, 430), (16384, 128, 400))
        ],
    )


def _runs_without_mesh() -> Sequence[PublishedRun]:
    return (
        PublishedRun(
            "LLaMA 65B",
            SHAPES["llama-65b"],
            "a100-80gb",
            2048,
            2048,
            380,
            "Touvron et al. 2023 (LLaMA), section 2.4: 380 tokens/s a device",
        ),
        *[
            _hours(
                f"Llama 2 {size}",
                f"llama2-{size.lower()}",
                "a100-80gb",
                devices,
                4 * 2**20,
                2e12,
                hours,
                "Touvron et al. 2023 (Llama 2), table 2: device-hours for 2T tokens",
            )
            for size, devices, hours in (
                ("7B", 512, 184_320),
                ("13B", 512, 368_640),
                ("70B", 1024, 1_720_320),
            )
        ],
        PublishedRun(
            "OLMo 2 32B",
            SHAPES["olmo2-32b"],
            "h100-80gb",
            1280,
            2560,
            1800,
            "Ai2, OLMo 2 32B (2025-03-13): more than 1,800 tokens/s a device, 160 nodes",
        ),
        _hours(
            "MPT-7B",
            "mpt-7b",
            "a100-40gb",
            440,
            1760 * 2048,
            1e12,
            440 * 9.5 * 24,
            "MosaicML, Introducing MPT-7B (2023): 440 devices, 9.5 days, 1T tokens",
        ),
    )


def published_memory() -> Sequence[PublishedMemory]:
    """Memory of a device, from papers and measurements."""
    zero = "Rajbhandari et al. 2020 (ZeRO), figure 1: states of 7.5B parameters on 64 devices"
    states: dict[str, Any] = {"shard": 64, "micro_batch_rows": 1, "checkpointing": "full"}
    llama = SHAPES["llama3-8b"]
    runs = [
        PublishedMemory(
            f"ZeRO 7.5B, {sharding}",
            SHAPES["gpt-7.5b"],
            Layout(sharding=sharding, **states),
            gigabytes * 1e9,
            zero,
            is_states_only=True,
        )
        for sharding, gigabytes in _ZERO_FIGURE_1
    ]
    alternate: dict[str, Any] = {"micro_batch_rows": 2, "checkpointing": "alternate"}
    runs += [
        PublishedMemory(
            f"Llama 3.1 8B on {devices}, {kind}",
            llama,
            Layout(shard=devices, **alternate),
            gib * 2**30,
            f"{_TITAN}, tables 1 and 3",
        )
        for devices, kind, gib in (
            (8, "plain", 82.4),
            (8, "compiled", 77.0),
            (128, "plain", 67.0),
            (128, "compiled", 62.0),
        )
    ]
    runs += [
        PublishedMemory(
            f"Llama 3.1 8B, rows of {length:,}",
            llama.model_copy(update={"max_seq_len": length}),
            Layout(shard=8 // context, context=context, checkpointing="full"),
            gib * 2**30,
            f"{_TITAN}, table 2 (8-bit products)",
        )
        for length, context, gib in ((32768, 1, 83.9),)
    ]
    runs.append(
        PublishedMemory(
            "Llama 3.1 70B on 256",
            SHAPES["llama3-70b"],
            Layout(shard=32, tensor=8, micro_batch_rows=16, checkpointing="full"),
            71.9 * 2**30,
            f"{_TITAN}, table 4 (8-bit products)",
        )
    )
    return runs
