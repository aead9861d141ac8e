"""Memory of one device of a mesh, by part: the fullest one, of the first or the last stage.

Comes in: a shape and a layout. Goes out: bytes. States of the model follow Rajbhandari et al. 2020
(ZeRO, section 3.1 and figure 1); activations Korthikanti et al. 2022 (equations 1 to 6), counted
part by part so that grouped heads, gated layers and fused attention come out too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from yanmo.pipeline.planning.layout import Layout
from yanmo.pipeline.planning.pipeline_passes import held_passes, state_buffers
from yanmo.pipeline.planning.shapes import DecoderShape

SCORE_BYTES = 12
"""Bytes for each token and vocabulary entry where scores exist whole: themselves in 16 bits, a
32-bit copy, and the gradients of both."""
BLOCK_SCORES, BLOCK_SCORE_BYTES = 2**28, 6
"""Scores that the fused loss has on a GPU at once (`nn.cross_entropy`), or those of 64 rows; in 32
bits, and their gradient in 16."""
STATE_BYTES = 2
"""Of a number that goes from stage to stage: states have the type that is computed in, and are
whole on every device that shares a stage's matrices."""
PREFETCHED_LAYERS = 2
"""Blocks whose gathered weights are held at once: the one in use and the next."""
RUNTIME_BYTES = int(1.5 * 2**30)
"""What the driver, its libraries and the communication channels take before any tensor is made;
allocators do not count it."""


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes on one device, by part.

    `buffers` are whole weights that were gathered from the devices that share them, rows that
    tensor parallelism has gathered, and what the stages of a pipeline receive and send.
    """

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
        num_micro_batches: in a step, on each data rank, at least one.
    """
    first = _device(shape, layout, max(1, num_micro_batches), is_last=layout.pipeline == 1)
    if layout.pipeline == 1:
        return first
    last = _device(shape, layout, max(1, num_micro_batches), is_last=True)
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


def _device(
    shape: DecoderShape, layout: Layout, num_micro_batches: int, *, is_last: bool
) -> DeviceMemory:
    """Memory of the first device of a pipeline, or of its last."""
    is_both = layout.pipeline == 1
    has_embedding, has_head = is_both or not is_last, is_last
    if layout.schedule == "zbv_zero_bubble" and not is_both:
        has_embedding = has_head = not is_last  # both ends of the V
    tokens = layout.micro_batch_rows * shape.max_seq_len / layout.context
    layers = shape.num_layers / layout.pipeline
    held = held_passes(layout, num_micro_batches, is_last=is_last) / layout.chunks
    kept, remade = _kept_per_layer(shape, layout)
    num_ends = has_embedding + has_head - (is_both and shape.tie_embeddings)
    ends = num_ends * shape.vocab_size * shape.d_model
    params = (layers * shape.layer_params() + ends) / layout.tensor
    level = ("none", "optimizer", "gradients", "parameters").index(layout.sharding)
    buffers = _gathered(shape, layout, tokens)
    buffers += (
        STATE_BYTES
        * tokens
        * shape.d_model
        * state_buffers(layout, num_micro_batches, is_last=is_last)
    )
    logits = _logits(shape, layout, tokens) if has_head else 0.0
    return DeviceMemory(
        weights=layout.weight_bytes * params / (layout.shard if level >= 3 else 1),
        gradients=layout.gradient_bytes * params / (layout.shard if level >= 2 else 1),
        optimizer=layout.optimizer_bytes * params / (layout.shard if level >= 1 else 1),
        activations=tokens * (held * layers * kept + remade),
        logits=logits,
        buffers=buffers,
    )


def _logits(shape: DecoderShape, layout: Layout, tokens: float) -> float:
    """Bytes of the scores of the vocabulary: whole, or the blocks that the fused loss works on."""
    if not layout.has_fused_loss:
        return SCORE_BYTES * tokens * shape.vocab_size / layout.tensor
    rows = min(tokens, max(64, BLOCK_SCORES // shape.vocab_size))
    return BLOCK_SCORE_BYTES * rows * shape.vocab_size / layout.tensor


def _gathered(shape: DecoderShape, layout: Layout, tokens: float) -> float:
    """Bytes of weights that are gathered for a block and of their gradients, and of the rows that
    tensor parallelism works on, before a block and after it."""
    gathered = 0.0
    if layout.sharding == "parameters" and layout.shard > 1:
        block = PREFETCHED_LAYERS * shape.layer_params() + shape.vocab_size * shape.d_model
        gathered = layout.weight_bytes * block + layout.gradient_bytes * shape.layer_params()
        gathered /= layout.tensor
    if layout.tensor > 1 and layout.has_sequence_parallel:
        gathered += 2 * 2 * shape.d_model * tokens
    return gathered
