"""What the kernels compute is what torch computes, whoever else is in the step."""

from __future__ import annotations

import copy
from typing import Any, get_args

import pytest
import torch
from tests.inference.native.conftest import (
    KINDS,
    NUM_SLOTS,
    VOCAB_SIZE,
    open_runner,
    read,
    some_ids,
    tiny,
)

from yanmo.inference.engine.runner import SlotWork
from yanmo.inference.native.build import Format
from yanmo.inference.native.instruction_sets import InstructionSet
from yanmo.models.decoder import Decoder
from yanmo.nn.quantized_linear import quantize_linear_layers

ALL_WEIGHTS = get_args(Format)
OTHER_KINDS: dict[str, dict[str, Any]] = {
    "long rotary": {
        **KINDS["llama"],
        "rope_scaling": {"kind": "yarn", "factor": 4.0, "original_max_seq_len": 32},
    },
    "window": {**KINDS["qwen3"], "sliding_window": 40},
    "untied": {**KINDS["gpt2"], "tie_embeddings": False},
    "sinusoidal": {"family": "transformer", "d_model": 64, "positions": "sinusoidal"},
    "no positions, relu": {
        "family": "transformer",
        "d_model": 64,
        "positions": "none",
        "activation": "relu",
        "mlp": "plain",
        "norm": "layer_norm",
    },
    "erf": {"family": "transformer", "d_model": 64, "activation": "gelu"},
}


def scores_of(model: Decoder, ids: list[int]) -> torch.Tensor:
    """What torch gives for every position, (T, V)."""
    with torch.no_grad():
        scores = model(torch.tensor([ids])).scores
    assert scores is not None
    return scores[0]


def rounded_as(model: Decoder, weights: Format) -> Decoder:
    """A copy whose matrices hold what `weights` leaves of them; all else as it was."""
    model = copy.deepcopy(model)
    if weights in ("int8", "int4"):
        quantize_linear_layers(model, 8 if weights == "int8" else 4)
    elif weights == "bfloat16":
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
        for module in model.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.data = module.weight.data.bfloat16().float()
    return model


@pytest.mark.parametrize("weights", ALL_WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_torch(
    kind: str, weights: Format, instruction_set: InstructionSet
) -> None:
    model, ids = tiny(**KINDS[kind]), some_ids(70)
    runner = open_runner(model, weights, instruction_set)
    found = read(runner, 3, ids, num_scored=len(ids))
    expected = scores_of(rounded_as(model, weights), ids)
    error = (found - expected).abs() / expected.std()
    if weights == "float32":
        assert error.max() < 1e-4
    else:  # activations are rounded too: to 8 bits, or to the 8 of bfloat16
        assert error.max() < 0.2
        assert error.mean() < 0.03


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_parts_of_a_decoder_are_those_of_torch(kind: str) -> None:
    model, ids = tiny(**OTHER_KINDS[kind]), some_ids(90)
    runner = open_runner(model, "float32")
    found = torch.cat(
        [
            read(runner, 0, ids[:80], num_scored=80),
            *(read(runner, 0, [ids[place]], start=place) for place in range(80, 90)),
        ]
    )
    torch.testing.assert_close(found, scores_of(model, ids), atol=1e-4, rtol=0)


def test_weights_in_bfloat16_are_read_as_they_are() -> None:
    model, ids = tiny(**KINDS["qwen3"]).bfloat16(), some_ids(20)
    found = read(open_runner(model, "float32"), 0, ids, num_scored=20)
    expected = scores_of(model.float(), ids)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("weights", ALL_WEIGHTS)
def test_a_row_has_the_same_bits_whoever_is_beside_it(
    weights: Format, instruction_set: InstructionSet
) -> None:
    model = tiny(**KINDS["qwen3"])
    alone = open_runner(model, weights, instruction_set)
    together = open_runner(model, weights, instruction_set)
    texts = [some_ids(20 + 7 * slot, seed=slot) for slot in range(11)]
    expected = {slot: read(alone, slot, ids) for slot, ids in enumerate(texts)}
    for slot, ids in enumerate(texts):
        read(together, slot, ids[:-1], num_scored=0)
    # All but one write their next token while the last one reads what is left of its prompt.
    read(together, 10, texts[10], num_scored=0)
    work = [SlotWork(slot, len(ids) - 1, ids[-1:]) for slot, ids in enumerate(texts[:-1])]
    work.append(SlotWork(10, 31, texts[10][31:]))
    found = together.run(work)
    for slot in range(11):
        assert torch.equal(found[slot], expected[slot][0]), slot


@pytest.mark.parametrize("weights", ALL_WEIGHTS)
def test_two_threads_give_the_bits_of_one(weights: Format) -> None:
    model = tiny(**KINDS["gpt2"])
    one, two = open_runner(model, weights), open_runner(model, weights, num_threads=2)
    ids = some_ids(60)
    for runner in (one, two):
        for slot in range(NUM_SLOTS):
            read(runner, slot, ids[: 30 + slot], num_scored=0)
    work = [SlotWork(slot, 30 + slot, ids[30 + slot : 40 + slot], 10) for slot in range(NUM_SLOTS)]
    assert torch.equal(one.run(work), two.run(work))


def test_tokens_are_read_one_by_one_as_all_at_once() -> None:
    runner, ids = open_runner(tiny(**KINDS["llama"]), "int8"), some_ids(70)
    at_once = read(runner, 0, ids, num_scored=70)
    one_by_one = [read(runner, 1, [id_], start=place) for place, id_ in enumerate(ids)]
    assert torch.equal(at_once, torch.cat(one_by_one))


def test_a_slot_goes_back_and_forgets() -> None:
    runner, ids, other = open_runner(tiny(**KINDS["qwen3"]), "int4"), some_ids(60), some_ids(60, 1)
    expected = read(runner, 0, ids)
    read(runner, 1, ids[:33] + other, num_scored=0)
    assert torch.equal(read(runner, 1, ids[33:], start=33), expected)


def test_what_another_text_left_in_a_slot_is_gone() -> None:
    model = tiny(**KINDS["gpt2"], tie_embeddings=False)
    model.embed.weight.data[7] = float("inf")
    runner = open_runner(model, "float32")
    ids = [id_ for id_ in some_ids(40) if id_ != 7]
    expected = read(runner, 0, ids)
    assert read(runner, 1, [7] * 60).isnan().all()
    assert torch.equal(read(runner, 1, ids), expected)


def test_a_copied_slot_goes_on_as_its_source() -> None:
    runner, ids = open_runner(tiny(**KINDS["llama"]), "bfloat16"), some_ids(60)
    read(runner, 2, ids[:45], num_scored=0)
    read(runner, 5, some_ids(90, 3), num_scored=0)
    runner.copy(2, 5, 41)
    expected = read(runner, 2, ids[45:], start=45)
    assert torch.equal(read(runner, 5, ids[41:], start=41), expected)


def test_a_step_takes_more_tokens_than_its_room() -> None:
    model = tiny(**KINDS["gpt2"])
    runner = open_runner(model, "float32")
    texts = [some_ids(95, seed) for seed in range(5)]  # 475 tokens, room for 256
    work = [SlotWork(slot, 0, ids, 3 * slot) for slot, ids in enumerate(texts)]
    found = runner.run(work)
    expected = [scores_of(model, ids)[95 - 3 * slot :] for slot, ids in enumerate(texts)]
    torch.testing.assert_close(found, torch.cat(expected), atol=1e-4, rtol=0)


def test_wrong_work_is_refused() -> None:
    runner = open_runner(tiny(**KINDS["gpt2"]), "float32")
    for work in (
        SlotWork(NUM_SLOTS, 0, [1]),
        SlotWork(0, 99, [1, 2]),
        SlotWork(0, 0, [VOCAB_SIZE + 64]),
        SlotWork(0, 0, []),
    ):
        with pytest.raises(AssertionError):
            runner.run([work])
    runner.close()
    with pytest.raises(AssertionError, match="closed"):
        read(runner, 0, [1])
