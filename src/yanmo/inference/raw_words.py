"""Running text to the words that entities are made of, each with its characters.

In: a text as people write it. Out: spans of characters. Chinese text is cut into characters, as its
annotated sets are; other text into words and marks. Knows no tokenizer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(
    r"https?://\S+"  # an address
    r"|[@#]\w+"  # a user, a topic
    r"|\d+(?:[.,:]\d+)*%?"  # a number, a time, a share
    r"|(?:[^\W\d_]\.){2,}"  # U.S.
    r"|\w+(?:['’&-]\w+)*"  # a word, with what joins its parts
    r"|[^\w\s]"  # a mark
)


@dataclass(frozen=True, slots=True)
class RawWords:
    """The words of a text.

    Attributes:
        words: in their order; none is empty.
        spans: the characters of each, from, to.
        joiner: what stands between two words in the sentences that a tagger has learned from: a
            space, or nothing where words are characters.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    joiner: str


def split_words(text: str) -> RawWords:
    """Cut a text: into its characters where it is Chinese, else into words and marks."""
    is_cut_small = is_chinese(text)
    pattern = re.compile(r"\S") if is_cut_small else _WORD
    found = [(match.group(), match.span()) for match in pattern.finditer(text)]
    return RawWords(
        tuple(word for word, _ in found),
        tuple(span for _, span in found),
        "" if is_cut_small else " ",
    )


def is_chinese(text: str) -> bool:
    """Whether a text has at least as many Han characters as words of other scripts."""
    num_han = len(_HAN.findall(text))
    return num_han > 0 and num_han >= len(_LETTERS.findall(_HAN.sub(" ", text)))
