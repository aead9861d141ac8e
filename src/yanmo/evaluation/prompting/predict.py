"""A model's predictions on a task that stands in its prompt, and their figures over draws.

Labels, choices and preferences are picked by how probable the model finds them; answers,
translations, summaries and keywords are written up to the end of the line. In: an opened model
folder, a task and a `PromptConfig`. Out: predictions for each draw of examples, in the form that
the task's metrics read. What a prompt lost is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.evaluation.draws import DrawnFigure, over_draws
from yanmo.evaluation.prompting.config import PromptConfig, PromptNormalisation
from yanmo.evaluation.prompting.shots import Prompt, Prompts, draw_examples, require_enough
from yanmo.evaluation.prompting.templates import (
    BY_LIKELIHOOD,
    Template,
    is_last_word,
    key_of,
    template_of,
)
from yanmo.inference.choices import ContinuationScore, normalised, score_texts
from yanmo.inference.opened_folder import OpenedFolder
from yanmo.inference.write_text import write_texts
from yanmo.inference.writing_config import WritingConfig
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of
from yanmo.tasks.task import Task, TaskKind

NORMALISATIONS: dict[TaskKind, PromptNormalisation] = {
    "classification": "sum",
    "choices": "characters",
    "preferences": "sum",
}
WRONG = -1
"""The prediction where the one choice, a last word, is not what the model would have written."""


@dataclass
class PromptCounts:
    """What was asked, and what the model could not be given; summed over draws.

    Attributes:
        prompts: prompts read.
        examples_left_out: examples that did not fit into a prompt.
        tokens_cut: tokens at the beginning of prompts that did not fit even so.
        answers_cut: written answers that `max_new_tokens` ended.
    """

    prompts: int = 0
    examples_left_out: int = 0
    tokens_cut: int = 0
    answers_cut: int = 0


@dataclass(frozen=True)
class PromptedPredictions:
    """What a model says of the items of a split.

    Attributes:
        task: name of the task.
        ids: of the items.
        gold: what is right, as the metrics read it.
        draws: for each draw of examples, one prediction for each item.
        probabilities: of a classification, for each draw (D, C): what the scores of the labels come
            to as a distribution.
        counts: what was asked and what was lost.
    """

    task: str
    ids: tuple[str, ...]
    gold: tuple[Any, ...]
    draws: tuple[tuple[Any, ...], ...]
    probabilities: tuple[NDArray[np.float64], ...] = ()
    counts: PromptCounts = field(default_factory=PromptCounts)

    def figures(self, metrics: Sequence[Metric]) -> list[DrawnFigure]:
        """Each metric as the mean over draws, with its interval over draws and items."""
        return [
            over_draws(metric, [metric.items(self.gold, drawn) for drawn in self.draws])
            for metric in metrics
        ]


@dataclass(frozen=True)
class Asking:
    """What a task is put as.

    Attributes:
        template: of all prompts.
        items: that are measured on.
        gold: what is right, one for each item.
        pool: examples that may stand in prompts; none where none are to.
    """

    template: Template
    items: Sequence[Any]
    gold: Sequence[Any]
    pool: Sequence[Any]


def asking_of(task: Task, config: PromptConfig, key: str | None = None) -> Asking:
    """Put a task as prompts, as far as that goes without a model.

    Args:
        key: of the recipe's section, for errors; that of one called like the task when None.

    Raises:
        ConfigError: the task cannot be put as a prompt, or there are too few examples to draw from.
        DataError: there is no item, or one has nothing to be measured against.
    """
    template = template_of(task, config, key)
    items = _items(task, config, key)
    if not items:
        raise DataError(t("there is no item to measure on"), where=key_of(task, key, "split"))
    gold = [gold_of(item) for item in items]
    for item, right in zip(items, gold, strict=True):
        if right is None:
            raise DataError(t("{id} has nothing to be measured against", id=item.id))
    return Asking(template, items, gold, _pool(task, config, key))


def predict_by_prompt(
    opened: OpenedFolder, task: Task, config: PromptConfig, key: str | None = None
) -> PromptedPredictions:
    """Ask the model for every item of the split, once for each draw of examples.

    Args:
        key: of the recipe's section, for errors; that of one called like the task when None.

    Raises:
        ConfigError: the task cannot be put as a prompt, or there are too few examples to draw from.
        DataError: there is no item, or one has nothing to be measured against.
    """
    asking = asking_of(task, config, key)
    template, items, pool = asking.template, asking.items, asking.pool
    counts = PromptCounts()
    draws: list[tuple[Any, ...]] = []
    probabilities: list[NDArray[np.float64]] = []
    for draw in range(config.num_draws if config.num_examples else 1):
        shots = draw_examples(pool, config.num_examples, seed=config.seed, draw=draw)
        asked = _Asked(opened, template, config, shots, counts)
        if task.kind in BY_LIKELIHOOD:
            values = asked.values(items)
            draws.append(tuple(_picked(item, own) for item, own in zip(items, values, strict=True)))
            if task.kind == "classification":
                labels = list(template.verbalisers)
                draws[-1] = tuple(labels[place] for place in draws[-1])
                probabilities.append(_distribution(np.array(values)))
        else:
            draws.append(tuple(asked.answers(items)))
    return PromptedPredictions(
        task.name,
        tuple(item.id for item in items),
        tuple(asking.gold),
        tuple(draws),
        tuple(probabilities),
        counts,
    )


def prompted_figures(task: Task, found: PromptedPredictions) -> list[DrawnFigure]:
    """The metrics of the task over the draws; the first is the metric of the task."""
    language = task.target_language if task.kind == "translation" else task.language
    return found.figures(metrics_of(task.kind, language))


def _items(task: Task, config: PromptConfig, key: str | None) -> list[Any]:
    """The items that are measured on, in the order of the file."""
    _check_split(task, config.split, key_of(task, key, "split"))
    items = list(task.examples(config.split))
    if config.max_items is None or len(items) <= config.max_items:
        return items
    order = np.random.default_rng(config.seed).permutation(len(items))
    return [items[place] for place in sorted(order[: config.max_items].tolist())]


def _pool(task: Task, config: PromptConfig, key: str | None) -> Sequence[Any]:
    """What examples are drawn from; only those whose answer is known."""
    if config.num_examples == 0:
        return []
    where = key_of(task, key, "examples_split")
    if config.examples_split == config.split:
        raise ConfigError(
            t("examples are drawn from what is measured on"),
            where=where,
            hint=t("Name another split than '{split}'.", split=config.split),
        )
    _check_split(task, config.examples_split, where)
    pool = [one for one in task.examples(config.examples_split) if gold_of(one) is not None]
    require_enough(pool, config.num_examples, key_of(task, key, "num_examples"))
    return pool


def _check_split(task: Task, split: str, where: str) -> None:
    if split not in task.splits:
        raise ConfigError(
            t("{task} has no split '{split}'", task=task.name, split=split),
            where=where,
            hint=t("There are: {names}.", names=listed(task.splits)),
        )


class _Asked:
    """One draw of examples, and what the model says with them in its prompts."""

    def __init__(
        self,
        opened: OpenedFolder,
        template: Template,
        config: PromptConfig,
        shots: Sequence[Any],
        counts: PromptCounts,
    ) -> None:
        self._opened = opened
        self._template = template
        self._config = config
        self._counts = counts
        self._prompts = Prompts(
            template,
            shots,
            count_tokens=lambda text: len(opened.tokenizer.encode(text)),
            max_tokens=opened.model.config.max_seq_len,
        )

    def values(self, items: Sequence[Any]) -> list[list[float]]:
        """For each item how much speaks for each of its choices."""
        choices = [self._template.choices(item) for item in items]
        prompts = [
            self._prompt(item, max(self._length(text) for text in own))
            for item, own in zip(items, choices, strict=True)
        ]
        scores = self._scores([prompt.text for prompt in prompts], choices)
        self._counts.tokens_cut += sum(own[0].num_forgotten for own in scores)
        how = self._config.normalisation or NORMALISATIONS[self._template.kind]
        if how != "baseline":
            values = [
                normalised(own, texts, how) for own, texts in zip(scores, choices, strict=True)
            ]
        else:
            bare = self._scores([prompt.bare for prompt in prompts], choices)
            values = [
                [one.log_prob - other.log_prob for one, other in zip(own, without, strict=True)]
                for own, without in zip(scores, bare, strict=True)
            ]
        for place, (item, own) in enumerate(zip(items, scores, strict=True)):
            if is_last_word(item) and not own[0].is_greedy:
                values[place] = [-np.inf]
        return values

    def answers(self, items: Sequence[Any]) -> list[Any]:
        """What the model writes for each item, up to the end of the line."""
        limit = self._config.max_new_tokens
        prompts = [self._prompt(item, limit) for item in items]
        written = write_texts(
            self._opened.model,
            self._opened.tokenizer,
            [prompt.text for prompt in prompts],
            WritingConfig(max_new_tokens=limit, batch_rows=self._config.batch_rows),
            stop=("\n",),
        )
        self._counts.tokens_cut += sum(one.num_forgotten for one in written)
        self._counts.answers_cut += sum(one.is_cut for one in written)
        return [self._template.read(one.text) for one in written]

    def _prompt(self, item: Any, num_answer_tokens: int) -> Prompt:
        prompt = self._prompts.of(item, num_answer_tokens)
        self._counts.prompts += 1
        self._counts.examples_left_out += prompt.num_left_out
        return prompt

    def _length(self, text: str) -> int:
        return len(self._opened.tokenizer.encode(text))

    def _scores(
        self, prompts: Sequence[str], choices: Sequence[Sequence[str]]
    ) -> list[list[ContinuationScore]]:
        """The scores of the choices behind each prompt; a pair that comes again is scored once."""
        pairs = [
            (prompt, text) for prompt, own in zip(prompts, choices, strict=True) for text in own
        ]
        distinct = list(dict.fromkeys(pairs))
        found = dict(
            zip(
                distinct,
                score_texts(
                    self._opened.model,
                    self._opened.tokenizer,
                    distinct,
                    batch_rows=self._config.batch_rows,
                ),
                strict=True,
            )
        )
        return [
            [found[prompt, text] for text in own]
            for prompt, own in zip(prompts, choices, strict=True)
        ]


def _picked(item: Any, values: Sequence[float]) -> int:
    """The place of the largest value, the first of equals."""
    if is_last_word(item) and values[0] == -np.inf:
        return WRONG
    return max(range(len(values)), key=lambda place: (values[place], -place))


def _distribution(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The softmax of each row of (D, C)."""
    odds = np.exp(values - values.max(1, keepdims=True))
    distribution: NDArray[np.float64] = odds / odds.sum(1, keepdims=True)
    return distribution
