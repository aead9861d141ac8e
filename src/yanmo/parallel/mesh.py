"""The mesh of processes: one description, checked before anything is built.

Axes, from the slowest link to the fastest: pipeline, replicate, shard, context, tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

from yanmo.parallel.config import ParallelConfig, fill_degrees
from yanmo.parallel.environment import require_processes
from yanmo.parallel.ranks import Ranks

AXES = ("pipeline", "replicate", "shard", "context", "tensor")


@dataclass(frozen=True)
class Mesh:
    """Where this process stands among the others.

    Attributes:
        config: the degrees.
        ranks: all processes.
        devices: torch's mesh over `AXES`; None when alone.
    """

    config: ParallelConfig
    ranks: Ranks
    devices: DeviceMesh | None

    def axis(self, *names: str) -> DeviceMesh:
        """The part of the mesh along `names`, on which this process stands."""
        assert self.devices is not None, "one process has no mesh"
        return self.devices[names if len(names) > 1 else names[0]]

    def place(self, name: str) -> int:
        """This process's place along axis `name`."""
        if self.devices is None:
            return 0
        return int(self.devices[name].get_local_rank())

    def sum_over_data(self, values: Sequence[float]) -> list[float]:
        """Sums over all data ranks of numbers that the processes of one data rank have alike."""
        copies = self.ranks.size // self.config.num_data_ranks
        return [value / copies for value in self.ranks.sum(values)]

    @property
    def data_rank(self) -> int:
        """Which part of a batch's rows this process reads, of `config.num_data_ranks`."""
        return self.place("replicate") * self.config.shard + self.place("shard")


def build_mesh(config: ParallelConfig, ranks: Ranks, device: torch.device) -> Mesh:
    """The mesh over all processes.

    Raises:
        ConfigError: the degrees do not multiply to the number of processes.
    """
    config = fill_degrees(config, ranks.size)
    require_processes(config, ranks.size)
    if ranks.size == 1:
        return Mesh(config, ranks, None)
    shape = (config.pipeline, config.num_copies, config.shard, config.context, config.tensor)
    return Mesh(config, ranks, init_device_mesh(device.type, shape, mesh_dim_names=AXES))
