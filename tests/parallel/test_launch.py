"""Processes that live and die together, on scripts that need no torch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yanmo.core.errors import RunError
from yanmo.parallel.environment import is_first_process, is_launched, world_size_of
from yanmo.parallel.launch import LOST_PEERS, rank_environment, supervise

PREAMBLE = """
import os, signal, sys, time
from pathlib import Path
from yanmo.core.parent_process import die_with_parent
die_with_parent()
rank, attempt = int(os.environ["RANK"]), int(os.environ["TORCHELASTIC_RESTART_COUNT"])
folder = Path(sys.argv[1])
(folder / f"pid-{attempt}-{rank}").write_text(str(os.getpid()))
"""


def launch(folder: Path, body: str, *, max_restarts: int = 3, num_processes: int = 2) -> int:
    """Supervise a script; what it was told about restarts is in `restarts`."""
    script = folder / "script.py"
    script.write_text(PREAMBLE + body)
    told = folder / "restarts"
    told.write_text("")
    return supervise(
        [sys.executable, str(script), str(folder)],
        num_processes,
        max_restarts=max_restarts,
        on_restart=lambda why: told.write_text(told.read_text() + why.describe() + "\n") and None,
    )


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_every_rank_is_told_who_it_is(tmp_path: Path) -> None:
    body = "import json; (folder / f'env-{rank}').write_text(json.dumps(dict(os.environ)))"
    assert launch(tmp_path, body, num_processes=3) == 0
    environments = [json.loads((tmp_path / f"env-{rank}").read_text()) for rank in range(3)]
    assert [e["RANK"] for e in environments] == ["0", "1", "2"]
    assert {e["WORLD_SIZE"] for e in environments} == {"3"}
    assert {e["MASTER_ADDR"] for e in environments} == {"127.0.0.1"}
    assert len({e["MASTER_PORT"] for e in environments}) == 1
    assert {e["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] for e in environments} == {"1"}


def test_a_killed_process_restarts_all_of_them(tmp_path: Path) -> None:
    body = """
if attempt < 2 and rank == 1:
    os.kill(os.getpid(), signal.SIGKILL)
if attempt < 2:
    time.sleep(60)
"""
    assert launch(tmp_path, body) == 0
    assert len((tmp_path / "restarts").read_text().splitlines()) == 2
    assert "1" in (tmp_path / "restarts").read_text()
    for attempt in range(2):
        assert not is_alive(int((tmp_path / f"pid-{attempt}-0").read_text()))


def test_lost_peers_restart_but_an_error_of_the_run_does_not(tmp_path: Path) -> None:
    assert launch(tmp_path, f"sys.exit({LOST_PEERS} if attempt == 0 else 0)") == 0
    assert len((tmp_path / "restarts").read_text().splitlines()) == 1
    (tmp_path / "restarts").unlink()
    # One has an error; the other only loses its peer, and ends first.
    assert (
        launch(tmp_path, f"time.sleep(0.5 * rank); sys.exit({LOST_PEERS} if rank == 0 else 2)") == 2
    )
    assert not (tmp_path / "restarts").read_text()


def test_too_many_deaths_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunError) as raised:
        launch(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)", max_restarts=1)
    assert "SIGKILL" in str(raised.value)
    assert "max_restarts" in str(raised.value)


STOPPING = """
stopped = []
def stop(number, frame):
    stopped.append(number)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
    signal.signal(number, stop)
(folder / f"ready-{rank}").write_text("")
while not stopped:
    time.sleep(0.01)
time.sleep(0.3 * rank)  # some take longer to save than others
(folder / f"saved-{rank}").write_text(str(len(stopped)))
sys.exit(130)
"""


def start_supervisor(folder: Path, body: str) -> subprocess.Popen[bytes]:
    """A process of its own that supervises two ranks."""
    (folder / "script.py").write_text(PREAMBLE + body)
    code = (
        "import sys; from yanmo.parallel.launch import supervise; "
        f"sys.exit(supervise([sys.executable, {str(folder / 'script.py')!r}, {str(folder)!r}], 2,"
        " max_restarts=3, on_restart=print))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not all((folder / f"ready-{rank}").exists() for rank in range(2)):
        assert time.monotonic() < deadline, "the ranks did not start"
        time.sleep(0.02)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_wish_to_stop_is_passed_on_once_and_all_may_save(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = start_supervisor(tmp_path, STOPPING)
    process.send_signal(number)
    assert process.wait(timeout=60) == 130
    assert [(tmp_path / f"saved-{rank}").read_text() for rank in range(2)] == ["1", "1"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    body = '(folder / f"ready-{rank}").write_text(""); time.sleep(300)'
    process = start_supervisor(tmp_path, body)
    process.kill()
    process.wait()
    pids = [int((tmp_path / f"pid-0-{rank}").read_text()) for rank in range(2)]
    deadline = time.monotonic() + 5
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, pids))


def test_a_supervisor_that_died_at_once_is_noticed() -> None:
    environment = rank_environment(0, 2, 1, 0) | {"YANMO_PARENT_PID": str(os.getppid())}
    code = "from yanmo.core.parent_process import die_with_parent; die_with_parent()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, timeout=60)
    assert done.returncode == -signal.SIGKILL


def test_the_environment_says_who_is_first() -> None:
    assert not is_launched({})
    assert is_first_process({})
    assert world_size_of({"RANK": "1", "WORLD_SIZE": "4"}) == 4
    assert is_launched({"RANK": "1", "WORLD_SIZE": "4"})
    assert not is_first_process({"RANK": "1", "WORLD_SIZE": "4"})
    assert not is_launched({"RANK": "0", "WORLD_SIZE": "1"})
