"""The Kneser-Ney model against a slow reference, and against what any language model must hold."""

from __future__ import annotations

import gzip
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.models import kneser_ney
from yanmo.models.kneser_ney import FALLBACK_DISCOUNTS, KneserNey, estimate_discounts

EOT = 0
Ids = NDArray[np.int64]
Gram = tuple[int, ...]


class SlowKneserNey:
    """The formulas of Chen & Goodman (1999) on dictionaries, one probability at a time."""

    def __init__(self, documents: list[Ids], vocab_size: int, order: int) -> None:
        self.vocab_size, self.order = vocab_size, order
        occurrences: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        preceding: list[dict[Gram, set[int]]] = [defaultdict(set) for _ in range(order + 1)]
        at_start: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        for document in documents:
            tokens = [*document.tolist(), EOT]
            for end in range(1, len(tokens)):
                for k in range(1, min(order, end + 1) + 1):
                    start = end - k + 1
                    gram = tuple(tokens[start : end + 1])
                    occurrences[k][gram] += 1
                    if start == 0:
                        at_start[k][gram] += 1
                    else:
                        preceding[k][gram].add(tokens[start - 1])
        self.counts: list[dict[Gram, int]] = [{}]
        for k in range(1, order + 1):
            if k == order:
                self.counts.append(dict(occurrences[k]))
            else:
                self.counts.append(
                    {g: len(preceding[k][g]) + at_start[k][g] for g in occurrences[k]}
                )
        self.discounts = [
            estimate_discounts(np.array(list(counts.values()), dtype=np.int64))
            for counts in self.counts[1:]
        ]

    def prob(self, token: int, context: Gram) -> float:
        if len(context) >= self.order:
            return self.prob(token, context[len(context) - self.order + 1 :])
        k = len(context) + 1
        lower = self.prob(token, context[1:]) if context else 1 / self.vocab_size
        followers = [c for g, c in self.counts[k].items() if g[:-1] == context]
        if not followers:
            return lower
        discounts = self.discounts[k - 1]
        count = self.counts[k].get((*context, token), 0)
        mass = count - discounts[min(count, 3) - 1] if count else 0.0
        reserved = sum(discounts[min(c, 3) - 1] for c in followers)
        return (mass + reserved * lower) / sum(followers)


def random_documents(seed: int, num_documents: int, vocab_size: int) -> list[Ids]:
    """Documents with a skewed vocabulary and repeated phrases; some hold nothing but eot."""
    rng = np.random.default_rng(seed)
    documents = []
    for _ in range(num_documents):
        body = rng.zipf(1.5, rng.integers(0, 25)) % (vocab_size - 2) + 1
        documents.append(np.concatenate([[EOT], body, body[: rng.integers(0, 6)]]).astype(np.int64))
    return documents


def to_documents(text: str) -> tuple[list[Ids], int]:
    """Lines of `text` as documents of characters, and the size of their vocabulary."""
    ids = {character: i for i, character in enumerate(sorted(set(text)), start=1)}
    lines = [line for line in text.splitlines() if line]
    return [np.array([EOT, *(ids[c] for c in line)]) for line in lines], len(ids) + 1


def mean_loss(model: KneserNey, documents: list[Ids]) -> float:
    return float(-np.mean(np.concatenate([model.log_probs(d) for d in documents])))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("num_documents", [1, 4, 60])
def test_log_probs_equal_the_slow_reference(order: int, num_documents: int) -> None:
    vocab_size = 12
    train = random_documents(order, num_documents, vocab_size)
    model = KneserNey.fit(train, vocab_size=vocab_size, order=order, eot_id=EOT)
    slow = SlowKneserNey(train, vocab_size, order)
    assert model.discounts == slow.discounts
    assert model.num_params() == sum(len(counts) for counts in slow.counts)
    for document in [*train[:4], *random_documents(99, 8, vocab_size)]:
        tokens = [*document.tolist(), EOT]
        expected = [
            math.log(slow.prob(tokens[i], tuple(tokens[:i]))) for i in range(1, len(tokens))
        ]
        np.testing.assert_allclose(model.log_probs(document), expected, rtol=0, atol=1e-12)


def test_estimated_discounts_follow_the_paper() -> None:
    counts = np.repeat([1, 2, 3, 4, 9], [40, 10, 4, 2, 3])
    y = 40 / (40 + 2 * 10)
    expected = (1 - 2 * y * 10 / 40, 2 - 3 * y * 4 / 10, 3 - 4 * y * 2 / 4)
    assert estimate_discounts(counts) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("num_of_counts", "why"),
    [
        ([0, 10, 4, 2], "nothing occurs once"),
        ([40, 10, 0, 2], "nothing occurs three times"),
        ([], "there are no n-grams of this order"),
        ([10, 1, 10, 2], "D2 is negative"),
    ],
)
def test_degenerate_counts_take_the_fallback_discounts(num_of_counts: list[int], why: str) -> None:
    counts = np.repeat(np.arange(1, len(num_of_counts) + 1), num_of_counts)
    assert estimate_discounts(counts) == FALLBACK_DISCOUNTS, why


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    num_documents=st.integers(1, 30),
    order=st.integers(1, 5),
    context=st.lists(st.integers(0, 9), max_size=8),
)
def test_every_distribution_is_positive_and_sums_to_one(
    seed: int, num_documents: int, order: int, context: list[int]
) -> None:
    train = random_documents(seed, num_documents, 10)
    model = KneserNey.fit(train, vocab_size=10, order=order, eot_id=EOT)
    for ids in (context, train[0].tolist()):
        probs = model.distribution(np.array(ids, dtype=np.int64))
        assert probs.shape == (10,)
        assert probs.min() > 0
        assert abs(probs.sum() - 1) < 1e-12


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    num_documents=st.integers(1, 30),
    order=st.integers(1, 5),
    block=st.sampled_from([1, 7, 1_000]),
)
def test_log_probs_and_ranks_are_those_of_the_distribution(
    seed: int, num_documents: int, order: int, block: int
) -> None:
    model = KneserNey.fit(
        random_documents(seed, num_documents, 10), vocab_size=10, order=order, eot_id=EOT
    )
    for document in random_documents(seed + 1, 3, 10):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kneser_ney, "_MAX_CANDIDATES", block)
            ranks = model.target_ranks(document)
        log_probs = model.log_probs(document)
        for i, target in enumerate([*document[1:].tolist(), EOT]):
            probs = model.distribution(document[: i + 1])
            assert math.log(probs[target]) == pytest.approx(log_probs[i], abs=1e-12)
            assert ranks[i] == np.count_nonzero(probs >= probs[target]) - 1


def test_order_one_is_a_smoothed_unigram_model() -> None:
    # Targets: a three times, b twice, eot three times; the opening eot is nobody's target.
    train = [np.array([EOT, 1, 1]), np.array([EOT, 1, 2]), np.array([EOT, 2])]
    model = KneserNey.fit(train, vocab_size=4, order=1, eot_id=EOT)
    uniform = (1.5 + 1.0 + 1.5) / 8 / 4
    expected = [1.5 / 8 + uniform, 1.5 / 8 + uniform, 1.0 / 8 + uniform, uniform]
    for context in ([], [EOT], [EOT, 1, 2]):
        np.testing.assert_allclose(model.distribution(np.array(context, dtype=np.int64)), expected)
    np.testing.assert_array_equal(model.target_ranks(np.array([EOT, 2, 3])), [2, 3, 1])
    assert model.num_params() == 3


def test_document_of_length_one_has_end_of_text_as_its_only_target() -> None:
    model = KneserNey.fit([np.array([EOT])], vocab_size=3, order=3, eot_id=EOT)
    assert model.log_probs(np.array([EOT])).shape == (1,)
    assert model.target_ranks(np.array([EOT])).tolist() == [0]


def test_ngrams_never_cross_documents() -> None:
    train = [np.array([EOT, 1, 2]), np.array([EOT, 3, 4])]
    model = KneserNey.fit(train, vocab_size=6, order=3, eot_id=EOT)
    swapped = KneserNey.fit(train[::-1], vocab_size=6, order=3, eot_id=EOT)
    document = np.array([EOT, 1, 2, 3, 4])
    np.testing.assert_array_equal(model.log_probs(document), swapped.log_probs(document))
    after_eot = model.distribution(np.array([2, EOT]))
    np.testing.assert_array_equal(after_eot, model.distribution(np.array([EOT])))


def test_narrow_integer_types_count_like_wide_ones() -> None:
    train = random_documents(3, 20, 60_000)
    narrow = [document.astype(np.uint16) for document in train]
    wide_model = KneserNey.fit(train, vocab_size=60_000, order=4, eot_id=EOT)
    narrow_model = KneserNey.fit(iter(narrow), vocab_size=60_000, order=4, eot_id=EOT)
    np.testing.assert_array_equal(wide_model.log_probs(train[0]), narrow_model.log_probs(narrow[0]))


@pytest.mark.parametrize("token", [-1, 5])
def test_id_outside_the_vocabulary_is_an_error(token: int) -> None:
    bad = np.array([EOT, 1, token])
    with pytest.raises(DataError, match=f"token id {token}"):
        KneserNey.fit([bad], vocab_size=5, order=2, eot_id=EOT)
    model = KneserNey.fit([bad[:2]], vocab_size=5, order=2, eot_id=EOT)
    with pytest.raises(DataError):
        model.log_probs(bad)
    with pytest.raises(DataError):
        model.distribution(bad)


def test_no_documents_is_an_error() -> None:
    with pytest.raises(DataError, match="no document"):
        KneserNey.fit([], vocab_size=5, eot_id=EOT)


def test_longer_order_and_more_data_help_on_chinese_characters(shared_data: Path) -> None:
    files = sorted((shared_data / "text" / "clue-corpus-small").glob("*"))
    text = "\n".join(read_text(path) for path in files)[:400_000]
    documents, vocab_size = to_documents(text)
    train, test = documents[:-100], documents[-100:]

    def loss(order: int, documents: list[Ids]) -> float:
        model = KneserNey.fit(documents, vocab_size=vocab_size, order=order, eot_id=EOT)
        return mean_loss(model, test)

    unigram, bigram, trigram = (loss(order, train) for order in (1, 2, 3))
    assert trigram < bigram - 0.02 < unigram - 1
    assert trigram < loss(3, train[: len(train) // 10])


def read_text(path: Path) -> str:
    """The text of a file, gzipped or plain."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def test_bytes_of_shakespeare_cost_far_less_than_under_the_unigram_model(shared_data: Path) -> None:
    data = read_text(shared_data / "text" / "tinyshakespeare" / "input.txt.gz").encode()
    plays = [np.frombuffer(play, dtype=np.uint8) for play in data.split(b"\n\n")]
    documents = [np.append(256, play).astype(np.int64) for play in plays]
    train, test = documents[:-700], documents[-700:]

    def bits(order: int) -> float:
        model = KneserNey.fit(train, vocab_size=257, order=order, eot_id=256)
        return mean_loss(model, test) / math.log(2)

    unigram, bigram, fivegram = (bits(order) for order in (1, 2, 5))
    assert unigram > 4.5
    assert bigram < unigram - 1
    assert fivegram < 2.6
