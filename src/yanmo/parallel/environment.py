"""What a launcher tells a process by its environment, without loading torch.

The variables are those of torchrun: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT. Under
Slurm and Kubernetes they are set from SLURM_PROCID, JOB_COMPLETION_INDEX and so on; see examples/.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.parallel.config import ParallelConfig


def is_launched(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is one of several that a launcher has started."""
    return world_size_of(environment) > 1


def is_first_process(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is the one that does what is done once."""
    return not is_launched(environment) or _number(environment, "RANK") == 0


def world_size_of(environment: Mapping[str, str] = os.environ) -> int:
    """Processes that the launcher has started; 1 without one."""
    if "RANK" not in environment:
        return 1
    return _number(environment, "WORLD_SIZE")


def _number(environment: Mapping[str, str], name: str) -> int:
    try:
        return int(environment[name])
    except (KeyError, ValueError) as error:
        raise incomplete_environment(str(error)) from error


def incomplete_environment(why: str) -> ConfigError:
    """A variable is missing, or is no number."""
    return ConfigError(
        t("the launcher's environment variables are incomplete"),
        why=why,
        hint=t("Start with torchrun, or let yanmo start its own processes."),
    )


def require_processes(config: ParallelConfig, world_size: int) -> None:
    """Refuse another number of processes than the degrees of `config` multiply to.

    Raises:
        ConfigError: with both numbers.
    """
    if world_size != config.num_processes:
        raise ConfigError(
            t(
                "the degrees of parallelism ask for {wanted} {wanted:process|processes} and there"
                " {found:is|are} {found}",
                wanted=config.num_processes,
                found=world_size,
            ),
            where="parallel",
            hint=t("Change a degree, or start as many processes as their product."),
        )
