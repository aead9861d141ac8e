"""The processes of one run and how they talk: sums, questions, messages; nothing is ever pickled.

One process alone is a group of one, for which every method returns at once; so no caller asks
whether there are others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch._C._distributed_c10d import PrefixStore, TCPStore

from yanmo.parallel.environment import incomplete_environment, is_launched

TIMEOUT = timedelta(minutes=30)
"""Longest silence between processes that work together."""
JOIN_TIMEOUT = timedelta(days=7)
"""Longest wait for the first process, which makes the corpus before it trains."""


@dataclass(frozen=True)
class Ranks:
    """A group of processes as one of them sees it.

    Attributes:
        rank: this process's number, from 0.
        size: processes in the group.
        local_rank: its number on its own machine.
        group: torch's process group on the CPU (gloo), over which messages go; None when alone.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    group: dist.ProcessGroup | None = None

    @classmethod
    def alone(cls) -> Ranks:
        """One process."""
        return cls()

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes what is written once."""
        return self.rank == 0

    def sum(self, values: Sequence[float]) -> list[float]:
        """Sums over all processes, in float64."""
        return self._reduce(values, dist.ReduceOp.SUM)

    def max(self, values: Sequence[float]) -> list[float]:
        """Largest values over all processes, in float64; not a number where one of them is not."""
        # What the reduction makes of NaN differs between back ends: it goes as a sum of its own.
        is_nan = self.sum([float(value != value) for value in values])
        largest = self._reduce([v if v == v else 0.0 for v in values], dist.ReduceOp.MAX)
        return [float("nan") if bad else value for value, bad in zip(largest, is_nan, strict=True)]

    def any(self, is_set: bool) -> bool:
        """Whether `is_set` holds on at least one process."""
        return self._reduce([float(is_set)], dist.ReduceOp.MAX)[0] > 0

    def broadcast_json(self, value: Any) -> Any:
        """The first process's `value`, which JSON can carry, on all processes."""
        if self.size == 1:
            return value
        content = self._broadcast_bytes(json.dumps(value).encode() if self.is_main else b"")
        return json.loads(content)

    def gather_json(self, value: Any) -> list[Any] | None:
        """Every process's `value` in the order of ranks on the first process, None elsewhere."""
        if self.size == 1:
            return [value]
        content = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        lengths = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
        dist.all_gather(lengths, torch.tensor([len(content)]), group=self.group)
        widest = max(int(length.item()) for length in lengths)
        padded = torch.zeros(widest, dtype=torch.uint8)
        padded[: len(content)] = content
        parts = [torch.empty_like(padded) for _ in range(self.size)] if self.is_main else None
        dist.gather(padded, parts, group_dst=0, group=self.group)
        if parts is None:
            return None
        pairs = zip(parts, lengths, strict=True)
        return [json.loads(bytes(part[: int(n.item())].tolist())) for part, n in pairs]

    def barrier(self) -> None:
        """Wait until every process has come here."""
        if self.size > 1:
            dist.barrier(group=self.group)

    def _reduce(self, values: Sequence[float], operation: Any) -> list[float]:
        if self.size == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(tensor, op=operation, group=self.group)
        reduced: list[float] = tensor.tolist()
        return reduced

    def _broadcast_bytes(self, content: bytes) -> bytes:
        length = torch.tensor([len(content)])
        dist.broadcast(length, group_src=0, group=self.group)
        tensor = torch.zeros(int(length.item()), dtype=torch.uint8)
        if self.is_main:
            tensor.copy_(torch.frombuffer(bytearray(content), dtype=torch.uint8))
        dist.broadcast(tensor, group_src=0, group=self.group)
        return bytes(tensor.tolist())


def join_ranks(device_type: str, environment: Mapping[str, str] = os.environ) -> Ranks:
    """Join the processes that a launcher has started, as its environment variables say.

    The variables are those of torchrun: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT, and
    TORCHELASTIC_RESTART_COUNT, which keeps an attempt from reading the addresses of a dead one.

    Args:
        device_type: `cpu` or `cuda`, where tensors will be; messages always go over the CPU.

    Raises:
        ConfigError: a variable is missing, or is no number.
    """
    if not is_launched(environment):
        return Ranks.alone()
    try:
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local_rank = int(environment.get("LOCAL_RANK", rank))
        address, port = environment["MASTER_ADDR"], int(environment["MASTER_PORT"])
    except (KeyError, ValueError) as error:
        raise incomplete_environment(str(error)) from error
    is_agents = environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
    store = TCPStore(address, port, size, rank == 0 and not is_agents, JOIN_TIMEOUT)
    attempt = environment.get("TORCHELASTIC_RESTART_COUNT", "0")
    prefixed = PrefixStore(f"attempt{attempt}", store)
    backend = "cpu:gloo,cuda:nccl" if device_type == "cuda" else "gloo"
    if device_type == "cuda":
        torch.cuda.set_device(local_rank)
    dist.init_process_group(backend, store=prefixed, rank=rank, world_size=size, timeout=TIMEOUT)
    return Ranks(rank, size, local_rank, dist.new_group(backend="gloo", timeout=TIMEOUT))


def leave_ranks() -> None:
    """Take leave of the other processes, where there are any."""
    if dist.is_initialized():
        dist.destroy_process_group()
