"""The micro-batches of a step as one stream of equal parts, which is what a pipeline runs on.

Micro-batches and an objective's loss come in; the arrays of all parts, one after another, go out.
Knows no stages and no processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.output import ModelOutput
from yanmo.parallel.execution import Batch, BeforeBatch, LossFunction

_FILLS = {"labels": -100, "document_ids": -1}
"""What stands in places that were added to make shapes equal; 0 in other arrays."""


@dataclass(frozen=True)
class Call:
    """How an objective calls a model on one micro-batch.

    Attributes:
        arrays: the tensors that the model is given by name, (B, T) each.
        settings: the other arguments.
        num_targets: targets of the micro-batch.
        autocast: dtype of matrix products within the call; None where nothing is cast.
    """

    arrays: dict[str, torch.Tensor]
    settings: dict[str, Any]
    num_targets: int
    autocast: torch.dtype | None


@dataclass(frozen=True)
class Stream:
    """All parts of a step, which `torch.tensor_split` along the rows gives back one by one.

    Attributes:
        arrays: (parts * B, T) each.
        settings: what every part is called with besides.
        num_parts: how many there are.
    """

    arrays: dict[str, torch.Tensor]
    settings: dict[str, Any]
    num_parts: int

    @property
    def rows(self) -> int:
        """Rows of one part, B."""
        return self.arrays["tokens"].shape[0] // self.num_parts

    @property
    def width(self) -> int:
        """Positions of a row, T."""
        return self.arrays["tokens"].shape[1]


class _Recorder(nn.Module):
    """Stands where an objective expects a model, and notes how it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[dict[str, Any], torch.dtype | None]] = []
        self.loss_sum = torch.zeros(())

    def forward(self, **arguments: Any) -> ModelOutput:
        device_type = arguments["tokens"].device.type
        is_cast = torch.is_autocast_enabled(device_type)
        dtype = torch.get_autocast_dtype(device_type) if is_cast else None
        self.calls.append((arguments, dtype))
        return ModelOutput(hidden=torch.empty(0), loss_sum=self.loss_sum)


def record(loss: LossFunction, batch: Batch) -> Call:
    """How `loss` would call a model on `batch`; no model runs.

    Raises:
        ConfigError: the loss is not the model's own sum over its labels, so that the process with
            the last stage cannot know it.
    """
    recorder = _Recorder()
    try:
        loss_sum, num_targets = loss(recorder, batch)
        is_own = loss_sum is recorder.loss_sum and len(recorder.calls) == 1
    except (AssertionError, AttributeError, KeyError, TypeError):
        is_own = False
    if not is_own:
        raise ConfigError(
            t("this objective looks at more of the model than its loss, which a pipeline gives"),
            where="parallel.pipeline",
            hint=t("Train it without pipeline stages, or with another objective."),
        )
    arguments, autocast = recorder.calls[0]
    arrays = {name: v for name, v in arguments.items() if isinstance(v, torch.Tensor)}
    settings = {name: v for name, v in arguments.items() if name not in arrays and v is not None}
    return Call(arrays, settings, num_targets, autocast)


def join(calls: Sequence[Call], parts_of_each: int) -> Stream:
    """The calls' arrays one after another, filled up where a part would be smaller than others."""
    width = max(call.arrays["tokens"].shape[1] for call in calls)
    rows = max(call.arrays["tokens"].shape[0] for call in calls)
    rows += -rows % parts_of_each
    arrays = {
        name: torch.cat([_filled(name, call.arrays[name], rows, width) for call in calls])
        for name in calls[0].arrays
    }
    settings = calls[0].settings
    if calls[0].autocast is not None:
        settings = settings | {"autocast": calls[0].autocast}
    return Stream(arrays, settings, len(calls) * parts_of_each)


def _filled(name: str, array: torch.Tensor, rows: int, width: int) -> torch.Tensor:
    missing = (0, width - array.shape[1], 0, rows - array.shape[0])
    if not any(missing):
        return array
    return F.pad(array, missing, value=_FILLS.get(name, 0))


def part_seeds(before_batch: BeforeBatch, parts_of_each: int, place: str) -> Callable[[int], None]:
    """What seeds dropout before a part of the stream at one `place`, a stage of one process: no two
    of them draw the same.

    `before_batch` seeds each micro-batch, here as in one process; part and place are mixed in.
    """

    def seed(part: int) -> None:
        before_batch(part // parts_of_each)
        name = f"{torch.initial_seed()}/{place}/{part % parts_of_each}"
        digest = hashlib.sha256(name.encode()).digest()
        torch.manual_seed(int.from_bytes(digest[:8], "little") >> 1)

    return seed
