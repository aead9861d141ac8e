"""The files in `examples/`: those that can run here train a model, others say what they must."""

from __future__ import annotations

import json
import math
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.conftest import SMALL, make_text

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BASH_FILES = ("torchrun.sh", "slurm.sbatch")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    text = tmp_path / "text.txt"
    text.write_text(make_text(400), encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text(f'[[corpus.sources]]\nkind = "files"\npaths = ["{text}"]\n')
    return path


def run(command: list[str | Path], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        env={**os.environ, "YANMO_LANG": "en", "OMP_NUM_THREADS": "1", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def check_training(run_dir: Path, num_processes: int) -> None:
    """A run that several processes trained, and one evaluated."""
    manifest = json.loads((run_dir / "pretrain" / "manifest.json").read_text())
    assert manifest["counts"]["num_processes"] == num_processes
    rows = (run_dir / "pretrain" / "metrics.jsonl").read_text().splitlines()
    losses = [row["train/loss"] for row in map(json.loads, rows) if "train/loss" in row]
    assert len(losses) == 6
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]
    assert (run_dir / "report.html").is_file()


@pytest.mark.slow
def test_torchrun_trains_by_two_processes(recipe: Path, tmp_path: Path) -> None:
    ended = run(
        ["bash", EXAMPLES / "torchrun.sh", recipe, "2", *SMALL, "--out", tmp_path / "run"],
        PYTHON=sys.executable,
    )
    assert ended.returncode == 0, ended.stderr
    check_training(tmp_path / "run", 2)


@pytest.mark.nightly
def test_torchrun_trains_on_two_machines_that_are_one(recipe: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        head = f"127.0.0.1:{probe.getsockname()[1]}"
    machine = {"PYTHON": sys.executable, "NODES": "2", "HEAD": head, "INTERFACE": "lo"}
    script = EXAMPLES / "torchrun.sh"
    command: list[str | Path] = ["bash", script, recipe, "1", *SMALL, "--out", tmp_path / "run"]
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(run, command, **machine) for _ in range(2)]
        for ended in (one.result() for one in both):
            assert ended.returncode == 0, ended.stderr
    check_training(tmp_path / "run", 2)


@pytest.mark.nightly
def test_ray_trains_by_two_processes(recipe: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    script = EXAMPLES / "ray_cluster.py"
    ended = run([sys.executable, script, "2", recipe, *SMALL, "--out", tmp_path / "run"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    check_training(tmp_path / "run", 2)


@pytest.mark.parametrize("name", BASH_FILES)
def test_scripts_parse(name: str) -> None:
    ended = run(["bash", "-n", EXAMPLES / name])
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "name", ["torchrun.sh", "slurm.sbatch", "kubernetes.yaml", "ray_cluster.py"]
)
def test_every_launcher_keeps_attempts_apart_and_shares_the_cores(name: str) -> None:
    content = (EXAMPLES / name).read_text()
    assert "TORCH_DISABLE_SHARE_RDZV_TCP_STORE" in content
    assert "OMP_NUM_THREADS" in content


def put_command(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run_under_slurm(tmp_path: Path, codes: list[int]) -> tuple[int, list[str]]:
    """The batch script with stand-ins for Slurm's commands and for Python, which says what it was
    given; the exit code, and everything that was said. Step n ends with `codes[n]`."""
    commands = tmp_path / "commands"
    commands.mkdir()
    said = tmp_path / "said"
    (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes))
    put_command(commands, "scontrol", f'[ "$1" = requeue ] && echo "$*" >> {said}; echo node7')
    put_command(
        commands,
        "python",
        f'echo "$RANK/$WORLD_SIZE $LOCAL_RANK $MASTER_ADDR:$MASTER_PORT'
        f' try $TORCHELASTIC_RESTART_COUNT: $*" >> {said}',
    )
    put_command(
        commands,
        "srun",
        'while [ "${1#--}" != "$1" ]; do shift; done\n'
        "for task in $(seq 0 $((SLURM_NTASKS - 1))); do\n"
        '  SLURM_PROCID=$task SLURM_LOCALID=$task "$@"\n'
        "done\n"
        f"code=$(head -n 1 {tmp_path / 'codes'}); sed -i 1d {tmp_path / 'codes'}; exit $code",
    )
    ended = run(
        ["bash", EXAMPLES / "slurm.sbatch", "recipe.toml", "a b=c"],
        PATH=f"{commands}:{os.environ['PATH']}",
        SLURM_JOB_NODELIST="node[7-8]",
        SLURM_JOB_ID="41",
        SLURM_NTASKS="2",
    )
    return ended.returncode, said.read_text().splitlines()


def test_slurm_gives_every_task_its_rank(tmp_path: Path) -> None:
    code, said = run_under_slurm(tmp_path, [0])
    assert code == 0
    assert said == [
        f"{rank}/2 {rank} node7:20041 try 0: -m yanmo run recipe.toml a b=c" for rank in (0, 1)
    ]


def test_slurm_starts_again_where_a_process_was_lost(tmp_path: Path) -> None:
    code, said = run_under_slurm(tmp_path, [75, 137, 0])
    assert code == 0
    assert [line.split("try ")[1][0] for line in said] == ["0", "0", "1", "1", "2", "2"]


def test_slurm_does_not_repeat_a_mistake(tmp_path: Path) -> None:
    code, said = run_under_slurm(tmp_path, [2, 0])
    assert code == 2
    assert len(said) == 2


def test_slurm_queues_a_job_again_that_was_asked_to_stop(tmp_path: Path) -> None:
    code, said = run_under_slurm(tmp_path, [130])
    assert code == 0
    assert said[-1] == "requeue 41"


def test_kubernetes_gives_every_pod_its_rank_and_the_address_of_the_first() -> None:
    parts: dict[str, Any] = {
        part["kind"]: part
        for part in yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    }
    job, service = parts["Job"]["spec"], parts["Service"]
    assert job["completionMode"] == "Indexed"
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    index = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
    (rank,) = [entry for entry in container["env"] if entry["name"] == "RANK"]
    assert rank["valueFrom"]["fieldRef"]["fieldPath"] == index
    assert int(variables["WORLD_SIZE"] or 0) == job["completions"] == job["parallelism"]
    first = f"{parts['Job']['metadata']['name']}-0.{pod['subdomain']}"
    assert variables["MASTER_ADDR"] == first
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    assert int(variables["MASTER_PORT"] or 0) == service["spec"]["ports"][0]["port"]
    (rule,) = parts["NetworkPolicy"]["spec"]["ingress"]
    assert rule["from"][0]["podSelector"] == parts["NetworkPolicy"]["spec"]["podSelector"]
    assert container["command"][:4] == ["python", "-m", "yanmo", "run"]
