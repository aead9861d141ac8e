"""The engine's thread: everybody hears of his own and of all of it, and nothing can stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from tests.inference.engine.driving import Listener, greedy, written_plainly

from yanmo.core.errors import ConfigError, RunError
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import ChoiceEvent, EngineEvent, EngineRequest
from yanmo.inference.engine.thread import EngineThread

PATIENCE_S = 60


@pytest.fixture(scope="module")
def model(make_model: Any) -> Any:
    return make_model("qwen3", max_seq_len=64)


@pytest.fixture
def thread(model: Any) -> Iterator[EngineThread]:
    config = EngineConfig(kernels="torch", num_slots=3, chunk_tokens=8)
    thread = EngineThread(engine_of(model, None, config))
    yield thread
    thread.close()


class Asker:
    """Asks, and waits for the end."""

    def __init__(self) -> None:
        self.listener = Listener()
        self.ended = threading.Event()
        self.began = threading.Event()

    def __call__(self, event: EngineEvent) -> None:
        self.listener.take([event])
        self.began.set()
        if isinstance(event, ChoiceEvent) and event.finish_reason is not None:
            self.ended.set()

    def wait(self) -> Any:
        assert self.ended.wait(PATIENCE_S)
        (told,) = self.listener.choices.values()
        return told


def test_many_threads_ask_at_once_and_each_hears_of_its_own(
    thread: EngineThread, model: Any
) -> None:
    wrong = []

    def use(number: int) -> None:
        for round_ in range(4):
            prompt = [number, round_, 7]
            asker = Asker()
            thread.submit(EngineRequest(tuple(prompt), greedy(6)), asker)
            if asker.wait().ids != written_plainly(model, prompt, 6):
                wrong.append((number, round_))

    users = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join(PATIENCE_S)
    assert wrong == []
    assert thread.counts.finished == {"length": 32}


def test_what_is_cancelled_from_elsewhere_ends_and_makes_room(thread: EngineThread) -> None:
    askers = [Asker() for _ in range(6)]
    numbers = [thread.submit(EngineRequest((1, 2), greedy(60)), asker) for asker in askers]
    assert askers[0].began.wait(PATIENCE_S)
    for number in numbers[:5]:
        thread.cancel(number)
    thread.cancel(10_000)  # nobody
    assert {asker.wait().reason for asker in askers[:5]} <= {"cancelled", "length"}
    assert askers[5].wait().reason == "length"


def test_a_step_that_fails_ends_what_runs_and_not_the_thread(
    thread: EngineThread, model: Any
) -> None:
    runner = thread.engine._runner
    asker = Asker()
    with mock.patch.object(runner, "run", side_effect=MemoryError("no room")):
        thread.submit(EngineRequest((1, 2, 3), greedy(5)), asker)
        told = asker.wait()
    assert (told.reason, told.failure) == ("error", "no room")
    again = Asker()
    thread.submit(EngineRequest((1, 2, 3), greedy(5)), again)
    assert again.wait().ids == written_plainly(model, [1, 2, 3], 5)


def test_a_receiver_that_fails_harms_nobody_else(thread: EngineThread) -> None:
    def fail(event: EngineEvent) -> None:
        raise ValueError("gone")

    asker = Asker()
    thread.submit(EngineRequest((1, 2), greedy(40)), fail)
    thread.submit(EngineRequest((3, 4), greedy(20)), asker)
    assert asker.wait().reason == "length"


def test_what_cannot_be_done_is_refused_where_it_is_asked(thread: EngineThread) -> None:
    with pytest.raises(ConfigError):
        thread.submit(EngineRequest((), greedy(5)), Asker())


def test_closing_ends_everything_that_is_open(model: Any) -> None:
    thread = EngineThread(engine_of(model, None, EngineConfig(kernels="torch", num_slots=1)))
    askers = [Asker() for _ in range(4)]
    for asker in askers:
        thread.submit(EngineRequest((1, 2), greedy(62)), asker)
    thread.close()
    reasons = [asker.wait().reason for asker in askers]
    assert reasons[1:] == ["cancelled"] * 3
    assert not thread.is_open
    with pytest.raises(RunError):
        thread.submit(EngineRequest((1,), greedy(1)), Asker())


def test_asking_does_not_wait_for_a_step_to_end(thread: EngineThread) -> None:
    runner = thread.engine._runner
    run, may_go_on = runner.run, threading.Event()

    def slow(work: Any) -> Any:
        assert may_go_on.wait(PATIENCE_S)
        return run(work)

    askers = [Asker() for _ in range(3)]
    with mock.patch.object(runner, "run", slow):
        thread.submit(EngineRequest((1,), greedy(2)), askers[0])
        time.sleep(0.05)
        thread.submit(EngineRequest((2,), greedy(2)), askers[1])  # would hang otherwise
        number = thread.submit(EngineRequest((3,), greedy(2)), askers[2])
        thread.cancel(number)
        assert thread.counts.num_waiting >= 1
        may_go_on.set()
        assert [asker.wait().reason for asker in askers] == ["length", "length", "cancelled"]
