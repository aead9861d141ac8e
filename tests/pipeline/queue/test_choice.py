"""Which jobs of a queue run, as a pure function."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from yanmo.pipeline.queue.choice import Limits, choose_jobs, why_waiting
from yanmo.pipeline.queue.jobs import Job


def build_job(id: int, **fields: Any) -> Job:
    defaults: dict[str, Any] = {
        "recipe": "r",
        "overrides": (),
        "working_dir": "/",
        "out": f"/out/{id}",
        "priority": 0,
        "memory_bytes": 4,
        "num_steps": 10,
        "added_at": 0.0,
    }
    return Job(id=id, **(defaults | fields))


def ids(jobs: tuple[Job, ...]) -> list[int]:
    return [job.id for job in jobs]


def test_the_highest_priority_goes_first_and_then_the_oldest() -> None:
    jobs = [build_job(1), build_job(2, priority=5), build_job(3, priority=5)]
    assert ids(choose_jobs(jobs, Limits(100, 1)).start) == [2]
    assert ids(choose_jobs(jobs, Limits(100, 2)).start) == [2, 3]


def test_what_does_not_fit_beside_others_waits() -> None:
    jobs = [build_job(1, memory_bytes=7), build_job(2, memory_bytes=7), build_job(3)]
    choice = choose_jobs(jobs, Limits(12, 3))
    assert ids(choice.start) == [1, 3]
    assert not choice.preempt


def test_a_job_of_higher_priority_preempts_and_starts_once_there_is_room() -> None:
    low = build_job(1, status="running", memory_bytes=8)
    high = build_job(2, priority=1, memory_bytes=8)
    choice = choose_jobs([low, high], Limits(12, 2))
    assert ids(choice.preempt) == [1]
    assert not choice.start
    put_back = build_job(1, memory_bytes=8)
    assert ids(choose_jobs([put_back, high], Limits(12, 2)).start) == [2]


def test_nothing_is_preempted_for_its_equal() -> None:
    jobs = [build_job(2, status="running"), build_job(1)]
    choice = choose_jobs(jobs, Limits(100, 1))
    assert not choice.preempt
    assert not choice.start


def test_what_a_preempted_job_leaves_room_for_beside_the_one_it_makes_room_for_starts() -> None:
    jobs = [
        build_job(1, memory_bytes=1),
        build_job(2, memory_bytes=2, status="running"),
        build_job(3, memory_bytes=2, priority=1),
    ]
    choice = choose_jobs(jobs, Limits(3, 2))
    assert ids(choice.preempt) == [2]
    assert ids(choice.start) == [1]


def test_what_can_never_run_is_said_and_keeps_nobody_waiting() -> None:
    jobs = [build_job(1, memory_bytes=50, priority=9), build_job(2)]
    choice = choose_jobs(jobs, Limits(10, 1))
    assert ids(choice.impossible) == [1]
    assert ids(choice.start) == [2]


@given(
    jobs=st.lists(
        st.tuples(
            st.integers(-3, 3), st.integers(1, 12), st.sampled_from(["waiting", "running", "done"])
        ),
        max_size=8,
    ),
    memory_bytes=st.integers(1, 20),
    num_jobs=st.integers(1, 4),
)
def test_limits_hold_whatever_the_jobs(
    jobs: list[tuple[int, int, str]], memory_bytes: int, num_jobs: int
) -> None:
    limits = Limits(memory_bytes, num_jobs)
    built = []
    for number, (priority, memory, status) in enumerate(jobs, 1):
        job = build_job(number, priority=priority, memory_bytes=memory, status=status)
        running = [other for other in built if other.status == "running"]
        is_possible = status != "running" or limits.allows([*running, job])
        built.append(job if is_possible else build_job(number, status="done"))
    choice = choose_jobs(built, limits)
    running = [job for job in built if job.status == "running"]
    assert limits.allows([*running, *choice.start]) or not choice.start
    waiting = [job for job in built if job.status == "waiting" and job not in choice.impossible]
    for preempted in choice.preempt:  # for somebody more important, who may have to wait for it
        assert any(job.priority > preempted.priority for job in waiting)
    if not running and any(limits.allows([job]) for job in built if job.status == "waiting"):
        assert choice.start


def test_a_job_is_told_why_it_waits() -> None:
    running = [build_job(1, memory_bytes=3 * 2**30)]
    large, small = build_job(2, memory_bytes=2 * 2**30), build_job(3, memory_bytes=2**30)
    limits = Limits(4 * 2**30, 2)
    assert why_waiting(large, running, limits) == (
        "waits for memory: needs 2.0 GiB, 1.0 of 4.0 are free"
    )
    assert why_waiting(small, running, limits) == (
        "waits behind a job of higher priority that needs the memory"
    )
    assert why_waiting(small, running, Limits(4 * 2**30, 1)) == (
        "waits for its turn: 1 of 1 place is taken"
    )
