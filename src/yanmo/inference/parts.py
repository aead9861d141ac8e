"""Texts that are longer than a source may be, written from part by part: split, write, join.

In: texts, and what writes a short one. Out: one result for each. Parts end at sentences and are
together the whole text. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yanmo.inference.raw_words import is_chinese
from yanmo.tokens.text_codec import TextCodec

_SENTENCE = re.compile(r"(?:[^.!?。！？…\n]|[.](?=\w))*[.!?。！？…\n]*[”’\"'」』）)]*\s*")
"""A sentence with its marks, what closes it, and the space behind it; 3.14 is none."""


@dataclass(frozen=True)
class WrittenByParts:
    """A result for every text, and how many parts were written from for it."""

    texts: tuple[str, ...]
    num_parts: tuple[int, ...]


def write_by_parts(
    write: Callable[[Sequence[str]], Sequence[str]],
    codec: TextCodec,
    texts: Sequence[str],
    max_tokens: int,
) -> WrittenByParts:
    """Write from every text as a whole, or from its parts where it is longer than `max_tokens`.

    Args:
        write: gives a result for every text that it is given; asked once for the parts of all.
        codec: counts tokens.
        texts: what is written from.
        max_tokens: tokens of a part at most, without special ones.
    """
    parts = [split_text(text, codec, max_tokens) for text in texts]
    written = iter(write([part for own in parts for part in own]))
    results = []
    for text, own in zip(texts, parts, strict=True):
        joiner = "" if is_chinese(text) else " "
        results.append(joiner.join(next(written).strip() for _ in own))
    return WrittenByParts(tuple(results), tuple(len(own) for own in parts))


def sentences_of(text: str) -> list[str]:
    """The sentences of a text with what stands behind each; joined, they are the text. A line is a
    sentence too."""
    return [sentence for sentence in _SENTENCE.findall(text) if sentence]


def split_text(text: str, codec: TextCodec, max_tokens: int) -> list[str]:
    """Parts of at most `max_tokens` tokens, which joined are the text. As many sentences as fit go
    into each; only a sentence that is too long by itself is cut within."""
    assert max_tokens >= 1, f"parts of {max_tokens} tokens"
    if len(codec.encode(text)) <= max_tokens:
        return [text]
    pieces = [
        piece
        for sentence in sentences_of(text)
        for piece in _cut_sentence(sentence, codec, max_tokens)
    ]
    parts: list[str] = []
    for piece in pieces:
        if parts and len(codec.encode(parts[-1] + piece)) <= max_tokens:
            parts[-1] += piece
        else:
            parts.append(piece)
    return parts


def _cut_sentence(sentence: str, codec: TextCodec, max_tokens: int) -> list[str]:
    """Pieces of a sentence that are short enough; of whole words where there are spaces."""
    pieces = []
    while sentence and len(codec.encode(sentence)) > max_tokens:
        _, offsets = codec.encode_with_offsets(sentence)
        end = max(1, offsets[max_tokens - 1][1])
        # Cut alone, a piece may need more tokens than it had in its sentence.
        while end > 1 and len(codec.encode(sentence[:end])) > max_tokens:
            end -= 1
        space = sentence.rfind(" ", 1, end)
        if space > end // 2 and not sentence[end - 1 : end + 1].endswith(" "):
            end = space + 1
        pieces.append(sentence[:end])
        sentence = sentence[end:]
    return [*pieces, sentence] if sentence else pieces
