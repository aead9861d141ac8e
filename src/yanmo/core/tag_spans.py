"""BIO tags to spans of entities and back (Ramshaw and Marcus 1995).

In: a tag for each token. Out: type, first token, and the token after the last. Reading is lenient,
as CoNLL-2000's script is: an `I-` that follows `O` or another type begins an entity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TagSpan = tuple[str, int, int]
"""Type, first token, and the token after the last."""


def spans_of(tags: Sequence[str]) -> list[TagSpan]:
    """Entities of one sentence, in their order.

    Raises:
        ValueError: a tag is none of `O`, `B-TYPE`, `I-TYPE`.
    """
    spans: list[TagSpan] = []
    kind, start = "", 0
    for position, tag in enumerate([*tags, "O"]):
        prefix, _, this = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not this):
            raise ValueError(f"{tag!r} is no BIO tag")
        if kind and (prefix != "I" or this != kind):
            spans.append((kind, start, position))
            kind = ""
        if this and not kind:
            kind, start = this, position
    return spans


def tags_of(spans: Iterable[TagSpan], num_tokens: int) -> list[str]:
    """A tag for each of `num_tokens` tokens; the spans do not overlap.

    Raises:
        ValueError: two spans share a token, or one is empty or not within the sentence.
    """
    tags = ["O"] * num_tokens
    for kind, start, end in spans:
        if not 0 <= start < end <= num_tokens or any(tag != "O" for tag in tags[start:end]):
            raise ValueError(f"{kind} from {start} to {end} has no place in {num_tokens} tokens")
        tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return tags
