"""`yanmo studio`: what it prints, and what it says where something is in its way."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.cli.conftest import CommandLine, environment

from yanmo.studio.settings import STATIC


def test_a_file_is_no_folder_of_runs(yanmo: CommandLine) -> None:
    (yanmo.folder / "runs").write_text("")
    ended = yanmo("studio", "runs", "--no-open")
    assert ended.code == 2
    assert "this is a file; the studio shows a folder of runs" in ended.err


def test_the_help_names_its_options(yanmo: CommandLine) -> None:
    ended = yanmo("studio", "--help")
    assert ended.code == 0
    for option in ("--host", "--port", "--no-open", "RUNS"):
        assert option in ended.out


@pytest.mark.slow
def test_it_prints_its_address_takes_a_free_port_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    if not (STATIC / "index.html").is_file():
        pytest.skip("the studio's pages are not built: `make studio` builds them, with npm")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "yanmo", "studio", "runs", "--no-open", "--port", str(port)],
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=\S+", process.stdout.readline())
        assert found is not None and int(found[1]) > port
        address, _, token = found[0].partition("?token=")
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"{address}icon.svg", headers=headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) in (0, 130, -signal.SIGINT)
