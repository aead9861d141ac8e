"""Learning: what stands in the same places gets like vectors; a seed decides every bit."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from gensim.models import FastText, Word2Vec
from tests.models.word_vectors.texts import made_up_sentences

from yanmo.core.errors import DataError, RunError
from yanmo.models.word_vectors.config import Method, WordVectorsConfig
from yanmo.models.word_vectors.train import MAX_SENTENCE_WORDS, train_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors

METHODS: tuple[Method, ...] = ("skipgram", "cbow", "fasttext")


def small(method: Method, **values: object) -> WordVectorsConfig:
    settings = {"method": method, "d_model": 16, "epochs": 10, "min_count": 2, **values}
    if method == "fasttext":
        settings.setdefault("num_buckets", 2000)
    return WordVectorsConfig.model_validate(settings)


def train(method: Method, **values: object) -> WordVectors:
    return train_word_vectors(made_up_sentences(1500), small(method, **values)).vectors


def topic_of(word: str) -> str:
    return word.partition("word")[0]


@pytest.mark.parametrize("method", METHODS)
def test_words_of_the_same_places_are_neighbours(method: Method) -> None:
    # The names of the words must not give the topics away to fastText.
    name = {
        word: hashlib.blake2b(word.encode(), digest_size=4).hexdigest()
        for word in {word for sentence in made_up_sentences(1500) for word in sentence}
    }
    sentences = [[name[word] for word in sentence] for sentence in made_up_sentences(1500)]
    vectors = train_word_vectors(sentences, small(method)).vectors
    topic = {short: topic_of(word) for word, short in name.items()}
    found = [
        topic[neighbour.word] == topic[word]
        for word in vectors.words
        for neighbour in vectors.nearest(word, 5)
    ]
    assert np.mean(found) > 0.9  # by chance: 0.23


@pytest.mark.parametrize("method", METHODS)
def test_equal_seeds_give_equal_bits_and_others_do_not(method: Method) -> None:
    first, second, other = (train(method, seed=seed) for seed in (7, 7, 8))
    assert first.words == second.words
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.matrix.tobytes() != other.matrix.tobytes()
    if method == "fasttext":
        assert first.subwords is not None and second.subwords is not None
        assert first.subwords.vectors.tobytes() == second.subwords.vectors.tobytes()


def test_the_hash_seed_of_python_does_not_matter() -> None:
    code = (
        "import hashlib; from tests.models.word_vectors.test_train import train;"
        "print(*(hashlib.sha256(train(m).matrix.tobytes()).hexdigest() for m in"
        " ('skipgram', 'fasttext')))"
    )
    hashes = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert hashes[0] == hashes[1]
    assert len(hashes[0].split()) == 2


@pytest.mark.parametrize("method", METHODS)
def test_the_vectors_are_those_that_the_library_learns_by_itself(method: Method) -> None:
    """Our counting, our order of words and our n-grams change nothing, where no two words are
    equally common and none is rare."""
    sentences = [["aba", f"w{n}", "bab", "aba"] for n in range(30) for _ in range(100 - 3 * n)]
    counts = Counter(word for sentence in sentences for word in sentence)
    assert len(set(counts.values())) == len(counts)
    settings = {"vector_size": 16, "epochs": 10, "min_count": 2, "seed": 0, "workers": 1}
    if method == "fasttext":
        ours = train_word_vectors(sentences, small(method, max_ngram_chars=3)).vectors
        theirs = FastText(sentences, sg=1, bucket=2000, max_n=3, **settings).wv
        unseen = "abab"  # all of its n-grams are in the text
        np.testing.assert_allclose(ours.vector(unseen), theirs[unseen], atol=1e-6)
    else:
        ours = train_word_vectors(sentences, small(method)).vectors
        theirs = Word2Vec(sentences, sg=int(method == "skipgram"), **settings).wv
    assert ours.words == theirs.index_to_key
    np.testing.assert_array_equal(ours.matrix, theirs.vectors)


def test_fasttext_composes_words_that_it_never_saw() -> None:
    vectors = train("fasttext")
    assert not vectors.has("topic1word99")
    nearest = [neighbour.word for neighbour in vectors.nearest("topic1word99", 5)]
    assert {topic_of(word) for word in nearest} == {"topic1"}
    with pytest.raises(DataError, match="No part of its spelling"):
        vectors.vector("中国")


def test_rare_words_go_before_contexts_are_taken_and_are_counted() -> None:
    sentences = [["a", "rare" + str(number), "b"] for number in range(20)] + [["alone"]]
    trained = train_word_vectors(sentences, small("skipgram"))
    assert trained.vectors.words == ["a", "b"]
    counts = trained.counts
    assert (counts.num_sentences, counts.num_words, counts.num_distinct_words) == (21, 61, 23)
    assert counts.num_covered_words == 40


def test_words_are_in_the_order_of_their_counts_and_then_of_their_spelling() -> None:
    sentences = [["b", "a", "c"], ["c", "a", "b"], ["c", "d", "d"]]
    assert train_word_vectors(sentences, small("cbow")).vectors.words == ["c", "a", "b", "d"]


def test_case_counts_only_where_it_is_asked_for() -> None:
    sentences = [["The", "the", "THE", "dog"]] * 3
    folded = train_word_vectors(sentences, small("cbow")).vectors
    kept = train_word_vectors(sentences, small("cbow", lowercase=False)).vectors
    assert folded.words == ["the", "dog"]
    assert set(kept.words) == {"The", "the", "THE", "dog"}


def test_nothing_of_a_long_sentence_is_dropped() -> None:
    """All of the text is one sentence, and the second half of it has words of its own."""
    half = MAX_SENTENCE_WORDS + 500
    first, second = ([f"{name}{n % 7}" for n in range(half)] for name in ("one", "two"))
    vectors = train_word_vectors([first + second], small("cbow", epochs=20)).vectors
    nearest = {found.word[:3] for n in range(7) for found in vectors.nearest(f"two{n}", 3)}
    assert nearest == {"two"}


def test_sentences_are_read_once() -> None:
    def sentences() -> Iterator[list[str]]:
        yield from made_up_sentences(50)

    assert len(train_word_vectors(sentences(), small("cbow")).vectors) > 2


def test_progress_goes_from_nothing_towards_one() -> None:
    told: list[float] = []
    train_word_vectors(made_up_sentences(11_000), small("cbow", epochs=2), told.append)
    assert told[0] == 0
    assert told == sorted(told)
    assert 0.4 < told[-1] < 1


@pytest.mark.parametrize("sentences", [[], [[]], [[], []]])
def test_no_words_are_refused(sentences: list[list[str]]) -> None:
    with pytest.raises(DataError, match="there are no words to learn from"):
        train_word_vectors(sentences, small("skipgram"))


@pytest.mark.parametrize("sentences", [[["a", "b", "c"]], [["a"], ["b"]] * 5, [["a", "a"]] * 5])
def test_words_without_company_are_refused(sentences: list[list[str]]) -> None:
    with pytest.raises(DataError, match=r"no two words that occur 2 times(.|\n)*min_count"):
        train_word_vectors(sentences, small("skipgram"))


@pytest.mark.parametrize("word", ["", "two\nlines", "\ud800"])
def test_words_that_cannot_be_stored_are_refused(word: str) -> None:
    with pytest.raises(DataError, match="cannot be stored as a word"):
        train_word_vectors([["a", word, "b"]] * 3, small("skipgram"))


def test_vectors_that_run_off_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(self: Word2Vec, *_: object, **__: object) -> None:
        self.wv.vectors[0, 0] = np.inf

    monkeypatch.setattr(Word2Vec, "train", spoil)
    with pytest.raises(RunError, match="learning_rate"):
        train("skipgram")
