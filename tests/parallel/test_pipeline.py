"""A model in pipeline stages trains as it does on one process: losses, norms and weights in float64
to rounding, in every schedule and beside every other axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from tests.parallel import pipeline_ranks
from tests.parallel.parity_case import MAX_NORM, Case
from tests.parallel.ranks_harness import run_ranks

TOLERANCES = {
    "float64": {"loss": 1e-12, "norm": 1e-12, "weight": 1e-11},
    "float32": {"loss": 1e-5},
    "float32, mixture": {"loss": 5e-3},
}
"""In float32 one rounding sends a position to another expert; see `test_parity`."""


def pipeline(size: int = 2, schedule: str = "1f1b", **others: Any) -> dict[str, Any]:
    """Fields of the `parallel` section."""
    return {"pipeline": size, "pipeline_schedule": schedule} | others


TWO = [
    Case("gpipe", pipeline(schedule="gpipe"), "deep qwen3", is_packed=True),
    Case("1f1b", pipeline(), "deep qwen3", is_packed=True),
    Case("1f1b, tied, accumulation", pipeline(), "deep tied", is_packed=True, micro_batches=2),
    Case("1f1b, learned positions", pipeline(), "deep gpt2"),
    Case("interleaved", pipeline(schedule="interleaved_1f1b"), "deep alibi", is_packed=True),
    Case("interleaved, tied", pipeline(schedule="interleaved_1f1b"), "deep tied"),
    Case("zero bubble, tied", pipeline(schedule="zero_bubble"), "deep tied", is_packed=True),
    Case("zbv", pipeline(schedule="zbv_zero_bubble"), "deep qwen3", is_packed=True),
]
TWO_LONGER = [
    *TWO,
    Case("1f1b, many parts", pipeline(pipeline_micro_batches=8), "deep qwen3"),
    Case("zero bubble, one stage", pipeline(schedule="zero_bubble", stages_per_process=1)),
    Case(
        "interleaved, three stages",
        pipeline(schedule="interleaved_1f1b", stages_per_process=3, pipeline_micro_batches=4),
        "deep qwen3",
    ),
    Case("1f1b, full", pipeline(activation_checkpointing="full")),
    Case("1f1b, selective", pipeline(activation_checkpointing="selective")),
    Case("zero bubble, experts", pipeline(schedule="zero_bubble"), "even mixture"),
    Case("zbv, full", pipeline(schedule="zbv_zero_bubble", activation_checkpointing="full")),
]
FOUR_STAGES = [
    Case("1f1b over four", pipeline(4), is_packed=True),
    Case("1f1b over four, tied", pipeline(4), "tied", micro_batches=2),
    Case("gpipe over four", pipeline(4, "gpipe"), "deep qwen3"),
    Case("interleaved over four", pipeline(4, "interleaved_1f1b"), "deepest qwen3"),
    Case("zero bubble over four", pipeline(4, "zero_bubble"), "deepest tied", is_packed=True),
    Case("zbv over four", pipeline(4, "zbv_zero_bubble"), "deepest qwen3"),
]
FOUR_BESIDE_DATA = [
    Case("ddp", pipeline(replicate=2, data_parallel="ddp"), is_packed=True),
    Case(
        "ddp, zero bubble, tied",
        pipeline(2, "zero_bubble", replicate=2, data_parallel="ddp"),
        "tied",
    ),
    Case("copies by fsdp", pipeline(replicate=2)),
    Case("fsdp", pipeline(shard=2), is_packed=True),
    Case("fsdp, tied, accumulation", pipeline(shard=2), "tied", micro_batches=2),
    Case("fsdp, interleaved", pipeline(2, "interleaved_1f1b", shard=2)),
    Case("fsdp, zero bubble", pipeline(2, "zero_bubble", shard=2)),
    Case("fsdp, zbv", pipeline(2, "zbv_zero_bubble", shard=2)),
]
FOUR_BESIDE_OTHERS = [
    Case("tp", pipeline(tensor=2, is_sequence_parallel=False), is_packed=True),
    Case("tp + sp", pipeline(tensor=2), is_packed=True),
    Case("tp + sp, tied", pipeline(tensor=2), "tied"),
    Case("tp, interleaved", pipeline(2, "interleaved_1f1b", tensor=2, is_sequence_parallel=False)),
    Case("tp + sp, zero bubble", pipeline(2, "zero_bubble", tensor=2), "gpt2"),
    Case("tp + sp, zbv", pipeline(2, "zbv_zero_bubble", tensor=2)),
    Case("experts", pipeline(tensor=2, has_expert_parallel=True), "even mixture"),
    Case("fsdp, experts, zbv", pipeline(2, "zbv_zero_bubble", shard=2), "even mixture"),
    Case("context", pipeline(context=2), is_packed=True),
    Case("context, interleaved", pipeline(2, "interleaved_1f1b", context=2), is_packed=True),
]
EIGHT = [
    Case("fsdp x tp", pipeline(shard=2, tensor=2, is_sequence_parallel=False), is_packed=True),
    Case("fsdp x tp + sp, interleaved", pipeline(2, "interleaved_1f1b", shard=2, tensor=2)),
    Case("hsdp", pipeline(shard=2, replicate=2), "tied"),
    Case("fsdp over four", pipeline(4, shard=2), is_packed=True),
]


def differences(cases: Sequence[Case], mutant: str | None = None, **changes: Any) -> Any:
    """What cases, all on as many processes, differ by from one process."""
    fields = [asdict(case) | changes for case in cases]
    results = run_ranks(
        pipeline_ranks.compare_pipelines, cases[0].num_processes, fields, mutant, timeout_s=1500
    )
    for place, found in enumerate(results[0]):
        assert found["smallest_norm"] > MAX_NORM, "the gradient was not clipped"
        assert all(of_rank[place]["losses"] == found["losses"] for of_rank in results)
    return results[0]


def check(cases: Sequence[Case], **changes: Any) -> None:
    """Hold the differences against the tolerances."""
    wrong = []
    for case, found in zip(cases, differences(cases, **changes), strict=True):
        print({key: found[key] for key in ("name", "loss", "norm", "weight")})
        kind = changes.get("dtype", case.dtype)
        has_choices = kind == "float32" and "mixture" in case.shape
        limits = TOLERANCES["float32, mixture" if has_choices else kind]
        wrong += [(case.name, key, found[key]) for key in limits if not found[key] <= limits[key]]
    assert not wrong


def test_two_stages_train_as_one_process_does() -> None:
    check(TWO, num_steps=4)


def test_a_norm_of_one_stage_alone_is_noticed() -> None:
    found = differences(TWO[1:2], "norm of one stage", num_steps=2)[0]
    assert found["norm"] > 1e-4
    assert found["weight"] > 1e-4


def test_a_lost_tie_is_noticed() -> None:
    found = differences(TWO[2:3], "tie lost", num_steps=2)[0]
    assert found["norm"] > 1e-4
    assert found["weight"] > 1e-4


def test_rows_that_do_not_divide_are_measured_exactly() -> None:
    for of_rank in run_ranks(pipeline_ranks.measure_odd_rows, 2):
        for loss, num_targets, wanted, wanted_targets in of_rank:
            assert num_targets == wanted_targets
            assert loss == pytest.approx(wanted, rel=1e-13)


def test_micro_batches_may_differ_in_width() -> None:
    for loss, norm, wanted_loss, wanted_norm in run_ranks(
        pipeline_ranks.accumulate_unequal_widths, 2
    ):
        assert loss == pytest.approx(wanted_loss, rel=1e-13)
        assert norm == pytest.approx(wanted_norm, rel=1e-13)


def test_what_was_measured_between_steps_is_seen_by_none_of_them() -> None:
    for of_rank in run_ranks(pipeline_ranks.measure_between_steps, 4):
        for measured, wanted in of_rank:
            assert measured == pytest.approx(wanted, rel=1e-12)
        assert len({wanted for _, wanted in of_rank}) == 4


def test_nothing_is_pickled_between_stages() -> None:
    for losses in run_ranks(pipeline_ranks.pickle_nothing, 2):
        assert losses == pytest.approx(losses[:1] * 4, rel=1e-13)


def test_gradients_add_to_those_before() -> None:
    for norm, wanted in run_ranks(pipeline_ranks.accumulate_twice, 2):
        assert norm == pytest.approx(wanted, rel=1e-13)


def test_both_ends_of_tied_embeddings_stay_equal_to_the_last_bit() -> None:
    first, last = run_ranks(pipeline_ranks.tied_ends, 2)
    assert first == last


def test_dropout_is_drawn_again_from_a_seed_and_apart_in_every_part() -> None:
    first, last = run_ranks(pipeline_ranks.drop_out, 2)
    assert first["losses"] == last["losses"]
    again, once, other = first["losses"]
    assert again == once
    assert other != once
    # The same rows went through in two parts.
    assert len(set(last["parts"])) == 2


def test_an_objective_that_looks_at_scores_is_refused() -> None:
    for said in run_ranks(pipeline_ranks.refuse_other_losses, 2):
        assert said.startswith("this objective looks at more of the model than its loss")


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "cases",
    [TWO_LONGER, FOUR_STAGES, FOUR_BESIDE_DATA, FOUR_BESIDE_OTHERS, EIGHT],
    ids=["two", "four", "four beside data", "four beside others", "eight"],
)
def test_processes_with_stages_train_as_one_does_for_longer(cases: list[Case], dtype: str) -> None:
    check(cases, num_steps=20, dtype=dtype)
