"""The mesh of processes: one description, checked before anything is built.

Axes, from the slowest link to the fastest: pipeline, replicate, shard, context, tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.parallel.config import ParallelConfig
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


def fill_mesh(config: ParallelConfig, world_size: int) -> ParallelConfig:
    """`config` with as many copies as `world_size` processes allow, where it does not say."""
    if config.replicate is not None:
        return config
    copies = max(1, world_size // config.num_processes)
    return config.model_copy(update={"replicate": copies})


def build_mesh(config: ParallelConfig, ranks: Ranks, device: torch.device) -> Mesh:
    """The mesh over all processes.

    Raises:
        ConfigError: the degrees do not multiply to the number of processes.
    """
    config = fill_mesh(config, ranks.size)
    if ranks.size != config.num_processes:
        raise ConfigError(
            t(
                "the degrees of parallelism ask for {wanted} processes and there are {found}",
                wanted=config.num_processes,
                found=ranks.size,
            ),
            where="parallel",
            hint=t("Change a degree, or start as many processes as their product."),
        )
    if ranks.size == 1:
        return Mesh(config, ranks, None)
    shape = (config.pipeline, config.num_copies, config.shard, config.context, config.tensor)
    return Mesh(config, ranks, init_device_mesh(device.type, shape, mesh_dim_names=AXES))
