"""Which sentence of a passage an answer comes from, so that it can be checked.

In: a passage, a question, an answer that somebody gave. Out: a sentence with its characters, or
None where no sentence says it. Looks at words alone and knows no model: what a model wrote may
still be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate

from yanmo.inference.parts import sentences_of
from yanmo.inference.raw_words import is_chinese
from yanmo.inference.term_index import TermIndex, terms_of

_LETTER = r"[^\W\u3400-\u9fff\uf900-\ufaff]"
"""Of a script that puts spaces between words."""
_LEAST_SHARE = 0.5
"""A sentence is a source where it has at least this share of the terms of an answer."""


@dataclass(frozen=True)
class SourceSentence:
    """A sentence of a passage.

    Attributes:
        text: without the white space around it.
        start: its first character in the passage.
        end: behind its last.
        is_verbatim: whether the answer stands in it as it is, case and width apart.
    """

    text: str
    start: int
    end: int
    is_verbatim: bool


def sentence_at(passage: str, place: int) -> SourceSentence:
    """The sentence that the character `place` of a passage stands in."""
    assert 0 <= place < len(passage), f"no character {place} in {len(passage)}"
    return next(one for one in _cut(passage) if place < one.end or one.end == len(passage))


def find_source(passage: str, question: str, answer: str) -> SourceSentence | None:
    """The sentence that says `answer`; of several the one nearest to the question, then the first.

    A sentence that has the answer word for word comes before one that has its words; and at least
    half of an answer's terms have to stand in a sentence for it to be a source at all. Terms are
    words, or characters and pairs of them in Chinese.
    """
    sentences = _cut(passage)
    wanted = terms_of(answer)
    if not sentences or not wanted:
        return None
    own_terms = [terms_of(one.text) for one in sentences]
    pattern = _as_pattern(answer)
    is_verbatim = [pattern.search(_plain(one.text)) is not None for one in sentences]
    shares = [
        1.0 if found else sum(term in terms for term in wanted) / len(wanted)
        for found, terms in zip(is_verbatim, own_terms, strict=True)
    ]
    nearness = TermIndex([one.text for one in sentences]).scores(question)
    best = max(
        range(len(sentences)),
        key=lambda place: (is_verbatim[place], shares[place], nearness[place], -place),
    )
    if shares[best] < _LEAST_SHARE:
        return None
    found = sentences[best]
    return SourceSentence(found.text, found.start, found.end, is_verbatim[best])


def _cut(passage: str) -> list[SourceSentence]:
    pieces = sentences_of(passage)
    starts = accumulate((len(piece) for piece in pieces), initial=0)
    found = []
    for piece, start in zip(pieces, starts, strict=False):
        text = piece.strip()
        begin = start + len(piece) - len(piece.lstrip())
        if text:
            found.append(SourceSentence(text, begin, begin + len(text), is_verbatim=True))
    return found


def _plain(text: str) -> str:
    """Width, case and white space taken away as differences."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _as_pattern(answer: str) -> re.Pattern[str]:
    """Finds an answer in plain text, as whole words where it begins and ends with letters of a
    script that has them."""
    words = _plain(answer).strip(" .,;:!?。，；：！？\"'“”‘’「」")
    before = rf"(?<!{_LETTER})" if words and not is_chinese(words[0]) else ""
    behind = rf"(?!{_LETTER})" if words and not is_chinese(words[-1]) else ""
    return re.compile(before + re.escape(words) + behind)
