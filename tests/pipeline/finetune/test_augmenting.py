"""Examples change by seed alone; words of a similar sense come from word vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yanmo.core.errors import CheckpointError
from yanmo.models.word_vectors.folder import save_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors
from yanmo.pipeline.finetune.augmenting import augment_of
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.tasks.example import TaggedExample, TextExample

TEXT = TextExample("1", "a fine film with a fine end and a fine middle", label="good")
WORDS = ("fine", "lovely", "film", "movie")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    matrix = np.array([[1, 0.1], [1, 0.12], [0.1, 1], [0.12, 1]], np.float32)
    folder = tmp_path / "vectors"
    save_word_vectors(WordVectors(list(WORDS), matrix), folder)
    return folder


def section(vectors: Path | None) -> FinetuneSection:
    return FinetuneSection.model_validate(
        {
            "augment": {
                "operators": ["swap_words"],
                "strength": 1.0,
                "num_copies": 9,
                "synonyms_from": None if vectors is None else str(vectors),
            }
        }
    )


def test_same_generator_gives_same_example_and_the_label_stays() -> None:
    augment = augment_of(section(None))
    assert augment is not None
    changed = [augment(TEXT, np.random.default_rng(seed)) for seed in range(20)]
    again = [augment(TEXT, np.random.default_rng(seed)) for seed in range(20)]
    assert changed == again
    assert len({one.text for one in changed if isinstance(one, TextExample)}) > 3
    assert {getattr(one, "label", None) for one in changed} == {"good"}


def test_synonyms_come_from_the_vectors_and_keep_the_number_of_tokens(vectors: Path) -> None:
    augment = augment_of(section(vectors))
    assert augment is not None
    texts = {
        one.text
        for seed in range(60)
        if isinstance(one := augment(TEXT, np.random.default_rng(seed)), TextExample)
    }
    assert any("lovely movie" in text for text in texts)
    tagged = TaggedExample("1", ("fine", "film"), ("O", "O"))
    found = {
        one.tokens
        for seed in range(60)
        if isinstance(one := augment(tagged, np.random.default_rng(seed)), TaggedExample)
    }
    assert ("lovely", "movie") in found
    assert all(len(tokens) == 2 for tokens in found)


def test_missing_vectors_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere"):
        augment_of(section(tmp_path / "nowhere"))
