"""Similarity by a head or by vectors, and search that is measured: the same through every door."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.pipeline.predict.conftest import FolderMaker, make_folder, make_writer, small_tokenizer

from yanmo.checkpoint.speech_folder import save_speech_folder
from yanmo.core.errors import ConfigError, DataError
from yanmo.inference.embed_config import EmbedConfig
from yanmo.inference.search import TextSearch
from yanmo.models.speech_config import SpeechConfig
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.pipeline.predict.run import PredictOptions, open_work
from yanmo.pipeline.predict.table import Ask, read_table
from yanmo.pipeline.search import figure_lines, found_rows, measure_search, texts_of
from yanmo.pipeline.similar import correlations, make_vectors, open_similarity, open_vectors

__all__ = ["make_folder", "make_writer", "small_tokenizer"]
CPU = torch.device("cpu")
ASKS = [Ask("the sea", "the river"), Ask("白日", "白日")]


def similarities(folder: Path) -> list[float]:
    work = open_similarity(folder, EmbedConfig(normalize=True), PredictOptions(), CPU)
    return [values[""] for values in work.run(ASKS)]


def test_a_head_that_gives_numbers_is_asked(tmp_path: Path, make_folder: FolderMaker) -> None:
    folder = make_folder(tmp_path / "m", ["topic", "score"])
    expected = open_work(folder, PredictOptions(head="score"), CPU).run(ASKS)
    assert similarities(folder) == [values[""] for values in expected]


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_any_model_compares_by_its_vectors(
    tmp_path: Path, make_writer: FolderMaker, family: str
) -> None:
    other, same = similarities(make_writer(tmp_path / "m", family))
    assert same == pytest.approx(1.0)
    assert -1 <= other < 0.999


def test_a_network_that_hears_compares_no_texts(tmp_path: Path) -> None:
    network = SpeechCTC(SpeechConfig(alphabet="ab", d_model=8, d_hidden=8))
    network.init_weights(0)
    save_speech_folder(network, tmp_path)
    with pytest.raises(ConfigError, match="hears and reads no text"):
        similarities(tmp_path)


def test_the_body_below_a_head_compares_too(tmp_path: Path, make_folder: FolderMaker) -> None:
    assert similarities(make_folder(tmp_path / "m", ["topic"]))[1] == pytest.approx(1.0)


def test_one_text_cannot_be_compared(tmp_path: Path, make_writer: FolderMaker) -> None:
    folder = make_writer(tmp_path / "m", "bert")
    work = open_similarity(folder, EmbedConfig(), PredictOptions(), CPU)
    with pytest.raises(ConfigError, match="two texts"):
        work.run([Ask("a")])


def test_correlations_name_a_row_without_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,second,gold\na,b,1\nc,d,2\ne,f,4\n", encoding="utf-8")
    report = correlations(read_table(str(path)), "gold", [0.1, 0.2, 0.9])
    assert figure_lines(report)[0].startswith("spearman      1.0000")
    path.write_text("text,second,gold\na,b,1\nc,d,no\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 3"):
        correlations(read_table(str(path)), "gold", [0.1, 0.2])


def test_search_is_measured_by_keys(tmp_path: Path) -> None:
    rows, queries = tmp_path / "rows.jsonl", tmp_path / "queries.jsonl"
    texts = {"r": "the river", "s": "the sea", "山": "白日依山尽"}
    rows.write_text(
        "".join(json.dumps({"id": k, "text": v}) + "\n" for k, v in texts.items()), encoding="utf-8"
    )
    asked = [("sea", "s"), ("依山", ["山", "r"]), ("sea", "r")]
    queries.write_text(
        "".join(json.dumps({"question": q, "gold": g}) + "\n" for q, g in asked), encoding="utf-8"
    )
    table = read_table(str(rows))
    given = texts_of(table, None)
    search = TextSearch(given)
    columns = {"key_column": "id", "query_column": None, "gold_column": "gold", "limit": 2}
    report = measure_search(search, table, read_table(str(queries)), **columns)
    figures = {figure["metric"]: figure["value"] for figure in report["figures"]}
    assert figures["mrr_at_2"] == pytest.approx(2 / 3)
    (hits,) = search.search(["依山"], 2)
    assert [(one.row, one.text) for one in found_rows(hits, table, given)] == [(3, "白日依山尽")]
    queries.write_text('{"question": "a", "gold": "none"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="key none"):
        measure_search(search, table, read_table(str(queries)), **columns)


def test_dense_search_finds_a_text_by_itself(tmp_path: Path, make_writer: FolderMaker) -> None:
    texts = ["the river", "白日依山尽", "the sea is never full"]
    folder = make_writer(tmp_path / "m", "bert")
    vectors = make_vectors(open_vectors(folder, EmbedConfig(), CPU))
    for kind in ("dense", "both"):
        found = TextSearch(texts, kind, vectors).search(texts, 1)
        assert [hits[0].number for hits in found] == [0, 1, 2]


def test_real_pairs_are_read_and_correlated(
    tmp_path: Path, make_writer: FolderMaker, shared_data: Path
) -> None:
    source = next((shared_data / "similarity" / "stsb-en-zh").rglob("*test*"))
    with source.open(encoding="utf-8", newline="") as file:
        lines = [line for _, line in zip(range(60), csv.reader(file), strict=False)]
    path = tmp_path / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "second", "gold"], *lines])
    folder = make_writer(tmp_path / "m", "bert")
    work = open_similarity(folder, EmbedConfig(normalize=True), PredictOptions(), CPU)
    table = read_table(str(path))
    values = work.run([Ask(row.text("text"), row.text("second")) for row in table.rows])
    report = correlations(table, "gold", [one[""] for one in values])
    assert report["items"] == 60
    assert np.isfinite([figure["value"] for figure in report["figures"]]).all()
