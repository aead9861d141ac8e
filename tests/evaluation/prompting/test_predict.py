"""Predictions by prompt, with models whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.evaluation.prompting.stub_task import StubTask

from yanmo.core.errors import ConfigError, DataError
from yanmo.evaluation.prompting.config import PromptConfig
from yanmo.evaluation.prompting.predict import WRONG, predict_by_prompt, prompted_figures
from yanmo.evaluation.significance import wilson_interval
from yanmo.inference.opened_folder import OpenedFolder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    TextExample,
    Turn,
)
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXTS = ["Text: a b c d\nLabel: good\n\nText: x y z\nLabel: bad\n\n", "Answer: yes no maybe."]


@pytest.fixture(scope="module")
def opened() -> OpenedFolder:
    """A model that was taught by a few steps that letters before m are good and others bad, and
    nothing else."""
    tokenizer = train_tokenizer(TEXTS * 4, 290)
    fields = {"family": "qwen3", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 64}
    config = derive_model(ModelConfig.model_validate(fields), tokenizer.vocab_size).config
    model = build_model(config, torch.device("cpu"), seed=0)
    rows = [
        tokenizer.encode(f"Text: {letter}\nLabel: {label}\n")
        for label, letters in (("good", "abcdefgh"), ("bad", "stuvwxyz"))
        for letter in letters
    ]
    length = max(map(len, rows))
    ids = torch.tensor([[*row, *[-100] * (length - len(row))] for row in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        loss = model(tokens=ids[:, :-1].clamp(min=0), labels=ids[:, 1:]).loss_sum
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return OpenedFolder(model.eval(), tokenizer)


def letters_task(**fields: Any) -> StubTask:
    def examples(letters: str, label: str, split: str) -> list[TextExample]:
        return [TextExample(f"{split}/{one}", one, label=label) for one in letters]

    data: Any = {
        "train": examples("abcd", "good", "train") + examples("uvwx", "bad", "train"),
        "test": examples("efgh", "good", "test") + examples("styz", "bad", "test"),
    }
    return StubTask("classification", data, labels=("bad", "good"), **fields)


PLAIN = {"instruction": ""}


@pytest.mark.parametrize("normalisation", ["sum", "tokens", "characters", "bytes", "baseline"])
def test_a_label_is_the_one_that_the_model_would_write(
    opened: OpenedFolder, normalisation: Any
) -> None:
    config = PromptConfig(**PLAIN, normalisation=normalisation)
    found = predict_by_prompt(opened, letters_task(), config)
    assert found.draws == (("good",) * 4 + ("bad",) * 4,)
    assert found.gold == found.draws[0]
    (probabilities,) = found.probabilities
    assert probabilities.sum(1) == pytest.approx(np.ones(8))
    assert (probabilities.argmax(1) == [1, 1, 1, 1, 0, 0, 0, 0]).all()
    figures = prompted_figures(letters_task(), found)
    assert (figures[0].metric, figures[0].mean) == ("accuracy", 1.0)
    assert figures[0].interval == wilson_interval(8, 8)  # over items: there is one draw
    assert found.counts.prompts == 8


def test_examples_are_drawn_anew_and_the_mean_has_an_interval(opened: OpenedFolder) -> None:
    config = PromptConfig(num_examples=2, num_draws=4, **PLAIN)
    found = predict_by_prompt(opened, letters_task(), config)
    assert len(found.draws) == len(found.probabilities) == 4
    assert not np.array_equal(found.probabilities[0], found.probabilities[1])
    assert found.counts.prompts == 32
    again = predict_by_prompt(opened, letters_task(), config)
    assert again.draws == found.draws
    figure = prompted_figures(letters_task(), found)[0]
    assert len(figure.values) == 4
    assert figure.mean == pytest.approx(np.mean(figure.values))
    assert figure.interval is not None
    assert figure.interval[0] <= figure.mean <= figure.interval[1]


def test_what_does_not_fit_is_counted(opened: OpenedFolder) -> None:
    config = PromptConfig(num_examples=8, num_draws=1, **PLAIN)
    found = predict_by_prompt(opened, letters_task(), config)
    assert found.counts.examples_left_out > 0
    assert found.counts.tokens_cut == 0
    data: Any = {"test": [TextExample("1", "a " * 300, label="good")]}
    long = StubTask("classification", data, labels=("bad", "good"))
    assert predict_by_prompt(opened, long, PromptConfig()).counts.tokens_cut > 100


def test_items_are_sampled_evenly_by_seed(opened: OpenedFolder) -> None:
    ids = [
        predict_by_prompt(opened, letters_task(), PromptConfig(max_items=4, seed=seed)).ids
        for seed in (0, 0, 1)
    ]
    assert len(ids[0]) == 4
    assert ids[0] == ids[1] != ids[2]
    order = [example.id for example in letters_task().data["test"]]
    assert [order.index(one) for one in ids[0]] == sorted(order.index(one) for one in ids[0])


def test_choices_and_preferences_are_places(opened: OpenedFolder) -> None:
    data: Any = {"test": [ChoiceExample("1", "Text: a", ("good", "bad"), 0)] * 2}
    found = predict_by_prompt(opened, StubTask("choices", data), PromptConfig())
    assert set(found.draws[0]) <= {0, 1}
    turns = (Turn("user", "a"),)
    data = {"test": [PreferenceExample("1", turns, "good", "bad")]}
    found = predict_by_prompt(opened, StubTask("preferences", data), PromptConfig())
    assert found.gold == (0,)
    assert found.draws[0][0] in (0, 1)


def test_a_last_word_is_right_where_the_model_would_have_written_it(opened: OpenedFolder) -> None:
    data: Any = {
        "test": [
            ChoiceExample("1", "Text: a\nLabel:", ("good",), 0),
            ChoiceExample("2", "Text: a\nLabel:", ("bad",), 0),
        ]
    }
    task = StubTask("choices", data)
    found = predict_by_prompt(opened, task, PromptConfig())
    assert found.draws == ((0, WRONG),)
    assert prompted_figures(task, found)[0].mean == 0.5


def test_answers_are_written_up_to_the_end_of_the_line(opened: OpenedFolder) -> None:
    """The template is made the one that the model has learned."""
    data: Any = {"test": [PairExample("1", "a", ("good",)), PairExample("2", "z", ("bad",))]}
    task = StubTask("translation", data, language="Text", target_language="Label")
    found = predict_by_prompt(opened, task, PromptConfig(instruction="", max_new_tokens=12))
    assert found.draws == (("good", "bad"),)
    assert found.counts.answers_cut == 0
    short = predict_by_prompt(opened, task, PromptConfig(instruction="", max_new_tokens=1))
    assert short.counts.answers_cut == 2


def test_every_kind_that_is_written_gives_what_its_metrics_read(opened: OpenedFolder) -> None:
    cases: list[tuple[Any, Any]] = [
        ("questions", QuestionExample("1", "Why?", "a b c", (Answer("a", 0),))),
        ("summarisation", PairExample("1", "a b c", ("a",))),
        ("keywords", KeywordExample("1", "a b c", ("a",))),
    ]
    for kind, example in cases:
        for language in ("en", "zh"):
            task = StubTask(kind, {"test": [example]}, language=language)
            found = predict_by_prompt(opened, task, PromptConfig(max_new_tokens=5))
            assert 0.0 <= prompted_figures(task, found)[0].mean <= 1.0


def test_what_cannot_be_asked_is_an_error(opened: OpenedFolder) -> None:
    task = letters_task()
    with pytest.raises(ConfigError, match="stub has no split 'validation'"):
        predict_by_prompt(opened, task, PromptConfig(split="validation"))
    with pytest.raises(ConfigError, match="drawn from what is measured on"):
        predict_by_prompt(opened, task, PromptConfig(num_examples=1, examples_split="test"))
    unknown: Any = {"test": [TextExample("row 7", "a")]}
    with pytest.raises(DataError, match="row 7 has nothing to be measured against"):
        predict_by_prompt(
            opened, StubTask("classification", unknown, labels=("a", "b")), PromptConfig()
        )
    with pytest.raises(DataError, match="no item to measure on"):
        predict_by_prompt(opened, StubTask("choices", {"test": []}), PromptConfig())


def test_real_choices_are_asked_in_both_languages(opened: OpenedFolder, shared_data: Path) -> None:
    fields = {"family": "qwen3", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 256}
    shape = derive_model(ModelConfig.model_validate(fields), opened.tokenizer.vocab_size).config
    random = build_model(shape, torch.device("cpu"), seed=0).eval()
    from yanmo.tasks.build import open_task
    from yanmo.tasks.kinds.choices import ChoicesConfig

    for dataset in ("arc_easy", "lambada", "c3"):
        folder = shared_data / "multiple-choice" / dataset.partition("_")[0]
        config = ChoicesConfig.model_validate(
            {"kind": "choices", "dataset": dataset, "folder": str(folder)}
        )
        task = open_task(dataset, config)
        wide = OpenedFolder(random, opened.tokenizer)
        found = predict_by_prompt(wide, task, PromptConfig(max_items=5))
        assert len(found.draws[0]) == 5
        assert 0.0 <= prompted_figures(task, found)[0].mean <= 1.0
