"""How well a model does what it was trained for, where that is not the next token of a whole text.

Comes in: a masked model, an encoder-decoder or one that fills blanks, and held-out rows. Goes out:
the report that `evaluate` writes, with the loss for each target and how often the best guess is
right. What is hidden in a row is drawn as in validation, so that models can be compared.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.objectives.objective import NumpyBatch
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
    loss_sum = num_targets = num_right = num_tokens = 0.0
    for batch in data.validation_batches(recipe.pretrain):
        if num_tokens >= limit:
            break
        tensors = batch_to_device(batch, model.device)
        loss, count = data.objective.loss(model, tensors)
        loss_sum += float(loss)
        num_targets += count
        num_right += _count_right(model, batch)
        num_tokens += batch["tokens"].size
    split = data.validation.split
    if not num_targets:
        raise DataError(
            t("the {split} split has nothing to be predicted", split=config.split),
            where=str(tokens_dir),
            hint=t("Give more text, or raise corpus.split.{split}_frac.", split=config.split),
        )
    loss_per_target = loss_sum / num_targets
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
            }
        ],
        "differences": [],
    }


def _count_right(model: LanguageModel, batch: NumpyBatch) -> int:
    """Targets that the model's best guess gets right."""
    given = {name: array for name, array in batch.items() if name not in ("labels", "is_next")}
    best = model(**batch_to_device(given, model.device)).logits.argmax(-1).cpu().numpy()
    labels = batch["labels"]
    return int(np.sum((best == labels) & (labels != IGNORED_LABEL)))
