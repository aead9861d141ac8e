"""What ranks run for the tests of pipelines, besides training beside one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from tests.parallel import parity_case
from torch.distributed import distributed_c10d

from yanmo.core.errors import ConfigError
from yanmo.parallel import gradients
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.execution import Execution
from yanmo.parallel.mesh import Mesh, build_mesh
from yanmo.parallel.pipeline import PipelineExecution
from yanmo.parallel.ranks import Ranks

CPU = torch.device("cpu")
DEEP = {"num_layers": 6, "d_model": 32, "d_ff": 48, "head_dim": 8, "vocab_size": 62}
DEEP |= {"max_seq_len": 24}
"""More blocks than there are stages on two processes, and a vocabulary that does not divide."""


def compare_pipelines(
    ranks: Ranks, cases: Sequence[Mapping[str, Any]], mutant: str | None = None
) -> list[dict[str, Any]]:
    """`parity_case.compare`, also of deep shapes, and of pipelines with a mistake."""
    shapes = cast(dict[str, Any], parity_case.SHAPES)
    for name in ("qwen3", "tied", "gpt2", "alibi", "dropout"):
        shapes[f"deep {name}"] = shapes[name] | DEEP
        shapes[f"deepest {name}"] = shapes[name] | DEEP | {"num_layers": 9}
    shapes["even mixture"] = shapes["mixture"] | {"balance_loss_weight": 0.0}
    if mutant == "norm of one stage":
        gradients.NORM_AXES = tuple(axis for axis in gradients.NORM_AXES if axis != "pipeline")
    if mutant == "tie lost":
        PipelineExecution._share_tied_gradient = lambda self: None  # type: ignore[method-assign]
    return parity_case.compare(ranks, cases)


def build(ranks: Ranks, shape: str, **parallel: Any) -> Execution:
    """A tiny model over all ranks, in float64."""
    config = ParallelConfig(pipeline=ranks.size, replicate=1, **parallel)
    mesh = build_mesh(config, ranks, CPU)
    return apply_parallelism(_shape(shape), mesh, device=CPU, seed=7, dtype=torch.float64)


def build_alone(shape: str) -> Execution:
    """The same model on one process."""
    mesh = Mesh(ParallelConfig(), Ranks.alone(), None)
    return apply_parallelism(_shape(shape), mesh, device=CPU, seed=7, dtype=torch.float64)


def measure_odd_rows(ranks: Ranks) -> list[tuple[float, int, float, int]]:
    """Loss and targets of batches whose rows do not divide, by a pipeline and alone."""
    pairs = []
    for schedule in ("1f1b", "interleaved_1f1b", "zbv_zero_bubble"):
        execution = build(ranks, "qwen3", pipeline_schedule=schedule)
        alone = build_alone("qwen3")
        for rows in (5, 8, 1):
            batch = {name: array[:rows] for name, array in _batch("qwen3", rows).items()}
            found = execution.measure(batch, parity_case.sum_loss)
            pairs.append((*found, *alone.measure(batch, parity_case.sum_loss)))
    return pairs


def accumulate_unequal_widths(ranks: Ranks) -> tuple[float, float, float, float]:
    """Loss and norm of a step whose micro-batches differ in width, by a pipeline and alone."""
    batches = []
    for index, width in enumerate((64, 40)):
        batch = {name: array[:, :width] for name, array in _batch("qwen3", index).items()}
        batches.append(batch)
    results = []
    for execution in (build(ranks, "qwen3"), build_alone("qwen3")):
        execution.model.train()
        total = execution.accumulate(batches, parity_case.sum_loss, 500, torch.manual_seed)
        results += [total, execution.clip_gradients(0.2)]
    return results[0], results[1], results[2], results[3]


def measure_between_steps(ranks: Ranks) -> list[tuple[float, float]]:
    """Losses that were measured before every step and after the last, of sharded stages and of one
    process, in pairs."""
    config = ParallelConfig(pipeline=2, shard=2, replicate=1)
    mesh = build_mesh(config, ranks, CPU)
    sharded = apply_parallelism(_shape("qwen3"), mesh, device=CPU, seed=7, dtype=torch.float64)
    losses = []
    for execution in (sharded, build_alone("qwen3")):
        optimizer = torch.optim.AdamW(execution.model.parameters(), lr=0.01, foreach=False)
        measured = []
        for step in range(4):
            batch = _batch("qwen3", step)
            own = parity_case.own_micro_batches(batch, execution.mesh, 1)
            execution.model.eval()
            measured.append(execution.measure(own[0], parity_case.sum_loss)[0])
            execution.model.train()
            optimizer.zero_grad()
            execution.accumulate(own, parity_case.sum_loss, 300, torch.manual_seed)
            # As the trainer does when a loss looks wrong: nothing of the step may be lost.
            execution.measure(own[0], parity_case.sum_loss)
            optimizer.step()
        losses.append(measured)
    return list(zip(*losses, strict=True))


def accumulate_twice(ranks: Ranks) -> tuple[float, float]:
    """The norm after two accumulations of tied stages, and that of one process."""
    norms = []
    for execution in (build(ranks, "tied"), build_alone("tied")):
        execution.model.train()
        for step in (0, 1):
            batch = _batch("tied", step)
            execution.accumulate([batch], parity_case.sum_loss, 300, torch.manual_seed)
        norms.append(execution.clip_gradients(float("inf")))
    return norms[0], norms[1]


def tied_ends(ranks: Ranks) -> list[float]:
    """Some numbers of the embedding that this process holds, after some steps."""
    execution = build(ranks, "tied")
    case = parity_case.Case("tied", {}, "tied", num_steps=4)
    execution.model.train()
    parity_case.train(execution, _shape("tied"), case)
    names = dict(execution.model.named_parameters())
    assert ("embed.weight" in names) == (ranks.rank in (0, ranks.size - 1))
    assert "lm_head.weight" not in names
    weight = names["embed.weight"].detach()
    return [float(weight.sum()), float(weight.square().sum()), float(weight[3, 5])]


def drop_out(ranks: Ranks) -> dict[str, Any]:
    """Losses of one batch with dropout: of equal seeds, of another; and the states that the same
    rows have after their blocks in two parts."""
    execution = build(ranks, "dropout", pipeline_micro_batches=2)
    execution.model.train()
    batch = _batch("dropout", 0)
    twice = {name: torch.cat([array[:4], array[:4]]) for name, array in batch.items()}

    def loss(seed: int) -> float:
        def before_batch(index: int) -> None:
            assert type(index) is int, "seeds are made of what is printed of a number"
            torch.manual_seed(seed + index)

        return execution.accumulate([twice], parity_case.sum_loss, 100, before_batch)

    losses = [loss(1), loss(1), loss(2)]
    assert isinstance(execution, PipelineExecution)
    parts = [float(part) for part in execution._losses]
    return {"losses": losses, "parts": parts}


def pickle_nothing(ranks: Ranks) -> list[float]:
    """Losses of passes forward and backward while no object may be sent."""

    def refuse(*arguments: Any, **named: Any) -> None:
        raise AssertionError("an object was about to be pickled")

    distributed_c10d._object_to_tensor = refuse  # type: ignore[attr-defined]
    batch = _batch("qwen3", 0)
    losses = []
    for schedule in ("1f1b", "zbv_zero_bubble"):
        execution = build(ranks, "qwen3", pipeline_schedule=schedule)
        losses.append(execution.measure(batch, parity_case.sum_loss)[0])
        losses.append(execution.accumulate([batch], parity_case.sum_loss, 9, torch.manual_seed))
    return losses


def refuse_other_losses(ranks: Ranks) -> str:
    """What is said of an objective that looks at scores."""
    execution = build(ranks, "qwen3")

    def loss(model: Any, batch: Any) -> tuple[torch.Tensor, int]:
        return model(batch["tokens"]).logits.sum(), 1

    try:
        execution.measure(_batch("qwen3", 0), loss)
    except ConfigError as error:
        return error.what
    return "nothing"


def _shape(name: str) -> Any:
    return parity_case.shape_of(name)


def _batch(name: str, step: int) -> dict[str, torch.Tensor]:
    return parity_case.make_batch(_shape(name), step, is_packed=True)
