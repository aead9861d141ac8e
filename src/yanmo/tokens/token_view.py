"""A text cut into tokens, for people to look at.

In: a tokenizer and a text. Out: groups of tokens. Most groups are one token that stands for whole
characters; where a character is split over several tokens, or several tokens have no place of
their own in the text, they are one group. What no token stands for is a group without tokens.
Knows no screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from yanmo.tokens.marian_tokenizer import MarianTokenizer
from yanmo.tokens.outside_tokenizer import BYTE_ENTRY, OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.tokenizer import Tokenizer, without_lone_surrogates


@dataclass(frozen=True)
class ShownToken:
    """One token.

    Attributes:
        id: in the vocabulary.
        spelling: as the vocabulary writes it.
        data: the bytes of UTF-8 that it stands for; None where its tokenizer does not say.
        is_special: whether it is a control token.
    """

    id: int
    spelling: str
    data: bytes | None
    is_special: bool = False


@dataclass(frozen=True)
class TokenGroup:
    """Tokens that stand for characters of the text together.

    Attributes:
        start, end: characters of the text, from and to; equal for tokens that the text does not
            hold, such as the one that begins every text.
        tokens: in order; empty where no token stands for these characters.
    """

    start: int
    end: int
    tokens: tuple[ShownToken, ...]


@dataclass(frozen=True)
class TokenView:
    """A text in groups, which follow each other without a gap.

    Attributes:
        text: what was encoded: the text, surrogates without a partner replaced.
        groups: in order.
        num_tokens: without those that stand around the text.
    """

    text: str
    groups: tuple[TokenGroup, ...]
    num_tokens: int


def view_tokens(codec: TextCodec, text: str, *, with_specials: bool = False) -> TokenView:
    """Cut `text` into groups of tokens.

    Args:
        codec: of any kind.
        text: any text.
        with_specials: show the tokens that the model's convention puts around a text.

    Raises:
        DataError: the text has a character that this tokenizer has no token for at all.
    """
    text = without_lone_surrogates(text)
    ids, spans = codec.encode_with_offsets(text)
    groups: list[TokenGroup] = []
    for token_id, (start, end) in zip(ids, spans, strict=True):
        token = show_token(codec, token_id)
        last = groups[-1] if groups else TokenGroup(0, 0, ())
        if last.tokens and start < last.end:
            joined = (*last.tokens, token)
            groups[-1] = TokenGroup(last.start, max(end, last.end), joined)
            continue
        if start > last.end:
            groups.append(TokenGroup(last.end, start, ()))
        groups.append(TokenGroup(start, max(start, end), (token,)))
    if (reached := groups[-1].end if groups else 0) < len(text):
        groups.append(TokenGroup(reached, len(text), ()))
    if with_specials:
        before = [TokenGroup(0, 0, (show_token(codec, id),)) for id in codec.beginning_ids]
        behind = [
            TokenGroup(len(text), len(text), (show_token(codec, id),)) for id in codec.ending_ids
        ]
        groups = [*before, *groups, *behind]
    return TokenView(text, tuple(groups), len(ids))


def show_token(codec: TextCodec, token_id: int) -> ShownToken:
    """One id of a vocabulary.

    Raises:
        DataError: the id is not in the vocabulary.
    """
    is_special = codec.is_special(token_id)
    if isinstance(codec, Tokenizer):
        data = codec.token_bytes(token_id)
        return ShownToken(token_id, data.decode("utf-8", "replace"), data, is_special)
    assert isinstance(codec, OutsideTokenizer | MarianTokenizer), "another kind of tokenizer"
    spelling = codec.spelling(token_id)
    if isinstance(codec, OutsideTokenizer) and codec.is_byte_level:
        data = codec.token_bytes(token_id)
        return ShownToken(token_id, data.decode("utf-8", "replace"), data, is_special)
    found: bytes | None = None
    if BYTE_ENTRY.fullmatch(spelling):
        found = bytes([int(spelling[3:5], 16)])
    return ShownToken(token_id, spelling, found, is_special)
