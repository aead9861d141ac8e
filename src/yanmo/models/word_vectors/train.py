"""Learning word vectors: skip-gram and CBOW with negative sampling, and fastText.

Comes in: sentences as lists of words. Goes out: `WordVectors`, and how much of the text they cover.
The arithmetic is gensim's; what is stored is not: nothing of gensim leaves this module.

Equal sentences, settings and seed give equal vectors, bit by bit: the vocabulary is ordered here,
by count and then by spelling, and one worker trains. Several would write into the same rows without
waiting for each other (Recht et al. 2011, "Hogwild!"), in another order each time.
"""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError, RunError
from yanmo.core.messages import t
from yanmo.models.word_vectors.config import NUM_BUCKETS, WordVectorsConfig
from yanmo.models.word_vectors.ngrams import Subwords
from yanmo.models.word_vectors.vectors import WordVectors

if TYPE_CHECKING:
    from gensim.models import Word2Vec

FINAL_LEARNING_RATE = 1e-4
MAX_SENTENCE_WORDS = 10_000
"""Longer sentences are trained on in pieces; gensim would drop what is behind this many words."""
_SENTENCES_PER_REPORT = 10_000


@dataclass(frozen=True)
class TextCounts:
    """What the vectors were learned from.

    Attributes:
        num_sentences: sentences with a word.
        num_words: words, repeated ones included.
        num_distinct_words: different words.
        num_covered_words: of `num_words` those that have a vector.
    """

    num_sentences: int
    num_words: int
    num_distinct_words: int
    num_covered_words: int


@dataclass(frozen=True)
class TrainedWordVectors:
    """Vectors, and what they were learned from."""

    vectors: WordVectors
    counts: TextCounts


def train_word_vectors(
    sentences: Iterable[Sequence[str]],
    config: WordVectorsConfig,
    on_progress: Callable[[float], None] | None = None,
) -> TrainedWordVectors:
    """Learn vectors from sentences, which are read once and held as 4 bytes a word.

    Args:
        sentences: lists of words. A word is not empty and has no line break.
        config: what is learned. `keep_punctuation` is for whoever cuts the text into words.
        on_progress: told the share of the training that is done, 0..1, now and then.

    Raises:
        DataError: there are too few words, or one that cannot be stored.
        RunError: the vectors ran off to infinity.
    """
    text = _encode(sentences, config.lowercase)
    kept = _keep_common_words(text, config.min_count)
    model = _build_model(config)
    passes = _Sentences(kept, config.epochs, on_progress)
    with _quiet_gensim():
        model.build_vocab_from_freq(
            dict(zip(kept.words, kept.counts.tolist(), strict=True)),
            corpus_count=passes.num_sentences,
        )
        model.train(passes, total_examples=passes.num_sentences, epochs=config.epochs)
    assert model.wv.index_to_key == kept.words, "gensim has put the words in another order"
    matrix = np.ascontiguousarray(model.wv.vectors, dtype=np.float32)
    if not np.isfinite(matrix).all():
        raise RunError(
            t("the word vectors ran off to infinity"),
            hint=t(
                "Lower word_vectors.learning_rate, which is {value}.", value=config.learning_rate
            ),
        )
    vectors = WordVectors(
        kept.words,
        matrix,
        is_lowercase=config.lowercase,
        subwords=_subwords_of(model, config) if config.method == "fasttext" else None,
        method=config.method,
        training=config.model_dump(mode="json"),
    )
    counts = TextCounts(
        num_sentences=len(text.ends),
        num_words=len(text.ids),
        num_distinct_words=len(text.words),
        num_covered_words=int(kept.counts.sum()),
    )
    return TrainedWordVectors(vectors, counts)


@dataclass(frozen=True)
class _EncodedText:
    """Text as numbers: `ids` (W,) int32 are rows of `words`; sentence i ends at `ends[i]`;
    `counts` (N,) says how often each word stands in `ids`."""

    words: list[str]
    counts: NDArray[np.int64]
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]


def _encode(sentences: Iterable[Sequence[str]], is_lowercase: bool) -> _EncodedText:
    """Number the words in the order in which they come.

    Raises:
        DataError: there is no word, or one that cannot be stored.
    """
    number_of: dict[str, int] = {}
    ids, ends = array("i"), array("q")
    for sentence in sentences:
        words = [word.lower() for word in sentence] if is_lowercase else sentence
        ids.extend([number_of.setdefault(word, len(number_of)) for word in words])
        if words:
            ends.append(len(ids))
    if not ids:
        raise DataError(
            t("there are no words to learn from"),
            hint=t("Give the corpus more text, or look at what its rules rejected."),
        )
    all_words = list(number_of)
    check_words(all_words)
    numbers = np.frombuffer(ids, np.int32)
    counts = np.bincount(numbers, minlength=len(all_words)).astype(np.int64)
    return _EncodedText(all_words, counts, numbers, np.frombuffer(ends, np.int64))


def check_words(words: Sequence[str]) -> None:
    """Refuse words that a list with a word on each line cannot hold.

    Raises:
        DataError: a word is empty, holds a line break or is no Unicode text.
    """
    for word in words:
        if not word or "\n" in word or any("\ud800" <= c <= "\udfff" for c in word):
            raise DataError(t("{word!r} cannot be stored as a word", word=word))


def _keep_common_words(text: _EncodedText, min_count: int) -> _EncodedText:
    """Only the words that occur `min_count` times, by count and then by spelling; only sentences
    with two of them, for one alone has no context.

    Raises:
        DataError: nothing is left.
    """
    kept = [row for row in range(len(text.words)) if text.counts[row] >= min_count]
    kept.sort(key=lambda row: (-int(text.counts[row]), text.words[row]))
    new_row = np.full(len(text.words), -1, np.int32)
    new_row[kept] = np.arange(len(kept), dtype=np.int32)
    ids = new_row[text.ids]
    is_kept = ids >= 0
    ends = np.concatenate([[0], np.cumsum(is_kept)])[text.ends]
    lengths = np.diff(ends, prepend=0)
    if len(kept) < 2 or not (lengths > 1).any():
        raise DataError(
            t(
                "no two words that occur {count} times stand together in the text",
                count=min_count,
            ),
            why=t("the commonest word occurs {count} times", count=int(text.counts.max())),
            hint=t("Give more text, or lower word_vectors.min_count."),
        )
    words = [text.words[row] for row in kept]
    return _EncodedText(words, text.counts[kept], ids[is_kept], ends.astype(np.int64))


class _Sentences:
    """The sentences as words, as often as they are asked for."""

    def __init__(
        self, text: _EncodedText, epochs: int, on_progress: Callable[[float], None] | None
    ) -> None:
        self._words = np.array(text.words, dtype=object)
        self._ids = text.ids
        self._starts, self._stops = _cut_long(text.ends)
        self.num_sentences = len(self._starts)
        self._total = self.num_sentences * epochs
        self._num_given = 0
        self._on_progress = on_progress

    def __iter__(self) -> Iterator[list[str]]:
        for start, stop in zip(self._starts, self._stops, strict=True):
            if self._on_progress is not None and self._num_given % _SENTENCES_PER_REPORT == 0:
                self._on_progress(self._num_given / self._total)
            self._num_given += 1
            yield self._words[self._ids[start:stop]].tolist()


def _cut_long(ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each sentence begins and stops, the long ones in pieces, those of one word left out."""
    starts = np.concatenate([[0], ends[:-1]])
    has_context = ends - starts > 1
    starts, ends = starts[has_context], ends[has_context]
    num_pieces = -(-(ends - starts) // MAX_SENTENCE_WORDS)
    number = np.arange(num_pieces.sum()) - np.repeat(np.cumsum(num_pieces) - num_pieces, num_pieces)
    firsts = np.repeat(starts, num_pieces) + number * MAX_SENTENCE_WORDS
    return firsts, np.minimum(firsts + MAX_SENTENCE_WORDS, np.repeat(ends, num_pieces))


def _build_model(config: WordVectorsConfig) -> Word2Vec:
    """The model of gensim that learns what `config` asks for."""
    from gensim.models import FastText, Word2Vec

    shared = {
        "vector_size": config.d_model,
        "window": config.window,
        "min_count": 1,  # rare words are gone already
        "workers": 1,
        "hs": 0,
        "negative": config.negative_samples,
        "sample": config.subsample_threshold or 0,
        "alpha": config.learning_rate,
        "min_alpha": min(config.learning_rate, FINAL_LEARNING_RATE),
        "seed": config.seed,
        "epochs": config.epochs,
        "sorted_vocab": 0,
    }
    if config.method != "fasttext":
        return Word2Vec(sg=int(config.method == "skipgram"), **shared)
    shortest, longest = config.ngram_chars
    buckets = config.num_buckets or NUM_BUCKETS
    return FastText(sg=1, min_n=shortest, max_n=longest, bucket=buckets, **shared)


def _subwords_of(model: Word2Vec, config: WordVectorsConfig) -> Subwords:
    """The vectors of those buckets that an n-gram of the vocabulary falls into."""
    shortest, longest = config.ngram_chars
    used = np.unique(np.concatenate([np.asarray(row) for row in model.wv.buckets_word]))
    return Subwords(
        min_chars=shortest,
        max_chars=longest,
        num_buckets=config.num_buckets or NUM_BUCKETS,
        bucket_ids=used.astype(np.int64),
        vectors=np.ascontiguousarray(model.wv.vectors_ngrams[used], dtype=np.float32),
    )


@contextmanager
def _quiet_gensim() -> Iterator[None]:
    """gensim warns of short texts, in words that fit no setting of ours."""
    logger = logging.getLogger("gensim")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
