"""What OpenAI's own client gets from conversations, whole and as streams."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from tests.serving.learned_model import TALKS
from tests.serving.outside import strip_our_specials
from tests.serving.running import RunningServer


def ask(server: RunningServer, text: str, **settings: Any) -> Any:
    messages = [{"role": "user", "content": text}]
    settings = {"model": "ink", "temperature": 0, **settings}
    return server.openai.chat.completions.create(messages=messages, **settings)


@pytest.mark.parametrize(("asked", "answer"), TALKS)
def test_the_assistant_answers_what_it_has_learned_and_ends_its_turn(
    server: RunningServer, asked: str, answer: str
) -> None:
    found = ask(server, asked)
    (choice,) = found.choices
    assert choice.message.content == answer
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    assert found.model == "ink"
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens


@pytest.mark.parametrize(("asked", "answer"), TALKS)
def test_a_stream_holds_the_same_text_with_the_role_first_and_the_reason_last(
    server: RunningServer, asked: str, answer: str
) -> None:
    chunks = list(ask(server, asked, stream=True, stream_options={"include_usage": True}))
    *chunks, last = chunks
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].delta.role for c in chunks[1:]] == [None] * (len(chunks) - 1)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == answer
    assert [c.choices[0].finish_reason for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert last.choices == []
    assert last.usage == ask(server, asked).usage.model_copy(
        update={"prompt_tokens_details": last.usage.prompt_tokens_details}
    )


def test_several_choices_come_interleaved_and_each_is_what_it_is_alone(
    server: RunningServer,
) -> None:
    settings = {"n": 3, "temperature": 1.5, "seed": 7, "max_tokens": 12}
    whole = ask(server, "Count to ten.", **settings)
    texts = ["", "", ""]
    for chunk in ask(server, "Count to ten.", stream=True, **settings):
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == [choice.message.content for choice in whole.choices]
    assert len(set(texts)) > 1


def test_a_limit_a_stop_string_and_a_seed_are_obeyed(server: RunningServer) -> None:
    short = ask(server, "Count to ten.", max_tokens=3)
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 3
    same = ask(server, "Count to ten.", max_completion_tokens=3)
    assert same.choices[0].message.content == short.choices[0].message.content
    stopped = ask(server, "Count to ten.", stop=[" 4", "9"])
    assert stopped.choices[0].message.content == "1 2 3"
    assert stopped.choices[0].finish_reason == "stop"
    drawn = [
        ask(server, "What is this?", temperature=2, seed=seed).choices[0].message.content
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_log_probabilities_come_with_bytes_and_alternatives(server: RunningServer) -> None:
    found = ask(server, "What is this?", logprobs=True, top_logprobs=3)
    content = found.choices[0].logprobs.content
    assert b"".join(bytes(one.bytes) for one in content).decode() == TALKS[2][1]
    for one in content:
        assert len(one.top_logprobs) == 3
        assert one.top_logprobs[0].logprob == max(top.logprob for top in one.top_logprobs)
        assert one.logprob == one.top_logprobs[0].logprob, "greedy takes the best"
    streamed = [
        one
        for chunk in ask(server, "What is this?", logprobs=True, stream=True)
        for one in (chunk.choices[0].logprobs.content if chunk.choices[0].logprobs else [])
    ]
    assert [one.token for one in streamed] == [one.token for one in content]
    assert ask(server, "What is this?").choices[0].logprobs is None


def test_a_bias_changes_what_is_said(server: RunningServer) -> None:
    ids = server.post("/tokenize", {"prompt": "研墨", "add_special_tokens": False}).json()
    biased = ask(server, "What is this?", logit_bias={str(ids["tokens"][0]): -100})
    assert not biased.choices[0].message.content.startswith("研墨")


def test_a_system_turn_and_parts_of_text_are_read(server: RunningServer) -> None:
    parts = [{"type": "text", "text": "Count "}, {"type": "text", "text": "to ten."}]
    found = server.openai.chat.completions.create(
        model="ink", temperature=0, messages=[{"role": "user", "content": parts}]
    )
    assert found.choices[0].message.content == TALKS[3][1]
    told = {"messages": [{"role": "developer", "content": "Be brief."}, *_user("Count to ten.")]}
    system = {"messages": [{"role": "system", "content": "Be brief."}, *_user("Count to ten.")]}
    tokens = [server.post("/tokenize", body).json()["tokens"] for body in (told, system)]
    assert tokens[0] == tokens[1]


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize(
    ("settings", "param", "says"),
    [
        ({"temperatur": 0.5}, "temperatur", "did you mean 'temperature'"),
        ({"temperature": "hot"}, "temperature", "must be a number"),
        ({"temperature": -1}, "temperature", "at least 0"),
        ({"n": 1000}, "n", "at most 128"),
        ({"top_logprobs": 2}, "top_logprobs", "only with logprobs"),
        ({"max_tokens": 3, "max_completion_tokens": 4}, "max_tokens", "differ"),
        ({"max_tokens": 10_000}, "messages", "room for 160"),
        ({"logit_bias": {"x": 1}}, "logit_bias", "not the id of a token"),
        ({"logit_bias": {"99999": 1}}, "logit_bias", "no token 99999"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "only with stream"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "needs"),
        ({"tool_choice": "required"}, "tool_choice", "no tools"),
        ({"messages": []}, "messages", "no fewer entries than 1"),
        ({"messages": [{"role": "poet", "content": "a"}]}, "messages.0.role", '"user"'),
        (
            {"tools": [{"type": "function", "function": {"name": "tide"}}]},
            "tools",
            "does not show it any tools",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_parameter_and_a_sentence(
    server: RunningServer, settings: dict[str, Any], param: str, says: str
) -> None:
    body = {"model": "ink", "messages": _user("Hello"), **settings}
    found = server.post("/v1/chat/completions", body)
    assert found.status_code == 400
    error = found.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert says in error["message"]
    chinese = server.post("/v1/chat/completions", body, accept_language="zh-CN").json()["error"]
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese["message"])


def test_openais_client_raises_its_own_errors(server: RunningServer) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        ask(server, "Hello", model="gpt-3.5-turbo")
    assert raised.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        ask(server, "Hello " * 200)
    assert refused.value.code == "context_length_exceeded"


def test_a_model_without_a_template_says_what_to_do(learned: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(learned, tmp_path / "base")
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings.pop("chat_template", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    strip_our_specials(folder)
    running = RunningServer({"base": folder})
    try:
        found = running.post("/v1/chat/completions", {"messages": _user("Hello")})
        assert found.status_code == 400
        assert found.json()["error"]["code"] == "no_chat_template"
        assert "/v1/completions" in found.json()["error"]["message"]
    finally:
        running.close()


CALLING = (
    "{% if tools %}<|im_start|>system\n{% for tool in tools %}{{ tool.function.name }}{% endfor %}"
    "<|im_end|>\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role + '\n' + m.content }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_tools_reach_a_template_that_shows_them(learned: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(learned, tmp_path / "calling")
    (folder / "chat_template.jinja").write_text(CALLING, encoding="utf-8")
    running = RunningServer({"calling": folder})
    tools = [{"type": "function", "function": {"name": "tide"}}]
    try:
        bodies: list[dict[str, Any]] = [{"messages": _user("Hi")}, {"messages": _user("Hi")}]
        bodies[1]["tools"] = tools
        counts = [running.post("/tokenize", body).json()["count"] for body in bodies]
        assert counts[1] > counts[0]
        body = {**bodies[1], "max_tokens": 4, "tool_choice": "auto"}
        found = running.post("/v1/chat/completions", body)
        assert found.status_code == 200, found.text
        place: dict[str, Any] = {"type": "object", "properties": {"place": {"const": "sea"}}}
        place |= {"required": ["place"], "additionalProperties": False}
        tools = [{"type": "function", "function": {"name": "tide", "parameters": place}}]
        named = {"type": "function", "function": {"name": "tide"}}
        for choice in ("required", named):
            settings: dict[str, Any] = {"tools": tools, "tool_choice": choice, "max_tokens": 90}
            settings["parallel_tool_calls"] = False
            client = running.openai.chat.completions
            told = client.create(model="calling", messages=_user("Hi"), temperature=0, **settings)
            (call,) = told.choices[0].message.tool_calls
            assert told.choices[0].finish_reason == "tool_calls"
            assert call.function.name == "tide"
            assert json.loads(call.function.arguments)["place"] == "sea"
            chunks = list(
                client.create(
                    model="calling", messages=_user("Hi"), temperature=0, stream=True, **settings
                )
            )
            streamed = [one for c in chunks for one in c.choices[0].delta.tool_calls or []]
            assert len(streamed) == 1
            assert streamed[0].function.arguments == call.function.arguments
            assert chunks[-1].choices[0].finish_reason == "tool_calls"
        body["tool_choice"] = {"type": "function", "function": {"name": "moon"}}
        refused = running.post("/v1/chat/completions", body)
        assert "no tool 'moon'" in refused.json()["error"]["message"]
    finally:
        running.close()


def test_a_stream_is_valid_utf8_at_every_event_and_ends_with_done(server: RunningServer) -> None:
    body = {"messages": _user("What is this?"), "temperature": 0, "stream": True}
    address = f"{server.address}/v1/chat/completions"
    with httpx.stream("POST", address, json=body, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        raw = b"".join(answer.iter_raw())
    events = raw.split(b"\n\n")
    assert events[-1] == b""
    assert events[-2] == b"data: [DONE]"
    texts = [
        json.loads(event.removeprefix(b"data: ").decode("utf-8"))["choices"][0]["delta"]
        for event in events[:-2]
        if not event.startswith(b":")
    ]
    pieces = [text.get("content", "") for text in texts]
    assert "".join(pieces) == TALKS[2][1]
    assert not any("\ufffd" in piece for piece in pieces)
