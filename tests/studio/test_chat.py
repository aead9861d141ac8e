"""The page Chat's part of the API: models opened on demand, and texts told token by token."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serving.learned_model import TALKS, TEXTS
from tests.studio.model_runs import CLASSIFIER, COUNTER, TALKER, WRITER, shared_model_runs

from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.generate import generate_text
from yanmo.studio.app import build_studio
from yanmo.studio.settings import StudioSettings
from yanmo.tokens.text_codec import load_codec

GREEDY = {"temperature": 0.0, "max_new_tokens": 60}
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with models."""
    return shared_model_runs(tmp_path_factory)


@pytest.fixture(scope="module")
def client(runs: Path) -> Iterator[TestClient]:
    """Somebody who has the token."""
    app = build_studio(StudioSettings(runs, "secret"))
    headers = {"Authorization": "Bearer secret", "Accept-Language": "en"}
    with TestClient(app, base_url="http://127.0.0.1", headers=headers) as signed_in:
        yield signed_in


def trace(client: TestClient, **request: Any) -> list[dict[str, Any]]:
    """All events of one request."""
    answer = client.post("/api/chat/trace", json={"model": WRITER, "sampling": GREEDY} | request)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def drawn(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tokens that were written."""
    return [token for event in events if event["type"] == "tokens" for token in event["tokens"]]


def text_of(tokens: list[dict[str, Any]]) -> str:
    """What tokens say."""
    return "".join(token["text"] for token in tokens if not token.get("special"))


def test_models_are_listed_with_what_they_are_for(client: TestClient) -> None:
    models = {one["path"]: one for one in client.get("/api/models").json()["models"]}
    assert set(models) == {WRITER, TALKER, COUNTER, CLASSIFIER}
    assert [models[path]["use"] for path in (WRITER, TALKER, CLASSIFIER)] == [
        "writes",
        "writes",
        "labels",
    ]
    assert not models[WRITER]["is_for_chat"]
    assert models[TALKER]["is_for_chat"]
    assert models[CLASSIFIER]["labels"] == ["river", "sea", "poem"]


def test_the_estimate_of_memory_is_near_what_the_weights_and_the_cache_take(
    client: TestClient, runs: Path
) -> None:
    model = client.post("/api/models/status", json={"model": WRITER}).json()
    weights = load_model(runs / WRITER)
    config: Any = weights.config
    cache = 2 * 4 * config.num_layers * config.num_kv_heads * config.head_dim * config.max_seq_len
    expected = 4 * weights.num_params() + 4 * cache
    assert expected <= model["memory_bytes"] <= 1.1 * expected


def test_loading_answers_at_once_and_unloading_frees(client: TestClient) -> None:
    states = [client.post("/api/models/load", json={"model": WRITER}).json()["status"]["state"]]
    until = time.monotonic() + PATIENCE_S
    while states[-1] == "loading" and time.monotonic() < until:
        time.sleep(0.01)
        model = client.post("/api/models/status", json={"model": WRITER}).json()
        states.append(model["status"]["state"])
    assert set(states) <= {"loading", "ready"}
    assert states[-1] == "ready"
    gone = client.post("/api/models/unload", json={"model": WRITER}).json()
    assert gone["status"]["state"] == "absent"


@pytest.mark.parametrize("text", TEXTS)
def test_a_traced_text_is_what_the_model_writes_and_its_tokens_join_to_it(
    client: TestClient, runs: Path, text: str
) -> None:
    begun = text[:4]
    events = trace(client, text=begun, scores_prompt=True)
    prompt, end = events[0], events[-1]
    expected = generate_text(load_model(runs / WRITER), load_codec(runs / WRITER), begun, **GREEDY)
    assert text_of(drawn(events)) == expected
    assert text_of(prompt["tokens"]) == begun
    assert prompt["num_tokens"] == len(prompt["tokens"])
    assert end["type"] == "end"
    assert end["num_tokens"] == len(drawn(events))


def test_every_token_is_told_with_its_probability_and_its_rivals(client: TestClient) -> None:
    events = trace(client, text=TEXTS[0][:12], scores_prompt=True, num_alternatives=5)
    scored = [token for token in events[0]["tokens"] if "log_prob" in token] + drawn(events)
    assert len(scored) > 10
    for token in scored:
        chances = [math.exp(log_prob) for _, _, log_prob in token["alternatives"]]
        assert len(chances) == 5
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) <= 1.001
        own = [one for one in token["alternatives"] if one[0] == token["id"]]
        assert not own or own[0][2] == token["log_prob"]
    for token in drawn(events):
        assert token["alternatives"][0][0] == token["id"], "greedy takes the most probable"


def test_going_on_behind_given_tokens_writes_what_would_have_been_written(
    client: TestClient,
) -> None:
    whole = drawn(trace(client, text="The"))
    for cut in (1, len(whole) // 2, len(whole) - 1):
        ids = [token["id"] for token in whole[:cut]]
        events = trace(client, text="The", forced_ids=ids)
        assert [token["id"] for token in drawn(events)] == [token["id"] for token in whole[cut:]]
        assert events[0]["num_forced"] == cut
        assert text_of(events[0]["tokens"][-cut:]) == text_of(whole[:cut])


def test_a_character_of_several_tokens_can_be_gone_on_with_in_its_middle(
    client: TestClient,
) -> None:
    whole = drawn(trace(client, text="研墨 writes"))
    inside = next(place for place, token in enumerate(whole) if token["text"] == "") + 1
    ids = [token["id"] for token in whole[:inside]]
    events = trace(client, text="研墨 writes", forced_ids=ids)
    joined = text_of(events[0]["tokens"][-inside:]) + text_of(drawn(events))
    assert joined == text_of(whole)
    assert "\ufffd" not in joined


def test_ids_are_continued_as_they_are(client: TestClient) -> None:
    prompt = trace(client, text=TEXTS[1][:3], scores_prompt=True)[0]["tokens"]
    by_ids = trace(client, ids=[token["id"] for token in prompt])
    assert drawn(by_ids) == drawn(trace(client, text=TEXTS[1][:3]))


@pytest.mark.parametrize(("asked", "answer"), TALKS)
def test_a_conversation_is_answered_and_the_turn_ends(
    client: TestClient, asked: str, answer: str
) -> None:
    turns = [{"role": "user", "content": asked}]
    events = trace(client, model=TALKER, turns=turns)
    assert text_of(drawn(events)) == answer
    assert events[-1]["reason"] == "stop"


def test_the_raw_prompt_is_the_template_applied(client: TestClient) -> None:
    turns = [{"role": "system", "content": "short"}, {"role": "user", "content": "<|im_end|>"}]
    tokens = client.post("/api/chat/prompt", json={"model": TALKER, "turns": turns}).json()[
        "tokens"
    ]
    assert "".join(token["text"] for token in tokens) == (
        "<|im_start|>system\nshort<|im_end|>\n<|im_start|>user\n<|im_end|><|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    specials = [token["text"] for token in tokens if token.get("special")]
    assert specials == ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<|im_end|>", "<|im_start|>"]


def test_a_stop_string_takes_its_beginning_back(client: TestClient) -> None:
    whole = text_of(drawn(trace(client, text="The river")))
    stop = whole[10:14]
    events = trace(client, text="The river", sampling=GREEDY | {"stop": [stop]})
    end = events[-1]
    kept = drawn(events)[: end["kept"]]
    kept[-1] = kept[-1] | {"text": end["last_text"]}
    assert text_of(kept) == whole[: whole.index(stop)]
    assert end["reason"] == "stop"


def test_a_schema_is_kept_to(client: TestClient) -> None:
    pytest.importorskip("llguidance")
    schema = {"enum": ["river", "sea"]}
    events = trace(client, text="The", json_schema=json.dumps(schema))
    assert json.loads(text_of(drawn(events))) in schema["enum"]
    refused = client.post(
        "/api/chat/trace",
        json={"model": WRITER, "text": "a", "json_schema": "{}", "forced_ids": [5]},
    )
    assert refused.status_code == 422
    assert "JSON schema" in refused.json()["error"]["why"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"model": "../elsewhere", "text": "a"}, 404),
        ({"model": "ink/nothing", "text": "a"}, 404),
        ({"model": WRITER}, 422),
        ({"model": WRITER, "text": "a", "ids": [1]}, 422),
        ({"model": WRITER, "ids": [10**6]}, 409),
        ({"model": WRITER, "ids": []}, 400),
        ({"model": CLASSIFIER, "text": "a"}, 409),
        ({"model": WRITER, "text": "a", "json_schema": "{"}, 400),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    client: TestClient, request_: dict[str, Any], status: int
) -> None:
    answer = client.post("/api/chat/trace", json=request_)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["what"]


def test_refusals_are_in_the_language_of_the_page(client: TestClient) -> None:
    answer = client.post(
        "/api/chat/trace",
        json={"model": WRITER, "ids": [10**6]},
        headers={"Accept-Language": "zh"},
    )
    assert "词元" in answer.json()["error"]["what"]
