"""Texts keep to the form asked for: JSON after a schema, an expression, a word."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.serving.running import RunningServer

PLACE = {
    "type": "object",
    "properties": {"place": {"enum": ["上海", "sea"]}, "height": {"type": "boolean"}},
    "required": ["place", "height"],
    "additionalProperties": False,
}


def test_the_text_is_what_it_has_to_be(server: RunningServer) -> None:
    def ask(**form: Any) -> str:
        body = {"prompt": "The river", "temperature": 0, "max_tokens": 60, **form}
        found = server.post("/v1/completions", body)
        assert found.status_code == 200, found.text
        (choice,) = found.json()["choices"]
        assert choice["finish_reason"] == "stop"
        text: str = choice["text"]
        return text

    assert re.fullmatch("[0-9]{3}-[a-c]+x", ask(guided_regex="[0-9]{3}-[a-c]{1,5}x"))
    assert ask(structured_outputs={"choice": ["白日", "moon (1)"]}) in ("白日", "moon (1)")
    assert json.loads(ask(guided_json=PLACE)).keys() == {"place", "height"}
    schema = {"name": "place", "schema": PLACE}
    formed = {"type": "json_schema", "json_schema": schema}
    assert json.loads(ask(response_format=formed))["place"] in ("上海", "sea")
    assert ask(guided_grammar='start: "ink" | "墨"') in ("ink", "墨")


@pytest.mark.parametrize(
    "form",
    [
        {"guided_regex": "(unclosed"},
        {"guided_grammar": "no grammar at all"},
        {"guided_json": {"type": "nonsense"}},
        {"structured_outputs": {"json": {"$ref": "#/nowhere"}}},
    ],
)
def test_a_form_that_nothing_can_keep_to_is_refused(
    server: RunningServer, form: dict[str, Any]
) -> None:
    found = server.post("/v1/completions", {"prompt": "a", "max_tokens": 5, **form})
    assert found.status_code == 400, found.text
    assert found.json()["error"]["message"]
