"""Addresses on the net: e-mail, IPv6, users and passwords in URLs, names after an @.

Comes in: a span that one of them may fill. Goes out: the item in it, or nothing. Addresses that are
reserved for examples (RFC 2606, RFC 6761) belong to nobody and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yanmo.corpus.privacy.checks import is_public_ipv6
from yanmo.corpus.privacy.top_level_domains import TOP_LEVEL_DOMAINS
from yanmo.corpus.privacy.window import Item, Window

_LOCAL = re.compile(r"[A-Za-z0-9_%+'.-]{1,64}\Z")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_MENTION = re.compile(r"@([\w\u3400-\u9fff·-]{1,30})")
_FORBIDDEN_BEFORE_MENTION = re.compile(r"[A-Za-z0-9_./@]\Z")
_RESERVED_ENDS = frozenset(("example", "invalid", "test", "localhost", "local"))
_RESERVED_DOMAINS = frozenset(("example.com", "example.org", "example.net", "example.edu"))
_HOST = re.compile(r"@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])")
_USER = re.compile(r"[A-Za-z0-9._%+~-]*")
_PASSWORD = re.compile(r"[^<>{}$\[\]*,\s]{3,}")
_DUMMY_PASSWORD = re.compile(
    r"pass(?:word|wd|wort)?\Z|token|secret|pswd|xxx|\byour|\A(?:pw|pwd|1234?5?6?)\Z|\.{3}|%s", re.I
)


def find_emails(window: Window) -> Iterator[Item]:
    """An e-mail address; dots and words that follow its domain are left out."""
    span = window.text[: window.length]
    at = span.find("@")
    local = _LOCAL.search(span[:at])
    if at < 1 or local is None:
        return
    name = local.group().lstrip(".'-+%")
    if not name or name[-1] in ".'":
        return
    domain = _domain_at(span[at + 1 :])
    if domain is None or (name == "git" and window.text[at + 1 + len(domain)][:1] == ":"):
        return
    if not _is_reserved(domain):
        yield window.item("email", at - len(name), at + 1 + len(domain))


def _domain_at(text: str) -> str | None:
    """The longest domain name at the beginning of a text whose last label is a real one."""
    labels = text.split(".")
    num_valid = 0
    while num_valid < len(labels) and _LABEL.match(labels[num_valid]):
        num_valid += 1
    for count in range(num_valid, 1, -1):
        last = labels[count - 1].lower()
        if last in TOP_LEVEL_DOMAINS or last in _RESERVED_ENDS or last.startswith("xn--"):
            return ".".join(labels[:count])
    return None


def _is_reserved(domain: str) -> bool:
    """Whether nobody can have an address in this domain."""
    labels = domain.lower().split(".")
    return labels[-1] in _RESERVED_ENDS or ".".join(labels[-2:]) in _RESERVED_DOMAINS


def find_url_credentials(window: Window) -> Iterator[Item]:
    """The user and the password of an address such as `ftp://user:password@host`."""
    user, _, password = window.text[: window.length].partition(":")
    host = _HOST.match(window.text, window.length)
    if host is None or not _USER.fullmatch(user) or not _PASSWORD.fullmatch(password):
        return
    name = host.group(1).lower()
    is_nobody = name == "localhost" or name.startswith("127.") or _is_reserved(name)
    is_dummy = _DUMMY_PASSWORD.search(password) or password.lower() == user.lower()
    if not is_nobody and not is_dummy:
        yield window.item("secret", 0, window.length)


def find_ipv6(window: Window) -> Iterator[Item]:
    """A public IPv6 address."""
    before = window.before[-1:]
    span = window.text[: window.length].rstrip(".")
    span = span[:-1] if span.endswith(":") and not span.endswith("::") else span
    after = window.text[len(span) : len(span) + 1]
    if (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()):
        return
    if before != "_" and is_public_ipv6(span):
        yield window.item("ip_address", 0, len(span))


def find_mentions(window: Window) -> Iterator[Item]:
    """The name after an @; the @ stays in the text."""
    if _FORBIDDEN_BEFORE_MENTION.search(window.before):
        return
    match = _MENTION.match(window.text)
    if match is not None:
        yield window.item("user_name", *match.span(1))
