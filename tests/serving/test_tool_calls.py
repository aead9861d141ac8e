"""Calls are told from text, however the text is cut."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.serving.api_error import ApiError
from yanmo.serving.schemas.chat import ChatRequest
from yanmo.serving.schemas.request import parse_request
from yanmo.serving.tool_calls import (
    CallParser,
    DemandedCalls,
    grammar_of_calls,
    parser_for,
)

CALL = '<tool_call>\n{"name": "tide", "arguments": {"place": "上海"}}\n</tool_call>'
TEXTS = [
    ("Just words, 5 < 6.", "Just words, 5 < 6.", 0),
    (CALL, "", 1),
    (f"Let me see. {CALL}\n{CALL}", "Let me see. ", 2),
    ("<tool_call>no JSON</tool_call> after", "<tool_call>no JSON</tool_call> after", 0),
    ('<tool_call>{"name": 3}</tool_call>', '<tool_call>{"name": 3}</tool_call>', 0),
    ('<tool_call>{"name": "tide"', '<tool_call>{"name": "tide"', 0),
    ('<tool_call>{"name": "tide", "arguments": {}}', "", 1),
    ("ends with <tool_c", "ends with <tool_c", 0),
]


@pytest.mark.parametrize(("text", "shown", "num_calls"), TEXTS)
def test_calls_are_taken_out_of_the_text(text: str, shown: str, num_calls: int) -> None:
    found, calls = CallParser().push(text, is_last=True)
    assert found.strip("\n") == shown
    assert len(calls) == num_calls
    assert len({call.id for call in calls}) == num_calls
    for call in calls:
        assert call.name == "tide"
        assert isinstance(json.loads(call.arguments), dict)


@given(place=st.integers(0, len(TEXTS) - 1), cuts=st.lists(st.integers(0, 200), max_size=12))
def test_a_text_in_pieces_gives_what_the_whole_gives(place: int, cuts: list[int]) -> None:
    text = TEXTS[place][0]
    whole, calls = CallParser().push(text, is_last=True)
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    parser, shown, found = CallParser(), "", []
    for start, end in pairwise(borders):
        piece, own = parser.push(text[start:end])
        shown, found = shown + piece, found + own
    piece, own = parser.push("", is_last=True)
    assert (shown + piece).strip() == whole.strip()
    assert [(call.name, call.arguments) for call in found + own] == [
        (call.name, call.arguments) for call in calls
    ]


def test_nothing_that_may_be_a_call_is_shown_before_it_is_known_to_be_none() -> None:
    parser = CallParser()
    assert parser.push("a <tool_") == ("a ", [])
    assert parser.push("box> b") == ("<tool_box> b", [])


def test_calls_that_are_demanded_are_the_whole_text() -> None:
    listed = '[{"name": "tide", "arguments": {"place": "a"}}, {"name": "moon", "arguments": {}}]'
    text, calls = DemandedCalls(None).push(listed, is_last=True)
    assert (text, [call.name for call in calls]) == ("", ["tide", "moon"])
    text, calls = DemandedCalls("tide").push('{"place": "a"}', is_last=True)
    assert (text, calls[0].name, calls[0].arguments) == ("", "tide", '{"place": "a"}')
    assert DemandedCalls(None).push('[{"name": "ti', is_last=True) == ('[{"name": "ti', [])


def request(**fields: Any) -> ChatRequest:
    tools = [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        for name in ("tide", "moon")
    ]
    body = {"messages": [{"role": "user", "content": "a"}], "tools": tools, **fields}
    return parse_request(ChatRequest, json.dumps(body).encode())


def test_what_is_demanded_becomes_a_schema() -> None:
    assert grammar_of_calls(request()) is None
    assert grammar_of_calls(request(tool_choice="auto")) is None
    required = grammar_of_calls(request(tool_choice="required", parallel_tool_calls=False))
    assert required is not None
    schema = json.loads(required.source)
    assert (schema["minItems"], schema["maxItems"]) == (1, 1)
    names = [one["properties"]["name"]["const"] for one in schema["items"]["anyOf"]]
    assert names == ["tide", "moon"]
    choice = {"type": "function", "function": {"name": "moon"}}
    named = grammar_of_calls(request(tool_choice=choice))
    assert named is not None
    assert json.loads(named.source) == {"type": "object"}
    with pytest.raises(ApiError, match="no tool 'sun'"):
        grammar_of_calls(request(tool_choice={"type": "function", "function": {"name": "sun"}}))
    assert isinstance(parser_for(request(tool_choice="required")), DemandedCalls)
    assert isinstance(parser_for(request()), CallParser)
    assert parser_for(request(tool_choice="none")) is None
    assert parser_for(request(tools=[])) is None


def test_one_call_at_a_time_leaves_out_the_others() -> None:
    parser = parser_for(request(parallel_tool_calls=False))
    assert parser is not None
    assert len(parser.push(CALL + CALL, is_last=True)[1]) == 1
