"""From the bytes of a web page to its main text.

Comes in: HTML as UTF-8 and the configuration. Goes out: a `Page`. A page is scanned once; blocks
are cut, measured and judged by compiled code, and only what is kept becomes Python text. Knows
nothing of files.
"""

from __future__ import annotations

import re

from yanmo.corpus.extraction.about import about_page
from yanmo.corpus.extraction.blocks import Blocks, cut_blocks
from yanmo.corpus.extraction.choose import choose_blocks
from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.extraction.model import shipped_model
from yanmo.corpus.extraction.page import Page
from yanmo.corpus.extraction.peers import resiliparse_text, trafilatura_text
from yanmo.corpus.extraction.writing import write_text

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def extract_page(html: bytes, config: ExtractionConfig) -> Page:
    """The main text of one page, and what the page says about itself.

    Time grows linearly with the page, and memory is bounded by a few times its size, whatever its
    tags look like.

    Args:
        html: the page, valid UTF-8.
        config: which extractor, and what becomes of tables.

    Raises:
        ConfigError: the chosen extractor is not installed.
    """
    blocks = cut_blocks(html)
    about = about_page(blocks)
    text, method = _text_of(html, blocks, config)
    return Page(text, about.title, about.date, about.language, method)


def _text_of(html: bytes, blocks: Blocks, config: ExtractionConfig) -> tuple[str, str]:
    """The text, and the method that found it."""
    if config.extractor == "yanmo":
        choice = choose_blocks(blocks, shipped_model())
        return write_text(blocks, choice.keep, config.tables), choice.method
    if config.extractor == "all_text":
        return write_text(blocks, blocks.is_body(), "text"), "all_text"
    other = trafilatura_text if config.extractor == "trafilatura" else resiliparse_text
    text = other(html.decode("utf-8", "replace"))
    return _CONTROLS.sub("", text).strip("\n"), config.extractor
