"""The steps that a configuration asks for."""

from __future__ import annotations

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.duplicates.config import DuplicatesConfig, LinesConfig, NearConfig
from yanmo.corpus.engine.step_list import (
    list_comparisons,
    list_finishing_steps,
    list_local_steps,
    list_step_names,
)
from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.language.config import LanguageConfig
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.steps import Comparison, Rule, Transform

EVERYTHING = CorpusConfig(
    folding=FoldingConfig(width="letters"),
    language=LanguageConfig(keep=["en", "zh"]),
    rules=RulesConfig(preset="bilingual"),
    duplicates=DuplicatesConfig(near=NearConfig(), lines=LinesConfig()),
)


def test_every_step_is_of_one_kind() -> None:
    for step in (*list_local_steps(EVERYTHING), *list_finishing_steps(EVERYTHING)):
        assert isinstance(step, Transform) != isinstance(step, Rule)
    assert all(isinstance(step, Comparison) for step in list_comparisons(EVERYTHING))


def test_text_is_repaired_before_it_is_judged_and_compared_before_it_is_masked() -> None:
    names = list_step_names(EVERYTHING)
    order = [
        *("clean_text", "repair_mojibake", "identify_language", "language", "quality"),
        *("exact_duplicates", "near_duplicates", "repeated_lines", "privacy"),
    ]
    places = [names.index(name) for name in order]
    assert places == sorted(places)


def test_what_is_off_is_not_run() -> None:
    config = CorpusConfig(
        rules=RulesConfig(min_characters=None),
        language=LanguageConfig(identify=False),
        duplicates=DuplicatesConfig(exact=None),
    )
    assert list_step_names(config) == ["clean_text", "repair_mojibake", "privacy"]
