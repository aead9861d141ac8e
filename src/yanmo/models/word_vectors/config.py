"""The `word_vectors` section of a recipe: what is learned, and from how much context."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

Method = Literal["skipgram", "cbow", "fasttext"]

MIN_NGRAM_CHARS = 3
MAX_NGRAM_CHARS = 6
NUM_BUCKETS = 500_000


class WordVectorsConfig(Config):
    """Word vectors, learned from the train split of the corpus."""

    method: Method = "skipgram"
    """What is learned: `skipgram` predicts the words around a word, `cbow` a word from the words
    around it (Mikolov et al. 2013), `fasttext` is skip-gram over words and the n-grams of their
    characters (Bojanowski et al. 2017), so that words never seen have vectors too."""
    d_model: int = Field(default=100, ge=1, le=10_000)
    """Width of a vector."""
    window: int = Field(default=5, ge=1)
    """Words to each side that count as context; each place draws its own reach from 1 to this."""
    min_count: int = Field(default=5, ge=1)
    """Words that occur less often are left out, before contexts are taken."""
    epochs: int = Field(default=5, ge=1)
    """Passes over the text."""
    negative_samples: int = Field(default=5, ge=1)
    """Random words that each true pair is told apart from."""
    subsample_threshold: float | None = Field(default=1e-3, gt=0.0, lt=1.0)
    """Words above this share of the text are skipped at random, the more the commoner; None keeps
    them all."""
    learning_rate: float = Field(default=0.025, gt=0.0, le=1.0)
    """Step size at the beginning; it falls in a straight line, to 0.0001."""
    min_ngram_chars: int | None = Field(default=None, ge=1)
    """Shortest n-gram, with the marks `<` and `>` of a word's ends; fasttext only. Derived: 3.
    For Chinese, whose words have two characters, take 1."""
    max_ngram_chars: int | None = Field(default=None, ge=1)
    """Longest n-gram; fasttext only. Derived: 6."""
    num_buckets: int | None = Field(default=None, ge=1, le=2**31)
    """Vectors that the n-grams share by their hash; fasttext only. Derived: 500000. Training holds
    all of them in memory; only those in use are stored."""
    lowercase: bool = True
    """Take `The` and `the` for one word, in training and when a word is looked up."""
    keep_punctuation: bool = False
    """Let punctuation marks be words."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Decides initial vectors, contexts and negative samples."""

    @model_validator(mode="after")
    def _check_ngrams(self) -> Self:
        names = ("min_ngram_chars", "max_ngram_chars", "num_buckets")
        given = [name for name in names if getattr(self, name) is not None]
        if given and self.method != "fasttext":
            raise ValueError(
                t("{name} has no effect in {method}", name=given[0], method=self.method)
            )
        shortest, longest = self.ngram_chars
        if shortest > longest:
            raise ValueError(
                t(
                    "min_ngram_chars = {shortest} is more than max_ngram_chars = {longest}",
                    shortest=shortest,
                    longest=longest,
                )
            )
        return self

    @property
    def ngram_chars(self) -> tuple[int, int]:
        """Characters of the shortest and of the longest n-gram."""
        return self.min_ngram_chars or MIN_NGRAM_CHARS, self.max_ngram_chars or MAX_NGRAM_CHARS
