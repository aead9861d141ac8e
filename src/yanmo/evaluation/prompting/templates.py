"""Examples as text for a model to go on from: one template a kind of task, in either language.

In: an example of a task. Out: what is asked, ending in a cue such as `Answer:`, what the right
answer would be behind it, and what an answer that was written says. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.evaluation.prompting.config import PromptConfig, PromptLanguage
from yanmo.evaluation.prompting.words import WORDS, PromptWords
from yanmo.tasks.example import (
    ChoiceExample,
    ConversationExample,
    Example,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    TextExample,
    Turn,
)
from yanmo.tasks.task import Task, TaskKind

BY_LIKELIHOOD: frozenset[TaskKind] = frozenset({"classification", "choices", "preferences"})
BY_WRITING: frozenset[TaskKind] = frozenset(
    {"questions", "translation", "summarisation", "keywords", "conversations"}
)


@dataclass(frozen=True)
class Template:
    """How a task is put to a model.

    Attributes:
        kind: of the task.
        words: of the template's language.
        instruction: what stands above everything, or nothing.
        verbalisers: of a classification, the word for each label, in the order of the labels.
        languages: names of the languages of source and target.
    """

    kind: TaskKind
    words: PromptWords
    instruction: str
    verbalisers: Mapping[str, str]
    languages: tuple[str, str]

    def question(self, example: Example) -> str:
        """What is asked, up to the cue behind which the answer stands."""
        return _lines(*self._parts(example), self.cue(example))

    def cue(self, example: Example) -> str:
        """What announces the answer; nothing where the answer goes on from the text itself."""
        match example:
            case TextExample():
                return self.words.cues["label"]
            case ChoiceExample() if is_last_word(example):
                return ""
            case ChoiceExample() | QuestionExample():
                return self.words.cues["answer"]
            case PreferenceExample() | ConversationExample():
                return self.words.cues["assistant"]
            case KeywordExample():
                return self.words.cues["keywords"]
            case _:
                return self._target_cue()

    def choices(self, example: Example) -> list[str]:
        """What may stand behind the cue, in the order in which predictions count."""
        match example:
            case ChoiceExample():
                texts = list(example.choices)
                gap = " " if is_last_word(example) else self.words.gap
            case PreferenceExample():
                texts, gap = [example.chosen, example.rejected], self.words.gap
            case _:
                texts, gap = list(self.verbalisers.values()), self.words.gap
        return [gap + _one_line(text) for text in texts]

    def answer(self, example: Example) -> str:
        """The right answer as it stands behind the cue."""
        match example:
            case TextExample():
                text = self.verbalisers[str(example.label)]
            case ChoiceExample() | PreferenceExample():
                right = example.answer if isinstance(example, ChoiceExample) else 0
                return self.choices(example)[right or 0]
            case QuestionExample():
                text = example.answers[0].text if example.answers else self.words.no_answer
            case KeywordExample():
                text = self.words.comma.join(example.keywords)
            case ConversationExample():
                text = example.turns[-1].content
            case PairExample():
                text = example.targets[0]
            case _:
                raise AssertionError(f"{self.kind} has no prompts")
        return self.words.gap + _one_line(text)

    def read(self, written: str) -> Any:
        """What an answer that was written says, in the form of the task's predictions."""
        text = written.strip()
        if self.kind == "keywords":
            words = (word.strip() for word in re.split(r"[,;，；、]", text))
            return tuple(dict.fromkeys(word for word in words if word))
        if self.kind == "questions" and text.rstrip(".。") == self.words.no_answer:
            return ""
        return text

    def _parts(self, example: Example) -> list[str]:
        match example:
            case TextExample():
                if example.second is None:
                    return [self._said("text", example.text)]
                return [self._said("first", example.text), self._said("second", example.second)]
            case ChoiceExample():
                return [example.context]
            case QuestionExample():
                return [_one_line(example.passage), self._said("question", example.question)]
            case PreferenceExample():
                return self._turns(example.turns)
            case ConversationExample():
                return self._turns(example.turns[:-1])
            case KeywordExample():
                return [self._said("text", example.text)]
            case PairExample() if self.kind == "translation":
                cue = self.words.cues["language"].format(name=self.languages[0])
                return [cue + self.words.gap + _one_line(example.source)]
            case PairExample():
                return [self._said("text", example.source)]
            case _:
                raise AssertionError(f"{self.kind} has no prompts")

    def _target_cue(self) -> str:
        if self.kind == "translation":
            return self.words.cues["language"].format(name=self.languages[1])
        return self.words.cues["summary"]

    def _turns(self, turns: tuple[Turn, ...]) -> list[str]:
        return [self._said(turn.role, turn.content) for turn in turns]

    def _said(self, part: str, text: str) -> str:
        return self.words.cues[part] + self.words.gap + _one_line(text)


def is_last_word(example: Example) -> bool:
    """Whether the one choice is a word that the text itself is to go on with (LAMBADA)."""
    return isinstance(example, ChoiceExample) and len(example.choices) == 1


def template_of(task: Task, config: PromptConfig, key: str | None = None) -> Template:
    """The template of a task.

    Args:
        key: of the recipe's section, for errors; that of one called like the task when None.

    Raises:
        ConfigError: tasks of this kind are not prompted, or the words for labels are wrong.
    """
    if task.kind not in BY_LIKELIHOOD | BY_WRITING:
        raise ConfigError(
            t("a task of the kind {kind} cannot be put as a prompt", kind=task.kind),
            where=key_of(task, key),
            hint=t("These can: {kinds}.", kinds=listed(sorted(BY_LIKELIHOOD | BY_WRITING))),
        )
    own: PromptLanguage = "zh" if task.language == "zh" else "en"
    words = WORDS[config.language or own]
    verbalisers = _verbalisers(task, config, words, key_of(task, key, "verbalisers"))
    languages = tuple(
        words.languages.get(code, code) for code in (task.language, task.target_language)
    )
    instruction = config.instruction
    if instruction is None:
        instruction = words.instructions[task.kind].format(
            labels=words.comma.join(verbalisers.values()),
            source=languages[0],
            target=languages[1],
        )
    return Template(task.kind, words, instruction, verbalisers, (languages[0], languages[1]))


def key_of(task: Task, key: str | None, setting: str | None = None) -> str:
    """The key of a section of the recipe, or of a setting in it; see `template_of`."""
    section = key or f"prompt.{task.name}"
    return section if setting is None else f"{section}.{setting}"


def _verbalisers(
    task: Task, config: PromptConfig, words: PromptWords, where: str
) -> dict[str, str]:
    if task.kind != "classification":
        if config.verbalisers:
            raise ConfigError(t("only a classification has words for labels"), where=where)
        return {}
    for label in config.verbalisers:
        if label not in task.labels:
            near = closest(label, task.labels)
            raise ConfigError(
                t("unknown label '{label}'", label=label),
                where=where,
                hint=t("Did you mean '{name}'?", name=near)
                if near
                else t("There are: {names}.", names=listed(task.labels)),
            )
    chosen = {
        label: config.verbalisers.get(label, words.labels.get(label, label))
        for label in task.labels
    }
    if len({word.strip() for word in chosen.values()} - {""}) < len(chosen):
        raise ConfigError(t("two labels have the same word, or one has none"), where=where)
    return chosen


def _one_line(text: str) -> str:
    """Answers end where their line ends, and so nothing in a prompt breaks a line."""
    return " ".join(text.split())


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
