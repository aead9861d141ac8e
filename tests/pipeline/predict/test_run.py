"""Every kind of model answers every row of a file in its place, and says what it did not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tests.pipeline.predict.conftest import FolderMaker

from yanmo.core.console import Console
from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.inference.write_chat import write_answers
from yanmo.inference.writing_config import WritingConfig
from yanmo.pipeline.predict.run import (
    PredictOptions,
    open_work,
    predict_asks,
    predict_table,
    write_predictions,
)
from yanmo.pipeline.predict.table import Ask, read_table
from yanmo.pipeline.predict.work import HeadWork, WritingWork

CPU = torch.device("cpu")
TEXTS = ["The river runs to the sea.", "", "白日依山尽，黄河入海流。"]
ASKS = [Ask(text) for text in TEXTS]


def test_a_run_folder_means_the_model_in_it(tmp_path: Path, make_folder: FolderMaker) -> None:
    make_folder(tmp_path / "topic" / "model", ["topic"])
    direct = open_work(tmp_path / "topic" / "model", PredictOptions(), CPU)
    through = open_work(tmp_path / "topic", PredictOptions(), CPU)
    assert direct.run(ASKS[:1]) == through.run(ASKS[:1])
    with pytest.raises(CheckpointError, match=r"config\.json"):
        open_work(tmp_path, PredictOptions(), CPU)


def test_rows_are_as_long_as_those_that_the_model_was_tuned_on(
    tmp_path: Path, make_folder: FolderMaker
) -> None:
    make_folder(tmp_path / "topic" / "model", ["topic"])
    for length, num_rows in ({"max_tokens": 24}, 2), ({"max_tokens": None}, 1):
        manifest = {"config": {"tasks": {}, "finetune": {"length": length}}}
        (tmp_path / "topic" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        work = open_work(tmp_path / "topic", PredictOptions(), CPU)
        assert isinstance(work, HeadWork)
        work.run([Ask("the sea " * 12)])
        assert work._counts.num_rows == num_rows


@pytest.mark.parametrize("family", ["bert", "llama", "lstm"])
def test_empty_lines_stay_in_their_place(
    tmp_path: Path, make_folder: FolderMaker, family: str
) -> None:
    work = open_work(make_folder(tmp_path / "m", ["topic"], family), PredictOptions(), CPU)
    fields = predict_asks(work, ASKS, "label", Console(is_quiet=True))
    assert [own["label"] is None for own in fields] == [False, True, False]
    for own in (fields[0], fields[2]):
        chosen = max(own["label_probabilities"], key=own["label_probabilities"].get)
        assert own["label"] == chosen
        assert own["label_probability"] == own["label_probabilities"][chosen]


def test_numbers_entities_tags_and_answers(tmp_path: Path, make_folder: FolderMaker) -> None:
    scored = open_work(make_folder(tmp_path / "score", ["score"]), PredictOptions(), CPU)
    assert isinstance(scored.run([Ask("a", "b")])[0][""], float)
    tagged = open_work(make_folder(tmp_path / "entities", ["entities"]), PredictOptions(), CPU)
    words = ("the", "river", "runs")
    running, cut = tagged.run([Ask(TEXTS[0]), Ask(words)])
    for entity in running[""]:
        assert TEXTS[0][entity["start"] : entity["end"]] == entity["text"]
    assert len(cut[""]) == len(words)
    asked = open_work(make_folder(tmp_path / "spans", ["spans"]), PredictOptions(), CPU)
    assert asked.asks_questions
    (answer,) = asked.run([Ask("where?", TEXTS[0])])
    if answer[""]:
        assert TEXTS[0][answer["start"] :].startswith(answer[""])
        assert answer["source"] in TEXTS[0]
    never = PredictOptions(threshold=1e9)
    (silent,) = open_work(tmp_path / "spans", never, CPU).run([Ask("where?", TEXTS[0])])
    assert (silent[""], silent["start"], silent["source"]) == ("", None, None)
    assert silent["log_odds"] == answer["log_odds"]


def test_one_of_several_heads_is_chosen_by_name(tmp_path: Path, make_folder: FolderMaker) -> None:
    folder = make_folder(tmp_path / "both", ["topic", "score"])
    with pytest.raises(ConfigError, match="topic, score"):
        open_work(folder, PredictOptions(), CPU)
    work = open_work(folder, PredictOptions(head="score"), CPU)
    assert work.names == ("",)


@pytest.mark.parametrize("family", ["t5", "gpt2"])
def test_models_that_write_write_for_every_row(
    tmp_path: Path, make_writer: FolderMaker, family: str
) -> None:
    options = PredictOptions(writing=WritingConfig(max_new_tokens=6))
    work = open_work(make_writer(tmp_path / "m", family), options, CPU)
    assert isinstance(work, WritingWork)
    fields = predict_asks(work, ASKS, "prediction", Console(is_quiet=True))
    assert [own["prediction"] is None for own in fields] == [False, True, False]
    (alone,) = work.run([ASKS[2]])
    assert alone[""] == fields[2]["prediction"]


def test_a_source_that_is_too_long_is_written_from_part_by_part_or_cut_aloud(
    tmp_path: Path, make_writer: FolderMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_writer(tmp_path / "m", "t5")
    long = Ask("The river runs to the sea. " * 12)
    writing = WritingConfig(max_new_tokens=4)
    for length, expected in ({}, "part by part"), ({"long_text": "truncate"}, "not read"):
        work = open_work(folder, PredictOptions(writing=writing, length=length), CPU)
        predict_asks(work, [long], "prediction", Console(is_quiet=True))
        assert expected in capsys.readouterr().err


def test_a_model_without_a_head_that_does_not_write_is_refused(
    tmp_path: Path, make_writer: FolderMaker
) -> None:
    with pytest.raises(ConfigError, match="finetune"):
        open_work(make_writer(tmp_path / "m", "bert"), PredictOptions(), CPU)


def test_options_without_effect_are_refused(
    tmp_path: Path, make_folder: FolderMaker, make_writer: FolderMaker
) -> None:
    topic, decoder = make_folder(tmp_path / "m", ["topic"]), make_writer(tmp_path / "d", "gpt2")
    for folder, option in (
        (topic, "--num-beams"),
        (topic, "--threshold"),
        (decoder, "--head"),
        (decoder, "--long-text"),
    ):
        with pytest.raises(ConfigError, match=f"{option}: this option"):
            open_work(folder, PredictOptions(given=frozenset({option})), CPU)


def test_a_tuned_decoder_answers_what_a_user_says(tmp_path: Path, make_writer: FolderMaker) -> None:
    folder = make_writer(tmp_path / "chat" / "model", "gpt2")
    plain = PredictOptions(writing=WritingConfig(max_new_tokens=8))
    continued = open_work(folder, plain, CPU)
    manifest = {"config": {"tasks": {"chat": {"kind": "conversations"}}, "finetune": {}}}
    (tmp_path / "chat" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for place in (folder, folder.parent):
        answered = open_work(place, plain, CPU)
        assert isinstance(answered, WritingWork)
        assert answered.chat is not None
        model, codec = answered.model, answered.codec
        turns = [Turn("user", "白日")]
        (expected,) = write_answers(model, codec, answered.chat, [turns], plain.writing)
        assert answered.run([Ask("白日")]) == [{"": expected}]
        assert continued.run([Ask("白日")]) != answered.run([Ask("白日")])


def test_terms_of_a_glossary_are_used_or_named(
    tmp_path: Path, make_writer: FolderMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "terms.csv").write_text("river,山\n", encoding="utf-8")
    options = PredictOptions(
        writing=WritingConfig(max_new_tokens=12), glossary=tmp_path / "terms.csv"
    )
    work = open_work(make_writer(tmp_path / "m", "t5"), options, CPU)
    (fields,) = predict_asks(work, [Ask("the river")], "de", Console(is_quiet=True))
    is_used = "山" in fields["de"]
    assert is_used != ("river = 山" in capsys.readouterr().err)


def test_what_was_cut_is_told_aloud(
    tmp_path: Path, make_folder: FolderMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    options = PredictOptions(length={"long_text": "truncate", "max_tokens": 16})
    work = open_work(make_folder(tmp_path / "m", ["topic"]), options, CPU)
    predict_asks(work, [Ask("the sea " * 40)], "prediction", Console(is_quiet=True))
    assert "are not read" in capsys.readouterr().err


def test_a_file_goes_through_with_all_its_columns(
    tmp_path: Path, make_folder: FolderMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,text\n1,the sea\n2,白日依山\n", encoding="utf-8")
    work = open_work(make_folder(tmp_path / "m", ["topic"]), PredictOptions(), CPU)
    table = read_table(str(path))
    asks, fields = predict_table(work, table, "topic", Console())
    out = tmp_path / "out.csv"
    write_predictions(out, table, asks, fields, Console())
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("id,text,topic,topic_probability,")
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["1", "the sea", fields[0]["topic"]],
        ["2", "白日依山", fields[1]["topic"]],
    ]
    assert "2 rows in" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="already"):
        predict_table(work, table, "text", Console())
