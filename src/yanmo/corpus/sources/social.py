"""The source `social`: posts of social media, one by one or thread by thread.

Comes in: files of records with a post each. Goes out: a document for each post or thread, names,
addresses, topics and emoji handled as the recipe says before anything else sees the text. Knows
nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from yanmo.core.messages import t
from yanmo.corpus.profiles.social import social_text
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.pairs_config import SocialSource
from yanmo.corpus.sources.reading import Item, Skipped, Unreadable
from yanmo.corpus.sources.record_files import read_records
from yanmo.corpus.sources.records import date_of_record, language_of_record, url_of_record

SHORT_POSTS = "social/short"
"""Under this name the report counts posts of which too little was left."""


@dataclass(slots=True)
class _Thread:
    """Posts that become one document."""

    key: Any = None
    place: int = 0
    record: Any = None
    posts: list[str] = field(default_factory=list)


def read_social(file: FileToRead, config: SocialSource) -> Iterator[Item]:
    """The documents of a file, and notes on records without a text."""
    thread = _Thread()
    num_short = 0
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        text = record.get(config.text_field) if isinstance(record, dict) else record
        if not isinstance(text, str):
            error = t("the field {name} is missing or no text", name=config.text_field)
            yield file.unreadable(place, error)
            continue
        text = social_text(text, config.social)
        if len(text) < config.min_characters:
            num_short += 1
            continue
        key = _thread_key(record, config)
        if thread.posts and (key is None or key != thread.key):
            yield _document(file, thread)
            thread = _Thread()
        if not thread.posts:
            thread = _Thread(key, place, record)
        thread.posts.append(text)
    if thread.posts:
        yield _document(file, thread)
    if num_short:
        yield Skipped(SHORT_POSTS, num_short)


def _thread_key(record: Any, config: SocialSource) -> Any:
    """What the posts of a thread have in common; None where a post is alone."""
    if config.thread_field is None or not isinstance(record, dict):
        return None
    key = record.get(config.thread_field)
    return key if isinstance(key, str | int) else None


def _document(file: FileToRead, thread: _Thread) -> Item:
    return file.document(
        "\n\n".join(thread.posts),
        thread.place,
        url=url_of_record(thread.record),
        language=language_of_record(thread.record),
        record=thread.place,
        posts=len(thread.posts),
        date=date_of_record(thread.record),
    )
