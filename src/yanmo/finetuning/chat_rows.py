"""Conversations as inputs and labels that fit in a row, several to a row where that is wanted.

In: examples, and the encoder of a model's chat template. Out: for each conversation its ids and
labels, what had to be cut, and which conversations share a row. Knows no model and no loss.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.finetuning.instruction_config import Learned, TooLong
from yanmo.tasks.example import ConversationExample, Turn
from yanmo.tokens.chat import NOT_LEARNED, ChatEncoder, ChatTokens
from yanmo.tokens.rows import IGNORED_LABEL

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ChatRow:
    """A conversation of T inputs.

    Attributes:
        tokens: (T,) what is read; the last token that is learned is a label alone.
        labels: (T,) the next token where the assistant writes it, -100 elsewhere.
    """

    tokens: Ids
    labels: Ids


@dataclass(frozen=True)
class FittedChat:
    """What of a conversation fits in a row, for the row itself and for showing it.

    Attributes:
        row: inputs and labels.
        tokens: the whole of what was encoded, before its end was cut.
        num_turns_left_out: earliest turns that did not fit in.
        num_tokens_cut: tokens of the last answer that did not fit in.
    """

    row: ChatRow
    tokens: ChatTokens
    num_turns_left_out: int = 0
    num_tokens_cut: int = 0


@dataclass(frozen=True)
class ChatCounts:
    """What became of the conversations of a split."""

    num_conversations: int = 0
    num_tokens: int = 0
    num_targets: int = 0
    num_shortened: int = 0
    num_turns_left_out: int = 0
    num_ends_cut: int = 0
    num_tokens_cut: int = 0
    num_left_out: int = 0

    def notes(self, max_tokens: int) -> list[str]:
        """What the user should hear: everything that was cut, as numbers."""
        notes = []
        if self.num_shortened:
            notes.append(
                t(
                    "{count} of {total} conversations are longer than {limit} tokens: {turns}"
                    " {turns:turn|turns} at their beginnings left out",
                    count=self.num_shortened,
                    total=self.num_conversations,
                    limit=max_tokens,
                    turns=self.num_turns_left_out,
                )
            )
        if self.num_ends_cut:
            notes.append(
                t(
                    "{count} of {total} conversations are longer than {limit} tokens: {tokens}"
                    " {tokens:token|tokens} at the ends of their answers cut",
                    count=self.num_ends_cut,
                    total=self.num_conversations,
                    limit=max_tokens,
                    tokens=self.num_tokens_cut,
                )
            )
        if self.num_left_out:
            notes.append(
                t(
                    "{count} of {total} conversations left out: their last question and answer do"
                    " not fit in {limit} tokens",
                    count=self.num_left_out,
                    total=self.num_conversations,
                    limit=max_tokens,
                )
            )
        return notes


def fit_chat(
    chat: ChatEncoder,
    turns: Sequence[Turn],
    max_tokens: int,
    *,
    too_long: TooLong = "turns",
    learned: Learned = "all",
) -> FittedChat | None:
    """A conversation as one row; None where it does not fit in.

    Args:
        chat: encodes it.
        turns: in their order, the last by the assistant.
        max_tokens: longest row.
        too_long, learned: see `InstructionConfig`.

    Raises:
        DataError: the template refuses the conversation.
    """
    num_before = sum(turn.role == "system" for turn in turns)
    system, rest = list(turns[:num_before]), turns[num_before:]
    begins = [index for index, turn in enumerate(rest) if turn.role == "user"]
    if too_long == "drop":
        begins = begins[:1]
    fitted = None
    for begin in begins or [0]:
        fitted = _fitted(chat.encode([*system, *rest[begin:]]), learned, begin)
        if len(fitted.row.tokens) <= max_tokens:
            return fitted
    if fitted is None or too_long != "end":
        return None
    cut = ChatRow(fitted.row.tokens[:max_tokens], fitted.row.labels[:max_tokens])
    if not (cut.labels != IGNORED_LABEL).any():
        return None
    num_cut = len(fitted.row.tokens) - max_tokens
    return FittedChat(cut, fitted.tokens, fitted.num_turns_left_out, num_cut)


def fit_chats(
    chat: ChatEncoder,
    examples: Sequence[ConversationExample],
    max_tokens: int,
    *,
    too_long: TooLong = "turns",
    learned: Learned = "all",
) -> tuple[list[ChatRow], ChatCounts]:
    """All conversations that fit in, in their order, and what became of the others.

    Raises:
        DataError: the template refuses a conversation.
    """
    rows: list[ChatRow] = []
    num_targets = num_shortened = num_turns = num_ends = num_cut = 0
    for example in examples:
        with naming(example.id):
            fitted = fit_chat(chat, example.turns, max_tokens, too_long=too_long, learned=learned)
        if fitted is None:
            continue
        rows.append(fitted.row)
        num_targets += int((fitted.row.labels != IGNORED_LABEL).sum())
        num_shortened += fitted.num_turns_left_out > 0
        num_turns += fitted.num_turns_left_out
        num_ends += fitted.num_tokens_cut > 0
        num_cut += fitted.num_tokens_cut
    counts = ChatCounts(
        num_conversations=len(examples),
        num_tokens=sum(len(row.tokens) for row in rows),
        num_targets=num_targets,
        num_shortened=num_shortened,
        num_turns_left_out=num_turns,
        num_ends_cut=num_ends,
        num_tokens_cut=num_cut,
        num_left_out=len(examples) - len(rows),
    )
    return rows, counts


@contextmanager
def naming(example_id: str) -> Iterator[None]:
    """Inside, an error about a conversation says which example it is."""
    try:
        yield
    except DataError as error:
        where = f"{error.where}, {example_id}" if error.where else example_id
        raise DataError(error.what, where=where, why=error.why, hint=error.hint) from error


def row_of_answers(tokens: ChatTokens, learned: Learned) -> ChatRow:
    """Inputs and labels of a conversation, up to the last token that is learned."""
    turns = tokens.turns
    is_learned = turns != NOT_LEARNED if learned == "all" else turns == turns.max(initial=0)
    places = np.flatnonzero(is_learned[1:])
    end = int(places[-1]) + 1 if len(places) else 0
    labels = np.where(is_learned, tokens.ids, IGNORED_LABEL)
    return ChatRow(tokens.ids[:end], labels[1 : end + 1])


def pack(lengths: Sequence[int], max_tokens: int) -> list[tuple[int, ...]]:
    """Which conversations share a row of at most `max_tokens`.

    The longest comes first, each into the row that it fills best (best fit, decreasing; Johnson
    1973: at most 11/9 of the fewest rows possible, and 4). Nothing but the lengths decides.

    Returns:
        For each row its conversations in their order; rows in the order of their first ones.
    """
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []  # by row: tokens that are free, and its number; sorted
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        length = lengths[index]
        assert length <= max_tokens, "a conversation is longer than a row"
        place = bisect_left(free, (length, -1))
        if place == len(free):
            rows.append([index])
            insort(free, (max_tokens - length, len(rows) - 1))
        else:
            space, row = free.pop(place)
            rows[row].append(index)
            insort(free, (space - length, row))
    return sorted(tuple(sorted(row)) for row in rows)


def _fitted(tokens: ChatTokens, learned: Learned, num_left_out: int) -> FittedChat:
    row = row_of_answers(tokens, learned)
    if not len(row.tokens):
        raise DataError(t("the chat template leaves out what the assistant says"))
    return FittedChat(row, tokens, num_left_out)
