"""Fields of a schema from texts: what is found, where, how surely, what a schema may not say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.pipeline.predict.conftest import HEADS, TEXTS, small_model

from yanmo.checkpoint.task_folder import load_task_folder, save_task_folder
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.inference.predict import TaskPredictor
from yanmo.models.task_model import TaskModel
from yanmo.pipeline.extract.run import extract_rows, open_extractor
from yanmo.pipeline.extract.schema import Schema, read_schema
from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.train_tokenizer import train_tokenizer

ROWS = [*TEXTS, "", "Signed on 2 May 2020 for 1,200 yuan and 3 more."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a head of every kind that fields are found by."""
    tokenizer = train_tokenizer(TEXTS * 3, 300)
    heads = [HEADS[name] for name in ("topic", "entities", "spans")]
    model = TaskModel(small_model(tokenizer, "bert"), heads)
    model.init_heads(3)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.mul_(20.0)
    found = tmp_path_factory.mktemp("extract") / "model"
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    save_task_folder(model, found, save_tokenizer=tokenizer.save, special_ids=ids)
    return found


def extracted(folder: Path, texts: list[str], **fields: Any) -> list[dict[str, Any]]:
    schema = Schema.model_validate({"fields": fields})
    extractor = open_extractor(folder, schema, torch.device("cpu"))
    return extract_rows(extractor, texts, Console(io.StringIO()))


def test_every_find_stands_where_it_says(folder: Path) -> None:
    fields = {
        "people": {"entity": "PER", "type": "list"},
        "place": {"entity": "LOC"},
        "what": {"question": "What is never full?"},
        "price": {"pattern": r"for ([0-9,]+) yuan", "type": "number"},
        "day": {"pattern": "on (?P<value>.*) for", "type": "date"},
        "topic": {"class_of": "topic"},
    }
    rows = extracted(folder, ROWS, **fields)
    assert len(rows) == len(ROWS)
    num_places = 0
    for text, row in zip(ROWS, rows, strict=True):
        assert row.keys() == fields.keys()
        for field in row.values():
            assert ("reason" in field) == (field["value"] is None)
            for find in field["found"]:
                assert text[find["start"] : find["end"]] == find["text"] != ""
                assert 0.0 <= find["score"] <= 1.0
                num_places += 1
    assert num_places > 4, "random heads mark something"
    assert rows[3]["price"]["value"] == 1200
    assert rows[3]["day"]["value"] == "2020-05-02"
    assert rows[0]["topic"]["value"] in HEADS["topic"].labels
    assert rows[2]["topic"]["value"] is None, "an empty row has nothing to be classified"


def test_entities_are_those_that_the_head_marks(folder: Path) -> None:
    predictor = TaskPredictor(load_task_folder(folder), load_codec(folder), head="entities")
    marked = predictor.entities(TEXTS).items
    rows = extracted(folder, TEXTS, people={"entity": "PER", "type": "list"})
    for own, row in zip(marked, rows, strict=True):
        found = [(one["start"], one["end"]) for one in row["people"]["found"]]
        assert found == [(one.start, one.end) for one in own if one.kind == "PER"]


def test_the_surest_find_is_the_value_and_unsure_ones_are_left_out(folder: Path) -> None:
    (many,) = extracted(folder, TEXTS[:1], one={"entity": "PER", "type": "list"})
    (single,) = extracted(folder, TEXTS[:1], one={"entity": "PER"})
    best = max(many["one"]["found"], key=lambda find: find["score"])
    assert single["one"]["value"] == best["text"]
    (none,) = extracted(folder, TEXTS[:1], one={"entity": "PER", "min_score": 1.0})
    assert none["one"]["value"] is None and "1.0" in none["one"]["reason"]


def test_a_find_of_another_type_is_null_and_says_why(folder: Path) -> None:
    (row,) = extracted(folder, TEXTS[:1], number={"pattern": "river", "type": "number"})
    assert row["number"]["value"] is None
    assert "river" in row["number"]["reason"]
    assert row["number"]["found"][0]["start"] == 4
    (row,) = extracted(folder, ["a 7, b x, c 8"], n={"pattern": "[bc] (.)", "type": "number"})
    assert row["n"]["value"] == 8, "the first find that is a number"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"entity": "PERS"}, "Did you mean 'PER'"),
        ({"entity": "PER", "head": "topic"}, "no head 'topic' of kind tagging"),
        ({"class_of": "topics"}, "Did you mean 'topic'"),
    ],
)
def test_a_field_that_no_head_finds_is_named(
    folder: Path, field: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        extracted(folder, TEXTS, boss=field)
    assert "fields.boss" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[fields.boss]\n", "fields.boss"),
        ("[fields.boss]\nentity = 'A'\nquestion = 'B'", "fields.boss"),
        ("[fields.boss]\npattern = '('", "regular expression"),
        ("[fields.boss]\npattern = 'a'\nmin_score = 0.5", "min_score has no effect"),
        ("[fields.boss]\nentity = 'A'\ntype = 'int'", "fields.boss.type"),
        ("[fields.boss]\nentitty = 'A'", "did you mean 'fields.boss.entity'"),
        ("[fields.boss]\nclass_of = 'A'\ntype = 'list'", "one class"),
        ("fields = {}", "fields"),
        ("[fields.boss", "cannot be read"),
    ],
)
def test_a_wrong_schema_is_an_error_that_names_the_field(
    content: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "schema.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_schema(path)
    assert words in str(caught.value) and "schema.toml" in str(caught.value)


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    fields = {"fields": {"负责人": {"question": "谁是负责人？"}}}
    (tmp_path / "a.json").write_text(json.dumps(fields), encoding="utf-8")
    (tmp_path / "a.toml").write_text(
        '[fields."负责人"]\nquestion = "谁是负责人？"', encoding="utf-8"
    )
    assert read_schema(tmp_path / "a.json") == read_schema(tmp_path / "a.toml")
