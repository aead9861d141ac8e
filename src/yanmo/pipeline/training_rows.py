"""The rows that a recipe's objective learns from, as the pretrain and evaluate stages need them."""

from __future__ import annotations

from pathlib import Path

from yanmo.models.shape import ModelShape
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.data import TrainingData, build_training_data


def load_training_data(
    tokens_dir: Path,
    tokenizer: Tokenizer,
    recipe: Recipe,
    shape: ModelShape,
    held_out: str = "validation",
) -> TrainingData:
    """The rows of a token folder, as the recipe's objective learns from them.

    Args:
        held_out: the split that takes the part of the validation rows.

    Raises:
        DataError: the folder is damaged, or holds nothing that the objective can learn from.
        ConfigError: the tokenizer has too few sentinels.
    """
    return build_training_data(
        tokens_dir,
        tokenizer,
        recipe.pretrain,
        family=shape.family,
        max_seq_len=shape.max_seq_len,
        decoder_start_id=getattr(shape, "decoder_start_id", None),
        segment=_cut_chinese,
        held_out=held_out,
    )


def _cut_chinese(text: str) -> list[str]:
    from yanmo.corpus.segmentation.chinese import jieba_segmenter  # slow to load

    return list(jieba_segmenter().segment(text))
