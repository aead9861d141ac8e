"""Prompt tuning (Lester et al. 2021): a few vectors are learned, which stand before every text.

In: a language model or a task model. Out: the same model with a prompt, of which the prompt and the
heads alone are learned, and the ids that rows begin with. `checkpoint.prompt_folder` stores it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from yanmo.finetuning.lora import freeze_backbone
from yanmo.models.task_model import TaskModel
from yanmo.nn.soft_prompt import PromptedEmbedding


def apply_prompt(
    model: nn.Module,
    num_tokens: int,
    *,
    seed: int = 0,
    begin_with: tuple[int, ...] = (),
) -> tuple[int, ...]:
    """Give `model` a prompt, in place, and freeze everything else but the heads of a task model.

    Args:
        model: a language model or a task model.
        num_tokens: vectors of the prompt.
        seed: decides which entries of the vocabulary the prompt begins as.
        begin_with: ids whose embeddings the prompt begins as, over and over until it is full, such
            as those of a sentence that says what to do; entries drawn by `seed` when empty.

    Returns:
        The ids that every row begins with from now on. They count as tokens of it: a row of T
        tokens takes P + T positions.
    """
    backbone: Any = model.backbone if isinstance(model, TaskModel) else model
    freeze_backbone(model)
    embedding = PromptedEmbedding(backbone.embed, num_tokens)
    if begin_with:
        ids = torch.tensor([begin_with[place % len(begin_with)] for place in range(num_tokens)])
    else:
        generator = torch.Generator().manual_seed(seed)
        ids = torch.randint(backbone.config.vocab_size, (num_tokens,), generator=generator)
    embedding.init_from_tokens(ids)
    backbone.embed = embedding
    return embedding.prompt_ids
