"""Ids as tokens that can be shown, and rows of ids with some of them removed.

In: ids with the characters that they stand for. Out: `Token`s; rows side by side, padded at the
end. Knows no question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from yanmo.interpretation.question import Token, TokenPart
from yanmo.tokens.text_codec import TextCodec

CONTINUES = "⋯"
"""Shown for a token that is a further piece of the character before it."""


@dataclass(frozen=True)
class CutRows:
    """Rows from which tokens were removed.

    Attributes:
        tokens: (R, T) ids, padding at the end.
        mask: (R, T), True where a token is real.
        order: for each row the former place of every token; -1 for one that was put in.
        new_places: (R, n), where each former place is now; -1 where it was left out.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    order: list[list[int]]
    new_places: torch.Tensor


def text_tokens(
    codec: TextCodec,
    ids: Sequence[int],
    spans: Sequence[tuple[int, int]],
    text: str,
    part: TokenPart,
) -> list[Token]:
    """The tokens of `text`, each shown as the characters that it stands for."""
    tokens = []
    last_end = 0
    for token_id, (start, end) in zip(ids, spans, strict=True):
        is_further = start < last_end
        shown = CONTINUES if is_further else text[start:end]
        if not shown:
            shown = codec.decode([token_id]) or CONTINUES
        tokens.append(Token(int(token_id), shown, start, end, False, part))
        last_end = max(last_end, end)
    return tokens


def special_tokens(codec: TextCodec, ids: Sequence[int], part: TokenPart) -> list[Token]:
    """Tokens that stand for no text."""
    return [
        Token(int(one), codec.decode([one], skip_special_tokens=False), -1, -1, True, part)
        for one in ids
    ]


def written_tokens(codec: TextCodec, ids: Sequence[int], part: TokenPart) -> list[Token]:
    """Tokens that the model has written itself, each decoded alone."""
    return [
        Token(int(one), codec.decode([one], skip_special_tokens=False), -1, -1, False, part)
        for one in ids
    ]


def cut_rows(
    ids: Sequence[int],
    kept: torch.Tensor,
    *,
    filler: int | None,
    lone: int,
    anchors: Sequence[int] = (),
    tail: Sequence[int] = (),
    device: torch.device,
) -> CutRows:
    """Rows of `ids` in which the tokens that `kept` (R, n) does not mark are replaced or left out.

    Args:
        filler: stands in the place of a removed token; None leaves it out.
        lone: stands where nothing would be left, and at anchors that were to be left out.
        anchors: places where a token must stand, since the answer is read there.
        tail: ids behind all rows.
    """
    rows, order = [], []
    new_places = torch.full(kept.shape, -1, dtype=torch.int64)
    for number, marks in enumerate(kept.tolist()):
        row: list[int] = []
        from_place: list[int] = []
        for place, (token_id, is_kept) in enumerate(zip(ids, marks, strict=True)):
            if not is_kept and filler is None and place not in anchors:
                continue
            new_places[number, place] = len(row)
            stand_in = lone if filler is None else filler
            row.append(token_id if is_kept else stand_in)
            from_place.append(place)
        if not row:
            row, from_place = [lone], [-1]
        rows.append([*row, *tail])
        order.append(from_place + [-1] * len(tail))
    width = max(map(len, rows))
    tokens = torch.full((len(rows), width), lone, dtype=torch.int64)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = True
    return CutRows(tokens.to(device), mask.to(device), order, new_places)
