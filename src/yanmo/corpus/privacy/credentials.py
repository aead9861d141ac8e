"""Keys that open something: API keys, tokens, private keys.

Comes in: a span that begins like a key, or the value given to something named key or password.
Goes out: the key in it, or nothing. The forms are those that the services document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yanmo.corpus.privacy.checks import bits_per_character
from yanmo.corpus.privacy.window import Item, Window

_KEY = re.compile(
    r"(?:"
    r"sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-|lf-)?[A-Za-z0-9_-]{20,200}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,110}"  # Stripe
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"
    r"|gl(?:pat|ptt|dt|rt|soat)-[A-Za-z0-9_-]{20,50}"  # GitLab
    r"|A(?:KI|SI)A[A-Z2-7]{16}"  # Amazon
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,500}"  # Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,100}"  # Slack
    r"|hf_[A-Za-z]{30,40}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{50,500}"
    r"|SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"  # SendGrid
    r"|LTAI[A-Za-z0-9]{12,24}|AKID[A-Za-z0-9]{32}"  # Alibaba, Tencent
    r"|do[opr]_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"  # DigitalOcean, Shopify
    r"|eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1000}"  # RFC 7519
    r")(?![A-Za-z0-9])",
    re.A,
)
_LOOSE_HEADS = ("sk-", "LTAI", "xox")
_NAME = re.compile(
    r"(?:api|access|auth|secret|private|encryption|signing|account|service|master|client|app"
    r"|subscription|storage|deploy|license)?[_ .-]?"
    r"(?:key|secret|token|password|passwd|passwort|pwd|pass)[\"' ]{0,2}[:=>]{1,2}[ \"'`=>]{0,4}\Z",
    re.I | re.A,
)
_PLAIN_KEY = re.compile(r"(?:\A|[^A-Za-z_.-])(?:key|pass)[\"' ]{0,2}[:=>]", re.I | re.A)
_IS_HEX = re.compile(r"[0-9a-fA-F]+\Z", re.A)
_IS_PATH_OR_NAME = re.compile(r"[a-z_]+(?:[./-][A-Za-z_]+)+\Z|\.{0,2}/|https?\b|[A-Za-z_]+\Z", re.A)
_DUMMIES = (
    "example",
    "xxxx",
    "your",
    "changeme",
    "placeholder",
    "dummy",
    "1234567890",
    "abcdef123",
)
_MIN_BITS = 3.5
_MIN_HEX_BITS = 3.0
_MIN_VALUE_CHARACTERS = 16
_MIN_DIGITS = 2
_MIN_LETTERS = 4

_HEADER = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.A)
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.A)
_LINES_OF_KEY = re.compile(r"(?:(?:\s|\\n){0,4}[A-Za-z0-9+/=]{16,100}){1,300}", re.A)


def find_keys(window: Window) -> Iterator[Item]:
    """A key of a known form."""
    match = _KEY.match(window.text)
    if match is None:
        return
    key = match.group()
    is_key = not key.startswith(_LOOSE_HEADS) or _looks_random(key)
    if is_key and not _is_dummy(key):
        yield window.item("secret", *match.span())


def find_assigned_secrets(window: Window) -> Iterator[Item]:
    """The value of something named key, token or password, where it looks drawn by lot."""
    value = window.text[: window.length].strip("=.-")
    start = window.text.find(value) if value else 0
    if window.text.startswith(("...", "…"), start + len(value)):
        return  # shortened
    if len(value) < _MIN_VALUE_CHARACTERS or not _NAME.search(window.before):
        return
    if _PLAIN_KEY.search(window.before[-12:]) and not _IS_HEX.match(value):
        return
    if _IS_PATH_OR_NAME.match(value) or _is_dummy(value) or not _looks_random(value):
        return
    yield window.item("secret", start, start + len(value))


def _is_dummy(text: str) -> bool:
    """Whether the text says itself that it is none."""
    lowered = text.lower()
    return any(dummy in lowered for dummy in _DUMMIES)


def _looks_random(text: str) -> bool:
    """Whether letters and digits are mixed as no word or name mixes them."""
    num_digits = sum(map(str.isdigit, text))
    if num_digits < _MIN_DIGITS or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return False
    return bits_per_character(text) >= (_MIN_HEX_BITS if _IS_HEX.match(text) else _MIN_BITS)


def find_private_keys(window: Window) -> Iterator[Item]:
    """A private key in PEM, with its first and last line; without a last line, what is there."""
    header = _HEADER.match(window.text)
    if header is None:
        return
    end = _END.search(window.text, header.end())
    if end is not None:
        yield window.item("secret", 0, end.end())
        return
    lines = _LINES_OF_KEY.match(window.text, header.end())
    if lines is not None:
        yield window.item("secret", 0, lines.end())
