"""Pairs of answers to the same conversation, as inputs and labels that fit in a row.

In: examples, and the encoder of a model's chat template. Out: both answers behind the same turns,
and what had to be cut. Knows no model and no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.finetuning.chat_rows import ChatCounts, ChatRow, FittedChat, fit_chat, naming
from yanmo.finetuning.instruction_config import TooLong
from yanmo.tasks.example import PreferenceExample, Turn
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.rows import IGNORED_LABEL

CHOSEN, REJECTED = 0, 1


@dataclass(frozen=True)
class PreferenceRows:
    """The pairs of a split.

    Attributes:
        pairs: for each row the chosen answer and the rejected one, each behind its turns; only the
            answer is learned.
        counts: what became of the examples; tokens and targets of both answers.
        reference: (num_rows, 2) log-probabilities in nats of both answers under the model that
            training begins with; None until they have been measured.
    """

    pairs: Sequence[tuple[ChatRow, ChatRow]]
    counts: ChatCounts
    reference: npt.NDArray[np.float64] | None = None

    @property
    def num_rows(self) -> int:
        """Pairs."""
        return len(self.pairs)

    def with_reference(self, reference: npt.NDArray[np.float64]) -> PreferenceRows:
        """The same pairs with what the model that training begins with makes of them.

        Args:
            reference: (num_rows, 2), from `reference_log_probs`.

        Raises:
            DataError: they are of other pairs, or not finite.
        """
        if reference.shape != (self.num_rows, 2) or not np.isfinite(reference).all():
            raise DataError(
                t("the log-probabilities of the model that training begins with do not fit"),
                why=t(
                    "{count} pairs of finite numbers are needed, and they are of shape {shape}",
                    count=self.num_rows,
                    shape=reference.shape,
                ),
            )
        return replace(self, reference=reference)


def build_preference_rows(
    chat: ChatEncoder,
    examples: Sequence[PreferenceExample],
    max_tokens: int,
    *,
    too_long: TooLong = "turns",
) -> PreferenceRows:
    """The rows of a split, still without their reference.

    Args:
        chat: the encoder of the model's template.
        examples: pairs of answers.
        max_tokens: longest row.
        too_long: see `PreferenceConfig`.

    Raises:
        DataError: the template refuses a conversation, or no pair fits in.
    """
    pairs: list[tuple[ChatRow, ChatRow]] = []
    num_shortened = num_turns = num_ends = num_cut = 0
    for example in examples:
        with naming(example.id):
            fitted = fit_pair(chat, example, max_tokens, too_long=too_long)
        if fitted is None:
            continue
        chosen, rejected = fitted
        pairs.append((chosen.row, rejected.row))
        num_shortened += chosen.num_turns_left_out > 0
        num_turns += chosen.num_turns_left_out
        cut = chosen.num_tokens_cut + rejected.num_tokens_cut
        num_ends += cut > 0
        num_cut += cut
    if not pairs:
        raise DataError(
            t("no pair of answers fits in {limit} tokens", limit=max_tokens),
            hint=t('Allow longer rows, or cut answers with too_long = "end".'),
        )
    rows = [row for pair in pairs for row in pair]
    counts = ChatCounts(
        num_conversations=len(examples),
        num_tokens=sum(len(row.tokens) for row in rows),
        num_targets=sum(int((row.labels != IGNORED_LABEL).sum()) for row in rows),
        num_shortened=num_shortened,
        num_turns_left_out=num_turns,
        num_ends_cut=num_ends,
        num_tokens_cut=num_cut,
        num_left_out=len(examples) - len(pairs),
    )
    return PreferenceRows(pairs, counts)


def fit_pair(
    chat: ChatEncoder, example: PreferenceExample, max_tokens: int, *, too_long: TooLong = "turns"
) -> tuple[FittedChat, FittedChat] | None:
    """Both answers behind the same turns, as two rows; None where either does not fit in.

    Raises:
        DataError: the template refuses the conversation.
    """
    num_left_out = 0
    while True:
        turns = _without_earliest(example.turns, num_left_out)
        sides = [
            fit_chat(
                chat,
                [*turns, Turn("assistant", answer)],
                max_tokens,
                too_long=too_long,
                learned="last",
            )
            for answer in (example.chosen, example.rejected)
        ]
        chosen, rejected = sides
        if chosen is None or rejected is None:
            return None
        most = max(chosen.num_turns_left_out, rejected.num_turns_left_out)
        if most == 0:
            return (
                replace(chosen, num_turns_left_out=num_left_out),
                replace(rejected, num_turns_left_out=num_left_out),
            )
        num_left_out += most  # both answers are to stand behind the same turns


def _without_earliest(turns: Sequence[Turn], count: int) -> list[Turn]:
    """A conversation without its first turns, the system's apart."""
    num_before = sum(turn.role == "system" for turn in turns)
    return [*turns[:num_before], *turns[num_before + count :]]
