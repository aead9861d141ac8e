"""Profiles: one call, every step shown, what harms refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.core.errors import ConfigError
from yanmo.core.text_width import cell_width
from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.profiles.config import BagOfWordsConfig, PairConfig, PrepareOptions
from yanmo.corpus.profiles.profile import PROFILES, Shown, prepare, show_lines, words_of

TEXT = "The runners weren't running!\u200b\r\n我們在圖書館學習，２０２４年。"


def result(steps: list[Shown]) -> str:
    return steps[-1].after


@settings(max_examples=30)
@given(st.text(max_size=60), st.sampled_from(PROFILES))
def test_each_step_begins_where_the_one_before_ended(text: str, profile: str) -> None:
    steps = prepare(text, profile)
    assert steps[0].before == text
    for one, other in pairwise(steps):
        assert other.before == one.after
    assert len({step.step for step in steps}) == len(steps)


def test_the_language_model_profile_keeps_punctuation_and_function_words() -> None:
    steps = prepare(TEXT, "lm")
    assert result(steps) == "The runners weren't running!\n我們在圖書館學習，２０２４年。"
    assert [step.step for step in steps] == ["clean_text", "repair_mojibake"]
    folded = prepare(
        TEXT, "lm", PrepareOptions(folding=FoldingConfig(width="letters", characters="simplified"))
    )
    assert result(folded) == "The runners weren't running!\n我们在图书馆学习，2024年。"


@pytest.mark.parametrize("profile", ["lm", "seq2seq", "social"])
@pytest.mark.parametrize("option", ["drop_stop_words", "drop_punctuation", "stem"])
def test_models_are_not_given_mutilated_text(profile: str, option: str) -> None:
    with pytest.raises(ConfigError) as caught:
        prepare("a\tb", profile, PrepareOptions(**{option: True}))
    assert caught.value.why and "bow" in (caught.value.hint or "")
    assert profile in str(caught.value)
    prepare("a\tb", profile, PrepareOptions(**{option: False}))


def test_bag_of_words_folds_cuts_thins_out_and_stems() -> None:
    steps = {step.step: step for step in prepare(TEXT, "bow")}
    assert list(steps) == [
        *("clean_text", "repair_mojibake", "fold", "segment"),
        *("drop_punctuation", "drop_stop_words", "stem"),
    ]
    assert steps["fold"].after == "the runners weren't running!\n我们在图书馆学习，2024年。"
    assert words_of(TEXT) == ["runner", "run", "图书馆", "学习", "2024"]


def test_every_step_of_bag_of_words_can_be_left_out() -> None:
    options = PrepareOptions(drop_punctuation=False, drop_stop_words=False, stem=False)
    words = words_of("The runners weren't running!", options)
    assert words == ["the", "runners", "weren't", "running", "!"]
    no_numbers = PrepareOptions(bag_of_words=BagOfWordsConfig(drop_numbers=True))
    assert words_of("In 2024, 3.14 models", no_numbers) == ["model"]


def test_stop_words_of_both_languages_go() -> None:
    assert words_of("the of and is 的 和 了 是") == []


def test_a_list_of_the_user_takes_the_place_of_the_packages(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_text("Ink\n硯臺\n", encoding="utf-8")
    config = BagOfWordsConfig(stop_words_path=str(path))
    options = PrepareOptions(bag_of_words=config, stem=False)
    assert words_of("the ink 砚台 paper", options) == ["the", "paper"]
    missing = BagOfWordsConfig(stop_words_path=str(tmp_path / "none.txt"))
    with pytest.raises(ConfigError, match=r"none\.txt"):
        words_of("ink", PrepareOptions(bag_of_words=missing))


def test_traditional_and_simplified_spellings_count_as_one_word() -> None:
    assert words_of("圖書館") == words_of("图书馆") == ["图书馆"]
    apart = PrepareOptions(bag_of_words=BagOfWordsConfig(simplify=False))
    assert words_of("圖書館", apart) != words_of("图书馆", apart)


PORTER = """
caresses:caress ponies:poni ties:ti caress:caress cats:cat feed:feed agreed:agre
plastered:plaster bled:bled motoring:motor sing:sing conflated:conflat troubled:troubl sized:size
hopping:hop tanned:tan falling:fall hissing:hiss fizzed:fizz failing:fail filing:file happy:happi
sky:sky relational:relat conditional:condit rational:ration valency:valenc hesitancy:hesit
digitizer:digit conformably:conform radically:radic differently:differ vilely:vile
analogously:analog vietnamization:vietnam predication:predic operator:oper feudalism:feudal
decisiveness:decis hopefulness:hope callousness:callous formality:formal sensitivity:sensit
sensibility:sensibl triplicate:triplic formative:form formalize:formal electricity:electr
electrical:electr hopeful:hope goodness:good revival:reviv allowance:allow inference:infer
airliner:airlin gyroscopic:gyroscop adjustable:adjust defensible:defens irritant:irrit
replacement:replac adjustment:adjust dependent:depend adoption:adopt homologous:homolog
communism:commun activate:activ angularity:angular effective:effect bowdlerize:bowdler
probate:probat rate:rate cease:ceas controlling:control rolling:roll running:run runner:runner
easily:easili national:nation nationality:nation generalization:gener generally:gener
organization:organ organized:organ studies:studi studying:studi argument:argument argued:argu
university:univers universal:univers computers:comput computing:comput computational:comput
models:model modeling:model languages:languag training:train trained:train tokens:token
tokenizer:token happiness:happi national:nation
"""


def test_the_porter_stemmer_on_a_reference_list() -> None:
    pairs = dict(pair.split(":") for pair in PORTER.split())
    assert len(pairs) >= 95
    options = PrepareOptions(bag_of_words=BagOfWordsConfig(stemmer="porter"), drop_stop_words=False)
    assert words_of(" ".join(pairs), options) == list(pairs.values())


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("A man sleeps.\tEin Mann schläft.", None),
        ("你好，世界。\tHello, world.", None),
        ("好\tGood", None),
        ("one word\t" + "viele Wörter " * 10, "length_ratio"),
        ("\tleer", "empty"),
        ("copy\tcopy", "copy"),
        ("long " * 300 + "\t" + "lang " * 300, "too_long"),
        ("...\t!!!", "too_short"),
    ],
)
def test_pairs_are_judged(pair: str, reason: str | None) -> None:
    last = prepare(pair, "seq2seq")[-1]
    assert last.note == reason
    assert last.after == ("" if reason else last.before)


def test_each_rule_for_pairs_can_be_turned_off() -> None:
    config = PairConfig(max_length_ratio=None, max_units=None, drop_copies=False, min_units=0)
    for pair in ("a\t" + "b " * 500, "x\tx", "...\t!"):
        assert prepare(pair, "seq2seq", PrepareOptions(pairs=config))[-1].note is None


def test_social_shows_before_and_after_of_each_mark() -> None:
    steps = {step.step: step for step in prepare("@a 看 http://t.cn/x #题# 😂", "social")}
    assert steps["users"].before == "@a 看 <URL> #题# 😂"
    assert steps["users"].after == "<USER_NAME> 看 <URL> #题# 😂"
    assert steps["emoji"].before == steps["emoji"].after


@pytest.mark.parametrize("profile", PROFILES)
def test_shown_lines_fit_the_terminal(profile: str) -> None:
    lines = show_lines(prepare(TEXT * 5, profile), width=60)
    assert lines
    assert all(cell_width(line) <= 60 and "\n" not in line for line in lines)


def test_a_learned_segmenter_needs_its_file() -> None:
    with pytest.raises(ValueError, match="segmenter_path"):
        BagOfWordsConfig(segmenter="learned")
