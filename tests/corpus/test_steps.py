"""Rules, and that every step is what the contract says."""

from __future__ import annotations

import pyarrow as pa

from yanmo.corpus.build import list_steps
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.duplicates import ExactDuplicates
from yanmo.corpus.rules.length import LengthRule
from yanmo.corpus.steps import Rule, Transform


def _batch(*texts: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"text": pa.array(texts, pa.string())})


def test_length_rule_counts_characters_not_bytes() -> None:
    reasons = LengthRule(3).judge(_batch("", "研墨", "研墨吧", "ab", "abc"))
    assert reasons.to_pylist() == ["empty", "too_short", None, "too_short", None]


def test_first_of_equal_documents_stays_across_batches() -> None:
    rule = ExactDuplicates()
    assert rule.judge(_batch("春 眠", "a\n b", "春  眠")).to_pylist() == [None, None, "duplicate"]
    assert rule.judge(_batch("a b", "春眠")).to_pylist() == ["duplicate", None]


def test_every_step_is_a_transform_or_a_rule() -> None:
    steps = list_steps(CorpusConfig())
    names = [step.name for step in steps]
    assert names == ["clean_text", "repair_mojibake", "length", "exact_duplicates"]
    assert all(isinstance(step, Transform) != isinstance(step, Rule) for step in steps)


def test_none_turns_the_length_rule_off() -> None:
    names = [step.name for step in list_steps(CorpusConfig(min_characters=None))]
    assert "length" not in names
