"""Preference tuning without a reward model: direct preference optimisation.

In: pairs of answers, and what the model that training begins with makes of them. Out: the loss of
Rafailov et al. (2023), equation 7: with the log-probability of an answer y after a prompt x,

    margin = beta * ((log p(chosen) - log p0(chosen)) - (log p(rejected) - log p0(rejected)))
    loss   = -log sigmoid(margin)

where p0 is the model at the beginning, so that the loss begins at ln 2. It is asked once, before
the first step. With label smoothing e the loss is -(1 - e) log sigmoid(margin)
- e log sigmoid(-margin) (Mitchell 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from yanmo.finetuning.chat_rows import ChatRow
from yanmo.finetuning.instructions import NO_DOCUMENT
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.finetuning.preference_rows import CHOSEN, REJECTED, PreferenceRows
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.training.objectives.objective import Batch, Ids, NumpyBatch, Rows, pad_rows


@dataclass(frozen=True)
class PreferenceObjective:
    """Moves probability from rejected answers to chosen ones, not far from where it was.

    Attributes:
        config: how dear moving is.
        pad_id: fills the batch behind shorter rows.
    """

    config: PreferenceConfig
    pad_id: int
    name: str = field(default="preferences", init=False)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `document_ids`, each (B, 2, T), the chosen answer first;
        `reference` (B, 2). Nothing is random."""
        del generators  # nothing is random
        assert isinstance(rows, PreferenceRows), "these rows belong to another objective"
        assert rows.reference is not None, "the model that training begins with was not asked"
        batch = pair_batch(rows, row_indices, self.pad_id)
        return {**batch, "reference": rows.reference[row_indices]}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """The loss in nats summed over the pairs, and their number."""
        margins = self.margins(model, batch)
        smoothing = self.config.label_smoothing
        losses = -(1.0 - smoothing) * F.logsigmoid(margins) - smoothing * F.logsigmoid(-margins)
        return losses.sum(), len(margins)

    def margins(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """By how much (B,) the chosen answer gained more than the rejected one, times beta."""
        gains = answer_log_probs(model, batch) - batch["reference"]  # (B, 2)
        if self.config.is_length_normalised:
            gains = gains / (batch["labels"] != IGNORED_LABEL).sum(-1)
        return self.config.beta * (gains[:, CHOSEN] - gains[:, REJECTED])

    def count_targets(self, batch: NumpyBatch) -> int:
        """Pairs."""
        return len(batch["labels"])


@dataclass(frozen=True)
class PreferenceFigures:
    """How a model stands to the pairs of a split.

    Attributes:
        loss: mean over the pairs, in nats; ln 2 before training.
        accuracy: part of the pairs whose chosen answer gained more than the rejected one; pairs
            that gained alike count half.
        mean_margin: mean of the margins; 0 before training.
        chosen_gain, rejected_gain: mean change of the log-probability of the answers, in nats.
    """

    loss: float
    accuracy: float
    mean_margin: float
    chosen_gain: float
    rejected_gain: float


def answer_log_probs(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Log-probabilities in nats (B, 2) of both answers of each pair, in float32 at least.

    Args:
        model: gives `logits` for `tokens`, `positions` and `document_ids`.
        batch: as `pair_batch` makes it.
    """
    labels = batch["labels"]  # (B, 2, T)
    inputs = {name: batch[name].flatten(0, 1) for name in ("tokens", "positions", "document_ids")}
    scores = model(**inputs).logits.unflatten(0, labels.shape[:2])  # (B, 2, T, V)
    is_learned = labels != IGNORED_LABEL
    chosen = scores[is_learned]  # (N, V): most positions are only read
    if chosen.dtype in (torch.float16, torch.bfloat16):
        chosen = chosen.float()
    log_probs = -F.cross_entropy(chosen, labels[is_learned], reduction="none")  # (N,)
    pairs = torch.zeros(labels.shape, dtype=log_probs.dtype, device=labels.device)
    return pairs.masked_scatter(is_learned, log_probs).sum(-1)


def pair_batch(
    rows: PreferenceRows, row_indices: Ids, pad_id: int
) -> dict[str, npt.NDArray[np.int64]]:
    """`tokens`, `labels`, `positions`, `document_ids` of pairs, each (B, 2, T)."""
    sides = [side for row in row_indices.tolist() for side in rows.pairs[row]]
    lengths = [len(side.tokens) for side in sides]
    arrays = {
        "tokens": pad_rows([side.tokens for side in sides], pad_id),
        "labels": pad_rows([side.labels for side in sides], IGNORED_LABEL),
        "positions": pad_rows([np.arange(length) for length in lengths], 0),
        "document_ids": pad_rows([np.zeros(n, dtype=np.int64) for n in lengths], NO_DOCUMENT),
    }
    return {name: array.reshape(len(row_indices), 2, -1) for name, array in arrays.items()}


def reference_log_probs(
    model: nn.Module,
    rows: PreferenceRows,
    *,
    pad_id: int,
    device: torch.device,
    batch_rows: int = 8,
) -> npt.NDArray[np.float64]:
    """What a model makes of all pairs, (num_rows, 2), in nats: asked of the one that training
    begins with, and kept for the whole of the training. The model is left as it was.

    Args:
        batch_rows: pairs at a time; pairs of like length are taken together.
    """
    order = np.argsort([max(map(_length, pair)) for pair in rows.pairs], kind="stable")
    found = np.empty((rows.num_rows, 2))
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            for begin in range(0, rows.num_rows, batch_rows):
                numbers = order[begin : begin + batch_rows]
                arrays = pair_batch(rows, numbers, pad_id)
                batch = {name: torch.from_numpy(a).to(device) for name, a in arrays.items()}
                found[numbers] = answer_log_probs(model, batch).double().cpu().numpy()
    finally:
        model.train(was_training)
    return found


def preference_figures(
    model: nn.Module,
    rows: PreferenceRows,
    objective: PreferenceObjective,
    *,
    device: torch.device,
    batch_rows: int = 8,
) -> PreferenceFigures:
    """How a model stands to pairs whose reference is known. The model is left as it was."""
    assert rows.reference is not None, "the model that training begins with was not asked"
    log_probs = reference_log_probs(
        model, rows, pad_id=objective.pad_id, device=device, batch_rows=batch_rows
    )
    gains = log_probs - rows.reference
    config = objective.config
    margins = margins_of(log_probs, rows, config)
    smoothing = config.label_smoothing
    losses = (1 - smoothing) * np.logaddexp(0, -margins) + smoothing * np.logaddexp(0, margins)
    return PreferenceFigures(
        loss=float(losses.mean()),
        accuracy=float((margins > 0).mean() + (margins == 0).mean() / 2),
        mean_margin=float(margins.mean()),
        chosen_gain=float(gains[:, CHOSEN].mean()),
        rejected_gain=float(gains[:, REJECTED].mean()),
    )


def margins_of(
    log_probs: npt.NDArray[np.float64], rows: PreferenceRows, config: PreferenceConfig
) -> npt.NDArray[np.float64]:
    """By how much (num_rows,) each chosen answer gained more than the rejected one, times beta.

    Args:
        log_probs: (num_rows, 2) in nats, as `reference_log_probs` gives them for a tuned model.
        rows: the pairs with their reference.
    """
    assert rows.reference is not None, "the model that training begins with was not asked"
    gains = log_probs - rows.reference
    if config.is_length_normalised:
        gains = gains / np.array(
            [[int((side.labels != IGNORED_LABEL).sum()) for side in pair] for pair in rows.pairs]
        )
    margins: npt.NDArray[np.float64] = config.beta * (gains[:, CHOSEN] - gains[:, REJECTED])
    return margins


def _length(side: ChatRow) -> int:
    return len(side.tokens)
