"""`yanmo corpus`: looking at corpora from the command line, and making them as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.corpus.report.small_corpus import count, make_batch

from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.report.account import Account

ENGLISH = [f"Sentence number {n} tells how ink is ground on stone {n * n}." for n in range(60)]
CHINESE = [f"第{n}次研墨，水要少而匀，手要轻而稳，不可心急，第{n * n}次也一样。" for n in range(40)]


def _write(folder: Path, batch: pa.RecordBatch) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(folder / "part-00000.parquet", batch.schema) as writer:
        writer.write_batch(batch)


def _make_corpus(folder: Path, texts: list[str], times: int = 1) -> Account:
    """A finished corpus folder with rejected documents and a cluster."""
    batch = make_batch(texts, "notes", "en")
    account = count([batch] * times)
    dropped = make_batch(["too short", "短"], "notes", split=None)
    account.count_read(dropped)
    for name, value in (("step", "length"), ("reason", "too_short")):
        dropped = dropped.append_column(name, pa.array([value] * dropped.num_rows))
    account.count_rejected("length", dropped)
    _write(folder, batch)
    _write(folder / "rejected", dropped)
    (folder / "report.json").write_text(json.dumps(account.as_report()), encoding="utf-8")
    return account


@pytest.fixture
def runs(yanmo: Any) -> Path:
    """Two runs with a corpus each: `one`, and `ten`, in which everything stands ten times."""
    _make_corpus(yanmo.folder / "one" / "corpus", ENGLISH + CHINESE)
    _make_corpus(yanmo.folder / "ten" / "corpus", ENGLISH + CHINESE, times=10)
    return Path(yanmo.folder)


def test_stats_are_a_table_and_json(yanmo: Any, runs: Path) -> None:
    for path in ("one", "one/corpus", "one/corpus/report.json"):
        ended = yanmo("corpus", "stats", path)
        assert ended.code == 0, ended.err
        assert "100 of 102 documents kept (98.0%)" in ended.out
        assert "too_short" in ended.out
    report = json.loads(yanmo("corpus", "stats", "one", "--json").out)
    assert report["kept"]["documents"] == 100
    assert "102 篇文档中保留 100 篇" in yanmo("corpus", "stats", "one", language="zh").out


def test_stats_name_the_tokens_where_there_are_some(yanmo: Any, runs: Path) -> None:
    tokens = runs / "one" / "tokens"
    tokens.mkdir()
    report = {
        "splits": {"train": {"tokens": 54321}},
        "groups": {"source": {"notes": {"tokens": 9}}},
    }
    (tokens / "report.json").write_text(json.dumps(report), encoding="utf-8")
    assert "54,321" in yanmo("corpus", "stats", "one").out
    values = json.loads(yanmo("corpus", "stats", "one", "--json").out)
    assert values["tokens"]["source"] == {"notes": 9}


def test_documents_without_a_report_are_counted(yanmo: Any) -> None:
    _write(yanmo.folder / "bare", make_batch(ENGLISH))
    assert "60 of 60 documents kept" in yanmo("corpus", "stats", "bare").out


def test_kept_and_dropped_documents_are_shown(yanmo: Any, runs: Path) -> None:
    kept = yanmo("corpus", "show", "one", "--kept", "-n", "2").out
    assert kept.count("Sentence number") == 2
    dropped = yanmo("corpus", "show", "one", "--rejected").out
    assert "length · too_short" in dropped and "短" in dropped
    (row,) = yanmo("corpus", "show", "one", "--rule", "too_short", "-n", "1", "--json").out.split(
        "\n"
    )[:-1]
    assert json.loads(row)["reason"] == "too_short"
    assert "There are: length, too_short." in yanmo.refused(
        "corpus", "show", "one", "--rule", "nothing"
    )


def test_examples_of_the_report_are_shown_by_step(yanmo: Any, runs: Path) -> None:
    ended = yanmo("corpus", "show", "one")
    assert "length dropped 2: too_short" in ended.out
    assert json.loads(yanmo("corpus", "show", "one", "--json").out)["reasons"]


def test_clusters_are_shown_with_their_texts(yanmo: Any, runs: Path) -> None:
    assert "no clusters" in yanmo.refused("corpus", "show", "one", "--clusters")
    corpus = runs / "one" / "corpus"
    ids = make_batch(ENGLISH)["id"].to_pylist()
    table = pa.table(
        {
            "cluster": [0, 0, 7, 7, 7],
            "id": [*ids[:2], *ids[7:10]],
            "survivor": [True, False, True, False, False],
            "similarity": [None, 0.91, None, 0.8, 0.7],
        }
    )
    (corpus / "clusters").mkdir()
    pq.write_table(table, corpus / "clusters" / "near_duplicates.parquet")
    ended = yanmo("corpus", "show", "one", "--clusters", "-n", "1")
    assert "[near_duplicates] cluster 1: 3 documents" in ended.out
    assert "Sentence number 8 tells" in ended.out and "similarity 0.80" in ended.out
    assert "Sentence number 0 tells" not in ended.out


def test_two_corpora_are_compared(yanmo: Any, runs: Path) -> None:
    ended = yanmo("corpus", "compare", "one", "ten")
    assert "Take one: it is worth about as much" in ended.out
    assert json.loads(yanmo("corpus", "compare", "one", "ten", "--json").out)["better"] == "a"
    assert "选 one" in yanmo("corpus", "compare", "one", "ten", language="zh").out


def test_the_data_card_is_printed(yanmo: Any, runs: Path) -> None:
    text = yanmo("corpus", "card", "one").out
    assert text.startswith('---\npretty_name: "one"\n')
    assert "100 documents" in text
    assert [f"- name: {name}" in text for name in DOCUMENT_SCHEMA.names]


def test_a_profile_shows_its_steps(yanmo: Any, runs: Path) -> None:
    ended = yanmo("corpus", "show", "--profile", "bow", "-p", "The inks were ground, 研墨。")
    assert ended.code == 0, ended.err
    assert "drop_stop_words" in ended.out
    steps = json.loads(yanmo("corpus", "show", "--profile", "lm", "-p", "a\u200b b", "--json").out)
    assert steps[0]["step"] == "clean_text" and steps[0]["after"] == "a b"
    assert "clean_text" in yanmo("corpus", "show", "one", "--profile", "lm").out
    asked = ("corpus", "show", "--profile", "lm", "--drop-stop-words", "-p", "the ink")
    assert "does not drop stop words" in yanmo(*asked).err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["show"], "PATH is missing"),
        (["show", "--profile", "lm"], "--prompt is missing"),
        (["show", "-p", "text"], "--prompt needs --profile"),
        (["show", "one", "--stem"], "--stem needs --profile"),
        (["show", "one", "--kept", "--clusters"], "exclude each other"),
        (["show", "--profile", "nope", "-p", "x"], "lm, bow, seq2seq, social"),
        (["stats", "nowhere"], "there is no corpus here"),
        (["stast", "one"], "Did you mean 'stats'?"),
        (["compare", "one"], "'B' is missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_is_answered(
    yanmo: Any, runs: Path, words: list[str], expected: str
) -> None:
    assert expected in yanmo.refused("corpus", *words)


@pytest.mark.parametrize("content", ["{", "[1]", '{"read": {}}'])
def test_a_damaged_report_is_an_error(yanmo: Any, content: str) -> None:
    (yanmo.folder / "report.json").write_text(content, encoding="utf-8")
    yanmo.refused("corpus", "stats", "report.json")


@pytest.mark.parametrize("words", [["{}"], ["--dry-run", "{}"], ["build", "{}"]], ids=" ".join)
def test_a_word_that_is_no_command_is_a_recipe(
    yanmo: Any, text_file: Path, words: list[str]
) -> None:
    recipe = yanmo.folder / "mine.toml"
    recipe.write_text('[corpus]\nsources = [{ kind = "files", paths = ["text.txt"] }]\n')
    given = [word.format("mine.toml") for word in words]
    ended = yanmo("corpus", *given, "--dry-run", "--json")
    assert ended.code == 0, ended.err
    assert list(json.loads(ended.out)) == ["corpus"]


def test_rules_are_listed(yanmo: Any) -> None:
    ended = yanmo("ls", "rules")
    assert ended.code == 0, ended.err
    assert "gopher_repetition" in ended.out
