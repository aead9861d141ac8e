"""What a page says about itself: title, date of publication, language.

Comes in: a page in blocks, with the scanner's notes about <meta>, <time> and linked data. Goes out:
three values, each None where the page is silent. Knows nothing of the main text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape

from yanmo.corpus.extraction.blocks import Blocks
from yanmo.corpus.extraction.memory import (
    B_TAG,
    LANG_END,
    LANG_START,
    N_END,
    N_KIND,
    N_START,
    NOTE_JSON,
    NOTE_META,
    NUM_NOTES,
)
from yanmo.corpus.extraction.tags import TAGS

_MAX_NOTE_BYTES = 100_000
_MAX_TITLE_CHARACTERS = 500
_ATTRIBUTE = re.compile(
    r"""([a-z][a-z0-9:_-]{0,40})\s{0,9}=\s{0,9}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,500}))""",
    re.IGNORECASE,
)
_JSON_DATE = re.compile(r'"datePublished"\s{0,9}:\s{0,9}"([^"\\]{4,40})"')
_JSON_TITLE = re.compile(r'"headline"\s{0,9}:\s{0,9}("(?:[^"\\]|\\.){1,500}")')
_DATE = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?:\s?日)?(?!\d)"
    r"(?:[T\s,-]{0,3}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT_DATE = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "publishdate",
    "pubdate",
    "publish_date",
    "publishtime",
    "publish-date",
    "published_time",
    "firstpublishedtime",
    "article.published",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "sailthru.date",
    "parsely-pub-date",
    "og:release_date",
    "weibo:article:create_at",
    "date",
)
_TITLE_NAMES = ("og:title", "twitter:title", "articletitle", "title")
_FIRST_YEAR = 1970


@dataclass(frozen=True)
class About:
    """Title, date and language of a page; None where it does not say."""

    title: str | None
    date: str | None
    language: str | None


def iso_date(text: str) -> str | None:
    """The first date in `text` in ISO 8601: a day, or a point in time where it tells one.

    Dates that name the month by a word, and two-digit years, are not read. A day that does not
    exist, or lies before 1970, gives None.
    """
    match = _DATE.search(text) or _COMPACT_DATE.search(text)
    if match is None:
        return None
    parts = match.groups()
    try:
        day = date(int(parts[0]), int(parts[1]), int(parts[2]))
        if day.year < _FIRST_YEAR:
            return None
        if len(parts) < 7 or parts[3] is None:
            return day.isoformat()
        moment = datetime(day.year, day.month, day.day, int(parts[3]), int(parts[4]))
        moment = moment.replace(second=min(int(parts[5] or 0), 59))
        zone = parts[6] or ""
        if zone and zone != "Z" and ":" not in zone:
            zone = f"{zone[:3]}:{zone[3:]}"
        return moment.isoformat() + zone
    except ValueError:
        return None


def _one_line(text: str) -> str | None:
    """Text without line ends and control characters; None where nothing is left."""
    line = _SPACE.sub(" ", text).strip()
    return line[:_MAX_TITLE_CHARACTERS] or None


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of one tag, names in lower case."""
    return {
        match[1].lower(): match[2] or match[3] or match[4] or ""
        for match in _ATTRIBUTE.finditer(tag)
    }


def _notes(blocks: Blocks) -> list[tuple[int, str]]:
    """The kinds and the texts of the tags that the scanner noted."""
    page = blocks.page
    count = int(page.state[NUM_NOTES])
    texts = []
    for row in page.notes[:count].tolist():
        end = min(row[N_END], row[N_START] + _MAX_NOTE_BYTES)
        raw = page.data[row[N_START] : end].tobytes()
        texts.append((row[N_KIND], raw.decode("utf-8", "ignore")))
    return texts


class _Claims:
    """What the notes of a page claim, the best source of each first."""

    def __init__(self, blocks: Blocks) -> None:
        self.titles: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        for kind, text in _notes(blocks):
            if kind == NOTE_JSON:
                self._read_json(text)
            elif kind == NOTE_META:
                self._read_meta(_attributes(text))
            else:
                value = _attributes(text).get("datetime", "")
                if found := iso_date(value):
                    self.dates.setdefault("time", found)

    def _read_json(self, text: str) -> None:
        """Linked data: only the two fields are looked for, as much of it is not valid JSON."""
        if (match := _JSON_DATE.search(text)) and (found := iso_date(match[1])):
            self.dates.setdefault("json", found)
        if match := _JSON_TITLE.search(text):
            try:
                self.titles.setdefault("json", str(json.loads(match[1])))
            except ValueError:
                return

    def _read_meta(self, attributes: dict[str, str]) -> None:
        """One <meta>."""
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content", "")
        if not name or not content:
            return
        name = name.lower()
        if name in _TITLE_NAMES:
            self.titles.setdefault(name, unescape(content))
        elif name in _DATE_NAMES and (found := iso_date(content)):
            self.dates.setdefault(name, found)


def _first_heading(blocks: Blocks) -> str | None:
    """The text of the first <h1>."""
    for number, tag in enumerate(blocks.table[:, B_TAG].tolist()):
        if tag == TAGS["h1"]:
            return blocks.text_of(number)
    return None


def _title(blocks: Blocks, claims: _Claims) -> str | None:
    """The title: what is meant for sharing, else <title>, else the first heading."""
    for source in (*_TITLE_NAMES[:3], "json"):
        if (text := claims.titles.get(source)) and (line := _one_line(text)):
            return line
    if blocks.title_block >= 0:
        return _one_line(blocks.text_of(blocks.title_block))
    return _one_line(claims.titles.get("title") or _first_heading(blocks) or "")


def _language(blocks: Blocks) -> str | None:
    """The `lang` of the root element, if it looks like a language tag."""
    state = blocks.page.state
    raw = blocks.page.data[int(state[LANG_START]) : int(state[LANG_END])].tobytes()
    claim = raw.decode("utf-8", "ignore").strip()
    return claim.replace("_", "-") if _LANGUAGE.fullmatch(claim) else None


def about_page(blocks: Blocks) -> About:
    """Title, date and language as the page claims them."""
    claims = _Claims(blocks)
    sources = ("article:published_time", "json", *_DATE_NAMES, "time")
    dates = (claims.dates[source] for source in sources if source in claims.dates)
    return About(_title(blocks, claims), next(dates, None), _language(blocks))
