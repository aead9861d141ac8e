"""Training examples that are a little different every time they are read.

The changes are those of `corpus.augmentation`, and words of a similar sense from word vectors. What
is changed depends on nothing but the generator that comes with a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from yanmo.finetuning.head_rows import Augment
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.tasks.example import Example

if TYPE_CHECKING:
    from yanmo.corpus.augmentation.operators import Augmentation, TokenAugmentation

NUM_NEIGHBOURS = 5
"""Words among which one that takes another's place is drawn."""
MAX_WORDS_KEPT = 50_000
"""Words whose neighbours are remembered."""


def augment_of(section: FinetuneSection) -> Augment | None:
    """What changes the examples that are learned from, where the section asks for it.

    Raises:
        CheckpointError: there are no word vectors where the section names some.
    """
    config = section.augment
    if config is None:
        return None
    from yanmo.corpus.augmentation.operators import AUGMENTATIONS, TOKEN_AUGMENTATIONS
    from yanmo.pipeline.noisy_examples import changed_example

    changes: list[tuple[Augmentation, TokenAugmentation | None]] = [
        (AUGMENTATIONS[name], TOKEN_AUGMENTATIONS.get(name)) for name in config.operators
    ]
    if config.synonyms_from is not None:
        changes.append(_synonyms(Path(config.synonyms_from).expanduser()))

    def change(example: Example, generator: np.random.Generator) -> Example:
        # One reading in (copies + 1) sees the text as it is.
        turn = int(generator.integers(config.num_copies + 1))
        if not turn:
            return example
        place = int(generator.integers(len(changes)))
        seed = int(generator.integers(2**31))
        of_text, of_tokens = changes[place]
        return changed_example(example, of_text, of_tokens, config.strength, seed)

    return change


def _synonyms(folder: Path) -> tuple[Augmentation, TokenAugmentation | None]:
    """Words replaced by neighbours among the vectors in `folder`."""
    from yanmo.corpus.augmentation.operators import synonyms, token_synonyms
    from yanmo.pipeline.word_vectors import open_word_vectors

    vectors = open_word_vectors(folder)

    @lru_cache(maxsize=MAX_WORDS_KEPT)
    def nearest(word: str) -> Sequence[str]:
        if not vectors.has(word):
            return ()
        return tuple(one.word for one in vectors.nearest(word, NUM_NEIGHBOURS))

    return synonyms(nearest), token_synonyms(nearest)
