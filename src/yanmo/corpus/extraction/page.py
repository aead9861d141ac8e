"""What is known about a web page once its main text has been taken out.

Goes out: the text and what the page says about itself. Knows nothing of how it was found.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The main text of a page, and what the page says about itself.

    Args:
        text: paragraphs separated by line feeds; empty where there is no text. Holds neither
            surrogates nor control characters other than line feed and tab.
        title: the title, without line feeds; None where the page has none.
        date: when the page was published, ISO 8601, a day or a point in time; None where it does
            not say.
        language: the page's own claim, the `lang` of its root, such as "en" or "zh-CN"; None where
            it makes none.
        method: how the text was found: `model`, `density` (the model saw no main text, the
            densest part was taken), `all_text`, or the name of another extractor.
    """

    text: str
    title: str | None
    date: str | None
    language: str | None
    method: str
