"""A recipe with one thing wrong is refused before anything of it is made, whichever stage the thing
would have stopped; a recipe with several is told all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.pipeline.finetune.small_tasks import (
    recipe_of,
    run_quietly,
    save_base,
    small_tokenizer,
    write_task,
)

from yanmo.checkpoint.model_folder import WEIGHTS_NAME
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.cli.planning import plan
from yanmo.core.errors import ConfigError, DataError, YanmoError
from yanmo.core.toml_text import to_toml
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.pipeline.beforehand.check import check_tasks, task_stages
from yanmo.pipeline.recipe import Recipe

BERT = {"family": "bert", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": 64}
QWEN = {**BERT, "family": "qwen3"}
T5 = {**BERT, "family": "t5"}
KINDS = (
    *("classification", "similarity", "entities", "translation", "summarisation"),
    *("conversations", "preferences"),
)


def trained_here(
    folder: Path, model: dict[str, Any], sections: dict[str, Any], **tasks: Any
) -> Recipe:
    """A recipe that trains its own model from a text first; all tasks but `tasks` are good."""
    (folder / "text.txt").write_text("words and words\n" * 50, encoding="utf-8")
    named = {kind: write_task(folder, kind) for kind in KINDS} | tasks
    finetune = sections.pop("finetune", {})
    source = {"kind": "files", "paths": [str(folder / "text.txt")]}
    return recipe_of(named, finetune, model=model, corpus={"sources": [source]}, **sections)


def refused(recipe: Recipe, out: Path) -> YanmoError:
    """The error of a run that has made nothing."""
    with pytest.raises(YanmoError) as caught:
        run_quietly(recipe, out)
    assert not out.exists(), [*out.rglob("*")]
    return caught.value


def test_a_good_recipe_passes(tmp_path: Path) -> None:
    tuned = {kind: {"task": kind} for kind in ("classification", "similarity", "entities")}
    sections: dict[str, Any] = {
        "finetune": tuned,
        "measure": {"again": {"task": "entities", "model": "finetune/entities"}},
    }
    recipe = trained_here(tmp_path, BERT, sections)
    check_tasks(recipe, task_stages(recipe))
    prompted: dict[str, Any] = {
        "finetune": {"conversations": {}, "prefer": {"task": "preferences"}},
        "prompt": {"classification": {"num_examples": 2}},
        "measure": {"conversations": {}},
    }
    recipe = trained_here(tmp_path, QWEN, prompted)
    check_tasks(recipe, task_stages(recipe))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_wrong_row_of_the_last_task_is_found_before_the_first_is_learned(
    tmp_path: Path, split: str
) -> None:
    tuned = {kind: {"task": kind} for kind in ("classification", "similarity", "entities")}
    recipe = trained_here(tmp_path, BERT, {"finetune": tuned})
    with (tmp_path / f"entities.{split}.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"tokens": ["one", "two"], "tags": ["O"]}')
    error = refused(recipe, tmp_path / "run")
    assert isinstance(error, DataError) and f"entities.{split}.jsonl, row" in str(error)


def test_a_file_that_is_not_there_and_a_split_that_nobody_named_are_told(tmp_path: Path) -> None:
    recipe = trained_here(tmp_path, BERT, {"finetune": {"classification": {}}})
    (tmp_path / "classification.test.jsonl").unlink()
    assert "classification.test.jsonl" in str(refused(recipe, tmp_path / "run"))
    task = {**write_task(tmp_path, "classification"), "test": None}
    recipe = trained_here(tmp_path, BERT, {"finetune": {"classification": {}}}, classification=task)
    assert "has no split 'test'" in str(refused(recipe, tmp_path / "run"))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_example_without_a_target_is_named(tmp_path: Path, split: str) -> None:
    questions = write_task(tmp_path, "questions")
    row = {"question": "who?", "context": "Ada went to Rome."}
    with (tmp_path / f"questions.{split}.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps(row))
    sections = {"finetune": {"questions": {}}}
    error = refused(trained_here(tmp_path, BERT, sections, questions=questions), tmp_path / "run")
    assert "no target" in error.what and f"questions.{split}.jsonl" in str(error.where)


@pytest.mark.parametrize(
    ("model", "kind", "settings", "told"),
    [
        (BERT, "classification", {"length": {"max_tokens": 96}}, "max_tokens = 96"),
        (BERT, "classification", {"length": {"long_text": "windows"}}, "overlap_tokens below"),
        (BERT, "classification", {"length": {"max_tokens": 4}}, "no room"),
        (BERT, "classification", {"pooling": "last"}, "cannot be pooled"),
        (BERT, "classification", {"has_crf": True}, "has_crf"),
        (BERT, "classification", {"packing": True}, "packing"),
        (BERT, "classification", {"epochs": 0.1}, "in the only step"),
        (BERT, "classification", {"augment": {"synonyms_from": "nowhere"}}, "word vectors"),
        (BERT, "translation", {}, "it needs a seq2seq model"),
        (BERT, "summarisation", {}, "it needs a seq2seq model"),
        ({**BERT, "family": "roberta"}, "translation", {}, "it needs a seq2seq model"),
        (BERT, "summarisation", {"init_from": "scratch"}, "it needs a seq2seq model"),
        (BERT, "preferences", {}, "it needs a causal model"),
        (BERT, "classification", {"task": ["entities", "translation"]}, "together"),
        (QWEN, "conversations", {"length": {"max_tokens": 65}}, "64 tokens"),
        (QWEN, "preferences", {"init_from": "scratch"}, "prefer nothing"),
        (QWEN, "conversations", {"head_dropout": 0.5}, "head_dropout"),
        (
            {**BERT, "family": "lstm", "num_heads": None},
            "classification",
            {"method": "lora"},
            "q_proj",
        ),
    ],
)
def test_a_setting_that_a_kind_of_task_or_model_cannot_do_is_told(
    tmp_path: Path, model: dict[str, Any], kind: str, settings: dict[str, Any], told: str
) -> None:
    recipe = trained_here(tmp_path, model, {"finetune": {"own": {"task": kind, **settings}}})
    error = refused(recipe, tmp_path / "run")
    assert told in str(error) and str(error.where).startswith("finetune.own")


def test_a_length_beyond_the_model_names_its_key_and_what_to_write(tmp_path: Path) -> None:
    section = {"task": "classification", "length": {"max_tokens": 96}}
    error = refused(trained_here(tmp_path, BERT, {"finetune": {"m": section}}), tmp_path / "run")
    assert error.where == "finetune.m.length.max_tokens"
    assert error.hint == "Set it to 64 or less, or leave it out."


@pytest.mark.parametrize(("family", "kind"), [("text_cnn", "entities"), ("bilstm", "translation")])
def test_a_network_of_its_own_that_cannot_do_the_task_is_told(
    tmp_path: Path, family: str, kind: str
) -> None:
    section = {"task": kind, "init_from": "scratch", "scratch": {"family": family}}
    error = refused(trained_here(tmp_path, BERT, {"finetune": {"own": section}}), tmp_path / "run")
    assert error.where == "finetune.own"


def test_word_vectors_that_are_not_there_are_told_with_their_key(tmp_path: Path) -> None:
    scratch = {"family": "bilstm", "initial_embedding": str(tmp_path / "nothing")}
    section = {"task": "classification", "init_from": "scratch", "scratch": scratch}
    error = refused(trained_here(tmp_path, BERT, {"finetune": {"own": section}}), tmp_path / "run")
    assert str(error.where).startswith("finetune.own.scratch.initial_embedding: ")


def test_a_folder_without_weights_or_without_tokenizer_is_told(tmp_path: Path) -> None:
    base = save_base(tmp_path / "base", "bert")
    section = {"task": "classification", "init_from": str(base)}
    recipe = trained_here(tmp_path, BERT, {"finetune": {"own": section}})
    weights = (base / WEIGHTS_NAME).read_bytes()
    (base / WEIGHTS_NAME).write_bytes(weights[: len(weights) // 2])
    assert "damaged" in str(refused(recipe, tmp_path / "run"))
    (base / WEIGHTS_NAME).write_bytes(weights)
    check_tasks(recipe, task_stages(recipe))
    (base / "tokenizer.json").unlink()
    assert "finetune.own.init_from" in str(refused(recipe, tmp_path / "run"))


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"measure": {"classification": {"model": "pretrain"}}}, "no head that has learned one"),
        ({"measure": {"entities": {"model": "finetune/own"}}}, "no head that has learned one"),
        ({"measure": {"conversations": {"model": "finetune/own"}}}, "its heads write nothing"),
        ({"measure": {"translation": {"model": "pretrain"}}}, "it needs a causal/seq2seq"),
        ({"prompt": {"classification": {"model": "pretrain"}}}, "it needs a causal model"),
        ({"prompt": {"entities": {"model": "pretrain"}}}, "cannot be put as a prompt"),
        (
            {
                "measure": {
                    "m": {
                        "task": ["classification", "entities"],
                        "model": "finetune/own",
                        "others": {"other": "finetune/own"},
                    }
                }
            },
            "of several kinds",
        ),
        (
            {
                "measure": {
                    "classification": {"model": "finetune/own", "length": {"max_tokens": 99}}
                }
            },
            "measure.classification.length.max_tokens: max_tokens = 99",
        ),
    ],
)
def test_a_model_that_cannot_be_measured_on_a_task_is_told(
    tmp_path: Path, section: dict[str, Any], told: str
) -> None:
    sections = {"finetune": {"own": {"task": "classification"}}, **section}
    error = refused(trained_here(tmp_path, BERT, sections), tmp_path / "run")
    assert told in str(error)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"verbalisers": {"well": "good"}}, "prompt.words.verbalisers"),
        ({"verbalisers": {"bad": "good"}}, "prompt.words.verbalisers"),
        ({"num_examples": 2, "split": "train"}, "prompt.words.examples_split"),
        ({"num_examples": 99}, "prompt.words.num_examples"),
        ({"task": "entities"}, "prompt.words"),
    ],
)
def test_what_cannot_be_asked_is_told_with_the_key_of_the_recipe(
    tmp_path: Path, settings: dict[str, Any], where: str
) -> None:
    asked = {"words": {"task": "classification", **settings}}
    error = refused(trained_here(tmp_path, QWEN, {"prompt": asked}), tmp_path / "run")
    assert error.where == where


def test_each_prompting_of_one_task_is_told(tmp_path: Path) -> None:
    wrong = {"task": "classification", "verbalisers": {"well": "good"}}
    sections = {"prompt": {"one": wrong, "other": wrong}, "finetune": {"classification": {}}}
    told = str(refused(trained_here(tmp_path, QWEN, sections), tmp_path / "run"))
    assert "prompt.one.verbalisers: " in told and "prompt.other.verbalisers: " in told
    assert "There are: bad, good." in told


def test_the_heads_of_a_folder_are_known_without_its_weights(tmp_path: Path) -> None:
    tokenizer = small_tokenizer()
    shape = RecurrentEncoderConfig(vocab_size=tokenizer.vocab_size, d_model=8, d_hidden=8)
    spec = HeadSpec("tone", "classification", ("bad", "good"))
    model = TaskModel(BidirectionalRecurrent(shape), [spec])
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    save_task_folder(
        model, tmp_path / "tuned", save_tokenizer=tokenizer.save, special_ids={"pad": 0}
    )
    measured = {"measure": {"classification": {"model": str(tmp_path / "tuned")}}}
    recipe = trained_here(tmp_path, BERT, measured)
    check_tasks(recipe, task_stages(recipe))
    measured = {"measure": {"entities": {"model": str(tmp_path / "tuned")}}}
    error = refused(trained_here(tmp_path, BERT, measured), tmp_path / "run")
    assert error.where == "measure.entities.model" and "does no task of kind entities" in error.what


def test_speech_is_checked_before_other_tasks_are_learned(tmp_path: Path) -> None:
    tones = {"kind": "speech", "dataset": "tones", "max_examples": {"train": 8, "validation": 2}}
    hearing = {
        "init_from": "scratch",
        "task": "dialled",
        "speech": {"sample_rate_hz": 16000},
    }
    sections = {"finetune": {"classification": {}, "hearing": hearing}}
    error = refused(trained_here(tmp_path, BERT, sections, dialled=tones), tmp_path / "run")
    assert "8,000 samples a second" in str(error) and error.where == "finetune.hearing"
    sections = {"finetune": {"hearing": {**hearing, "init_from": "pretrain"}}}
    error = refused(trained_here(tmp_path, BERT, sections, dialled=tones), tmp_path / "run")
    assert "does not hear" in str(error)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    tuned = {
        "a": {"task": "classification", "packing": True},
        "b": {"task": "similarity", "length": {"max_tokens": 96}},
        "c": {"task": "entities"},
    }
    recipe = trained_here(tmp_path, BERT, {"finetune": tuned})
    (tmp_path / "entities.validation.jsonl").write_text("{", encoding="utf-8")
    error = refused(recipe, tmp_path / "run")
    told = str(error)
    assert isinstance(error, DataError) and len(told.splitlines()) >= 3
    assert "packing" in told and "finetune.b.length" in told and "entities.validation" in told


def test_stages_that_do_not_run_are_not_checked(tmp_path: Path) -> None:
    recipe = trained_here(tmp_path, BERT, {"finetune": {"classification": {"packing": True}}})
    check_tasks(recipe, ["corpus", "pretrain"])
    with pytest.raises(ConfigError, match="packing"):
        check_tasks(recipe, ["finetune/classification"])


def test_a_plan_tells_the_same(tmp_path: Path) -> None:
    recipe = trained_here(tmp_path, BERT, {"finetune": {"classification": {}}})
    path = tmp_path / "recipe.toml"
    path.write_text(to_toml(recipe), encoding="utf-8")
    with (tmp_path / "classification.test.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"text": "no label"}))
    with pytest.raises(DataError, match=r"classification\.test\.jsonl"):
        plan(str(path), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_not_there_is_told_with_the_key_that_names_it(tmp_path: Path) -> None:
    others = {"model": "pretrain", "others": {"far": str(tmp_path / "far")}}
    recipe = trained_here(tmp_path, BERT, {"measure": {"classification": others}})
    error = refused(recipe, tmp_path / "run")
    assert str(error.where).startswith("measure.classification.others.far = ")
