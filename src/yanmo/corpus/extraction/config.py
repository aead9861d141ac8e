"""How the main text is taken out of web pages.

Comes in: the `extraction` section of a recipe. Goes out: a checked configuration. Imports nothing
heavy.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t


class ExtractionConfig(Config):
    """What becomes of an HTML page."""

    extractor: Literal["yanmo", "trafilatura", "resiliparse", "all_text"] = "yanmo"
    """Who finds the main text: our own trained extractor, trafilatura in its fast mode (installed
    with `pip install 'yanmo[trafilatura]'`), resiliparse, or nobody: all visible text is kept."""

    tables: Literal["text", "key_value", "drop"] = "text"
    """What becomes of tables of data in the main text. `text` keeps the cells that are judged to
    belong to it, one row a line; `key_value` writes each row of every table between the first and
    the last paragraph as "header: value" pairs; `drop` leaves them out. Tables that only arrange
    the page are not concerned. Anything but `text` needs extractor = "yanmo"."""

    @model_validator(mode="after")
    def _tables_need_our_extractor(self) -> Self:
        if self.tables != "text" and self.extractor != "yanmo":
            raise ValueError(t('tables can be chosen with extractor = "yanmo" only'))
        return self
