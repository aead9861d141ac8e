"""Who may ask the studio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.studio.conftest import TOKEN

Open = Callable[..., TestClient]


@pytest.fixture
def stranger(studio_client: Open, tmp_path: Path) -> TestClient:
    """A client without the token."""
    return studio_client(tmp_path, is_signed_in=False)


@pytest.fixture
def friend(studio_client: Open, tmp_path: Path) -> TestClient:
    """A client with the token."""
    return studio_client(tmp_path)


@pytest.mark.parametrize("path", ["/", "/api/runs", "/runs/x", "/assets/x.js", "/api/live?log=a"])
def test_nothing_is_seen_without_the_token(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401


def test_the_printed_address_leaves_a_cookie_and_no_token_in_the_address(
    stranger: TestClient,
) -> None:
    first = stranger.get(f"/new?shipped=wikitext&token={TOKEN}", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/new?shipped=wikitext")
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert stranger.get("/api/runs").status_code == 200


def test_a_wrong_token_is_refused(stranger: TestClient) -> None:
    assert stranger.get("/?token=wrong").status_code == 401
    assert stranger.get("/api/runs", headers={"Authorization": b"Bearer \xe9"}).status_code == 401


def test_the_redirect_never_leaves_the_studio(stranger: TestClient) -> None:
    answer = stranger.get(f"//evil.example/?token={TOKEN}", follow_redirects=False)
    assert not answer.headers.get("location", "/").startswith("//")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example"])
def test_a_name_bent_to_this_address_is_refused(friend: TestClient, host: str) -> None:
    assert friend.get("/api/runs", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "10.0.0.7:80"])
def test_addresses_of_this_machine_are_ours(friend: TestClient, host: str) -> None:
    assert friend.get("/api/runs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_can_change_nothing(friend: TestClient, headers: dict[str, str]) -> None:
    answer = friend.post("/api/start", json={"values": {"name": "x"}}, headers=headers)
    assert answer.status_code == 403


def test_our_own_page_can(friend: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    assert friend.post("/api/draft", json={"values": {}}, headers=headers).status_code == 200


def test_another_page_can_read_nothing(friend: TestClient) -> None:
    assert friend.get("/api/runs", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_every_answer_keeps_the_page_at_home(friend: TestClient) -> None:
    headers = friend.get("/api/runs").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize(
    "path", ["/api/runs/..", "/api/runs/%2e%2e", "/api/runs/a%2Fb", "/..%2f..%2fetc/passwd"]
)
def test_no_path_leads_out_of_the_folder(friend: TestClient, path: str) -> None:
    answer = friend.get(path)
    assert answer.status_code in (404, 503) or "<div id=" in answer.text
    assert "root:" not in answer.text


def test_answers_are_in_the_language_of_the_page(friend: TestClient) -> None:
    said = {
        language: friend.get("/api/runs/nowhere", headers={"Accept-Language": language}).json()
        for language in ("en", "zh")
    }
    assert said["en"]["error"]["what"] == "there is no run called 'nowhere'"
    assert said["zh"]["error"]["what"] == "没有名为“nowhere”的运行"
