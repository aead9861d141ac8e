"""While models are loaded and while the server drains, it says so and takes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.serving.running import RunningServer


def test_until_models_are_open_and_once_it_drains_nothing_is_taken(learned: Path) -> None:
    running = RunningServer({})
    chat = {"messages": [{"role": "user", "content": "a"}]}
    asked = [("/v1/completions", {"prompt": "a"}), ("/v1/chat/completions", chat)]
    asked += [("/v1/embeddings", {"input": "a"}), ("/tokenize", {"prompt": "a"})]
    for state, says in [("loading", "being loaded"), ("draining", "takes no more requests")]:
        running.state.models.state = state  # type: ignore[assignment]
        answers = [running.post(path, body) for path, body in asked]
        answers += [running.get(path) for path in ("/health", "/v1/models", "/v1/models/ink")]
        for answer in answers:
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert says in answer.json()["error"]["message"]
        assert running.get("/metrics").status_code == 200
        assert running.get("/version").status_code == 200
    running.close()
