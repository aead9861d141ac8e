"""Stages of a decoder are the decoder: the same names, the same initial values, the same result one
after another."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.parallel.parity_case import make_batch, shape_of

from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model, lay_out
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.pipeline_check import check_pipeline, check_pipeline_rows
from yanmo.parallel.pipeline_stages import StageGroup, lay_out_stage, split_layers

CPU = torch.device("cpu")


def build_stages(shape: TransformerConfig, count: int) -> list[Any]:
    stages = [lay_out_stage(shape, count, index) for index in range(count)]
    for stage in stages:
        stage.to_empty(device=CPU)
        stage.tie_weights()
        stage.init_weights(3)
    return stages


@pytest.mark.parametrize("name", ["qwen3", "tied", "gpt2", "alibi", "mixture"])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_stages_together_have_the_names_and_values_of_the_whole(name: str, count: int) -> None:
    shape = shape_of(name)
    whole = dict(build_model(shape, CPU, 3).named_parameters())
    found: dict[str, torch.Tensor] = {}
    for stage in build_stages(shape, count):
        for parameter_name, parameter in stage.named_parameters():
            if parameter_name in found:
                assert parameter_name == "embed.weight", "only tied embeddings are held twice"
                assert shape.tie_embeddings
            assert torch.equal(parameter, whole[parameter_name]), parameter_name
            found[parameter_name] = parameter
    assert found.keys() == whole.keys()


@pytest.mark.parametrize("name", ["qwen3", "gpt2", "alibi", "mixture"])
def test_stages_one_after_another_give_the_loss_of_the_whole(name: str) -> None:
    shape = shape_of(name)
    batch = make_batch(shape, 0, is_packed=True)
    model = build_model(shape, CPU, 3).eval()
    x = batch["tokens"]
    with torch.no_grad():
        for stage in build_stages(shape, 3):
            x = stage.eval()(x, **batch)
        wanted = model(**batch).loss_sum
    assert torch.equal(x, wanted)


def test_the_dearest_stage_is_as_cheap_as_it_can_be() -> None:
    shape = shape_of("qwen3").model_copy(update={"num_layers": 13})
    of_block = sum(p.numel() for p in lay_out(shape).blocks.parameters()) // 13  # type: ignore[union-attr, operator]
    # Ends as dear as two blocks: the first and last stage have two fewer.
    heavy = shape.model_copy(update={"vocab_size": 2 * of_block // shape.d_model})
    assert [len(layers) for layers in split_layers(heavy, 4)] == [2, 4, 4, 3]
    light = shape.model_copy(update={"vocab_size": 2})
    assert [len(layers) for layers in split_layers(light, 4)] == [3, 3, 4, 3]


@pytest.mark.parametrize("count", [1, 2, 5, 13])
def test_every_block_is_in_one_stage_and_no_stage_is_empty(count: int) -> None:
    shape = shape_of("qwen3").model_copy(update={"num_layers": 13})
    split = split_layers(shape, count)
    assert [layer for layers in split for layer in layers] == list(range(13))
    assert all(split)


def test_stages_of_one_process_are_one_module_to_look_at() -> None:
    stages = build_stages(shape_of("qwen3"), 4)
    group = StageGroup([stages[0], stages[2]])
    names = {name for stage in (stages[0], stages[2]) for name, _ in stage.named_parameters()}
    assert {name for name, _ in group.named_parameters()} == names
    group.eval()
    assert not stages[2].training
    group.train()
    assert stages[0].training
    held = dict(group.named_parameters())
    assert all(held[name] is parameter for name, parameter in stages[2].named_parameters())


@pytest.mark.parametrize(
    ("shape", "fields", "where"),
    [
        ("bert", {}, "parallel.pipeline"),
        ("t5", {}, "parallel.pipeline"),
        ("relative", {}, "parallel.pipeline"),
        ("mixture", {}, "parallel.pipeline"),
        ("qwen3", {"pipeline": 5}, "parallel.pipeline"),
        ("tied", {"pipeline_schedule": "zbv_zero_bubble"}, "parallel.pipeline_schedule"),
        ("tied", {"replicate": 2, "local_sgd": {}}, "parallel.local_sgd"),
        (
            "qwen3",
            {"pipeline_schedule": "zero_bubble", "activation_checkpointing": "selective"},
            "parallel.activation_checkpointing",
        ),
    ],
)
def test_what_cannot_be_cut_is_refused(shape: str, fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_pipeline(ParallelConfig(**({"pipeline": 2} | fields)), shape_of(shape))
    assert caught.value.where == where


def test_what_can_be_cut_is_not_refused() -> None:
    for name in ("qwen3", "tied", "gpt2", "alibi"):
        check_pipeline(ParallelConfig(pipeline=2), shape_of(name))
    check_pipeline(ParallelConfig(), shape_of("bert"))
    even = shape_of("mixture").model_copy(update={"balance_loss_weight": 0.0})
    check_pipeline(ParallelConfig(pipeline=2), even)


def test_rows_that_do_not_divide_are_refused_up_front() -> None:
    config = ParallelConfig(pipeline=2, pipeline_micro_batches=4)
    check_pipeline_rows(config, 8)
    with pytest.raises(ConfigError):
        check_pipeline_rows(config, 6)
    check_pipeline_rows(ParallelConfig(), 5)
