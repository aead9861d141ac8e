"""`yanmo similar` and `yanmo search` as a user meets them."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import CommandLine
from tests.pipeline.predict.conftest import FolderMaker, make_folder, small_tokenizer

__all__ = ["make_folder", "small_tokenizer"]


def test_a_file_is_searched_by_words_in_both_languages(yanmo: CommandLine) -> None:
    (yanmo.folder / "a.txt").write_text("the river\n\n白日依山尽\nthe sea\n", encoding="utf-8")
    ended = yanmo("search", "a.txt", "依山")
    assert ended.code == 0, ended.err
    assert ended.out.split()[1:] == ["3", "白日依山尽"]


def test_a_search_that_finds_nothing_says_so(yanmo: CommandLine) -> None:
    (yanmo.folder / "a.txt").write_text("the river\n白日依山尽\n", encoding="utf-8")
    for query in ("黄河", ""):
        ended = yanmo("search", "a.txt", query)
        assert (ended.code, ended.out) == (0, "")
        assert ended.err == "no row has a word of the query\n"


def test_a_file_is_searched_by_the_format_and_the_columns_that_are_told(yanmo: CommandLine) -> None:
    (yanmo.folder / "a.data").write_text("1,the river\n2,白日依山尽\n", encoding="utf-8")
    assert "--format tsv" in yanmo.refused("search", "a.data", "river")
    told = ["search", "a.data", "依山", "--format", "csv"]
    assert "--text-column" in (without := yanmo.refused(*told)) and "--no-header" in without
    ended = yanmo(*told, "--no-header", "--text-column", "2")
    assert ended.out.split()[1:] == ["2", "白日依山尽"]


def test_options_that_do_not_go_together_are_refused(yanmo: CommandLine) -> None:
    assert "--queries" in yanmo.refused("search", "a.txt")
    assert "--pairs" in yanmo.refused("similar", "m", "one text")
    assert "needs a model" in yanmo.refused("search", "a.txt", "sea", "--by", "dense")
    assert "bm25, dense, both" in yanmo.refused("search", "a.txt", "sea", "--by", "what")


@pytest.mark.slow
def test_two_texts_and_a_file_of_pairs_are_compared(
    yanmo: CommandLine, make_folder: FolderMaker
) -> None:
    make_folder(yanmo.folder / "m", ["topic"])
    alone = yanmo("similar", "m", "the sea", "the sea")
    assert (alone.code, alone.out) == (0, "1.0000\n"), alone.err
    (yanmo.folder / "a.csv").write_text(
        "a,b,gold\nsea,sea,5\nsea,白日依山,0\nthe river,the river,5\n", encoding="utf-8"
    )
    columns = ["--text-column", "a", "--second-column", "b", "--gold-column", "gold"]
    ended = yanmo("similar", "m", "--pairs", "a.csv", *columns, "--json")
    assert ended.code == 0, ended.err
    assert [figure["metric"] for figure in json.loads(ended.out)["figures"]] == [
        "spearman",
        "pearson",
    ]


@pytest.mark.slow
def test_search_is_measured_by_a_file_of_queries(yanmo: CommandLine) -> None:
    (yanmo.folder / "a.csv").write_text("id,text\n1,the sea\n2,白日依山\n", encoding="utf-8")
    (yanmo.folder / "q.csv").write_text("question,gold\nsea?,1\n依山？,2\n", encoding="utf-8")
    ended = yanmo("search", "a.csv", "--queries", "q.csv", "-k", "2")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[0].startswith("mrr_at_2      1.0000")
