"""The comparisons that a configuration asks for, alone and together."""

from __future__ import annotations

from yanmo.corpus.duplicates.build import build_comparisons
from yanmo.corpus.duplicates.config import (
    DuplicatesConfig,
    ExactConfig,
    LinesConfig,
    NearConfig,
    SubstringsConfig,
)
from yanmo.corpus.steps import Comparison

from .conftest import Planted
from .corpus_in_memory import CorpusInMemory, run

EVERYTHING = DuplicatesConfig(
    exact=ExactConfig(), near=NearConfig(), lines=LinesConfig(), substrings=SubstringsConfig()
)


def test_only_exact_duplicates_are_looked_for_unless_asked() -> None:
    assert [step.name for step in build_comparisons(DuplicatesConfig())] == ["exact_duplicates"]
    assert build_comparisons(DuplicatesConfig(exact=None)) == []


def test_comparisons_come_in_their_order() -> None:
    steps = build_comparisons(EVERYTHING)
    names = ["exact_duplicates", "near_duplicates", "repeated_lines", "repeated_substrings"]
    assert [step.name for step in steps] == names
    assert all(isinstance(step, Comparison) for step in steps)


def test_all_together_leave_every_original(planted: Planted) -> None:
    originals = planted.documents[:40]
    menu = "首页导航 | 联系我们 | 关于本站 | Contact and imprint"
    passage = planted.documents[60]
    pages = [f"{menu}\n\n{text}" for text in originals]
    pages[7] += f"\n\n{passage}"
    pages[9] += f"\n\n{passage}"
    copies = [f"{menu}\n\n{planted.edited(text, 0.005, 3)}" for text in originals[:20]]
    outcome = run(CorpusInMemory([*pages, *pages[:10], *copies, ""]), build_comparisons(EVERYTHING))
    reasons = list(outcome.rejected.values())
    assert reasons.count("duplicate") == 10
    assert reasons.count("near_duplicate") >= 17
    assert all(menu not in text for text in outcome.kept.values())
    assert sum(passage in text for text in outcome.kept.values()) == 1
    untouched = [row for row in range(40) if outcome.kept.get(row) == originals[row]]
    assert len(untouched) >= 34  # pages of this kind share passages of their own
