"""One document of every cluster stays, and every comparison agrees which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.config import ExactConfig, Keep, NearConfig
from yanmo.corpus.duplicates.exact import ExactDuplicates
from yanmo.corpus.duplicates.near import NearDuplicates
from yanmo.corpus.duplicates.survivors import preference, preference_order
from yanmo.corpus.steps import NO_TIME

from .corpus_in_memory import CorpusInMemory, run

TEXTS = ["ink stone", "ink  stone", "ink stone ", "other", "ink\n\nstone", "other\n"]
KEEPS: tuple[Keep, ...] = ("first", "longest", "oldest", "preferred_source")


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("first", [0, 3]), ("longest", [1, 5]), ("oldest", [4, 5]), ("preferred_source", [2, 5])],
)
def test_the_rule_decides_which_copy_stays(keep: Keep, kept: list[int]) -> None:
    corpus = CorpusInMemory(
        TEXTS, times=[5, 4, NO_TIME, 3, 1, 3], sources=[3, 2, 0, 1, 2, 1]
    )  # fmt: skip
    outcome = run(corpus, [ExactDuplicates(ExactConfig(), keep)])
    assert list(outcome.kept) == kept


@given(st.data(), st.sampled_from(KEEPS))
@settings(max_examples=60)
def test_survivor_of_near_is_the_best_of_all_its_copies(data: st.DataObject, keep: Keep) -> None:
    count = data.draw(st.integers(1, 14))

    def column(values: st.SearchStrategy[int]) -> list[int]:
        return data.draw(st.lists(values, min_size=count, max_size=count))

    gap = column(st.integers(1, 3))
    kind = column(st.integers(0, 3))
    spellings = ("ink{0}stone", "Ink{0}stone", "INK{0}STONE.", "tea{0}cup")
    texts = [spellings[k].format(" " * g) for g, k in zip(gap, kind, strict=True)]
    times, sources = column(st.integers(0, 2)), column(st.integers(0, 2))
    corpus = CorpusInMemory(texts, times=times, sources=sources)
    table = corpus.table
    order = preference_order(preference(table, keep), table.num_bytes).tolist()
    steps = [ExactDuplicates(ExactConfig(), keep), NearDuplicates(NearConfig(), keep)]
    outcome = run(corpus, steps)
    groups = [[row for row in order if (kind[row] == 3) == is_tea] for is_tea in (False, True)]
    assert list(outcome.kept) == sorted(group[0] for group in groups if group)
    for decision in outcome.decisions:
        assert decision.clusters is not None and decision.reason_of is not None
        for cluster in set(decision.clusters.tolist()) - {-1}:
            members = np.flatnonzero(decision.clusters == cluster)
            assert len(members) > 1
            assert np.count_nonzero(decision.reason_of[members] == 0) == 1
        assert not decision.reason_of[decision.clusters == -1].any()
