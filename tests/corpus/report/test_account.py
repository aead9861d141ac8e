"""The account: it adds up, and it does not depend on who counted what."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from tests.corpus.report.small_corpus import STEPS, count, make_batch

from yanmo.core.errors import DataError
from yanmo.corpus.document import document_id
from yanmo.corpus.report.account import Account
from yanmo.corpus.report.balance import require_balance
from yanmo.corpus.sources.reading import Skipped, Unreadable


def _merged(parts: list[list[pa.RecordBatch]]) -> Account:
    """One account for each part, written and read as another process would, then merged."""
    whole = Account(STEPS)
    for part in parts:
        whole.merge(Account.from_json(json.loads(json.dumps(count(part).to_json()))))
    return whole


@pytest.mark.parametrize("seed", range(3))
def test_any_division_of_the_work_gives_the_same_report(
    english: list[str], chinese: list[str], seed: int
) -> None:
    texts = [(text, "c4", "en") for text in english] + [(t, "clue", "zh") for t in chinese[:700]]
    batches = [make_batch([text], source, language) for text, source, language in texts]
    expected = count(
        [
            make_batch(english, "c4", "en"),
            make_batch(chinese[:700], "clue", "zh"),
        ]
    ).as_report()
    generator = random.Random(seed)
    cuts = sorted(generator.sample(range(1, len(batches)), 4))
    bounds = [0, *cuts, len(batches)]
    parts = [batches[a:b] for a, b in pairwise(bounds)]
    merged = _merged(parts)
    require_balance(merged.as_report())
    assert merged.as_report() == expected
    assert json.loads(json.dumps(expected, allow_nan=False)) == expected


def test_documents_in_are_kept_and_rejected_by_reason(english: list[str]) -> None:
    account = count([make_batch([*english, "short", "短"], "c4", "en", "web")])
    require_balance(account.as_report())
    report = account.as_report()
    assert report["read"]["documents"] == 302
    assert report["kept"]["documents"] == 300
    (reason,) = report["reasons"]
    assert (reason["step"], reason["reason"], reason["documents"]) == ("length", "too_short", 2)
    assert reason["bytes"] == len("short") + len("短".encode())
    (source,) = report["sources"]
    assert (source["name"], source["documents"], source["kept"]["documents"]) == ("c4", 302, 300)
    assert report["domains"][0]["name"] == "web"
    assert report["splits"]["train"] == report["kept"]
    assert report["steps"] == list(STEPS)
    assert report["quality"]["passed_frac"] == pytest.approx(300 / 302)


def test_a_lost_document_is_noticed() -> None:
    account = Account()
    account.count_read(make_batch(["one document", "another document"]))
    account.count_kept(make_batch(["one document"]))
    with pytest.raises(DataError, match="does not add up") as caught:
        require_balance(account.as_report())
    assert "read = kept + rejected: 2 ≠ 1" in str(caught.value)


def test_a_document_without_a_split_is_noticed() -> None:
    account = Account()
    batch = make_batch(["one document"], split=None)
    account.count_read(batch)
    account.count_kept(batch)
    with pytest.raises(DataError, match="kept = splits"):
        require_balance(account.as_report())


def test_examples_are_the_smallest_ids_whoever_met_them(english: list[str]) -> None:
    plain = [text for text in english if "@" not in text]
    batches = [make_batch([text]) for text in plain]
    one, other = count(batches).as_report(), count(reversed(batches)).as_report()
    assert one["kept_examples"] == other["kept_examples"]
    ids = [example["id"] for example in one["kept_examples"]]
    assert ids == sorted(document_id(text) for text in plain)[:5]
    assert all(len(example["text"]) <= 200 for example in one["kept_examples"])


def test_what_was_masked_does_not_stand_in_the_report() -> None:
    text = "write to somebody@example.org, who will answer within the week"
    report = count([make_batch([text])]).as_report()
    assert report["privacy"]["counts"] == {"email": 1}
    assert report["privacy"]["per_million_characters"] == pytest.approx(1e6 / len(text))
    (change,) = report["changed"]
    assert change["examples"][0]["after"].startswith("write to <EMAIL>")
    assert "somebody@" not in json.dumps(report)


def test_a_change_is_shown_where_it_is() -> None:
    from yanmo.corpus.report.examples import change_example

    before = "x" * 1000 + "old" + "y" * 1000
    shown = change_example(before, before.replace("old", "new"))
    assert "old" in shown["before"] and "new" in shown["after"]
    assert len(shown["before"]) == 200
    assert change_example("研墨", "研") == {"at": 0, "before": "研墨", "after": "研"}


def test_what_could_not_be_read_is_counted_and_listed_within_bounds() -> None:
    parts = []
    for part in range(3):
        account = Account()
        for number in range(600):
            account.count_unreadable(Unreadable(f"{part}.jsonl", number, "broken"))
        account.count_skipped(Skipped(".png", 2))
        parts.append(account)
    whole = Account()
    for account in parts:
        whole.merge(account)
    report = whole.as_report()
    assert report["unreadable_count"] == 1800
    assert len(report["unreadable"]) == 1000
    assert report["unreadable"][600]["file"] == "1.jsonl"
    assert report["skipped_file_types"] == {".png": 6}


def test_further_copies_are_no_documents_of_their_own(english: list[str]) -> None:
    account = count([make_batch(english)])
    kept = account.as_report()["kept"]
    account.count_repeated(make_batch(english[:7]))
    require_balance(account.as_report())
    report = account.as_report()
    assert report["kept"] == kept
    assert report["repeated"]["documents"] == 7


def test_copies_are_told_from_bad_documents(english: list[str]) -> None:
    account = count([make_batch([*english, "short"])])
    batch = make_batch(english[:30])
    account.count_read(batch)
    reasons = pa.array(["near_duplicate"] * 30, pa.string())
    account.count_rejected("near_duplicates", batch.append_column("reason", reasons))
    account.note_comparison("near_duplicates", {"clusters": {"number": 30}})
    report = account.as_report()
    assert report["duplicates"]["by_step"] == {"near_duplicates": 30}
    assert report["duplicates"]["frac"] == pytest.approx(30 / 331)
    assert report["duplicates"]["clusters"] == {"near_duplicates": {"number": 30}}
    assert report["quality"]["passed_frac"] == pytest.approx(300 / 301)


def test_an_empty_batch_and_an_empty_corpus_are_counted() -> None:
    account = count([make_batch([])])
    require_balance(account.as_report())
    report = account.as_report()
    assert report["kept"]["documents"] == 0
    assert report["diversity"] == {}
    assert report["quality"]["passed_frac"] is None
    assert Account.from_json(account.to_json()).as_report() == report


def test_measures_are_told_apart_by_step() -> None:
    account = Account(["first", "second"])
    account.count_measures("second", {"score": np.array([0.5, np.nan])})
    account.count_measures("first", {"score": np.array([0.25])})
    measures = account.as_report()["measures"]
    assert [(m["step"], m["count"], m["mean"]) for m in measures] == [
        ("first", 1, 0.25),
        ("second", 1, 0.5),
    ]
