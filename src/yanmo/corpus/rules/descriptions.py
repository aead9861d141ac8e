"""Every rule in words, for people who choose among them.

Comes in: nothing. Goes out: a line about each rule. Loads none of the rules, so listing them costs
nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from yanmo.core.messages import t


class RuleDescription(NamedTuple):
    """A rule for people.

    Args:
        name: as in the recipe.
        description: one line.
        source: where it was published.
    """

    name: str
    description: str
    source: str


def list_rules() -> list[RuleDescription]:
    """Every rule, in the order in which they run."""
    return [
        RuleDescription("length", t("least and greatest number of characters"), "-"),
        RuleDescription("word_list", t("words and phrases that must not be frequent"), "-"),
        RuleDescription(
            "boilerplate", t("navigation, advertising and legal notices, by their phrases"), "-"
        ),
        RuleDescription(
            "gopher_repetition",
            t("lines, paragraphs and runs of words that repeat"),
            "Rae et al. 2021, arXiv:2112.11446",
        ),
        RuleDescription(
            "gopher_quality",
            t("length, words, symbols, bullets, ellipses and stop words"),
            "Rae et al. 2021, arXiv:2112.11446",
        ),
        RuleDescription(
            "characters", t("symbols, digits, bullets and broken encodings, in any language"), "-"
        ),
        RuleDescription(
            "chinese",
            t("Chinese prose by its characters, its punctuation and its repetition"),
            "-",
        ),
        RuleDescription(
            "c4",
            t("drops lines that are no prose, and documents with too few sentences left"),
            "Raffel et al. 2020, arXiv:1910.10683",
        ),
        RuleDescription(
            "fineweb_quality",
            t("lists, fragments and repeated lines"),
            "Penedo et al. 2024, arXiv:2406.17557",
        ),
    ]
