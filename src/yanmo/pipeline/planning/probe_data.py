"""Training data of random tokens, in the shapes of a recipe: good for measuring alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from yanmo.models.shape import ModelShape
from yanmo.training.config import PretrainConfig, TrainingConfig
from yanmo.training.data import ALL_ROWS, RowPlace, TrainingData
from yanmo.training.objective_choice import objective_of
from yanmo.training.objectives.build import build_probe
from yanmo.training.objectives.objective import NumpyBatch


@dataclass(frozen=True)
class _NoRows:
    """Rows of nothing."""

    num_rows: int = 1


@dataclass(frozen=True)
class ProbeData(TrainingData):
    """Gives the same random batch at every step."""

    batch: NumpyBatch = field(default_factory=dict)

    def micro_batches(
        self, config: TrainingConfig, step: int, place: RowPlace = ALL_ROWS
    ) -> list[NumpyBatch]:
        """The batch, as one micro-batch."""
        del config, step, place
        return [self.batch]


def build_probe_data(config: PretrainConfig, shape: ModelShape, rows: int) -> ProbeData:
    """Data whose every step is one micro-batch of `rows` rows."""
    objective, batch = build_probe(
        objective_of(shape.family, config),
        config,
        vocab_size=shape.vocab_size,
        num_rows=rows,
        num_tokens=shape.max_seq_len,
    )
    nothing = _NoRows()
    return ProbeData(train=nothing, validation=nothing, objective=objective, batch=batch)
