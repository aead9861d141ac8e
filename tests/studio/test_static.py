"""The built pages: files by their names, one page for every address, and what is said without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

Open = Callable[..., TestClient]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Pages as the front end's build leaves them."""
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<p>the page</p>")
    (tmp_path / "static" / "assets" / "a-1234.js").write_text("let a = 1;")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "static"


def test_every_address_is_the_page_and_assets_are_kept(
    studio_client: Open, built: Path, tmp_path: Path
) -> None:
    client = studio_client(tmp_path, static=built)
    for path in ("/", "/runs/诗词", "/new", "/no/such/page"):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (200, "<p>the page</p>")
        assert answer.headers["cache-control"] == "no-cache"
    asset = client.get("/assets/a-1234.js")
    assert "immutable" in asset.headers["cache-control"] and "javascript" in str(asset.headers)
    assert client.get("/assets/gone.js").status_code == 404
    assert client.get("/api/nothing").status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"]
)
def test_no_file_outside_the_pages_is_served(
    studio_client: Open, built: Path, tmp_path: Path, path: str
) -> None:
    assert "secret" not in studio_client(tmp_path, static=built).get(path).text


def test_without_pages_it_says_how_to_build_them(studio_client: Open, tmp_path: Path) -> None:
    answer = studio_client(tmp_path, static=tmp_path / "none").get("/")
    assert answer.status_code == 503 and "make studio" in answer.text
