"""Memory of one device of a mesh, by part: the fullest one, of the first or the last stage.

Comes in: a shape and a layout. Goes out: bytes. States of the model follow Rajbhandari et al. 2020
(ZeRO, section 3.1 and figure 1); activations Korthikanti et al. 2022 (equations 1 to 6), counted
part by part so that grouped heads, gated layers and fused attention come out too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from yanmo.pipeline.planning.layout import Layout
from yanmo.pipeline.planning.shapes import DecoderShape

SCORE_BYTES = 12
"""Bytes for each token and vocabulary entry where scores exist whole: themselves in 16 bits, a
32-bit copy, and the gradients of both."""
PREFETCHED_LAYERS = 2
"""Blocks whose gathered weights are held at once: the one in use and the next."""
RUNTIME_BYTES = int(1.5 * 2**30)
"""What the driver, its libraries and the communication channels take before any tensor is made;
allocators do not count it."""


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes on one device, by part."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    logits: float
    buffers: float

    @property
    def total(self) -> float:
        """All parts."""
        return float(sum(getattr(self, field.name) for field in fields(self)))


def estimate_memory(shape: DecoderShape, layout: Layout, *, num_micro_batches: int) -> DeviceMemory:
    """Memory of the fullest device.

    Args:
        num_micro_batches: in a step, on each data rank; a pipeline holds as many as it has stages.
    """
    first = _stage(shape, layout, num_micro_batches, is_last=layout.pipeline == 1)
    if layout.pipeline == 1:
        return first
    last = _stage(shape, layout, num_micro_batches, is_last=True)
    return max(first, last, key=lambda memory: memory.total)


def activation_bytes_per_token(shape: DecoderShape, layout: Layout) -> tuple[float, float, float]:
    """Bytes that one block keeps for one token in 16 bits, nothing recomputed: what tensor
    parallelism leaves whole, what it cuts, and the scores of attention, which it cuts too.

    For a block of GPT-2 with dropout these are 10 D, 24 D and 5 N T (equation 2 there).
    """
    width, mask = shape.d_model, 1 if shape.has_dropout else 0
    whole = (2 + 2) * width + (2 + 2) * width + 2 * mask * width  # norms, their outputs, masks
    inner = 2 * (shape.q_width + 2 * shape.kv_width) + 2 * shape.q_width
    inner += (6 if shape.mlp == "gated" else 4) * shape.ff_width
    scores = (2 + 3 * mask) * shape.num_heads * shape.max_seq_len
    return float(whole), float(inner), 0.0 if layout.has_fused_attention else float(scores)


def _kept_per_layer(shape: DecoderShape, layout: Layout) -> tuple[float, float]:
    """Bytes for a token that a block keeps, and that it makes again when its turn comes."""
    whole, inner, scores = activation_bytes_per_token(shape, layout)
    cut = layout.tensor
    whole_cut = cut if layout.has_sequence_parallel else 1
    everything = whole / whole_cut + (inner + scores) / cut
    block_input = 2 * shape.d_model / whole_cut
    if layout.checkpointing == "none":
        return everything, 0.0
    if layout.checkpointing == "selective":
        return whole / whole_cut + inner / cut, scores / cut
    if layout.checkpointing == "full":
        return block_input, everything
    products = 2 * (2 * shape.q_width + 2 * shape.kv_width + shape.d_model)
    products += 2 * (2 if shape.mlp == "gated" else 1) * shape.ff_width
    alternate = block_input + (2 * shape.q_width + products / 2) / cut
    return alternate, everything - alternate


def _stage(
    shape: DecoderShape, layout: Layout, num_micro_batches: int, *, is_last: bool
) -> DeviceMemory:
    stages = layout.pipeline
    tokens = layout.micro_batch_rows * shape.max_seq_len / layout.context
    layers = shape.num_layers / stages
    held = 1.0
    if stages > 1:
        in_flight = 1 if is_last else min(stages, num_micro_batches)
        held = float(in_flight)
        if layout.chunks > 1 and not is_last:  # Korthikanti et al. 2022, section 4.2.3
            held *= 1 + (stages - 1) / (stages * layout.chunks)
    kept, remade = _kept_per_layer(shape, layout)
    has_head = is_last
    ends = shape.vocab_size * shape.d_model
    own_ends = ends * (2 if stages == 1 and not shape.tie_embeddings else 1)
    params = (layers * shape.layer_params() + own_ends) / layout.tensor
    shared = layout.shard
    level = ("none", "optimizer", "gradients", "parameters").index(layout.sharding)
    gathered = 0.0
    if level == 3 and shared > 1:
        block = PREFETCHED_LAYERS * shape.layer_params() + ends
        gathered = (layout.weight_bytes * block + layout.gradient_bytes * shape.layer_params()) / (
            layout.tensor
        )
    # The all-gathered rows of a block that tensor parallelism works on, before and after.
    if layout.tensor > 1 and layout.has_sequence_parallel:
        gathered += 2 * 2 * shape.d_model * tokens
    scores = 0.0
    if has_head and not layout.has_fused_loss:
        scores = SCORE_BYTES * tokens * shape.vocab_size / layout.tensor
    return DeviceMemory(
        weights=layout.weight_bytes * params / (shared if level >= 3 else 1),
        gradients=layout.gradient_bytes * params / (shared if level >= 2 else 1),
        optimizer=layout.optimizer_bytes * params / (shared if level >= 1 else 1),
        activations=tokens * (held * layers * kept + remade),
        logits=scores,
        buffers=gathered,
    )
