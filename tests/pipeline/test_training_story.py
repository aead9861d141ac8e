"""The story of a training names every process, restart, skipped step and stop that was noted."""

from __future__ import annotations

from typing import Any

from yanmo.parallel.config import ParallelConfig
from yanmo.pipeline.training_story import tell_training


def began(step: int = 0, attempt: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "step": step,
        "attempt": attempt,
        "num_processes": 4,
        "num_hosts": 2,
        "parallel": ParallelConfig(replicate=2, shard=2).model_dump(mode="json"),
        "device": "cpu",
        "dtype": "float32",
        "compilation": "not_worth_it",
        "passed_over": [],
        **changes,
    }


def event(name: str, at: float, **facts: Any) -> dict[str, Any]:
    return {"time": at, "event": name, **facts}


EVENTS = [
    event("began", 0.0, **began()),
    event("warned", 1.0, text="step 3 is skipped: it was odd"),
    event("died", 2.0, step=51, rank=1, code=-9, attempt=1),
    event("began", 3.0, **began(40, 1, passed_over=["step-50: a file is short"])),
    event("stalled", 4.0, rank=0, step=60, text="process 2 does not answer"),
    event("stalled", 4.1, rank=1, step=60, text="process 2 does not answer, says another"),
    event("died", 5.0, step=60, rank=2, code=75, attempt=2),
    event("began", 6.0, **began(60, 2)),
    event("interrupted", 7.0, step=80),
    event("began", 8.0, **began(80, 0)),
    event("stopped", 9.0, step=90, what="the loss has exploded", where="step 90", why="9.9"),
]
ROWS = [
    {"step": 1, "train/tokens_per_s": 100.0, "train/mfu": 0.2},
    {"step": 2, "train/tokens_per_s": 300.0, "train/mfu": 0.4},
    {"step": 3, "train/tokens_per_s": 200.0, "train/skipped_because": "loss_spike"},
]


def test_facts_count_what_was_noted() -> None:
    story = tell_training(EVENTS, ROWS)
    assert story is not None
    facts = dict(story.facts)
    assert (facts["processes"], facts["machines"]) == ("4", "2")
    assert facts["pipeline × replicate × shard × context × tensor"] == "1 × 2 × 2 × 1 × 1"
    assert facts["switches in [parallel]"] == "data_parallel = fsdp, reshard_after_forward = true"
    assert facts["compiled"] == "no: it would take longer than it saves"
    assert facts["tokens per second, median"] == "200"
    assert facts["part of the measured peak (MFU)"] == "30%"
    assert facts["started again after a death"] == "2 (step 51, 60)"
    assert facts["taken up again by command"] == "1 (step 80)"
    assert facts["wishes to stop granted"] == "1 (step 80)"
    assert facts["ended by an error"] == "1 (step 90)"
    assert facts["skipped steps"].startswith("1 (step 3); the loss is far above")
    assert (facts["damaged checkpoints passed over"], facts["warnings"]) == ("1", "1")


def test_incidents_come_in_order_and_a_stall_is_told_once() -> None:
    story = tell_training(EVENTS, ROWS)
    assert story is not None
    assert [(one.step, one.text) for one in story.incidents] == [
        (None, "step 3 is skipped: it was odd"),
        (51, "process 1 was killed by SIGKILL; all are started again"),
        (40, "all processes go on after step 40"),
        (60, "process 2 does not answer"),
        (
            60,
            "process 2 lost the others, waited for them in vain, or found its hardware faulty;"
            " all are started again",
        ),
        (60, "all processes go on after step 60"),
        (80, "asked to stop; a checkpoint was saved"),
        (80, "taken up again after step 80; processes: 4"),
        (90, "stopped: the loss has exploded (step 90; 9.9)"),
    ]


def test_one_process_has_no_mesh_and_an_old_run_no_story() -> None:
    alone = began(num_processes=1, num_hosts=1, compilation="compiled")
    story = tell_training([event("began", 0.0, **alone)], [])
    assert story is not None
    labels = [label for label, _ in story.facts]
    assert not any("pipeline" in label or "switches" in label for label in labels)
    assert dict(story.facts)["compiled"] == "with torch.compile"
    assert story.incidents == ()
    assert tell_training([], ROWS) is None
