"""How a model is laid out on a cluster: the mesh, the micro-batch, the order of a pipeline, what is
kept and what recomputed.

Light: numbers and words only; `device_memory`, `pipeline_passes` and `step_time` say what follows
from them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.parallel.config import PipelineSchedule

Sharding = Literal["none", "optimizer", "gradients", "parameters"]
Checkpointing = Literal["none", "selective", "alternate", "full"]


class Layout(Config):
    """The mesh (its degrees multiply to the number of devices) and the choices that go with it."""

    pipeline: int = Field(default=1, ge=1)
    """Stages."""
    replicate: int = Field(default=1, ge=1)
    """Copies of the model that share nothing."""
    shard: int = Field(default=1, ge=1)
    """Devices that share one copy of what `sharding` names."""
    context: int = Field(default=1, ge=1)
    """Parts that a row is cut into."""
    tensor: int = Field(default=1, ge=1)
    """Devices that share every matrix."""
    sharding: Sharding = "parameters"
    """What the shard axis shares (ZeRO stages 0 to 3, Rajbhandari et al. 2020)."""
    has_sequence_parallel: bool = True
    """Whether what tensor parallelism leaves whole is cut along the row (Korthikanti et al.)."""
    micro_batch_rows: int = Field(default=1, ge=1)
    """Rows that go through the model at once, on each data rank."""
    chunks: int = Field(default=1, ge=1)
    """Pieces of the model on each stage, where the schedule is made for more than one."""
    schedule: PipelineSchedule = "1f1b"
    """The order of the passes of a pipeline."""
    has_buffer_per_pass: bool = True
    """Whether stages have a buffer for all that they receive in a step, as torch's stages do, with
    which models are trained here; others have them for what is under way."""
    checkpointing: Checkpointing = "none"
    """Activations that are computed again: those of attention's core (`selective`, Korthikanti et
    al. 2022), every second matrix product (`alternate`), or everything within a block (`full`)."""
    has_fused_attention: bool = True
    """Whether scores never exist whole (Dao et al. 2022)."""
    has_fused_loss: bool = False
    """Whether the output projection and the loss work on pieces, so that scores of the vocabulary
    never exist whole."""
    has_overlap: bool = True
    """Whether data-parallel communication goes on while the model computes."""
    weight_bytes: int = Field(default=2, ge=1, le=8)
    """Bytes of a weight that is computed with."""
    gradient_bytes: int = Field(default=2, ge=1, le=8)
    """Bytes of a gradient."""
    optimizer_bytes: int = Field(default=12, ge=0, le=64)
    """Bytes of optimiser state a parameter: Adam in float32 with a float32 copy has 12."""

    @property
    def num_devices(self) -> int:
        """Devices of the whole mesh."""
        return self.pipeline * self.data * self.context * self.tensor

    @property
    def data(self) -> int:
        """Data ranks: those that see different rows."""
        return self.replicate * self.shard

    def describe(self) -> str:
        """The degrees that are more than one."""
        names = ("pipeline", "replicate", "shard", "context", "tensor")
        parts = [f"{name}={getattr(self, name)}" for name in names if getattr(self, name) > 1]
        return " ".join(parts) or "1"
