"""Posts of social media as documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.corpus.sources.pairs_config import SocialSource
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable
from yanmo.corpus.sources.record_files import list_record_files
from yanmo.corpus.sources.social import read_social

POSTS = [
    {"text": "@alice 看 http://t.cn/x #话题#", "thread": 1, "created_at": "2024-01-31"},
    {"text": "RT @bob: 哈哈😂", "thread": 1},
    {"text": "a new thread", "thread": 2, "url": "https://example.com/2", "lang": "en"},
    {"text": "@carol", "thread": 2},
    {"body": "no text"},
]


def read(tmp_path: Path, posts: list[Any], **settings: Any) -> list[Item]:
    """Everything that a file with these posts gives."""
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(json.dumps(post) for post in posts), encoding="utf-8")
    config = SocialSource.model_validate({"paths": [str(path)], **settings})
    files = [file for listing in list_record_files(config) for file in listing.files]
    return [item for file in files for item in read_social(file, config)]


def test_posts_are_masked_one_by_one(tmp_path: Path) -> None:
    items = read(tmp_path, POSTS)
    assert [item.text for item in items if isinstance(item, RawDocument)] == [
        "<USER_NAME> 看 <URL> #话题#",
        "RT <USER_NAME>: 哈哈😂",
        "a new thread",
        "<USER_NAME>",
    ]
    assert items[0].metadata["date"] == "2024-01-31"
    assert items[2].url == "https://example.com/2" and items[2].language == "en"
    [problem] = [item for item in items if isinstance(item, Unreadable)]
    assert "text" in problem.error


def test_threads_become_documents(tmp_path: Path) -> None:
    items = read(tmp_path, POSTS[:4], thread_field="thread")
    assert [item.text for item in items] == [
        "<USER_NAME> 看 <URL> #话题#\n\nRT <USER_NAME>: 哈哈😂",
        "a new thread\n\n<USER_NAME>",
    ]
    assert [item.metadata["posts"] for item in items] == [2, 2]


def test_posts_of_which_nothing_is_left_are_counted(tmp_path: Path) -> None:
    settings = {"users": "drop", "urls": "drop", "tags": "drop", "emoji": "drop"}
    items = read(tmp_path, POSTS[:4], social=settings)
    assert [item.text for item in items if isinstance(item, RawDocument)] == [
        "看",
        "RT : 哈哈",
        "a new thread",
    ]
    assert items[-1] == Skipped("social/short", 1)


def test_the_thread_is_not_the_text() -> None:
    with pytest.raises(ValueError, match="thread_field"):
        SocialSource(paths=["x"], thread_field="text")
