"""What contenders of `train_speed.py` share: shapes, numbers of the optimiser, and the protocol.

A contender is a process of its own: it takes a step for every line of standard input and answers
with a line of JSON. Imports nothing of yanmo, so that a peer's own interpreter can run it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

VOCAB_SIZE = 4096
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.1
BETAS = (0.9, 0.95)


@dataclass(frozen=True)
class Shape:
    """A GPT-2 and its batch; heads of 64 channels."""

    layers: int
    width: int
    context: int
    batch: int

    @property
    def num_tokens(self) -> int:
        """Tokens of one step."""
        return self.batch * self.context

    @property
    def heads(self) -> int:
        """Heads of 64 channels."""
        return self.width // 64 or 1


SHAPES = {"S": Shape(6, 256, 256, 16), "M": Shape(8, 512, 256, 8), "tiny": Shape(2, 64, 32, 4)}


@dataclass(frozen=True)
class Setting:
    """What is asked of a contender."""

    shape: Shape
    device: torch.device
    dtype: torch.dtype
    is_compiled: bool
    clone: Path | None = None
    """Of the peer's repository, where it is not installed."""


@dataclass(frozen=True)
class Answer:
    """Seconds of a step by the wall's clock and by the processor's, and its loss where it is known
    (the mean over tokens)."""

    wall_s: float
    processor_s: float
    loss: float | None
    num_params: int | None = None


@dataclass(frozen=True)
class Contender:
    """One whole step on rows of token ids, one longer than the context: its loss; and how many
    parameters are trained."""

    step: Callable[[np.ndarray[Any, Any]], float]
    num_params: int


def answer_stream() -> IO[str]:
    """Standard output for answers alone: what libraries print goes to standard error from here."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def serve(contender: Contender, shape: Shape, answers: IO[str]) -> None:
    """The life of a contender: a step for every line of standard input."""
    batches = random_batches(shape)
    for _ in sys.stdin:
        rows = next(batches)
        began_at, began_cpu = time.perf_counter(), time.process_time()
        loss = contender.step(rows)
        write(
            answers,
            Answer(
                time.perf_counter() - began_at,
                time.process_time() - began_cpu,
                loss,
                contender.num_params,
            ),
        )


def random_batches(shape: Shape) -> Iterator[np.ndarray[Any, Any]]:
    """The same random rows for every contender."""
    generator = np.random.default_rng(0)
    while True:
        yield generator.integers(0, VOCAB_SIZE, (shape.batch, shape.context + 1), dtype=np.int64)


def write(answers: IO[str], answer: Answer) -> None:
    """One line."""
    print(json.dumps(asdict(answer)), file=answers, flush=True)
