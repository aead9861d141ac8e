"""Whoever does the tasks, and however often they are killed, the corpus is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.engine.conftest import FOOTER, build, config_of, contents

from yanmo.core.errors import ConfigError, RunError
from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.local_pool import LocalPool
from yanmo.corpus.engine.plan import plan_tasks
from yanmo.corpus.engine.ray_cluster import RayCluster

BUILD = """
import io, sys
from pathlib import Path
from yanmo.core.console import Console
from yanmo.corpus.build import build_corpus
from yanmo.corpus.config import CorpusConfig
config = CorpusConfig.model_validate_json(sys.argv[1])
build_corpus(config, Path(sys.argv[2]), Console(io.StringIO()))
"""


@pytest.fixture(scope="module")
def expected(small_sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The corpus as one worker makes it."""
    out = tmp_path_factory.mktemp("one") / "corpus"
    return build(config_of(small_sources, workers=1), out)


def test_every_document_is_accounted_for(expected: dict[str, bytes]) -> None:
    report = json.loads(expected["report.json"])
    assert report["read"]["documents"] == 4 * 60 + 3
    dropped = sum(reason["documents"] for reason in report["reasons"])
    assert report["read"]["documents"] == report["kept"]["documents"] + dropped
    assert report["unreadable_count"] == 4
    steps = {reason["step"] for reason in report["reasons"]}
    assert {"exact_duplicates", "near_duplicates"} <= steps
    lines = report["comparisons"]["repeated_lines"]
    assert lines["frequent_lines"][0]["line"] == FOOTER
    assert lines["removed_bytes"] == len(FOOTER + "\n") * lines["frequent_lines"][0]["documents"]
    assert not any(name.startswith("work/") for name in expected)


def test_two_workers_make_the_same_corpus(
    small_sources: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert build(config_of(small_sources, workers=2), tmp_path / "corpus") == expected


@pytest.mark.slow
def test_two_workers_of_a_cluster_make_the_same_corpus_though_one_is_killed(
    small_sources: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    killed: list[int] = []
    stop = threading.Event()
    thread = threading.Thread(target=_kill_one_ray_worker, args=(killed, stop))
    thread.start()
    try:
        made = build(config_of(small_sources, kind="ray", workers=2), tmp_path / "corpus")
    finally:
        stop.set()
        thread.join()
    assert killed, "no worker was found to be killed"
    assert made == expected


def _kill_one_ray_worker(killed: list[int], stop: threading.Event) -> None:
    """Kill the first process of Ray that is seen to do a task."""
    while not killed and not stop.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            try:
                name = (process / "cmdline").read_bytes()
            except OSError:
                continue  # it has just ended
            if name.startswith(b"ray::_do_remotely"):
                os.kill(int(process.name), signal.SIGKILL)
                killed.append(int(process.name))
                break
        time.sleep(0.02)


@pytest.mark.parametrize("num_failures", [2, 3])
def test_ray_that_is_slow_to_start_is_started_again(
    small_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, num_failures: int
) -> None:
    ray = pytest.importorskip("ray")
    config = config_of(small_sources, kind="ray", workers=2)
    job = Job(tmp_path / "work", config, plan_tasks(config).tasks)
    starts: list[dict[str, Any]] = []

    def start(**settings: Any) -> None:
        starts.append(settings)
        if len(starts) <= num_failures:
            raise Exception("The current node timed out during startup.\nMore of it.")

    monkeypatch.setattr(ray, "init", start)
    if num_failures < 3:
        RayCluster(job)
    else:
        with pytest.raises(RunError, match=r"does not start.*\(The current node timed out during"):
            RayCluster(job)
    assert len(starts) == 3 and starts[0]["num_cpus"] == 2


def test_a_killed_worker_is_replaced(
    small_sources: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    config = config_of(small_sources, workers=2)
    out = tmp_path / "corpus"
    job = Job(out / "work", config, plan_tasks(config).tasks)
    job.save("")
    killed: list[int] = []

    def kill_the_first_to_speak(message: dict[str, Any]) -> None:
        if not killed and "documents" in message:
            worker = pool._workers[0]
            killed.append(worker._process.pid)
            worker._process.kill()

    with LocalPool(job, 2) as pool:
        pool.do("read", range(len(job.tasks)), kill_the_first_to_speak)
    assert killed
    assert all(job.is_done("read", index) for index in range(len(job.tasks)))
    assert build(config, out) == expected


@pytest.mark.parametrize(
    "delay_s",
    [
        1.5,
        pytest.param(0.9, marks=pytest.mark.nightly),
        pytest.param(2.5, marks=pytest.mark.nightly),
    ],
)
def test_a_killed_build_goes_on_and_ends_with_the_same_corpus(
    small_sources: Path, expected: dict[str, bytes], tmp_path: Path, delay_s: float
) -> None:
    config, out = config_of(small_sources, workers=2), tmp_path / "corpus"
    command = [sys.executable, "-c", BUILD, config.model_dump_json(), str(out)]
    process = subprocess.Popen(command, start_new_session=True)
    time.sleep(delay_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run(command, check=True)
    assert contents(out) == expected


def test_what_was_done_is_not_done_again(
    small_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, out = config_of(small_sources, workers=1), tmp_path / "corpus"
    plan = plan_tasks(config)
    job = Job(out / "work", config, plan.tasks)
    job.save("same sources")
    assert job.is_begun("same sources")
    assert not job.is_begun("other sources")
    other = config_of(small_sources, workers=2)
    assert Job(out / "work", other, plan.tasks).is_begun("same sources")
    changed = other.model_copy(update={"shard_bytes": 1})
    assert not Job(out / "work", changed, plan.tasks).is_begun("same sources")
    monkeypatch.setattr("yanmo.__version__", "another")
    assert not job.is_begun("same sources")


def test_a_cluster_that_cannot_be_reached_is_an_error(small_sources: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    config = config_of(small_sources, kind="ray", address="127.0.0.1:1")
    job = Job(tmp_path / "work", config, [])
    with pytest.raises(ConfigError, match="cannot be reached"):
        RayCluster(job)
