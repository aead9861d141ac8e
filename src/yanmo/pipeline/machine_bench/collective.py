"""What each of the processes runs that time sums over all of them.

Comes in: the kind of device and a path. Goes out: a JSON file, written by the first process.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

from yanmo.parallel.ranks import join_ranks, leave_ranks

MESSAGE_BYTES = 16 * 2**20
BANDWIDTH_TRIES, LATENCY_TRIES = 6, 40


def main(arguments: list[str]) -> int:
    """Join the others, time sums of a large and of a small message, write what came of it."""
    kind, path = arguments[0], Path(arguments[1])
    torch.set_num_threads(1)
    ranks = join_ranks(kind)
    device = torch.device(kind, ranks.local_rank) if kind == "cuda" else torch.device(kind)
    large_s = _best_s(torch.ones(MESSAGE_BYTES // 4, device=device), BANDWIDTH_TRIES)
    small_s = _best_s(torch.ones(1, device=device), LATENCY_TRIES)
    if ranks.is_main:
        bus = 2 * (ranks.size - 1) / ranks.size * MESSAGE_BYTES / large_s
        backend = "nccl" if kind == "cuda" else "gloo"
        found = {"backend": backend, "bytes_per_s": bus, "latency_s": small_s}
        path.write_text(json.dumps(found), encoding="utf-8")
    leave_ranks()
    return 0


def _best_s(tensor: torch.Tensor, tries: int) -> float:
    best_s = float("inf")
    for index in range(tries + 1):
        began_at = time.perf_counter()
        dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
        if tensor.is_cuda:
            torch.cuda.synchronize(tensor.device)
        if index:
            best_s = min(best_s, time.perf_counter() - began_at)
    return best_s


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
