"""Lines that many documents share are cut out of all of them, and nothing else is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.config import LinesConfig
from yanmo.corpus.duplicates.line_counts import LineHashes, find_frequent_lines
from yanmo.corpus.duplicates.lines import RepeatedLines

from .conftest import Planted
from .corpus_in_memory import CorpusInMemory, Outcome, run

MENU = [
    "Home page | Latest news | Contact us",
    "点击查看更多精彩内容，请关注公众号",
    "Share this article",
]
OWN = "What only document {} says, in its own words"


def cut(texts: list[str], **config: object) -> Outcome:
    """What becomes of the documents; checks the numbers that the decision promises."""
    corpus = CorpusInMemory(texts)
    outcome = run(corpus, [RepeatedLines(LinesConfig.model_validate(config))])
    (decision,) = outcome.decisions
    assert decision.removed_bytes is not None
    for row, text in enumerate(texts):
        after = outcome.kept.get(row, text)
        assert len(text.encode()) - len(after.encode()) == decision.removed_bytes[row]
    return outcome


def test_menus_are_cut_out_of_real_pages(planted: Planted) -> None:
    originals = planted.documents[:60]
    texts = ["\n".join([*MENU[:2], "", text, "", MENU[2]]) for text in originals]
    outcome = cut(texts, max_documents=10)
    assert list(outcome.kept.values()) == originals
    assert outcome.counts["lines_cut"] == 180
    assert outcome.counts["bytes_cut"] == sum(len(t.encode()) for t in texts) - sum(
        len(t.encode()) for t in originals
    )
    shared = outcome.decisions[0].shared
    assert sorted(shared["example_lines"].tolist()) == sorted(MENU)
    assert shared["example_documents"].tolist() == [60, 60, 60]


@pytest.mark.parametrize("num_documents", [10, 11])
def test_as_many_documents_as_allowed_may_share_a_line(num_documents: int) -> None:
    texts = [f"{OWN.format(i)}\n{MENU[0]}" for i in range(num_documents)]
    texts += [f"{MENU[1]}\n{MENU[1]}\n{MENU[1]}"] * 5  # often, but in few documents
    texts += ["filler " + "x" * i for i in range(40)]
    outcome = cut(texts, max_documents=10)
    assert (MENU[0] in outcome.kept[0]) == (num_documents == 10)
    assert outcome.kept[num_documents] == texts[num_documents]


def test_share_of_documents_counts_in_large_corpora() -> None:
    texts = [f"{OWN.format(i)}" + f"\n{MENU[0]}" * (i < 30) for i in range(100)]
    assert MENU[0] not in cut(texts, max_documents=10).kept[0]
    assert MENU[0] not in cut(texts, max_documents=10, max_documents_frac=0.29).kept[0]
    assert MENU[0] in cut(texts, max_documents=10, max_documents_frac=0.3).kept[0]


def test_only_documents_that_are_alive_count() -> None:
    corpus = CorpusInMemory([f"{OWN.format(i)}\n{MENU[0]}" for i in range(12)])
    is_alive = np.arange(12) > 1
    corpus.table = replace(corpus.table, is_alive=is_alive)
    decision = corpus.compare(RepeatedLines(LinesConfig(max_documents=10)))
    assert len(decision.shared["lines"]) == 0


@pytest.mark.parametrize(
    ("line", "is_cut"),
    [
        ("返回顶部", True),
        ("首页", False),
        ("Read more", True),
        ("Log in", False),
        ("----------------", False),
        ("    return None, None", False),
        ("\treturn None, None", False),
        ("```\nimport something\n```", False),
        ("~~~python\nimport something\n~~~", False),
    ],
)
def test_narrow_lines_and_code_stay(line: str, is_cut: bool) -> None:
    texts = [f"{OWN.format(i)}\n{line}\nand an end of document {i}" for i in range(12)]
    assert (line not in cut(texts, max_documents=5).kept[0]) == is_cut


def test_code_is_cut_where_that_is_wanted() -> None:
    texts = [f"{OWN.format(i)}\n    return None, None" for i in range(12)]
    assert cut(texts, max_documents=5, cut_code=True).kept[3] == OWN.format(3)


def test_paragraphs_are_compared_as_a_whole() -> None:
    texts = [f"{OWN.format(i)}\n\n{MENU[0]}\n{MENU[1]}\n\n{MENU[0]}\nand {i}" for i in range(12)]
    outcome = cut(texts, max_documents=5, unit="paragraph")
    assert outcome.kept[4] == f"{OWN.format(4)}\n\n{MENU[0]}\nand 4"
    assert outcome.counts["paragraphs_cut"] == 12


def test_widest_gap_stays_where_a_line_is_cut_out() -> None:
    texts = [
        f"a {i} beginning\n\n\n{MENU[0]}\nmiddle {i}\n{MENU[0]}\n\nthe end {i}" for i in range(9)
    ]
    assert cut(texts, max_documents=5).kept[2] == "a 2 beginning\n\n\nmiddle 2\n\nthe end 2"


def test_document_of_nothing_else_is_rejected_as_it_was() -> None:
    texts = [f"{OWN.format(i)}\n{MENU[0]}" for i in range(12)] + [
        MENU[0],
        f"{MENU[0]}\n{MENU[0]}\n",
        "",
    ]
    outcome = cut(texts, max_documents=5)
    assert outcome.rejected == dict.fromkeys((12, 13), "only_repeated_lines")
    assert outcome.kept[14] == ""


LINES = st.sampled_from(
    [*MENU, "unlike any other line", "短行", "", "  ", "```", "    indented code"]
)
LINE_TEXTS = st.lists(st.lists(LINES, max_size=7).map("\n".join), max_size=12)


@given(LINE_TEXTS, st.integers(1, 3), st.sampled_from(["line", "paragraph"]))
@settings(max_examples=150)
def test_what_is_decided_is_what_is_cut(texts: list[str], most: int, unit: str) -> None:
    outcome = cut(texts, max_documents=most, max_documents_frac=None, unit=unit)
    if unit == "line":
        holders = Counter(line.strip() for text in texts for line in set(text.split("\n")))
        for row, text in outcome.kept.items():
            if not any("```" in each for each in texts):
                for line in MENU:
                    is_expected = line in texts[row] and holders[line] <= most
                    assert (line in text) == is_expected
            assert set(text.split("\n")) <= {*texts[row].split("\n"), ""}


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=20),
    st.integers(0, 5),
    st.integers(1, 5),
)
@settings(max_examples=100)
def test_counts_are_exact_however_few_cells(
    documents: list[list[int]], most: int, size: int
) -> None:
    def lines() -> list[LineHashes]:
        pieces = []
        for first in range(0, len(documents), size):
            some = documents[first : first + size]
            counts = np.array([len(each) for each in some], dtype=np.int32)
            hashes = np.array([value for each in some for value in each], dtype=np.uint64)
            pieces.append(LineHashes(first, counts, hashes << np.uint64(20)))  # one cell for all
        return pieces

    counted = Counter(value for each in documents for value in set(each) if value)
    found = find_frequent_lines(lines, 100, most)
    expected = {value << 20: count for value, count in counted.items() if count > most}
    assert dict(zip(found.hashes.tolist(), found.documents.tolist(), strict=True)) == expected
    assert found.hashes.tolist() == sorted(expected)
