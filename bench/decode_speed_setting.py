"""What all contenders of `decode_speed.py` are told and what they answer.

A contender is a process that reads one request a line and answers with one line: how long the
prompts took, and how long the writing after them. It imports nothing of yanmo unless it is yanmo.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import IO


@dataclass(frozen=True)
class Turn:
    """One turn: `batch` prompts of `prompt_tokens` are read, then `new_tokens` written for each.

    Attributes:
        clock: seconds that pass, or those for which this process had a processor.
        number: of the turn; another one has other prompts, so that nobody has read them before.
    """

    batch: int
    prompt_tokens: int
    new_tokens: int
    clock: str = "wall"
    number: int = 0


@dataclass(frozen=True)
class Answer:
    """Seconds of the prompts and of what was written, and how many tokens that were."""

    prompt_s: float
    decode_s: float
    num_decoded: int


def now(turn: Turn) -> float:
    """Seconds by the clock of the turn."""
    return time.perf_counter() if turn.clock == "wall" else time.process_time()


def prompts_of(turn: Turn, vocab_size: int) -> list[list[int]]:
    """Random tokens, those of the small tokenizer excepted."""
    generator = random.Random(f"turn {turn.number} of batch {turn.batch}")
    return [
        [generator.randrange(300, vocab_size) for _ in range(turn.prompt_tokens)]
        for _ in range(turn.batch)
    ]


def serve(run: Callable[[Turn], Answer]) -> None:
    """Answer requests until there are no more; whatever libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    write(answers, {"ready": True})
    for line in sys.stdin:
        write(answers, asdict(run(Turn(**json.loads(line)))))


def write(answers: IO[str], value: dict[str, object]) -> None:
    """One line."""
    answers.write(json.dumps(value) + "\n")
    answers.flush()
