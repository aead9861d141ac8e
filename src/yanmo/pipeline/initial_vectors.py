"""An embedding that begins with word vectors instead of random numbers."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from yanmo.core.console import Console
from yanmo.core.messages import t
from yanmo.models.initial_embedding import initial_embedding
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe
from yanmo.pipeline.word_vectors import open_word_vectors
from yanmo.tokens.tokenizer import Tokenizer


def named_vectors(recipe: Recipe, run_dir: Path) -> Path | None:
    """The folder that `model.initial_embedding` names, or a run's own; None for random numbers."""
    named = recipe.model.initial_embedding
    if named is None:
        return None
    return run_dir / OWN_VECTORS if named == OWN_VECTORS else Path(named).expanduser()


def begin_with_vectors(
    embedding: nn.Embedding, path: Path, tokenizer: Tokenizer, console: Console
) -> None:
    """Fill `embedding` (V, D) from the vectors in a folder or a run, and say how many tokens are
    words.

    Raises:
        CheckpointError: there are no vectors, or they are damaged.
        DataError: they have nothing in common with the tokenizer.
    """
    pieces = [
        b"" if tokenizer.is_special(id) else tokenizer.token_bytes(id)
        for id in range(tokenizer.vocab_size)
    ]
    begun = initial_embedding(
        open_word_vectors(path), pieces, embedding.weight.detach().cpu().numpy()
    )
    with torch.no_grad():
        embedding.weight.copy_(torch.from_numpy(begun.matrix))
    console.note(
        t(
            "the embedding begins with word vectors: {covered:,} of {tokens:,} tokens are words,"
            " {kept:.0%} of the vectors' variance fits",
            covered=begun.num_covered,
            tokens=len(pieces),
            kept=begun.kept_variance_frac,
        )
    )
