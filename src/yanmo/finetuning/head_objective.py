"""What the heads of a task model learn: rows of one or several tasks in, a sum of losses out.

A batch may hold rows of several tasks; each goes through the backbone with the others of its head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.finetuning.head_rows import HeadRows
from yanmo.models.task_head import ROW_KINDS, HeadSpec
from yanmo.tokens.row_batch import batch_of_rows
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    pad_rows,
)


@dataclass(frozen=True)
class HeadObjective:
    """Losses of the heads, summed over rows, tokens or places.

    Attributes:
        specs: the heads, in the order of the model's.
        pad_id: fills the batch behind shorter rows.
        class_weights: by head, a factor on the loss of each class; none weighs all alike.
    """

    specs: Sequence[HeadSpec]
    pad_id: int
    class_weights: Mapping[int, torch.Tensor] = field(default_factory=dict)
    name: str = field(default="heads", init=False)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `mask`, `segments` (B, T), `heads` (B,), and by what the heads predict
        `row_labels` (B,), `token_labels` (B, T), `span_labels` (B, 2)."""
        assert isinstance(rows, HeadRows), "these rows belong to another objective"
        taken = [
            rows.take(number, generator)
            for number, generator in zip(row_indices.tolist(), generators, strict=True)
        ]
        batch: dict[str, npt.NDArray[Any]] = batch_of_rows([one.row for one in taken], self.pad_id)
        batch["heads"] = np.array([one.head for one in taken], np.int64)
        kinds = [self.specs[one.head].kind for one in taken]
        asked = {spec.kind for spec in self.specs}
        if asked & set(ROW_KINDS):
            numbers = [
                one.label if kind in ROW_KINDS else np.nan
                for one, kind in zip(taken, kinds, strict=True)
            ]
            batch["row_labels"] = np.array(numbers, np.float64)
        if "tagging" in asked:
            ignored = np.full(1, IGNORED_LABEL, np.int64)
            labels = [
                np.asarray(one.label) if kind == "tagging" else ignored
                for one, kind in zip(taken, kinds, strict=True)
            ]
            width = batch["tokens"].shape[1]
            padded = pad_rows([*labels, np.zeros(width, np.int64)], IGNORED_LABEL)
            batch["token_labels"] = padded[:-1]
        if "spans" in asked:
            nowhere = np.full(2, IGNORED_LABEL, np.int64)
            batch["span_labels"] = np.stack(
                [
                    np.asarray(one.label) if kind == "spans" else nowhere
                    for one, kind in zip(taken, kinds, strict=True)
                ]
            )
        return batch

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """The losses of all heads, summed, and their targets."""
        heads = batch["heads"]
        total = None
        for head, spec in enumerate(self.specs):
            chosen = torch.nonzero(heads == head)[:, 0]
            if not len(chosen):
                continue
            output = model(
                **{
                    name: batch[name][chosen]
                    for name in ("tokens", "mask", "segments")
                    if name in batch
                },
                head=head,
                labels=_labels_of(spec, batch, chosen),
                class_weights=self._weights(head, heads.device),
            )
            total = output.loss_sum if total is None else total + output.loss_sum
        assert total is not None, "a batch has rows"
        return total, self.count_targets(
            {name: value.cpu().numpy() for name, value in batch.items()}
        )

    def count_targets(self, batch: NumpyBatch) -> int:
        """Rows of heads that score rows or places, and tags."""
        count = 0
        for head, spec in enumerate(self.specs):
            is_own = batch["heads"] == head
            if spec.kind == "tagging":
                count += int((batch["token_labels"][is_own] != IGNORED_LABEL).sum())
            else:
                count += int(is_own.sum())
        return count

    def _weights(self, head: int, device: torch.device) -> torch.Tensor | None:
        weights = self.class_weights.get(head)
        return None if weights is None else weights.to(device)


def _labels_of(spec: HeadSpec, batch: Batch, chosen: torch.Tensor) -> torch.Tensor:
    """The labels of the chosen rows, which are those of one head."""
    if spec.kind == "tagging":
        return batch["token_labels"][chosen]
    if spec.kind == "spans":
        return batch["span_labels"][chosen]
    labels = batch["row_labels"][chosen]
    return labels.long() if spec.kind == "classification" else labels
