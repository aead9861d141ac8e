"""Which examples stand in a prompt, and the prompt that fits into a model.

In: examples, a seed, and a limit in tokens. Out: texts. A prompt that is too long loses whole
examples, the first ones, before it loses anything else; how many is counted. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.evaluation.prompting.templates import Template
from yanmo.tasks.example import Example, TextExample

BETWEEN = "\n\n"
"""What separates examples."""


@dataclass(frozen=True)
class Prompt:
    """A prompt for one item.

    Attributes:
        text: everything that the model is given.
        bare: the same without what is asked: the examples and the cue of the answer.
        num_left_out: examples that there was no room for.
    """

    text: str
    bare: str
    num_left_out: int


def draw_examples(examples: Sequence[Any], num_examples: int, *, seed: int, draw: int) -> list[Any]:
    """`num_examples` different examples in an order by chance. Of a classification the labels take
    turns, so that none is in the prompt more than once as often as another.

    Raises:
        ConfigError: there are too few.
    """
    require_enough(examples, num_examples)
    generator = np.random.default_rng([seed, draw])
    order = [examples[place] for place in generator.permutation(len(examples)).tolist()]
    if not order or not isinstance(order[0], TextExample):
        return order[:num_examples]
    turns: dict[Any, list[Any]] = {}
    for example in order:
        turns.setdefault(example.label, []).append(example)
    chosen: list[Any] = []
    while len(chosen) < num_examples:
        for waiting in turns.values():
            if waiting and len(chosen) < num_examples:
                chosen.append(waiting.pop(0))
    return [chosen[place] for place in generator.permutation(len(chosen)).tolist()]


def require_enough(examples: Sequence[Any], num_examples: int, where: str | None = None) -> None:
    """Refuse to draw more examples than there are.

    Args:
        where: the key that asks for so many.

    Raises:
        ConfigError: there are too few.
    """
    if len(examples) < num_examples:
        raise ConfigError(
            t(
                "{count} examples are to stand in the prompt, and there are {found}",
                count=num_examples,
                found=len(examples),
            ),
            where=where,
        )


class Prompts:
    """Prompts with the same examples for every item.

    Args:
        template: of the task.
        shots: examples whose answers are shown.
        count_tokens: how many tokens a text has, about.
        max_tokens: the most that a prompt may have.
    """

    def __init__(
        self,
        template: Template,
        shots: Sequence[Example],
        *,
        count_tokens: Callable[[str], int],
        max_tokens: int,
    ) -> None:
        self._template = template
        self._shown = [template.question(one) + template.answer(one) + BETWEEN for one in shots]
        self._count_tokens = count_tokens
        self._sizes = [count_tokens(text) for text in self._shown]
        self._max_tokens = max_tokens

    def of(self, example: Example, num_answer_tokens: int) -> Prompt:
        """The prompt for one item, with room for an answer of so many tokens."""
        head = self._template.instruction + BETWEEN if self._template.instruction else ""
        question = self._template.question(example)
        room = self._max_tokens - num_answer_tokens - self._count_tokens(head + question)
        first = len(self._shown)
        while first > 0 and self._sizes[first - 1] <= room:
            first -= 1
            room -= self._sizes[first]
        shown = head + "".join(self._shown[first:])
        return Prompt(shown + question, shown + self._template.cue(example), first)
