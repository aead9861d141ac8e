"""The `parallel` section of a recipe: how many processes train one model, and how they share it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config

PipelineSchedule = Literal["gpipe", "1f1b", "interleaved_1f1b", "zero_bubble", "zbv_zero_bubble"]
ContextAttention = Literal["all_gather", "ulysses"]
ActivationCheckpointing = Literal["none", "selective", "full"]
DataParallel = Literal["fsdp", "ddp"]


class LocalSgdConfig(Config):
    """Steps without talking, then an average: for slow links (Stich 2019; DiLoCo, Douillard et al.
    2023)."""

    sync_every: int = Field(default=50, ge=1)
    """Inner steps between two averages, H."""
    outer_learning_rate: float = Field(default=0.7, gt=0.0)
    """Rate of the outer step on the averaged change of the weights; 1 without momentum is plain
    averaging."""
    outer_momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Nesterov momentum of the outer step."""


class ParallelConfig(Config):
    """How a model is spread over processes. The product of the five degrees is their number."""

    pipeline: int = Field(default=1, ge=1)
    """Stages of consecutive blocks, each on its own processes."""
    replicate: int | None = Field(default=None, ge=1)
    """Whole copies of the model (or of its shards) that read different rows. When unset, as many
    as the processes that a launcher has started allow."""
    shard: int = Field(default=1, ge=1)
    """Processes that share weights, gradients and optimiser state among them and read different
    rows."""
    context: int = Field(default=1, ge=1)
    """Processes that share every row, each a part of its positions."""
    tensor: int = Field(default=1, ge=1)
    """Processes that share every matrix product."""
    data_parallel: DataParallel = "fsdp"
    """How copies keep in step: `fsdp` (FSDP2, also for plain copies) or `ddp` (only with
    `replicate` alone)."""
    is_sequence_parallel: bool = True
    """With `tensor`: norms and residuals are shared along positions too (Korthikanti et al.
    2022)."""
    has_expert_parallel: bool = False
    """With `tensor`, in a mixture of experts: every process holds whole experts, and not a part of
    each."""
    reshard_after_forward: bool = True
    """With `shard`: give gathered weights back between the forward and the backward pass."""
    context_attention: ContextAttention = "all_gather"
    """With `context`: gather all keys and values, or exchange heads for positions (`ulysses`)."""
    pipeline_schedule: PipelineSchedule = "1f1b"
    """The order of forward and backward passes of a pipeline."""
    stages_per_process: int | None = Field(default=None, ge=1)
    """Stages on one process: 1 for `gpipe` and `1f1b`, 2 for the others when unset."""
    pipeline_micro_batches: int | None = Field(default=None, ge=1)
    """Parts that a micro-batch is cut into while it flows through the pipeline; the number of
    stages when unset."""
    activation_checkpointing: ActivationCheckpointing = "none"
    """What is computed again in the backward pass in place of being kept: nothing, the cheap parts
    of every block, or whole blocks."""
    local_sgd: LocalSgdConfig | None = None
    """With `replicate`: copies train on their own and are averaged now and then; after every step
    when unset."""
    max_restarts: int = Field(default=10, ge=0)
    """How often the processes are started again after one of them has died."""

    @property
    def num_processes(self) -> int:
        """Processes that train together."""
        return self.num_copies * self.shard * self.num_processes_of_rows

    @property
    def num_data_ranks(self) -> int:
        """Processes, or groups of them, that read different rows."""
        return self.num_copies * self.shard

    @property
    def num_processes_of_rows(self) -> int:
        """Processes that read the same rows."""
        return self.pipeline * self.context * self.tensor

    @property
    def num_copies(self) -> int:
        """`replicate`, 1 when unset."""
        return self.replicate or 1


def fill_degrees(config: ParallelConfig, world_size: int) -> ParallelConfig:
    """`config` with as many copies as `world_size` processes allow, where it does not say."""
    if config.replicate is not None:
        return config
    copies = max(1, world_size // config.num_processes)
    return config.model_copy(update={"replicate": copies})
