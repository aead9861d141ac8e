"""Planted test items are found, however they are dressed; other text stays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from yanmo.corpus.decontamination.config import DecontaminationConfig, EvaluationSet
from yanmo.corpus.decontamination.contamination import contamination_report
from yanmo.corpus.decontamination.index import build_index, count_passages
from yanmo.corpus.decontamination.items import EvaluationItem, read_items
from yanmo.corpus.decontamination.rule import Decontamination
from yanmo.corpus.steps import Rule

ENGLISH = (
    "The quick brown fox, they say, jumps over the lazy dog; nobody has ever asked the dog what it"
    " thinks of that."
)
CHINESE = "研墨者，取水于砚，徐徐推之，使墨色渐浓，方可下笔；急则墨粗，缓则墨匀，此其大要也。"
SHORT = "What is the longest river in South America?"
FILLER = "Rain fell on the harbour all night, and in the morning the boats were gone again. " * 3
HAN_FILLER = "夜里下了一场大雨，清晨港口的船都已经开走了，只剩下几只海鸥在岸边踱步。" * 3


def items_of(*texts: str | tuple[str, ...], name: str = "test") -> list[EvaluationItem]:
    return [
        EvaluationItem(name, number, (text,) if isinstance(text, str) else text)
        for number, text in enumerate(texts)
    ]


def found_in(texts: list[str], items: list[EvaluationItem], **settings: Any) -> list[int]:
    """The number of passages found in each text."""
    index = build_index(items, DecontaminationConfig.model_validate(settings))
    is_found = np.zeros(len(index.ngrams.keys), np.bool_)
    return count_passages(index, pa.array(texts, pa.string()), is_found)[0].tolist()


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize("item", [ENGLISH, CHINESE, SHORT])
@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text,
        str.upper,
        full_width,
        lambda text: text.replace(",", " --").replace("，", " ").replace("；", "\n"),
        lambda text: text.replace(" ", "\n\n"),
        lambda text: "**" + text.replace("?", "\u200b！") + "**",
    ],
)
def test_an_item_is_found_in_any_dress(item: str, dress: Any) -> None:
    for before, after in (("", ""), (FILLER, FILLER), (HAN_FILLER, HAN_FILLER)):
        (count,) = found_in([f"{before}\n{dress(item)}\n{after}"], items_of(item))
        assert count > 0


def test_part_of_an_item_is_enough_and_a_few_words_are_not() -> None:
    words = ENGLISH.split()
    counts = found_in([" ".join(words[3:16]), " ".join(words[3:15])], items_of(ENGLISH))
    assert counts == [1, 0]
    counts = found_in([HAN_FILLER + CHINESE[6:34], CHINESE[6:18]], items_of(CHINESE))
    assert counts[0] > 0 and counts[1] == 0


def test_other_words_stay() -> None:
    changed = ENGLISH.replace("jumps", "leaps").replace("asked", "told").replace("say", "think")
    assert found_in([changed, FILLER, HAN_FILLER, ""], items_of(ENGLISH, CHINESE, SHORT)) == [0] * 4


def test_only_the_longest_text_of_a_short_item_counts() -> None:
    item = (SHORT, "the Amazon")
    assert found_in(["Down the Amazon they went.", f"Quiz: {SHORT}"], items_of(item)) == [0, 1]
    assert found_in([SHORT], items_of((SHORT, ENGLISH))) == [0]  # the long text speaks for the item


def test_items_shorter_than_the_minimum_are_not_checkable() -> None:
    report = contamination_report(items_of("Who was it?", SHORT, ENGLISH, "谁来了？"), [])
    assert report.sets["test"].is_checkable.tolist() == [False, True, True, False]


def test_a_phrase_of_many_items_is_their_form() -> None:
    form = "Below is an instruction that describes a task, write a response that completes it now. "
    items = items_of(*(f"{form} Item {i}: {SHORT[: 10 + i]}" for i in range(20)))
    assert found_in([form], items) == [0]
    assert found_in([form], items, max_items_per_ngram=None)[0] > 0


def test_reasons_name_the_set_and_measures_count(tmp_path: Path) -> None:
    for name, text in (("fox", ENGLISH), ("ink", CHINESE)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    sets = [EvaluationSet(name=n, paths=[str(tmp_path / f"{n}.txt")]) for n in ("fox", "ink")]
    rule = Decontamination(DecontaminationConfig(sets=sets))
    assert isinstance(rule, Rule)
    batch = pa.RecordBatch.from_pydict({"text": [FILLER, CHINESE, ENGLISH.upper(), ""]})
    verdict = rule.judge(batch)
    assert verdict.reasons.to_pylist() == [None, "contains:ink", "contains:fox", None]
    assert (verdict.measures["shared_ngrams"] > 0).tolist() == [False, True, True, False]
    patient = Decontamination(DecontaminationConfig(sets=sets, max_shared_ngrams=1000))
    assert patient.judge(batch).reasons.null_count == 4


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([ENGLISH, CHINESE, SHORT]))
def test_whatever_stands_around_an_item_it_is_found(before: str, after: str, item: str) -> None:
    assert found_in([f"{before}\n{item}\n{after}"], items_of(item))[0] > 0


@given(st.lists(st.text(max_size=80), max_size=8))
def test_a_text_holds_itself_wherever_it_can_be_checked(texts: list[str]) -> None:
    items = items_of(*texts)
    batch = pa.RecordBatch.from_pydict(
        {"id": pa.array(map(str, range(len(texts)))), "text": pa.array(texts, pa.string())}
    )
    report = contamination_report(items, [batch], DecontaminationConfig(max_items_per_ngram=None))
    for each in report.sets.values():
        assert each.is_dirty(0.99).tolist() == each.is_checkable.tolist()


def test_the_report_tells_dirty_items_from_clean_ones(shared_data: Path) -> None:
    """Every third item of a real test set is planted in real text."""
    path = shared_data / "qa" / "xquad" / "xquad.zh.json"
    items = list(read_items([EvaluationSet(name="xquad", paths=[str(path)])]))
    archive = shared_data / "text" / "clue-corpus-small" / "CLUECorpusSmall_bert_sampled.txt.gz"
    lines = gzip.decompress(archive.read_bytes()).decode().splitlines()[: len(items)]
    texts = [
        "\n".join([line, *items[n].texts]) if n % 3 == 0 else line for n, line in enumerate(lines)
    ]
    batch = pa.RecordBatch.from_pydict({"id": [str(n) for n in range(len(texts))], "text": texts})
    report = contamination_report(items, [batch.slice(0, 500), batch.slice(500)])
    xquad = report.sets["xquad"]
    wanted = np.arange(len(items)) % 3 == 0
    assert xquad.is_dirty()[wanted & xquad.is_checkable].all()
    # Questions that quote a paragraph, or share a long name, are in the text that was planted.
    assert xquad.is_dirty()[~wanted].sum() <= 0.03 * (~wanted).sum()
    assert report.num_documents == len(texts)
    assert json.loads(json.dumps(report.to_json()))["sets"]["xquad"]["items"] == len(items)


@pytest.mark.parametrize(
    "values",
    [
        {"min_words": 20},
        {"sets": [{"name": "a", "paths": ["x"]}, {"name": "a", "paths": ["y"]}]},
        {"sets": [{"name": "a b", "paths": ["x"]}]},
        {"ngram_words": 500},
    ],
)
def test_settings_without_sense_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DecontaminationConfig.model_validate(values)
