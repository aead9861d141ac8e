"""TextRank finds the sentence and the words that the others point to, in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.evaluation.baselines.extracts import (
    best_num_sentences,
    first_words,
    lead,
    lead_in_length_of,
)
from yanmo.evaluation.baselines.keywords import TfidfKeywords
from yanmo.evaluation.baselines.textrank import (
    keywords,
    rank_nodes,
    rank_sentences,
    summarise,
)

ENGLISH = (
    "It was a warm day. The storm closed the harbour and the airport of the city. Shops in the"
    " city stayed open. The airport opened again when the storm had gone. Nobody was hurt."
)
CHINESE = (
    "昨天很热。台风使城市的港口和机场关闭。城市的商店照常营业。台风过后机场重新开放。没有人受伤。"
)


def test_ranks_solve_the_equation_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    links = rng.random((6, 6))
    links = links + links.T
    np.fill_diagonal(links, 0)
    scores = rank_nodes(links)
    shares = links / links.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scores, 0.15 / 6 + 0.85 * shares.T @ scores, atol=1e-7)
    assert scores.sum() == pytest.approx(1, abs=1e-6)


def test_a_star_has_its_centre_first() -> None:
    links = np.zeros((5, 5))
    links[0, 1:] = links[1:, 0] = 1
    assert rank_nodes(links).argmax() == 0


@pytest.mark.parametrize(("text", "best"), [(ENGLISH, "The storm closed"), (CHINESE, "台风使城市")])
def test_the_sentence_that_others_point_to_is_the_summary(text: str, best: str) -> None:
    assert summarise(text).startswith(best)
    places = [place for place, _, _ in rank_sentences(text)]
    assert sorted(places) == [0, 1, 2, 3, 4]


def test_several_sentences_come_in_the_order_of_the_text() -> None:
    (first, _, _), (second, _, _) = rank_sentences(CHINESE)[:2]
    sentences = [sentence for _, sentence, _ in sorted(rank_sentences(CHINESE))]
    assert summarise(CHINESE, num_sentences=2) == "".join(
        sentences[place] for place in sorted((first, second))
    )
    assert summarise(ENGLISH, num_sentences=9) == ENGLISH
    assert summarise("") == ""


def test_keywords_are_runs_of_content_words() -> None:
    text = (
        "Neural translation is built from parallel corpora. For neural translation one has to find"
        " parallel corpora, and the quality of the parallel corpora is what decides."
    )
    found = keywords(text)
    assert set(found[:2]) == {"neural translation", "parallel corpora"}
    assert all("the" not in keyword.split() for keyword in found)
    chinese = keywords("神经网络翻译依靠平行语料。神经网络翻译需要大量平行语料。", is_chinese=True)
    assert any("神经网络" in keyword for keyword in chinese[:2])
    assert keywords("") == []


def test_tfidf_keywords_prefer_what_other_texts_lack() -> None:
    others = ["the cat sat on the wooden chair", "the wooden table", "a wooden house"]
    find = TfidfKeywords(others, is_chinese=False)
    found = find("The wooden chair: quantum chairs, quantum chairs and quantum chairs.")
    assert found[0] == "quantum chairs"
    assert find("") == []


def test_first_sentences_and_words() -> None:
    assert lead(CHINESE, num_sentences=2) == "昨天很热。台风使城市的港口和机场关闭。"
    assert lead(ENGLISH) == "It was a warm day."
    assert first_words(ENGLISH, 3, language="en") == "It was a"
    assert lead_in_length_of(ENGLISH, "Three words here", language="en") == "It was a"


def test_number_of_sentences_is_the_one_that_validation_likes() -> None:
    def extract(text: str, size: int) -> str:
        return lead(text, num_sentences=size)

    def worth(summaries: object) -> float:
        return -abs(len(str(summaries)) - len(str([lead(ENGLISH, num_sentences=3)])))

    assert best_num_sentences(extract, [ENGLISH], worth) == 3
