"""What a mesh cannot do with a model is refused before anything is made, all of it at once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.parallel.parity_case import shape_of

from yanmo.core.errors import ConfigError
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.shape import ModelShape
from yanmo.parallel.check import check_parallel
from yanmo.parallel.config import ParallelConfig


def refusal(
    shape: ModelShape, *, batch_rows: int = 8, row_order: str = "shuffled", **fields: Any
) -> str:
    """What is said against it; nothing where it is accepted."""
    try:
        check_parallel(ParallelConfig(**fields), shape, batch_rows=batch_rows, row_order=row_order)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tensor": 4}, "model.num_kv_heads = 2 cannot be divided by tensor = 4; the next"),
        (
            {"tensor": 3},
            "model.vocab_size = 256 cannot be divided by tensor = 3; the next that can is 258",
        ),
        ({"shard": 3}, "8 rows cannot be divided among 3 data ranks"),
        ({"shard": 2, "data_parallel": "ddp"}, "not with shard"),
        ({"tensor": 2, "has_expert_parallel": True}, "which qwen3 is not"),
        ({"context": 64}, "rows of 64 positions"),
        ({"pipeline": 8}, "4 blocks cannot be cut into 8"),
        ({"pipeline": 2, "pipeline_micro_batches": 3}, "cannot be cut into 3 equal parts"),
    ],
)
def test_what_does_not_divide_is_refused(fields: dict[str, Any], said: str) -> None:
    assert said in refusal(shape_of("qwen3"), **fields)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = refusal(shape_of("qwen3"), tensor=3, shard=3, has_expert_parallel=True)
    for part in ("num_heads = 4", "num_kv_heads = 2", "d_ff = 128", "8 rows", "which qwen3 is not"):
        assert part in said


@pytest.mark.parametrize(
    "fields",
    [{"shard": 8}, {"tensor": 2}, {"context": 4}, {"pipeline": 4}, {"replicate": 2, "tensor": 2}],
)
def test_what_divides_is_accepted(fields: dict[str, Any]) -> None:
    assert refusal(shape_of("qwen3"), **fields) == ""


def test_experts_divide_in_place_of_their_channels() -> None:
    shape = shape_of("mixture").model_copy(update={"d_ff": 33})
    assert "d_ff = 33" in refusal(shape, tensor=2)
    assert refusal(shape, tensor=2, has_expert_parallel=True) == ""
    assert "needs tensor > 1" in refusal(shape, has_expert_parallel=True)


@pytest.mark.parametrize(
    ("field", "value", "axis"),
    [
        ("is_sequence_parallel", False, "tensor"),
        ("reshard_after_forward", False, "shard"),
        ("context_attention", "ulysses", "context"),
        ("pipeline_schedule", "gpipe", "pipeline"),
        ("stages_per_process", 1, "pipeline"),
        ("pipeline_micro_batches", 2, "pipeline"),
    ],
)
def test_a_switch_of_an_axis_that_is_not_there_is_refused(
    field: str, value: Any, axis: str
) -> None:
    said = refusal(shape_of("qwen3"), replicate=2, **{field: value})
    assert f"{field} has no effect without {axis}" in said
    assert refusal(shape_of("qwen3"), **{axis: 2, field: value}) == ""


@pytest.mark.parametrize("shape", ["bert", "t5"])
def test_only_causal_models_share_rows_or_have_stages(shape: str) -> None:
    assert "causal" in refusal(shape_of(shape), context=2)
    assert "causal" in refusal(shape_of(shape), pipeline=2)
    assert refusal(shape_of(shape), tensor=2, shard=2) == ""


def test_recurrent_models_are_copied_and_sharded_and_nothing_else() -> None:
    shape = derive_model(ModelConfig(family="lstm"), 256).config
    assert refusal(shape, shard=2, replicate=2) == ""
    said = refusal(shape, tensor=2, activation_checkpointing="full")
    assert "lstm is no Transformer: tensor, activation_checkpointing" in said
    assert "for one process" in refusal(shape, shard=2, row_order="contiguous")
    assert refusal(shape, row_order="contiguous") == ""
