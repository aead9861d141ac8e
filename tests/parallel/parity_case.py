"""A tiny model trained for a few steps, by one process or by many, and what is compared.

The batch of a step is a function of the step alone; each row drops another number of targets, so
that processes have unequal shares; the gradient is always clipped. Everything is made here again in
every process, so that nothing but a name has to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.execution import Execution
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import Mesh, build_mesh
from yanmo.parallel.ranks import Ranks

NUM_ROWS = 8
MAX_NORM = 0.05
LEARNING_RATE = 3e-3
SEED = 7

_QWEN: dict[str, Any] = {
    "family": "qwen3",
    "vocab_size": 256,
    "max_seq_len": 64,
    "d_model": 64,
    "dropout": 0.0,
    "tie_embeddings": False,
    "d_ff": 128,
    "num_layers": 4,
    "num_heads": 4,
    "num_kv_heads": 2,
    "head_dim": 16,
    "norm_eps": 1e-6,
    "norm": "rms_norm",
    "mlp": "gated",
    "activation": "silu",
    "has_attn_bias": False,
    "has_mlp_bias": False,
    "has_qk_norm": True,
    "positions": "rotary",
    "rope_theta": 10_000.0,
}
_GPT2 = _QWEN | {
    "family": "gpt2",
    "num_kv_heads": 4,
    "norm": "layer_norm",
    "mlp": "plain",
    "activation": "gelu_tanh",
    "has_attn_bias": True,
    "has_mlp_bias": True,
    "has_qk_norm": False,
    "positions": "learned",
    "rope_theta": None,
    "tie_embeddings": True,
}
_BERT = _GPT2 | {
    "family": "bert",
    "form": "encoder",
    "norm_placement": "after",
    "num_segments": 2,
    "has_embedding_norm": True,
    "has_head_bias": True,
    "has_pooler": True,
}
_T5 = _QWEN | {
    "family": "t5",
    "form": "encoder_decoder",
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_kv_heads": 4,
    "activation": "gelu_tanh",  # that of T5 1.1: no element is switched off by one rounding
    "has_qk_norm": False,
    "has_scaled_attention": False,
    "positions": "relative",
    "rope_theta": None,
    "tie_embeddings": True,
    "score_scale": 0.125,
}
_MIXTURE = {
    "family": "qwen3_moe",
    "mlp": "mixture",
    "num_experts": 4,
    "num_active_experts": 2,
    "d_ff": 32,
    "balance_loss_weight": 0.1,
}

SHAPES: Mapping[str, dict[str, Any]] = {
    "qwen3": _QWEN,
    "tied": _QWEN | {"tie_embeddings": True},
    "multi_head": _QWEN | {"num_kv_heads": 4},
    "llama": _QWEN | {"family": "llama", "has_qk_norm": False},
    "gpt2": _GPT2,
    "alibi": _GPT2 | {"family": "transformer", "positions": "alibi"},
    "relative": _QWEN | {"family": "transformer", "positions": "relative", "rope_theta": None},
    "bert": _BERT,
    "t5": _T5,
    "mixture": _QWEN | _MIXTURE,
    "odd": _QWEN | _MIXTURE | {"max_seq_len": 61},
    "dropout": _QWEN | {"dropout": 0.1},
}


@dataclass(frozen=True)
class Case:
    """One training run.

    Attributes:
        name: how it is told from others.
        parallel: fields of `ParallelConfig`.
        shape: a key of `SHAPES`.
        dtype: `float64` or `float32`.
        micro_batches: micro-batches of a step, on each data rank.
        is_packed: whether rows hold several documents.
        num_steps: optimiser steps.
    """

    name: str
    parallel: Mapping[str, Any]
    shape: str = "qwen3"
    dtype: str = "float64"
    micro_batches: int = 1
    is_packed: bool = False
    num_steps: int = 6

    @property
    def num_processes(self) -> int:
        """Processes that it runs on."""
        return ParallelConfig(**self.parallel).num_processes

    @property
    def reference(self) -> tuple[Any, ...]:
        """What the single process has to be told, for the same results."""
        return (self.shape, self.dtype, self.is_packed, self.num_steps)


def shape_of(name: str) -> TransformerConfig:
    """The full shape."""
    return TransformerConfig(**SHAPES[name])


def make_batch(shape: ModelShape, step: int, *, is_packed: bool) -> dict[str, torch.Tensor]:
    """The global batch of a step: `NUM_ROWS` rows, each with another number of targets."""
    generator = torch.Generator().manual_seed(1000 + step)
    num_rows, num_tokens = NUM_ROWS, shape.max_seq_len
    ids = torch.randint(2, shape.vocab_size, (num_rows, num_tokens + 1), generator=generator)
    tokens, labels = ids[:, :-1].contiguous(), ids[:, 1:].clone()
    for row in range(num_rows):
        labels[row, : 1 + (row * 7 + step) % 41] = -100
    batch = {"tokens": tokens, "labels": labels}
    form = getattr(shape, "form", "decoder")
    if form == "encoder_decoder":
        source = torch.randint(2, shape.vocab_size, (num_rows, 48), generator=generator)
        lengths = torch.randint(20, 49, (num_rows, 1), generator=generator)
        return batch | {"source_tokens": source, "source_mask": torch.arange(48) < lengths}
    if form == "encoder":
        is_hidden = torch.rand(tokens.shape, generator=generator) < 0.2
        batch["labels"] = torch.where(is_hidden, tokens, -100)
        batch["tokens"] = torch.where(is_hidden, 1, tokens)
    if is_packed:
        begins = torch.rand(tokens.shape, generator=generator) < 0.05
        begins[:, 0] = True
        order = torch.arange(num_tokens).expand(tokens.shape)
        first = torch.where(begins, order, 0).cummax(1).values
        batch["document_ids"] = begins.long().cumsum(1) - 1
        batch["positions"] = order - first
    return batch


def sum_loss(model: nn.Module, batch: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    """As the objectives do it."""
    return model(**batch).loss_sum, int((batch["labels"] >= 0).sum())


def own_micro_batches(batch: Mapping[str, torch.Tensor], mesh: Mesh, count: int) -> list[Any]:
    """This data rank's contiguous rows, in `count` micro-batches."""
    own = {k: v.chunk(mesh.config.num_data_ranks)[mesh.data_rank] for k, v in batch.items()}
    parts = {name: values.chunk(count) for name, values in own.items()}
    return [{name: parts[name][index] for name in parts} for index in range(count)]


def train(
    execution: Execution, shape: ModelShape, case: Case, steps: Sequence[int] | None = None
) -> dict[str, list[float]]:
    """Train with AdamW; the loss and the norm of every step."""
    optimizer = torch.optim.AdamW(
        [local_parameter(p) for p in execution.model.parameters()], lr=LEARNING_RATE, foreach=False
    )
    losses, norms = [], []
    for step in range(case.num_steps) if steps is None else steps:
        batch = make_batch(shape, step, is_packed=case.is_packed)
        num_targets = int((batch["labels"] >= 0).sum())
        execution.model.zero_grad(set_to_none=True)
        batches = own_micro_batches(batch, execution.mesh, case.micro_batches)
        total = execution.accumulate(batches, sum_loss, num_targets, torch.manual_seed)
        losses.append(total / num_targets)
        norms.append(execution.clip_gradients(MAX_NORM))
        pairs = zip(optimizer.param_groups[0]["params"], execution.model.parameters(), strict=True)
        for local, parameter in pairs:
            local.grad = None if parameter.grad is None else local_tensor(parameter.grad)
        optimizer.step()
    return {"losses": losses, "norms": norms}


def local_parameter(parameter: torch.Tensor) -> torch.Tensor:
    """The part of a parameter that is here, on the same memory."""
    return local_tensor(parameter.detach())


def run_case(ranks: Ranks, case: Case) -> tuple[dict[str, Any], dict[str, torch.Tensor] | None]:
    """Losses and norms, and on the first process the final weights."""
    torch.manual_seed(0)
    shape = shape_of(case.shape)
    mesh = build_mesh(ParallelConfig(**case.parallel), ranks, torch.device("cpu"))
    execution = apply_parallelism(
        shape, mesh, device=torch.device("cpu"), seed=SEED, dtype=getattr(torch, case.dtype)
    )
    execution.model.train()
    told = train(execution, shape, case)
    batch = make_batch(shape, 999, is_packed=case.is_packed)
    own = own_micro_batches(batch, mesh, 1)[0]
    execution.model.eval()
    measured, num_targets = execution.measure(own, sum_loss)
    weights = execution.full_state()
    assert num_targets == int((batch["labels"] >= 0).sum())
    told["losses"].append(measured / num_targets)
    release(mesh)
    return told, weights


def release(mesh: Mesh) -> None:
    """Let go of the groups of a mesh, so that many can be tried in one launch."""
    del mesh


def compare(ranks: Ranks, cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Run cases on all ranks and, on the first, alone; how far they are apart.

    Args:
        ranks: as many as each case asks for.
        cases: fields of `Case`.

    Returns:
        Of each case: its name and the largest differences of losses, norms and weights; or on other
        ranks only what must be alike everywhere.
    """
    references: dict[Any, Any] = {}
    found = []
    for fields in cases:
        case = Case(**fields)
        told, weights = run_case(ranks, case)
        result: dict[str, Any] = {"name": case.name, "losses": told["losses"]}
        if ranks.is_main:
            assert weights is not None
            if case.reference not in references:
                alone = Case("alone", {}, *case.reference[:2], 1, *case.reference[2:])
                references[case.reference] = run_case(Ranks.alone(), alone)
            wanted, wanted_weights = references[case.reference]
            result |= differences(told, weights, wanted, wanted_weights)
        ranks.barrier()
        found.append(result)
    return found


def differences(
    told: Mapping[str, Any],
    weights: Mapping[str, torch.Tensor],
    wanted: Mapping[str, Any],
    wanted_weights: Mapping[str, torch.Tensor],
) -> dict[str, float]:
    """Largest absolute differences; infinite where the weights are not even the same by name."""
    is_same = weights.keys() == wanted_weights.keys()
    apart = [float((weights[n] - wanted_weights[n]).abs().max()) for n in weights if is_same]
    return {
        "loss": _largest(told["losses"], wanted["losses"]),
        "norm": _largest(told["norms"], wanted["norms"]),
        "weight": max(apart, default=float("inf")),
        "smallest_norm": min(wanted["norms"]),
    }


def _largest(found: Sequence[float], wanted: Sequence[float]) -> float:
    return max(abs(x - y) for x, y in zip(found, wanted, strict=True))
