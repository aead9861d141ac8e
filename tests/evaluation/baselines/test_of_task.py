"""Every kind of task has baselines whose predictions its metrics can read; published data gives
plausible figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from yanmo.evaluation.baselines.of_task import baseline_predictions, split_question
from yanmo.evaluation.task_table import predictor_name
from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    TaggedExample,
    TextExample,
    Turn,
)
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of
from yanmo.tasks.task import Split, TaskKind

ZH = "zh"


@dataclass
class TaskInMemory:
    """A task whose splits are given."""

    kind: TaskKind
    language: str
    content: dict[Split, list[Any]]
    name: str = "task"
    version: int = 1
    target_language: str = ""
    labels: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.target_language = self.target_language or self.language

    @property
    def splits(self) -> tuple[Split, ...]:
        return tuple(self.content)

    def examples(self, split: Split) -> Sequence[Any]:
        self.opened = (*self.opened, split)
        return self.content[split]

    def files(self, split: Split) -> Sequence[str]:
        return ()


def examples_of(kind: TaskKind, language: str) -> list[Any]:
    """Twenty examples of a kind."""
    is_zh = language == ZH
    good, bad = ("很好的酒店", "很差的房间") if is_zh else ("a good hotel", "a bad room")
    passage = "老桥建于1887年。镇上有鱼。" if is_zh else "The bridge was built in 1887. It is old."
    made: dict[str, Any] = {
        "classification": lambda i: TextExample(str(i), (good, bad)[i % 2], None, "yn"[i % 2]),
        "similarity": lambda i: TextExample(str(i), good, (good, bad)[i % 2], 5.0 - i % 2),
        "entities": lambda i: TaggedExample(
            str(i), tuple(passage.split() if not is_zh else passage), _tags(passage, is_zh)
        ),
        "questions": lambda i: QuestionExample(
            str(i), "1887?", passage, (Answer("1887", passage.index("1887")),)
        ),
        "translation": lambda i: PairExample(str(i), "a good hotel", (good,)),
        "summarisation": lambda i: PairExample(str(i), passage, (passage[:9],)),
        "keywords": lambda i: KeywordExample(str(i), passage, ("老桥",) if is_zh else ("bridge",)),
        "choices": lambda i: ChoiceExample(str(i), f"{passage}\n1887?", ("1887", "fish"), 0),
        "preferences": lambda i: PreferenceExample(
            str(i), (Turn("user", good),), "a long answer", "short"
        ),
    }
    return [made[kind](i) for i in range(20)]


def _tags(passage: str, is_zh: bool) -> tuple[str, ...]:
    tokens = list(passage) if is_zh else passage.split()
    return tuple("B-YEAR" if token.startswith("1887") else "O" for token in tokens)


KINDS: list[TaskKind] = [
    "classification",
    "similarity",
    "entities",
    "questions",
    "translation",
    "summarisation",
    "keywords",
    "choices",
    "preferences",
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("has_validation", [True, False])
def test_predictions_can_be_measured(kind: TaskKind, language: str, has_validation: bool) -> None:
    examples = examples_of(kind, language)
    content: dict[Split, list[Any]] = {"train": examples, "test": examples}
    if has_validation:
        content["validation"] = examples[:6]
    task = TaskInMemory(kind, language, content)
    found = baseline_predictions(task, examples[:7])
    assert found
    assert "test" not in task.opened
    gold = [gold_of(example) for example in examples[:7]]
    for predictions in found.values():
        assert len(predictions) == 7
        for metric in metrics_of(kind, language):
            assert math.isfinite(measure(metric, gold, predictions))


@pytest.mark.parametrize("kind", KINDS)
def test_baselines_have_a_name_in_chinese(kind: TaskKind, speak: Callable[[str], None]) -> None:
    examples = examples_of(kind, ZH)
    speak("zh")
    for name in baseline_predictions(TaskInMemory(kind, ZH, {"train": examples}), examples[:3]):
        shown = predictor_name(name)
        assert shown != name or name in ("TextRank", "TF-IDF"), name


def test_kinds_without_a_baseline_have_none() -> None:
    task = TaskInMemory("text", "en", {"test": []})
    assert baseline_predictions(task, []) == {}
    single = [ChoiceExample("1", "the last word of it is", ("this",), 0)]
    assert baseline_predictions(TaskInMemory("choices", "en", {"test": single}), single) == {}


def test_the_question_is_the_last_line_of_a_context() -> None:
    assert split_question("one\ntwo\nWhy?") == ("one\ntwo", "Why?")
    assert split_question("Why?") == ("", "Why?")
