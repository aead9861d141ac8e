"""The API of the page Tokenizer, on the tokenizers of a real run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yanmo.tokens.tokenizer import Tokenizer

TEXTS = ["Grinding ink, slowly.", "研墨要有耐心。", "龘 🙂\n\tnaïve", "<|im_end|>", "", "\ud800x"]


@pytest.fixture
def client(ink_runs: Path, studio_client: Callable[..., TestClient]) -> TestClient:
    """The studio over the run `ink`."""
    return studio_client(ink_runs)


@pytest.mark.parametrize("text", TEXTS)
def test_groups_are_the_text_and_their_tokens_its_ids(
    client: TestClient, ink_runs: Path, text: str
) -> None:
    asked = {"tokenizer": "ink/tokenizer", "text": text}
    if "\ud800" in text:  # what no browser can send
        asked["text"] = text.encode("utf-8", "replace").decode()
    view = client.post("/api/tokenizer/encode", json=asked).json()
    assert "".join(group["text"] for group in view["groups"]) == asked["text"]
    tokens = [token for group in view["groups"] for token in group["tokens"]]
    own = Tokenizer.load(ink_runs / "ink" / "tokenizer")
    assert [token["id"] for token in tokens] == own.encode(asked["text"])
    assert bytes.fromhex("".join(t["bytes"] for t in tokens)).decode() == asked["text"]
    assert not any(token["is_special"] for token in tokens)


def test_a_split_character_is_one_group_of_several_tokens(client: TestClient) -> None:
    view = client.post(
        "/api/tokenizer/encode", json={"tokenizer": "ink/tokenizer", "text": "a龘b"}
    ).json()
    assert [group["text"] for group in view["groups"]] == ["a", "龘", "b"]
    split = view["groups"][1]["tokens"]
    assert len(split) > 1
    assert " ".join(token["bytes"] for token in split) == "E9 BE 98"


def test_tokens_around_a_text_are_shown_where_asked(client: TestClient) -> None:
    asked = {"tokenizer": "ink/tokenizer", "text": "ink", "has_specials": True}
    view = client.post("/api/tokenizer/encode", json=asked).json()
    first = view["groups"][0]
    assert first["text"] == "" and first["tokens"][0]["is_special"]


def test_a_language_costs_what_encoding_its_held_out_documents_costs(
    client: TestClient, ink_runs: Path
) -> None:
    query = {"run": "ink", "tokenizer": ["ink/tokenizer", "ink/pretrain/model"]}
    counted = client.get("/api/tokenizer/samples", params=query).json()["languages"]
    assert {row["language"] for row in counted} == {"en", "zh"}
    for row in counted:
        assert row["tokens"][0] == row["tokens"][1] > 0
        assert row["characters"] <= row["bytes"]
    chinese = next(row for row in counted if row["language"] == "zh")
    english = next(row for row in counted if row["language"] == "en")
    assert chinese["bytes"] / chinese["characters"] > english["bytes"] / english["characters"]


def test_merges_lead_to_the_entry_in_the_order_of_their_ranks(client: TestClient) -> None:
    found = client.get(
        "/api/tokenizer/vocabulary", params={"tokenizer": "ink/tokenizer", "text": "the"}
    ).json()
    entry = found["entries"][0]
    assert entry["spelling"].strip() == "the"
    way = client.get(
        "/api/tokenizer/merges", params={"tokenizer": "ink/tokenizer", "token": entry["id"]}
    ).json()
    [tree] = way["trees"]

    def check(node: dict[str, Any]) -> str:
        if not node["parts"]:
            return str(node["piece"])
        assert all(part["rank"] is None or part["rank"] < node["rank"] for part in node["parts"])
        assert "".join(map(check, node["parts"])) == node["piece"]
        return str(node["piece"])

    assert check(tree) == entry["spelling"]


def test_an_id_finds_its_entry_and_special_ones_are_found_alone(client: TestClient) -> None:
    query = {"tokenizer": "ink/tokenizer", "text": "300"}
    assert client.get("/api/tokenizer/vocabulary", params=query).json()["entries"][0]["id"] == 300
    query = {"tokenizer": "ink/tokenizer", "is_special": "true"}
    special = client.get("/api/tokenizer/vocabulary", params=query).json()
    assert all(entry["is_special"] for entry in special["entries"])
    assert "<|endoftext|>" in [entry["spelling"] for entry in special["entries"]]
    query = {"tokenizer": "ink/tokenizer", "token": special["entries"][0]["id"]}
    assert client.get("/api/tokenizer/merges", params=query).json()["trees"] is None


def test_tokenizers_of_runs_come_first_and_equal_ones_once(client: TestClient) -> None:
    listed = client.get("/api/tokenizer").json()["tokenizers"]
    paths = [one["path"] for one in listed]
    assert paths[0] == "ink/tokenizer" and listed[0]["is_run"]
    assert "ink/pretrain/model" not in paths


def test_damaged_and_missing_tokenizers_are_told_in_words(
    tmp_path: Path, studio_client: Callable[..., TestClient]
) -> None:
    (tmp_path / "broken" / "tokenizer").mkdir(parents=True)
    (tmp_path / "broken" / "tokenizer" / "tokenizer.json").write_text("{", encoding="utf-8")
    client = studio_client(tmp_path)
    damaged = client.get("/api/tokenizer/facts", params={"tokenizer": "broken/tokenizer"})
    assert damaged.status_code == 409 and damaged.json()["error"]["hint"]
    for path in ("broken", "../x", "/etc"):
        missing = client.get("/api/tokenizer/facts", params={"tokenizer": path})
        assert missing.status_code == 404
    asked = {"run": "broken", "tokenizer": []}
    assert client.get("/api/tokenizer/samples", params=asked).status_code in (404, 422)
    long = {"tokenizer": "broken/tokenizer", "text": "x" * 60_000}
    assert client.post("/api/tokenizer/encode", json=long).status_code == 422
