"""Near duplicates are found as often as the theory of MinHash says, and nothing else is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.config import ExactConfig, NearConfig
from yanmo.corpus.duplicates.exact import ExactDuplicates
from yanmo.corpus.duplicates.near import NearDuplicates, band_hashes
from yanmo.corpus.text_column import text_buffers

from .conftest import Planted
from .corpus_in_memory import CorpusInMemory, batch_of, run


def found_pairs(texts: list[str], config: NearConfig) -> set[frozenset[int]]:
    """Every document in a cluster with the first one of it."""
    clusters = CorpusInMemory(texts).compare(NearDuplicates(config, "first")).clusters
    assert clusters is not None
    pairs = enumerate(clusters.tolist())
    return {frozenset((row, first)) for row, first in pairs if first not in (-1, row)}


def plant(planted: Planted, edit_frac: float) -> tuple[list[str], set[frozenset[int]]]:
    """The documents followed by an edited copy of each, and the pairs."""
    originals = planted.documents
    copies = [planted.edited(text, edit_frac, seed) for seed, text in enumerate(originals)]
    pairs = {frozenset((row, row + len(originals))) for row in range(len(originals))}
    return originals + copies, pairs


def test_copies_as_similar_as_four_fifths_are_found(planted: Planted) -> None:
    texts, pairs = plant(planted, 0.02)
    similar = {
        pair for pair in pairs if planted.similarity(*(texts[row] for row in pair), length=5) >= 0.8
    }
    assert len(similar) > 200
    found = found_pairs(texts, NearConfig())
    assert len(found & similar) >= 0.96 * len(similar)
    assert found <= pairs


def test_one_edit_in_twenty_words_is_found_by_short_shingles(planted: Planted) -> None:
    texts, pairs = plant(planted, 0.05)
    similarities = [planted.similarity(*(texts[row] for row in pair), length=2) for pair in pairs]
    assert np.mean(similarities) > 0.8
    found = found_pairs(texts, NearConfig(num_words=2, num_characters=2))
    assert len(found & pairs) >= 0.93 * len(pairs)
    assert found <= pairs


@pytest.mark.parametrize("edit_frac", [0.01, 0.03, 0.05, 0.08])
def test_recall_is_that_of_independent_hashes(planted: Planted, edit_frac: float) -> None:
    config = NearConfig(num_words=3, num_characters=3)
    originals = planted.documents
    copies = plant(planted, edit_frac)[0][len(originals) :]
    pairs = list(zip(originals, copies, strict=True))
    similarity = np.array([planted.similarity(*pair, length=3) for pair in pairs])
    chance = 1 - (1 - similarity**config.num_rows) ** config.num_bands
    bands = [band_hashes(text_buffers(batch_of(t)["text"]), config) for t in (originals, copies)]
    num_found = (bands[0] == bands[1]).any(axis=0).sum()
    deviation = np.sqrt((chance * (1 - chance)).sum())
    assert abs(num_found - chance.sum()) <= 4 * deviation + 1


@pytest.mark.parametrize("num_tokens", [12, 40, 2000])
def test_agreement_of_places_estimates_similarity(num_tokens: int) -> None:
    config = NearConfig(num_words=1, num_bands=128, num_rows=1)
    agreement = []
    for trial in range(20):
        words = [f"{trial}w{i}" for i in range(num_tokens * 3 // 2)]
        half = num_tokens // 2
        texts = [" ".join(words[:num_tokens]), " ".join(words[half:])]
        bands = band_hashes(text_buffers(batch_of(texts)["text"]), config)
        agreement.append(float((bands[:, 0] == bands[:, 1]).mean()))
    assert abs(np.mean(agreement) - 1 / 3) < 0.05  # half of each, a third of both


@pytest.mark.parametrize("size", [100, 1000])
def test_gold_pairs_of_articles_are_found_and_no_others(shared_data: Path, size: int) -> None:
    folder = shared_data / "dedup" / "minhash-articles"
    path = folder / (f"articles_{size}.train" + (".gz" if size == 1000 else ""))
    content = gzip.decompress(path.read_bytes()) if size == 1000 else path.read_bytes()
    names, texts = zip(*(line.split(" ", 1) for line in content.decode().splitlines()), strict=True)
    truth = (folder / f"articles_{size}.truth").read_text(encoding="utf-8").splitlines()
    gold = {frozenset(line.split()) for line in truth if line.strip()}
    found = found_pairs(list(texts), NearConfig())
    assert {frozenset(names[row] for row in pair) for pair in found} == gold


@given(st.data())
@settings(max_examples=30)
def test_batches_and_shards_change_nothing(data: st.DataObject) -> None:
    words = st.sampled_from(
        ["tea", "ink", "brush", "paper", "stone", "研", "墨", "纸", "笔", "砚。"]
    )
    text = st.lists(words, max_size=12).map(" ".join)
    texts = data.draw(st.lists(text, max_size=24))
    config = NearConfig(num_words=2, num_characters=2, num_bands=4, num_rows=2)
    steps = [ExactDuplicates(ExactConfig(), "longest"), NearDuplicates(config, "longest")]
    whole = run(CorpusInMemory(texts), steps)
    sizes: list[list[int]] = []
    left = len(texts)
    while left:
        size = data.draw(st.integers(1, left))
        if sizes and data.draw(st.booleans()):
            sizes[-1].append(size)
        else:
            sizes.append([size])
        left -= size
    parted = run(CorpusInMemory(texts, shards=sizes), steps)
    assert (parted.kept, parted.rejected) == (whole.kept, whole.rejected)
    for one, other in zip(whole.decisions, parted.decisions, strict=True):
        assert np.array_equal(one.clusters, other.clusters)  # type: ignore[arg-type]


def test_case_width_accents_and_punctuation_do_not_count() -> None:
    texts = ["The café on the corner sells good ink.", "THE CAFE, on the corner; sells good ink"]
    texts += ["研墨，ＩＮＫ：一种老手艺。", "研墨 ink 一种老手艺"]
    assert found_pairs(texts, NearConfig()) == {frozenset((0, 1)), frozenset((2, 3))}


def test_texts_shorter_than_a_shingle_are_compared_as_a_whole() -> None:
    texts = ["good ink", "Good ink!", "good", "ink good", "墨", "「墨」", "好墨"]
    assert found_pairs(texts, NearConfig()) == {frozenset((0, 1)), frozenset((4, 5))}


def test_texts_without_letters_are_like_no_other() -> None:
    assert found_pairs(["", "", "...", "...", "！", "！"], NearConfig()) == set()


def test_corpus_ten_times_over_keeps_one_of_each(planted: Planted) -> None:
    texts = planted.documents[:100] * 10
    outcome = run(CorpusInMemory(texts), [NearDuplicates(NearConfig(), "first")])
    assert list(outcome.kept) == list(range(100))


def test_one_repeated_word_is_no_matter_of_time() -> None:
    hashes = band_hashes(
        text_buffers(batch_of(["ink " * 1_000_000, "ink " * 9])["text"]), NearConfig()
    )
    assert np.array_equal(hashes[:, 0], hashes[:, 1])


@pytest.mark.parametrize(("num_bands", "num_rows"), [(1, 1), (256, 1), (1, 64), (25, 5)])
def test_any_number_of_bands_and_rows_works(num_bands: int, num_rows: int) -> None:
    config = NearConfig(num_bands=num_bands, num_rows=num_rows)
    texts = ["a text of a few words, no more", "a text of a few words; no more", "研墨是慢工出细活"]
    assert found_pairs(texts, config) == {frozenset((0, 1))}


def test_poems_that_stand_twice_in_the_classics_are_found(poetry_dir: Path) -> None:
    poems: list[str] = []
    for path in sorted((poetry_dir / "宋词").glob("ci.song.*.json"))[:4]:
        records = json.loads(path.read_text(encoding="utf-8"))
        poems += ["\n".join(record["paragraphs"]) for record in records]
    outcome = run(CorpusInMemory(poems), [NearDuplicates(NearConfig(), "first")])
    assert len(outcome.kept) >= 0.9 * len(poems)
    for row in list(outcome.rejected)[:50]:
        first = int(outcome.decisions[0].clusters[row])  # type: ignore[index]
        shared = set(poems[row]) & set(poems[first])
        assert len(shared) >= 0.5 * len(set(poems[row]))
