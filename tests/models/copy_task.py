"""Toy data that an encoder-decoder must learn exactly: a source copied, or written backwards.

`train_on_task` and `exact_match` work on any model of kind "seq2seq".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

PAD, START, END = 0, 1, 2
FIRST_SYMBOL = 3
IGNORED_LABEL = -100
Task = Literal["copy", "reverse"]


@dataclass(frozen=True)
class CopyTask:
    """Sequences of random symbols and what is to be made of them.

    Attributes:
        task: `copy` or `reverse`.
        vocab_size: entries, of which the first three are padding, start and end.
        max_symbols: the longest sequence; lengths are drawn evenly from one on.
    """

    task: Task
    vocab_size: int = 20
    max_symbols: int = 10

    def batch(self, num_rows: int, seed: int) -> dict[str, torch.Tensor]:
        """Source and target as `forward` of a seq2seq model takes them.

        `source_tokens` and `source_mask` (B, S): the symbols and an end. `tokens` (B, T): a start
        and the target's symbols. `labels` (B, T): the target's symbols and an end, one further on
        than the tokens, -100 behind it.
        """
        generator = torch.Generator().manual_seed(seed)
        shape = (num_rows, self.max_symbols)
        symbols = torch.randint(FIRST_SYMBOL, self.vocab_size, shape, generator=generator)
        lengths = torch.randint(1, self.max_symbols + 1, (num_rows, 1), generator=generator)
        places = torch.arange(self.max_symbols + 1)  # (S,)
        target = symbols
        if self.task == "reverse":
            target = symbols.gather(1, (lengths - 1 - places[:-1]).clamp(min=0))
        return {
            "source_tokens": _with_end(symbols, lengths),
            "source_mask": places <= lengths,
            "tokens": torch.cat((torch.full((num_rows, 1), START), target), dim=1),
            "labels": _with_end(target, lengths).masked_fill(places > lengths, IGNORED_LABEL),
        }


def _with_end(symbols: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(B, L) symbols of which `lengths` (B, 1) count, an end behind them, padding: (B, L + 1)."""
    places = torch.arange(symbols.shape[1] + 1)
    longer = nn.functional.pad(symbols, (0, 1))
    return longer.masked_fill(places > lengths, PAD).masked_fill(places == lengths, END)


def train_on_task(
    model: Any,
    task: CopyTask,
    *,
    steps: int,
    batch_rows: int = 64,
    learning_rate: float = 2e-3,
    warmup_steps: int = 50,
) -> float:
    """Train with AdamW, the rate falling to zero; return the last loss in nats per target."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    model.train()
    loss = torch.tensor(torch.nan)
    for step in range(steps):
        rate = min((step + 1) / warmup_steps, (steps - step) / (steps - warmup_steps))
        optimizer.param_groups[0]["lr"] = learning_rate * rate
        batch = task.batch(batch_rows, seed=step)
        loss = model(**batch).loss_sum / (batch["labels"] != IGNORED_LABEL).sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return loss.item()


@torch.inference_mode()
def decode_greedily(
    model: Any, source_tokens: torch.Tensor, source_mask: torch.Tensor, num_steps: int
) -> torch.Tensor:
    """The most probable token, one after the other, through the cache: (B, num_steps)."""
    memory = model.encode(source_tokens, source_mask)
    cache = model.build_cache(source_tokens.shape[0], num_steps)
    tokens = torch.full((source_tokens.shape[0], 1), START)
    written = []
    for _ in range(num_steps):
        output = model(tokens=tokens, source_mask=source_mask, memory=memory, cache=cache)
        tokens = output.logits[:, -1:].argmax(-1)  # (B, 1)
        written.append(tokens)
    return torch.cat(written, dim=1)


def exact_match(model: Any, task: CopyTask, *, num_rows: int = 500, seed: int = 10**6) -> float:
    """Share of fresh sequences that greedy decoding writes without a wrong token, end included."""
    batch = task.batch(num_rows, seed)
    model.eval()
    labels = batch["labels"]
    written = decode_greedily(model, batch["source_tokens"], batch["source_mask"], labels.shape[1])
    is_right = (written == labels) | (labels == IGNORED_LABEL)
    return is_right.all(1).float().mean().item()
