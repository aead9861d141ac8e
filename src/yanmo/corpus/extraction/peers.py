"""Other extractors, for those who prefer them.

Comes in: a page. Goes out: its main text as they find it, or nothing. They are loaded when they are
first asked for.
"""

from __future__ import annotations

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t


def trafilatura_text(html: str) -> str:
    """The main text as trafilatura's fast mode finds it.

    Raises:
        ConfigError: trafilatura is not installed, or does not load.
    """
    try:
        from trafilatura import extract
    except ImportError as error:
        raise ConfigError(
            t("trafilatura cannot be loaded"),
            where="extraction.extractor",
            why=str(error),
            hint=t("Install it: {command}", command="pip install 'yanmo[trafilatura]'"),
        ) from error
    return str(extract(html, fast=True) or "")


def resiliparse_text(html: str) -> str:
    """The main text as resiliparse's rules find it."""
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(html, main_content=True))
