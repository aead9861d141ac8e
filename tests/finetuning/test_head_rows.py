"""Examples become rows with what a head is to say; changed copies depend on their seed alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.finetuning.chats import chat_tokenizer
from tests.finetuning.heads import (
    CLASSES,
    NUMBER,
    PAIRS,
    PASSAGE,
    QUESTIONS,
    SENTENCES,
    SPAN,
    TAGS,
    TEXTS,
    task_rows,
)

from yanmo.core.errors import DataError
from yanmo.finetuning.head_rows import LabelledRow, build_head_rows
from yanmo.tasks.example import Example, QuestionExample, TaggedExample, TextExample
from yanmo.tokens.rows import IGNORED_LABEL


def words_of(row: LabelledRow) -> str:
    return chat_tokenizer().decode([int(id) for id in row.row.ids])


def test_rows_of_several_tasks_know_their_head_and_their_label() -> None:
    rows = build_head_rows(
        task_rows(CLASSES, NUMBER, TAGS, SPAN), [TEXTS, PAIRS, SENTENCES, QUESTIONS]
    )
    assert [row.head for row in rows.rows] == [0] * 4 + [1] * 2 + [2] * 2 + [3] * 2
    assert [row.label for row in rows.rows[:6]] == [1.0, 0.0, 1.0, 1.0, 4.5, 0.5]
    assert rows.num_rows == 10
    assert rows.counts.num_texts == 10


def test_a_tag_stands_at_the_first_token_of_its_word() -> None:
    (row, chinese) = build_head_rows(task_rows(TAGS), [SENTENCES]).rows
    labels = np.asarray(row.label)
    assert len(labels) == len(row.row)
    assert [int(one) for one in labels[labels != IGNORED_LABEL]] == [0, 1, 2]
    spans = row.row.spans[labels != IGNORED_LABEL]
    text = " ".join(SENTENCES[0].tokens)
    assert [text[start:].lstrip()[:3] for start, _ in spans] == ["The", "riv", "run"]
    tags = np.asarray(chinese.label)
    assert [int(one) for one in tags[tags != IGNORED_LABEL]] == [1, 2]


def test_the_ends_of_an_answer_are_tokens_of_its_passage() -> None:
    (found, missing) = build_head_rows(task_rows(SPAN), [QUESTIONS]).rows
    start, end = (int(one) for one in np.asarray(found.label))
    first, last = found.row.spans[start], found.row.spans[end]
    assert PASSAGE[first[0] : last[1]].strip() == "The river"
    assert all(found.row.sides[start : end + 1] == 1)
    assert np.asarray(missing.label).tolist() == [0, 0]


def test_windows_without_the_answer_say_that_there_is_none() -> None:
    long = QuestionExample("q", "What?", PASSAGE * 8, QUESTIONS[0].answers)
    rows = build_head_rows(
        task_rows(SPAN, max_tokens=24, long_text="windows", overlap_tokens=2), [[long]]
    ).rows
    labels = [np.asarray(row.label).tolist() for row in rows]
    assert len(rows) > 2
    assert labels[0] != [0, 0]
    assert labels[1:] == [[0, 0]] * (len(rows) - 1)


@pytest.mark.parametrize(
    ("example", "spec"),
    [
        (TextExample("no-1", "Hello"), CLASSES),
        (TaggedExample("no-2", ("Hello",)), TAGS),
        (QuestionExample("no-3", "What?", PASSAGE), SPAN),
    ],
)
def test_an_example_without_a_target_is_named(example: Example, spec: object) -> None:
    with pytest.raises(DataError, match=example.id):
        build_head_rows(task_rows(spec), [[example]])  # type: ignore[arg-type]


def shout(example: Example, generator: np.random.Generator) -> Example:
    assert isinstance(example, TextExample)
    words = ["river", "sea", "sun", "白日", "尽"]
    return replace(example, text=str(generator.choice(words)))


def test_a_changed_row_depends_on_its_generator_alone() -> None:
    rows = build_head_rows(task_rows(CLASSES), [TEXTS], augment=shout)

    def read(seed: int) -> list[str]:
        return [words_of(rows.take(number, np.random.default_rng(seed))) for number in range(4)]

    assert read(1) == read(1)
    assert len({tuple(read(seed)) for seed in range(6)}) > 1
    assert [rows.take(n, np.random.default_rng(0)).label for n in range(4)] == [1, 0, 1, 1]
    plain = build_head_rows(task_rows(CLASSES), [TEXTS])
    assert words_of(plain.take(0, np.random.default_rng(0))) == words_of(plain.rows[0])


def test_a_changed_text_with_fewer_windows_gives_its_last_one() -> None:
    def cut(example: Example, generator: np.random.Generator) -> Example:
        assert isinstance(example, TextExample)
        return replace(example, text="Hello")

    long = TextExample("long", "The river runs to the sea. " * 6, label="good")
    settings = {"max_tokens": 16, "long_text": "windows", "overlap_tokens": 2}
    rows = build_head_rows(task_rows(CLASSES, **settings), [[long]], augment=cut)
    assert rows.num_rows > 2
    taken = rows.take(rows.num_rows - 1, np.random.default_rng(0))
    assert "Hello" in words_of(taken)
