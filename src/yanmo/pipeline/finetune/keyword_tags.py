"""Keywords as tags: what a tagging head learns of texts whose keywords are known, and says of
others.

A keyword that does not stand in its text cannot be tagged, and is counted. Words and stems are cut
as predictors cut running text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from yanmo.core.tag_spans import TagSpan, tags_of
from yanmo.inference.predict import Entity
from yanmo.inference.raw_words import split_words
from yanmo.tasks.example import KeywordExample, TaggedExample

KEYWORD = "KEY"
KEYWORD_LABELS = ("O", f"B-{KEYWORD}", f"I-{KEYWORD}")


def tagged_keywords(example: KeywordExample) -> tuple[TaggedExample, int]:
    """The text with its keywords tagged wherever they stand, and how many stand nowhere.

    Longer keywords are found first, so that no part of one is tagged as another.
    """
    cut = split_words(example.text)
    words = [word.lower() for word in cut.words]
    spans: list[TagSpan] = []
    taken = [False] * len(words)
    num_missing = 0
    wanted = [[word.lower() for word in split_words(one).words] for one in example.keywords]
    for keyword in sorted(wanted, key=len, reverse=True):
        places = _places(words, keyword)
        num_missing += not places
        for start in places:
            end = start + len(keyword)
            if not any(taken[start:end]):
                taken[start:end] = [True] * len(keyword)
                spans.append((KEYWORD, start, end))
    tags = tuple(tags_of(spans, len(words)))
    return TaggedExample(example.id, cut.words, tags, cut.joiner), num_missing


def ranked_keywords(found: Sequence[Entity]) -> tuple[str, ...]:
    """The tagged keywords of a text, the most frequent first, then in the order of the text."""
    counts = Counter(entity.text.lower() for entity in found)
    spelled: dict[str, str] = {}
    for entity in found:
        spelled.setdefault(entity.text.lower(), entity.text)
    order = sorted(spelled, key=lambda keyword: -counts[keyword])
    return tuple(spelled[keyword] for keyword in order)


def _places(words: Sequence[str], keyword: Sequence[str]) -> list[int]:
    """Where `keyword` begins among `words`."""
    if not keyword:
        return []
    last = len(words) - len(keyword)
    return [
        start for start in range(last + 1) if words[start : start + len(keyword)] == list(keyword)
    ]
