"""Memory of this machine, and what a model's training takes of it by count, without trying.

Comes in: a shape and the `pretrain` section. Goes out: bytes; or an error, before
training begins, where they are more than there are.
"""

from __future__ import annotations

import os
from pathlib import Path

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.training.config import MuonConfig, PretrainConfig

LOSS_BLOCK_BYTES = 3 * 8 * 2**20
"""Three copies of a block of scores: `nn.cross_entropy` works on 8 MiB at a time on a CPU."""
LIBRARIES_BYTES = 400 * 2**20
"""Python with torch and what else a run has loaded, before any model: measured on Linux."""
_STATES_PER_WIDTH = 64
"""Numbers that a recurrent or convolutional model keeps for each token and channel, roughly."""
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


_MOMENTS = {"adamw": 2, "adam": 2, "sgd": 1, "lion": 1, "adafactor": 0}
"""Numbers that an optimiser keeps for each parameter."""


def machine_memory_bytes(cgroup_limit: Path = _CGROUP_LIMIT) -> int:
    """Memory that this process may have: the machine's, or less where a container limits it."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(total, int(cgroup_limit.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or "max"
        return total


def state_bytes(num_params: int, num_matrix_params: int, config: PretrainConfig) -> tuple[int, int]:
    """Bytes of the weights (gradients take as many) and of what is kept beside them, in float32:
    the optimiser's state, averaged weights, the best weights.

    Args:
        num_matrix_params: those in the linear layers of blocks, of which Muon keeps one moment.
    """
    weights = 4 * num_params
    if isinstance(config.optimizer, MuonConfig):
        numbers = 2 * num_params - num_matrix_params
    else:
        numbers = _MOMENTS[config.optimizer.name] * num_params
    copies = (config.ema_decay is not None) + (config.early_stopping is not None)
    return weights, 4 * (numbers + copies * num_params)


def activation_bytes(shape: ModelShape, rows: int) -> int:
    """Bytes that the backward pass of `rows` rows needs, in float32.

    Counted tensor by tensor: what each block keeps for its gradient, the final hidden states, and
    the blocks of scores that the fused loss works on, which are bounded whatever the vocabulary.
    Of models that are no Transformers: their states and gates, to the nearest factor of two.
    """
    tokens = rows * shape.max_seq_len
    if not isinstance(shape, TransformerConfig):
        return 4 * tokens * (_STATES_PER_WIDTH * shape.d_model) + LOSS_BLOCK_BYTES
    heads = shape.num_heads * shape.head_dim
    kept_by_attention = 6 * shape.d_model + 8 * heads
    active = max(1, shape.num_active_experts)
    kept_by_mlp = 4 * shape.d_model + (3 if shape.mlp == "plain" else 5) * shape.d_ff * active
    layers = shape.num_layers + shape.num_decoder_layers
    kept = layers * (kept_by_attention + kept_by_mlp) + 4 * shape.d_model
    return 4 * tokens * kept + LOSS_BLOCK_BYTES


def training_bytes(shape: ModelShape, config: PretrainConfig, num_processes: int = 1) -> int:
    """What training takes by count: libraries, weights, gradients, optimiser, activations."""
    from yanmo.models.build import count_embedding_params, count_params

    params = count_params(shape)
    weights, moments = state_bytes(params, params - count_embedding_params(shape), config)
    rows = config.micro_batch_rows or max(1, config.batch_rows // num_processes)
    return LIBRARIES_BYTES + 2 * weights + moments + activation_bytes(shape, rows)


def check_memory(
    shape: ModelShape, config: PretrainConfig, *, where: str, num_processes: int = 1
) -> None:
    """Refuse, before training begins, what cannot fit into the memory of this machine.

    Args:
        where: folder of the stage, for the message.
        num_processes: that share a batch; each holds the whole model.

    Raises:
        RunError: what training takes by count is more than there is.
    """
    if not _is_on_cpu(config):
        return  # a GPU says itself when its memory is full, and at once
    needed, there = training_bytes(shape, config, num_processes), machine_memory_bytes()
    if needed <= there:
        return
    why = t(
        "training needs about {needed:.1f} GiB, and this machine has {there:.1f} GiB",
        needed=needed / 2**30,
        there=there / 2**30,
    )
    hint = fitting_hint(shape, config, there, num_processes)
    raise RunError(
        t("there is not enough memory"),
        where=where,
        why=why,
        hint=f"{hint} {t('`yanmo plan` says what a recipe needs.')}",
    )


def fitting_hint(
    shape: ModelShape, config: PretrainConfig, there: int, num_processes: int = 1
) -> str:
    """How many rows at once would fit, or that the model itself is too large."""
    rows = config.micro_batch_rows or config.batch_rows
    for fewer in range(rows - 1, 0, -1):
        if config.batch_rows % fewer == 0:
            tried = config.model_copy(update={"micro_batch_rows": fewer})
            if training_bytes(shape, tried, num_processes) <= 0.8 * there:
                return t("Set pretrain.micro_batch_rows={rows}.", rows=fewer)
    return t("Make the model smaller, or its rows shorter (model.max_seq_len).")


def _is_on_cpu(config: PretrainConfig) -> bool:
    from yanmo.core.device import choose_device

    return choose_device(config.device).type == "cpu"
