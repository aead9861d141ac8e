"""Names, addresses, topics, emoji and repost marks in social posts.

Comes in: the text of a post, in the manner of Twitter or of Weibo. Goes out: the text with each of
them kept, replaced by a placeholder, or dropped. Knows nothing of where posts come from.
"""

from __future__ import annotations

import re

from yanmo.corpus.profiles.config import Handling, SocialTextConfig

USER, URL, TAG, EMOJI = "<USER_NAME>", "<URL>", "<TAG>", "<EMOJI>"
"""What stands in place of names, addresses, topics and emoji."""

_NAME = r"[A-Za-z0-9_\-\u00c0-\u024f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af·]{1,30}"
_USER = re.compile(rf"(?<![A-Za-z0-9_.+%-])(?<![A-Za-z0-9]/)[@＠]{_NAME}(?![\w]*@)")
_REPOST = re.compile(rf"\s*//\s*(?:[@＠]{_NAME}|{USER})\s*[:：]\s*")
_REPOST_AT_START = re.compile(rf"\A\s*RT\s+(?:[@＠]{_NAME}|{USER})\s*[:：]?\s*", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+(?<![.,;:!?)\]'])"
    r"|(?<![\w@./-])(?:t\.cn|t\.co|bit\.ly|goo\.gl|youtu\.be)/[A-Za-z0-9_-]+"
)
_TOPIC = re.compile(r"[#＃](?P<topic>[^#＃\s][^#＃\n]{0,48}?)(?<!\s)[#＃](?![A-Za-z0-9])")
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](?!\d+\b)\w{1,100}")
_EMOJI_PART = (
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    "|(?:[\u231a\u231b\u23e9-\u23fa\u25fd\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
    "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*)"
)
_EMOJI = re.compile(f"(?:{_EMOJI_PART})(?:\u200d(?:{_EMOJI_PART}))*|\\[[\u4e00-\u9fff]{{1,5}}\\]")
_SPACES = re.compile(r"[ \t]{2,}")
_SPACES_AROUND_LINES = re.compile(r"[ \t]*\n[ \t]*")


def social_text(text: str, config: SocialTextConfig) -> str:
    """The text of a post with its marks handled as `config` says.

    Addresses come first, so that nothing inside them is taken for a name or a topic; repost marks
    come before names, because they contain one. A second time changes nothing.
    """
    before = text
    text = handle_urls(text, config.urls)
    text = handle_reposts(text, config.reposts)
    text = handle_users(text, config.users)
    text = handle_tags(text, config.tags)
    text = handle_emoji(text, config.emoji)
    return text if text == before else tidy_spaces(text)


def handle_urls(text: str, handling: Handling) -> str:
    """Web addresses kept, replaced by `<URL>`, or dropped."""
    return _handle(_URL, URL, text, handling)


def handle_users(text: str, handling: Handling) -> str:
    """@names kept, replaced by `<USER_NAME>`, or dropped."""
    return _handle(_USER, USER, text, handling)


def handle_tags(text: str, handling: Handling) -> str:
    """#topics# and #tags kept, replaced by `<TAG>`, or dropped."""
    return _handle(_HASHTAG, TAG, _handle(_TOPIC, TAG, text, handling), handling)


def handle_emoji(text: str, handling: Handling) -> str:
    """Emoji kept, replaced by `<EMOJI>`, or dropped."""
    return _handle(_EMOJI, EMOJI, text, handling)


def handle_reposts(text: str, handling: str) -> str:
    """Repost marks kept; dropped with what others wrote (`cut`); or dropped alone (`drop`)."""
    if handling == "keep":
        return text
    text = _REPOST_AT_START.sub("", text)
    if handling == "drop":
        return _REPOST.sub(" ", text)
    mark = _REPOST.search(text)
    return text[: mark.start()] if mark is not None else text


def _handle(pattern: re.Pattern[str], placeholder: str, text: str, handling: Handling) -> str:
    if handling == "keep":
        return text
    return pattern.sub(placeholder if handling == "placeholder" else " ", text)


def tidy_spaces(text: str) -> str:
    """Text without the spaces that dropping left behind."""
    return _SPACES_AROUND_LINES.sub("\n", _SPACES.sub(" ", text)).strip(" \t")
