"""How well a model does what it was trained for, where that is not the next token of a whole text.

Comes in: a masked model, an encoder-decoder or one that fills blanks, and held-out rows. Goes out:
the report that `evaluate` writes, with the loss for each target and how often the best guess is
right. What is hidden in a row is drawn as in validation, so that models can be compared. A model
that also tells whether segments follow each other has a figure of its own for that; it is no part
of the loss, so that its perplexity is of tokens alone and stands beside that of others.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.objectives.objective import NumpyBatch, count_tokens
from yanmo.training.step import batch_to_device

FORMAT_VERSION = 1


@torch.inference_mode()
def evaluate_objective(
    model: LanguageModel, tokenizer: Tokenizer, recipe: Recipe, tokens_dir: Path
) -> dict[str, Any]:
    """The content of `evaluate/report.json`: loss in nats for each target, perplexity, accuracy.

    Raises:
        DataError: the split holds nothing that the objective can be measured on.
    """
    config = recipe.evaluate
    data = load_training_data(tokens_dir, tokenizer, recipe, model.config, held_out=config.split)
    limit = config.max_tokens or math.inf
    loss_sum = num_targets = num_right = num_tokens = num_pairs = num_right_pairs = 0.0
    # pretrain.validation_rows is for the watch over training; here evaluate.max_tokens decides.
    every_row = recipe.pretrain.model_copy(update={"validation_rows": None})
    for rows, _ in data.validation_batches(every_row):
        if num_tokens >= limit:
            break
        is_next = rows.get("is_next")
        batch = {name: array for name, array in rows.items() if name != "is_next"}
        loss, count = data.objective.loss(model, batch_to_device(batch, model.device))
        loss_sum += float(loss)
        num_targets += count
        right, scores = _count_right(model, batch)
        num_right += right
        if is_next is not None and scores is not None:
            num_pairs += len(is_next)
            # Entry 0 says that the second segment follows.
            num_right_pairs += int(np.sum(scores.argmax(-1) == 1 - is_next))
        num_tokens += count_tokens(rows)
    _, split = data.splits
    if not num_targets:
        raise DataError(
            t("the {split} split has nothing to be predicted", split=config.split),
            where=str(tokens_dir),
            hint=t("Give more text, or raise corpus.split.{split}_frac.", split=config.split),
        )
    loss_per_target = loss_sum / num_targets
    next_sentence = {"next_sentence_top1": num_right_pairs / num_pairs} if num_pairs else {}
    return {
        "format_version": FORMAT_VERSION,
        "split": config.split,
        "objective": data.objective.name,
        "documents": split.num_documents,
        "tokens": int(num_tokens),
        "bytes": split.num_bytes,
        "targets": int(num_targets),
        "models": [
            {
                "name": model.config.family,
                "kind": "neural",
                "loss": loss_per_target,
                "perplexity": math.exp(min(loss_per_target, 700.0)),
                "top1": num_right / num_targets,
                **next_sentence,
            }
        ],
        "differences": [],
    }


def _count_right(
    model: LanguageModel, batch: NumpyBatch
) -> tuple[int, npt.NDArray[np.float32] | None]:
    """Targets that the model's best guess gets right, and (B, 2) scores of what follows what where
    the model gives them."""
    given = {name: array for name, array in batch.items() if name != "labels"}
    output = model(**batch_to_device(given, model.device))
    best = output.logits.argmax(-1).cpu().numpy()
    labels = batch["labels"]
    scores = output.next_sentence_scores
    num_right = int(np.sum((best == labels) & (labels != IGNORED_LABEL)))
    return num_right, None if scores is None else scores.float().cpu().numpy()
