"""How the main text is taken out of web pages.

Comes in: the `extraction` section of a recipe. Goes out: a checked configuration. Imports nothing
heavy.
"""

from __future__ import annotations

from typing import Literal

from yanmo.core.config import Config


class ExtractionConfig(Config):
    """What becomes of an HTML page."""

    extractor: Literal["yanmo", "trafilatura", "resiliparse", "all_text"] = "yanmo"
    """Who finds the main text: our own trained extractor, trafilatura in its fast mode (installed
    with `pip install yanmo[trafilatura]`), resiliparse, or nobody: all visible text is kept."""

    tables: Literal["text", "key_value", "drop"] = "text"
    """What becomes of tables in the main text: `text` keeps the cells that read like the text
    around them, `key_value` writes each row as "header: value" pairs, `drop` leaves tables out.
    Needs extractor = "yanmo"."""
