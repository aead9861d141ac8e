"""From the bytes of a web page to its main text.

Comes in: HTML as UTF-8 and the configuration. Goes out: a `Page`. Knows nothing of files.
"""

from __future__ import annotations

import re

from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.extraction.page import Page

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def extract_page(html: bytes, config: ExtractionConfig) -> Page:
    """The main text of one page, and what the page says about itself.

    Args:
        html: the page, valid UTF-8.
        config: which extractor, and what becomes of tables.

    Raises:
        ConfigError: the chosen extractor is not installed.
    """
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(html.decode("utf-8", "replace"), main_content=True)
    return Page(_CONTROLS.sub("", text), None, None, None, config.extractor)
