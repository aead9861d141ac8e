"""Passages that stand twice are cut out but once, between words, and never across documents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.blocks import blocks_of, parts_of
from yanmo.corpus.duplicates.config import Keep, SubstringsConfig
from yanmo.corpus.duplicates.substrings import RepeatedSubstrings

from .conftest import Planted
from .corpus_in_memory import CorpusInMemory, Outcome, batch_of, run


def cut(texts: list[str], min_bytes: int = 16, keep: Keep = "first", **config: int) -> Outcome:
    """What becomes of the documents; checks the numbers that the decision promises."""
    step = RepeatedSubstrings(SubstringsConfig(min_bytes=min_bytes, **config), keep)
    outcome = run(CorpusInMemory(texts), [step])
    (decision,) = outcome.decisions
    assert decision.removed_bytes is not None and decision.cuts is not None
    for row, text in enumerate(texts):
        after = outcome.kept.get(row, text)
        assert len(text.encode()) - len(after.encode()) == decision.removed_bytes[row]
    assert np.array_equal(decision.cuts, sorted(decision.cuts.tolist())) or not len(decision.cuts)
    return outcome


def test_passage_stays_where_it_stands_first(planted: Planted) -> None:
    documents = planted.documents[:40]
    passage = planted.documents[50]
    texts = [f"{text}\n\n{passage}\n\n{text[::-1][:80]}" for text in documents]
    outcome = cut(texts, min_bytes=200)
    assert outcome.kept[0] == texts[0]
    assert sum(passage in text for text in outcome.kept.values()) == 1
    for row in range(1, 40):
        assert outcome.kept[row].startswith(documents[row][:50])
        assert passage[10:-10] not in outcome.kept[row]
    assert outcome.counts["substrings_cut"] >= 39


def test_preferred_document_keeps_the_passage() -> None:
    passage = "a passage of some length that two documents share"
    texts = [f"one: {passage}", f"the other, which is longer: {passage}; and more"]
    outcome = cut(texts, keep="longest")
    assert passage in outcome.kept[1]
    assert passage not in outcome.kept[0]


@pytest.mark.parametrize(("length", "is_cut"), [(199, False), (200, True)])
def test_shorter_passages_stay(length: int, is_cut: bool) -> None:
    generator = np.random.default_rng(0)
    passage = "".join(generator.choice(list("abcdefgh "), length - 2))
    texts = [f"1.{passage}!2", f"3.{passage}!4"]
    assert (len(cut(texts, min_bytes=200).kept[1]) < len(texts[1])) == is_cut


def test_equal_neighbours_are_not_one_passage() -> None:
    texts = ["aabbccddee", "ffgghhiijj", "aabbccddee", "ffgghhiijj"]
    assert list(cut(texts).kept.values()) == texts


def test_words_and_characters_stay_whole() -> None:
    texts = [
        "unbelievable stories are told about him.",
        "the believable stories are told about history",
        "研墨是慢工出细活的老手艺，古人爱它。",
        "人人说：墨是慢工出细活的老手艺！",
    ]
    kept = cut(texts).kept
    assert kept[1] == "the history"
    assert kept[3] == "人人说：！"


def test_sentence_before_keeps_its_end() -> None:
    passage = "它慢工出细活，古人都爱它。"
    texts = [f"研墨是手艺。{passage}此其一。", f"写字是功夫。{passage}彼二。"]
    assert cut(texts).kept[1] == "写字是功夫。彼二。"
    passage = "It takes its time, as good things do."
    texts = [f"Ink is ground. {passage} One.", f"Tea is drunk. {passage} Two."]
    assert cut(texts).kept[1] == "Tea is drunk. Two."


def test_one_whole_window_of_a_period_stays() -> None:
    outcome = cut(["ab" * 200, "研墨" * 100, "x"])
    assert 16 <= len(outcome.kept[0].encode()) <= 40
    assert 16 <= len(outcome.kept[1].encode()) <= 40


def test_copy_of_another_document_is_rejected_as_it_was(planted: Planted) -> None:
    texts = planted.documents[:30]
    outcome = cut([*texts, "", *texts], min_bytes=200)
    assert list(outcome.kept)[:31] == list(range(31))
    assert set(outcome.rejected.values()) == {"only_repeated_substrings"}
    assert len(outcome.rejected) == 30


CHUNKS = st.sampled_from(
    [
        "good ink takes time, ",
        "研墨要慢，不可急躁。",
        "brush and paper\n",
        "x",
        " ",
        "é",
        "墨",
        "ab",
    ]
)
CHUNK_TEXTS = st.lists(st.lists(CHUNKS, max_size=8).map("".join), max_size=8)


@given(CHUNK_TEXTS)
@settings(max_examples=200)
def test_what_is_cut_stands_earlier(texts: list[str]) -> None:
    outcome = cut(texts)
    (decision,) = outcome.decisions
    assert decision.cuts is not None
    earlier = b""
    for row, text in enumerate(texts):
        data = text.encode()
        for _, start, stop in decision.cuts[decision.cuts[:, 0] == row].tolist():
            for byte in range(start, stop):
                windows = range(max(byte - 15, 0), min(byte, len(data) - 16) + 1)
                assert any(data[i : i + 16] in earlier + b"\xff" + data[:i] for i in windows)
        earlier += b"\xff" + data
    kept = b"\xff".join(text.encode() for text in outcome.kept.values())
    for text in outcome.rejected:  # every character of what is gone is still there
        assert all(c.encode() in kept for c in texts[text] if not c.isspace())


@given(CHUNK_TEXTS, st.data())
@settings(max_examples=50)
def test_batches_change_nothing(texts: list[str], data: st.DataObject) -> None:
    step = RepeatedSubstrings(SubstringsConfig(min_bytes=16), "longest")
    sizes = [1] * len(texts)
    one = run(CorpusInMemory(texts), [step])
    other = run(CorpusInMemory(texts, shards=[sizes]), [step])
    assert (one.kept, one.rejected) == (other.kept, other.rejected)


@given(st.lists(st.text("a墨", max_size=30), max_size=10), st.integers(8, 40))
@settings(max_examples=100)
def test_blocks_hold_every_byte_once(texts: list[str], block_bytes: int) -> None:
    rebuilt = dict.fromkeys(range(len(texts)), b"")
    for block in blocks_of(parts_of([batch_of(texts)], np.ones(len(texts), np.bool_)), block_bytes):
        assert sum(len(part.data) + 1 for part in block) <= block_bytes
        for part in block:
            assert part.offset == len(rebuilt[part.document])
            part.data.tobytes().decode("utf-8")
            rebuilt[part.document] += part.data.tobytes()
    assert [rebuilt[row].decode() for row in range(len(texts))] == texts


def test_document_larger_than_a_block_is_compared_in_parts(planted: Planted) -> None:
    text = "\n".join(planted.documents[:200])
    text = text[: 3 * (1 << 16)]
    outcome = cut([text, text[:1000]], min_bytes=200, block_bytes=1 << 16)
    assert len(text) * 0.9 < len(outcome.kept[0]) <= len(text)
