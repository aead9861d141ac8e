"""IBM model 1 learns which word stands for which, as its textbook example shows."""

from __future__ import annotations

import pytest

from yanmo.evaluation.baselines.glossary import Glossary, learn_word_translations

# The example of Knight (1999) and Koehn (2010, section 4.2.3).
SOURCES = [["das", "haus"], ["das", "buch"], ["ein", "buch"]]
TARGETS = [["the", "house"], ["the", "book"], ["a", "book"]]


def test_example_of_the_textbook() -> None:
    # Koehn, figure 4.4: t(house|haus) is 0.5 after one round, then 0.5714 and 0.6534.
    for num_rounds, expected in ((1, 0.5), (2, 0.5714), (3, 0.6534)):
        learned = learn_word_translations(SOURCES, TARGETS, num_rounds=num_rounds)
        assert learned["haus"][1] == pytest.approx(expected, abs=1e-4)
    learned = learn_word_translations(SOURCES, TARGETS, num_rounds=30)
    assert {word: found[0] for word, found in learned.items()} == {
        "das": "the",
        "haus": "house",
        "buch": "book",
        "ein": "a",
    }


def test_translates_word_by_word_and_keeps_what_it_does_not_know() -> None:
    pairs = [
        ("A man sleeps.", "Ein Mann schläft."),
        ("A dog sleeps.", "Ein Hund schläft."),
        ("A man eats.", "Ein Mann isst."),
        ("The dog eats.", "Der Hund isst."),
    ] * 3
    glossary = Glossary(pairs, target_language="de", num_rounds=20)
    assert glossary.translate("a dog eats.") == "Ein Hund isst."
    assert glossary.translate("The zebra sleeps.") == "Der zebra schläft."
    assert glossary.translate("") == ""


def test_chinese_is_joined_without_spaces() -> None:
    pairs = [
        ("I drink tea", "我 喝 茶"),
        ("I drink water", "我 喝 水"),
        ("You drink tea", "你 喝 茶"),
        ("I like tea", "我 爱 茶"),
    ] * 3
    glossary = Glossary(pairs, target_language="zh", num_rounds=20)
    assert glossary.translate("You drink water") == "你喝水"


def test_no_pairs_make_an_empty_glossary() -> None:
    assert Glossary([], target_language="de").translate("as it is") == "As it is"
