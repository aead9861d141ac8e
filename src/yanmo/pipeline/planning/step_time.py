"""Time of one optimiser step on a cluster: what is computed, what is moved, and what is waited for.

Comes in: a shape, a layout, a cluster and the rows of a step. Goes out: seconds by part. A roofline
with few constants, the same for every model and cluster; they were fitted to some of the runs in
`published`, and the others say how good they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from yanmo.pipeline.planning.accelerators import Accelerator, Generation
from yanmo.pipeline.planning.device_memory import activation_bytes_per_token
from yanmo.pipeline.planning.layout import Layout
from yanmo.pipeline.planning.pipeline_passes import waiting_frac
from yanmo.pipeline.planning.shapes import DecoderShape

PRODUCT_FRAC: Mapping[Generation, float] = {
    "volta": 0.68,
    "ampere": 0.68,
    "hopper": 0.54,
    "blackwell": 0.54,
}
"""Part of the peak that large matrix products reach. Ampere and Hopper are fitted; Volta is taken
to be like the one and Blackwell like the other."""
TRAFFIC_FACTOR = 7.0
"""How often each kept activation crosses the memory's bus in what is no product, forward and
backward. Fitted."""
LINK_FRAC = 0.75
"""Part of a link's bandwidth that collectives reach, as NCCL's own tests report for large ones."""
EXPOSED_FRAC = 0.5
"""Part of overlapped communication that is waited for all the same. Fitted."""
SCORE_TRAFFIC_BYTES = 24
"""Bytes moved for each token and vocabulary entry, forward and backward."""
UPDATE_BYTES = 32
"""Bytes read and written for each parameter when Adam updates it."""


@dataclass(frozen=True)
class Links:
    """How devices are connected: devices of a node, and bytes per second of each, one direction."""

    devices_per_node: int
    link_bytes_per_s: float
    network_bytes_per_s: float

    def of_group(self, inner: int, size: int) -> float:
        """Bytes per second at which a group of `size` devices moves data, each `inner` devices
        apart: between nodes, the members on one node share their network ports."""
        if inner * size <= self.devices_per_node:
            return LINK_FRAC * self.link_bytes_per_s
        on_node = max(1, self.devices_per_node // inner)
        return LINK_FRAC * min(self.link_bytes_per_s, on_node * self.network_bytes_per_s)


@dataclass(frozen=True)
class StepTime:
    """Seconds of a step, by part; together the whole of it."""

    products: float
    memory: float
    tensor: float
    context: float
    pipeline: float
    data: float
    update: float

    @property
    def total(self) -> float:
        """Seconds of the step."""
        return float(sum(getattr(self, field.name) for field in fields(self)))


def estimate_step(
    shape: DecoderShape,
    layout: Layout,
    device: Accelerator,
    links: Links,
    *,
    rows: int,
) -> StepTime:
    """Seconds of a step of `rows` rows over the whole cluster."""
    micro_batches = max(1.0, rows / (layout.data * layout.micro_batch_rows))
    tokens = layout.micro_batch_rows * shape.max_seq_len / layout.context
    layers = stage_layers(shape, layout)
    products = _products(shape, layout, tokens, layers)
    products /= device.peak_flops * PRODUCT_FRAC[device.generation]
    memory = _traffic(shape, layout, tokens, layers) / device.memory_bytes_per_s
    tensor = _tensor(shape, layout, links, tokens, layers)
    context = _context(shape, layout, links, tokens, layers)
    computed = products + memory
    each = computed + tensor + context
    bubble = waiting_frac(layout, math.ceil(micro_batches))
    waiting = micro_batches * each * bubble / (1 - bubble)
    if layout.pipeline > 1:
        # A stage that is not beside its neighbour sends over the network, forward and backward.
        sent = 2 * 2 * shape.d_model * tokens / layout.tensor * layout.chunks
        waiting += micro_batches * sent / links.of_group(layout.tensor * layout.context, 10**6)
    data = _data(shape, layout, links, micro_batches, computed)
    params = shape.num_params() / (layout.pipeline * layout.tensor)
    updated = params / (layout.shard if layout.sharding != "none" else 1)
    return StepTime(
        products=micro_batches * products,
        memory=micro_batches * memory,
        tensor=micro_batches * tensor,
        context=micro_batches * context,
        pipeline=waiting,
        data=data,
        update=UPDATE_BYTES * updated / device.memory_bytes_per_s,
    )


def stage_layers(shape: DecoderShape, layout: Layout) -> int:
    """Blocks of the longest stage: its pieces are whole blocks."""
    return math.ceil(shape.num_layers / (layout.pipeline * layout.chunks)) * layout.chunks


def recomputed_frac(layout: Layout) -> float:
    """Part of a block's forward pass that is done twice; selective recomputation is of scores."""
    return {"none": 0.0, "selective": 0.0, "alternate": 0.5, "full": 1.0}[layout.checkpointing]


def _products(shape: DecoderShape, layout: Layout, tokens: float, layers: float) -> float:
    """FLOPs of the products of a micro-batch on one device."""
    attention = shape.attention_flops() * (0.5 if layout.has_fused_attention else 1.0)
    forward = 2 * shape.layer_params() + attention
    again = recomputed_frac(layout) * forward
    if layout.checkpointing == "selective" and not layout.has_fused_attention:
        again = attention
    head = 3 * 2 * shape.vocab_size * shape.d_model / layout.pipeline
    return tokens * (layers * (3 * forward + again) + head) / layout.tensor


def _traffic(shape: DecoderShape, layout: Layout, tokens: float, layers: float) -> float:
    """Bytes that a micro-batch moves through one device's memory outside of products."""
    whole, inner, scores = activation_bytes_per_token(shape, layout)
    whole_cut = layout.tensor if layout.has_sequence_parallel else 1
    kept = whole / whole_cut + (inner + scores) / layout.tensor
    again = recomputed_frac(layout) / 3
    if layout.checkpointing == "selective":
        again = scores / layout.tensor / kept / 3
    head = SCORE_TRAFFIC_BYTES * shape.vocab_size / layout.tensor / layout.pipeline
    return tokens * (layers * kept * TRAFFIC_FACTOR * (1 + again) + head)


def _tensor(
    shape: DecoderShape, layout: Layout, links: Links, tokens: float, layers: float
) -> float:
    """Seconds of a micro-batch's tensor-parallel sums: two forward, two backward, and two more
    where the forward pass is done again."""
    if layout.tensor == 1:
        return 0.0
    sums = 4 + 2 * recomputed_frac(layout)
    volume = 2 * (layout.tensor - 1) / layout.tensor * 2 * shape.d_model * tokens
    return layers * sums * volume / links.of_group(1, layout.tensor)


def _context(
    shape: DecoderShape, layout: Layout, links: Links, tokens: float, layers: float
) -> float:
    """Seconds in which keys and values of whole rows are gathered, and their gradients summed."""
    if layout.context == 1:
        return 0.0
    gathered = 2 * 2 * shape.kv_width / layout.tensor * tokens * (layout.context - 1)
    passes = 2 + recomputed_frac(layout)
    return layers * passes * gathered / links.of_group(layout.tensor, layout.context)


def _data(
    shape: DecoderShape, layout: Layout, links: Links, micro_batches: float, computed: float
) -> float:
    """Seconds of a step that are waited for gradients, and for weights that are shared."""
    ranks = layout.data * layout.context
    if ranks == 1:
        return 0.0
    params = shape.num_params() / (layout.pipeline * layout.tensor)
    speed = links.of_group(layout.tensor, ranks)
    part = (ranks - 1) / ranks
    if layout.sharding == "parameters" and layout.shard > 1:
        gathers = 2 * layout.weight_bytes * params * part
        sums = layout.gradient_bytes * params * part
        moved = micro_batches * (gathers + sums) / speed
        if layout.replicate > 1:
            moved += 2 * layout.gradient_bytes * params / layout.shard / speed
    else:
        moved = 2 * layout.gradient_bytes * params * part / speed
    if not layout.has_overlap:
        return moved
    hidden = min(moved, micro_batches * computed)
    return moved - hidden * (1 - EXPOSED_FRAC)
