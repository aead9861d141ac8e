"""Trains one recipe by processes that Ray places, on a cluster or on this machine alone.

    python examples/ray_cluster.py PROCESSES RECIPE [KEY=VALUE ... | --out FOLDER ...]

Ray finds the places (`pip install "yanmo[cluster]"`) and starts there what torchrun would start.
Ray Train is not needed: it would join the processes itself. A private network is wanted, absolute
paths, and a folder of the run that all machines see.
"""

import os
import socket
import subprocess
import sys

import ray

LOST_PEERS = 75


@ray.remote(num_cpus=1, max_restarts=-1)
class Place:
    """One process of the run, wherever Ray put it."""

    def address(self) -> tuple[str, int]:
        with socket.socket() as probe:
            probe.bind(("", 0))
            return ray.util.get_node_ip_address(), probe.getsockname()[1]

    def train(self, rank: int, size: int, head: tuple[str, int], arguments: list[str]) -> int:
        ranks = {"RANK": str(rank), "LOCAL_RANK": "0", "WORLD_SIZE": str(size)}
        ranks |= {"MASTER_ADDR": head[0], "MASTER_PORT": str(head[1]), "OMP_NUM_THREADS": "1"}
        ranks |= {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1", "YANMO_PARENT_PID": str(os.getpid())}
        command = [sys.executable, "-m", "yanmo", "run", *arguments]
        return subprocess.run(command, env=os.environ | ranks, check=False).returncode


def main(size: int, arguments: list[str]) -> int:
    """Train; where a process was killed all start again, and go on from the newest checkpoint."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told that this ran
    ray.init(include_dashboard=False)
    places = [Place.remote() for _ in range(size)]
    for _ in range(10):
        head = ray.get(places[0].address.remote())
        runs = [place.train.remote(r, size, head, arguments) for r, place in enumerate(places)]
        codes = ray.get(runs)
        if not any(code < 0 or code == LOST_PEERS for code in codes):
            break
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
