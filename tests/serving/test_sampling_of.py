"""What is usual comes from the folder, what is asked for wins, and forms are said once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from yanmo.serving.api_error import ApiError
from yanmo.serving.sampling_of import UsualSampling, grammar_of, sampling_of, usual_sampling
from yanmo.serving.schemas.completion import CompletionRequest
from yanmo.serving.schemas.request import parse_request

TIDE = {"type": "object", "properties": {"place": {"type": "string"}}}


def request(**fields: Any) -> CompletionRequest:
    return parse_request(CompletionRequest, json.dumps({"prompt": "a", **fields}).encode())


def test_the_folder_says_what_is_usual(tmp_path: Path) -> None:
    assert usual_sampling(tmp_path) == UsualSampling()
    told = {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "repetition_penalty": 1.1}
    file = tmp_path / "generation_config.json"
    file.write_text(json.dumps({**told, "eos_token_id": 3}), encoding="utf-8")
    usual = usual_sampling(tmp_path)
    found = sampling_of(request(), usual, 5, 100)
    assert found.model_dump() | told == found.model_dump()
    assert found.max_new_tokens == 5
    given = {"temperature": 0, "top_p": 0.5, "top_k": -1, "repetition_penalty": 1.0}
    other = sampling_of(request(**given), usual, 5, 100)
    assert (other.temperature, other.top_p, other.top_k) == (0, 0.5, None)
    assert other.repetition_penalty == 1.0
    wrong = {"temperature": "hot", "top_p": 3, "top_k": 0, "min_p": True}
    file.write_text(json.dumps(wrong), encoding="utf-8")
    assert usual_sampling(tmp_path) == UsualSampling()


def test_a_form_is_the_same_in_every_spelling() -> None:
    spellings: list[dict[str, Any]] = [
        {"guided_json": TIDE},
        {"guided_json": json.dumps(TIDE)},
        {"structured_outputs": {"json": TIDE}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": TIDE}}},
    ]
    found = [grammar_of(request(**one)) for one in spellings]
    assert len({grammar.source for grammar in found if grammar is not None}) == 1
    assert grammar_of(request()) is None
    assert grammar_of(request(response_format={"type": "text"})) is None
    regex = grammar_of(request(structured_outputs={"regex": "[0-9]+"}))
    assert regex is not None
    assert (regex.kind, regex.source) == ("regex", "[0-9]+")


def test_choices_are_taken_letter_by_letter() -> None:
    words = ["a.b", "(c|d)", "1 + 1", "上海[x]", "a\\b", "$5^2"]
    grammar = grammar_of(request(guided_choice=words))
    assert grammar is not None
    for word in words:
        assert re.fullmatch(grammar.source, word)
    assert not re.fullmatch(grammar.source, "axb")


@pytest.mark.parametrize(
    "fields",
    [
        {"guided_json": TIDE, "guided_regex": "a"},
        {"structured_outputs": {"regex": "a", "grammar": 'start: "a"'}},
        {"guided_json": "{"},
        {"guided_json": "[1]"},
        {"response_format": {"type": "json_schema"}},
    ],
)
def test_a_form_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        grammar_of(request(**fields))
