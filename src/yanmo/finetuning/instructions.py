"""Instruction tuning: the assistant's turns of conversations, each token from all before it.

In: conversations and the encoder of the model's chat template. Out: rows for the trainer, and the
loss of the answers alone (Ouyang et al. 2022; Zhou et al. 2023). Several conversations in a row
give the same loss as a row each, since none sees the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.finetuning.chat_rows import ChatCounts, ChatRow, fit_chats, pack
from yanmo.finetuning.instruction_config import InstructionConfig
from yanmo.tasks.example import ConversationExample
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    count_labels,
    pad_rows,
)

NO_DOCUMENT = -1
"""The document id of padding."""


@dataclass(frozen=True)
class InstructionRows:
    """The conversations of a split, one or several in a row.

    Attributes:
        chats: inputs and labels of each conversation.
        members: by row, the numbers of its conversations.
        counts: what became of the examples.
    """

    chats: Sequence[ChatRow]
    members: Sequence[tuple[int, ...]]
    counts: ChatCounts

    @property
    def num_rows(self) -> int:
        """Rows; fewer than conversations where these are packed."""
        return len(self.members)

    def lengths(self, row_indices: Ids) -> Ids:
        """Tokens of all conversations of each of the given rows (B,)."""
        sizes = [
            sum(len(self.chats[index].tokens) for index in self.members[row])
            for row in row_indices.tolist()
        ]
        return np.array(sizes, np.int64)


def build_instruction_rows(
    chat: ChatEncoder,
    examples: Sequence[ConversationExample],
    max_tokens: int,
    config: InstructionConfig | None = None,
    *,
    is_packed: bool = False,
) -> InstructionRows:
    """The rows of a split.

    Args:
        chat: the encoder of the model's template.
        examples: conversations that end with the assistant.
        max_tokens: longest row.
        config: what is learned and what becomes of what is too long; its defaults when None.
        is_packed: put several conversations in a row.

    Raises:
        DataError: the template refuses a conversation, or none fits in.
    """
    config = config or InstructionConfig()
    chats, counts = fit_chats(
        chat, examples, max_tokens, too_long=config.too_long, learned=config.learned
    )
    if not chats:
        raise DataError(
            t("no conversation fits in {limit} tokens", limit=max_tokens),
            hint=t('Allow longer rows, or cut answers with too_long = "end".'),
        )
    lengths = [len(row.tokens) for row in chats]
    alone: list[tuple[int, ...]] = [(index,) for index in range(len(chats))]
    members = pack(lengths, max_tokens) if is_packed else alone
    return InstructionRows(chats, members, counts)


@dataclass(frozen=True)
class InstructionObjective:
    """Predicts the answers of conversations.

    Attributes:
        pad_id: fills the batch behind shorter rows.
    """

    pad_id: int
    name: str = field(default="instructions", init=False)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `document_ids`, each (B, T); nothing is random."""
        del generators  # nothing is random
        assert isinstance(rows, InstructionRows), "these rows belong to another objective"
        taken = [[rows.chats[index] for index in rows.members[row]] for row in row_indices.tolist()]
        return {
            "tokens": pad_rows([_joined([c.tokens for c in row]) for row in taken], self.pad_id),
            "labels": pad_rows([_joined([c.labels for c in row]) for row in taken], IGNORED_LABEL),
            "positions": pad_rows(
                [_joined([np.arange(len(c.tokens)) for c in row]) for row in taken], 0
            ),
            "document_ids": pad_rows([_document_ids(row) for row in taken], NO_DOCUMENT),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over labels that are not -100."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens that the assistant writes."""
        return count_labels(batch)


def _joined(arrays: Sequence[Ids]) -> Ids:
    return np.concatenate(arrays).astype(np.int64, copy=False)


def _document_ids(row: Sequence[ChatRow]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """0, 1, 2 ... for each conversation of a row."""
    lengths = [len(chat.tokens) for chat in row]
    return np.repeat(np.arange(len(row), dtype=np.int32), lengths)
