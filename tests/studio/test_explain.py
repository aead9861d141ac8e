"""The page Explain's part of the API: what is told agrees with the model, and with itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from fastapi.testclient import TestClient
from tests.studio.model_runs import CLASSIFIER, LABELS, WRITER, shared_model_runs

from yanmo.checkpoint.model_folder import load_model
from yanmo.studio.app import build_studio
from yanmo.studio.settings import StudioSettings
from yanmo.tokens.text_codec import load_codec

TEXT = "The river runs to the"


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


def told(client: TestClient, what: str, **request: Any) -> Any:
    """What one question is answered with."""
    body = {"model": WRITER, "text": TEXT} | request
    answer = client.post(f"/api/explain/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def maps_of(client: TestClient, **request: Any) -> list[npt.NDArray[np.float16]]:
    """The weights of every layer."""
    body = {"model": WRITER, "text": TEXT} | request
    answer = client.post("/api/explain/attention", json=body)
    shapes = [one["shape"] for one in json.loads(answer.headers["X-Yanmo-Maps"])["maps"]]
    numbers = np.frombuffer(answer.content, "<f2")
    assert len(numbers) == sum(math.prod(shape) for shape in shapes)
    borders = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = np.split(numbers, borders)
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def test_the_answer_is_the_model_s_most_probable_next_token(client: TestClient, runs: Path) -> None:
    asked = told(client, "ask")
    model = load_model(runs / WRITER)
    ids = torch.tensor([[token["id"] for token in asked["tokens"]]])
    with torch.no_grad():
        known = load_codec(runs / WRITER).vocab_size
        chances = model(tokens=ids).logits[0, -1, :known].softmax(-1)
    best = asked["options"][0]
    assert best["option"] == int(chances.argmax())
    assert best["is_answer"]
    assert best["probability"] == pytest.approx(float(chances.max()), abs=1e-4)
    assert asked["answer"]["probability"] == pytest.approx(best["probability"], abs=1e-4)
    assert asked["kind"] == "causal"
    assert asked["why_not"] == {"attention": None, "lens": None, "heads": None}


def test_an_answer_that_is_given_is_explained_instead(client: TestClient) -> None:
    asked = told(client, "ask", answer=" wine")
    assert asked["answer"]["is_given"]
    assert asked["answer"]["text"] == " wine"


def test_the_label_of_a_classifier_is_explained(client: TestClient) -> None:
    asked = told(client, "ask", model=CLASSIFIER)
    assert asked["labels"] == list(LABELS)
    assert asked["answer"]["text"] in LABELS
    assert sum(one["probability"] for one in asked["options"]) == pytest.approx(1.0, abs=1e-4)
    other = next(label for label in LABELS if label != asked["answer"]["text"])
    given = told(client, "ask", model=CLASSIFIER, label=other)
    assert given["answer"]["text"] == other
    assert given["answer"]["score"] < asked["answer"]["score"]


@pytest.mark.parametrize("model", [WRITER, CLASSIFIER])
def test_every_method_gives_every_token_a_number_and_a_verdict(
    client: TestClient, model: str
) -> None:
    pytest.importorskip("captum")
    asked = told(client, "ask", model=model)
    assert "integrated_gradients" in asked["methods"]
    for method in asked["methods"]:
        found = told(client, "attribution", model=model, method=method)
        scores = found["attribution"]["scores"]
        assert len(scores) == len(asked["tokens"])
        assert all(math.isfinite(score) for score in scores)
        (trust,) = found["trust"]["methods"]
        assert trust["verdict"] in ("passes", "undecided", "fails")
        if method == "integrated_gradients":
            attribution = found["attribution"]
            gained = attribution["score"] - attribution["baseline_score"]
            assert sum(scores) == pytest.approx(gained, abs=0.05 + 0.05 * abs(gained))


def test_attention_travels_as_halves_and_every_row_is_whole(client: TestClient) -> None:
    asked = told(client, "ask")
    maps = maps_of(client)
    count = len(asked["positions"])
    assert [one.shape for one in maps] == [(4, count, count)] * 2
    for one in maps:
        np.testing.assert_allclose(one.astype(np.float64).sum(-1), 1.0, atol=2e-3)
        assert not np.triu(one[0], 1).any(), "nobody looks ahead"


def test_the_lens_behind_the_last_layer_is_the_model_itself(client: TestClient) -> None:
    asked, lens = told(client, "ask"), told(client, "lens")
    assert lens["layers"] == ["0", "1", "2"]
    best = lens["cells"][-1][-1]["top"][0]
    assert best["text"] == asked["options"][0]["text"]
    assert best["probability"] == pytest.approx(asked["options"][0]["probability"], abs=1e-4)
    classes = told(client, "lens", model=CLASSIFIER)
    assert classes["kind"] == "classes"


def test_a_head_switched_off_alone_changes_what_its_measure_says(client: TestClient) -> None:
    for mode in ("zero", "mean"):
        effects = told(client, "heads", mode=mode)["effects"]
        assert len(effects) == 8
        for effect in effects[::3]:
            head = [effect["part"], effect["layer"], effect["head"]]
            found = told(client, "without", heads=[head], mode=mode)
            change = found["score_after"] - found["score_before"]
            assert change == pytest.approx(effect["score_change"], abs=1e-4)
            assert found["divergence"] == pytest.approx(effect["divergence"], abs=1e-4)


def test_without_any_head_the_answer_no_longer_follows_the_text(client: TestClient) -> None:
    heads = [["self", layer, head] for layer in range(2) for head in range(4)]
    found = told(client, "without", heads=heads)
    assert found["divergence"] > 0.1
    same = {one["option"] for one in found["before"]} == {one["option"] for one in found["after"]}
    assert same, "both sides name the same answers, so that they can be compared"
    assert told(client, "without", heads=[])["divergence"] == 0.0
    again = told(client, "ask")
    assert again["answer"] == told(client, "ask")["answer"], "what was off is on again"


@pytest.mark.parametrize(
    ("what", "request_", "status"),
    [
        ("ask", {"model": "../x"}, 404),
        ("ask", {"model": "ink"}, 409),
        ("ask", {"label": "river"}, 400),
        ("attribution", {"method": "magic"}, 400),
        ("without", {"heads": [["self", 9, 0]]}, 400),
        ("without", {"heads": [["self", 0, -1]]}, 400),
        ("ask", {"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_explained_is_refused_with_the_reason(
    client: TestClient, what: str, request_: dict[str, Any], status: int
) -> None:
    body = {"model": WRITER, "text": TEXT} | request_
    answer = client.post(f"/api/explain/{what}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["what"]


def test_a_text_that_is_too_long_for_the_pictures_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yanmo.studio.explain.MAX_TOKENS", 3)
    answer = client.post("/api/explain/ask", json={"model": WRITER, "text": TEXT})
    assert answer.status_code == 400
    assert "at most 3" in answer.json()["error"]["what"]


def test_what_the_model_has_no_room_for_is_counted(client: TestClient) -> None:
    asked = told(client, "ask", text="river " * 200)
    assert asked["num_cut_tokens"] > 0
    assert len(asked["tokens"]) + asked["num_cut_tokens"] >= 200
