"""A few examples of every kind of task, a base model of each kind, and recipes that tune on them in
about a second."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.console import Console
from yanmo.models.build import build_model
from yanmo.models.config import TRANSFORMER_FAMILIES, ModelConfig
from yanmo.models.presets import derive_model
from yanmo.pipeline.life import RunResult, run
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

THINGS = (
    "the food",
    "this film",
    "the room",
    "a long walk",
    "her book",
    "菜品",
    "这部电影",
    "房间",
    "书",
    "早饭",
)
GOOD = ("is wonderful", "was a delight", "很好", "令人愉快")
BAD = ("is dreadful", "was a bore", "很差", "令人失望")
NAMES = ("Mary", "John Smith", "Li Bai", "Ada", "Wang Wei")
PLACES = ("Paris", "New York", "Chang An", "Rome", "Lima", "Bern", "Oslo", "Cairo")


def _reviews() -> Iterator[dict[str, Any]]:
    for thing, (good, bad) in product(THINGS, zip(GOOD, BAD, strict=True)):
        yield {"text": f"{thing} {good}", "label": "good"}
        yield {"text": f"{thing} {bad}", "label": "bad"}


def _pairs_of_texts() -> Iterator[dict[str, Any]]:
    for thing, (good, bad) in product(THINGS, zip(GOOD, BAD, strict=True)):
        yield {"text": f"{thing} {good}", "second": f"{thing} {good}!", "score": 5.0}
        yield {"text": f"{thing} {good}", "second": f"{thing} {bad}", "score": 1.0}


def _sentences() -> Iterator[dict[str, Any]]:
    for name, place in product(NAMES, PLACES):
        tokens, tags = [], []
        for words, kind in (("today", ""), (name, "PER"), ("goes to", ""), (place, "LOC")):
            for number, word in enumerate(words.split()):
                tokens.append(word)
                tags.append(f"{'I' if number else 'B'}-{kind}" if kind else "O")
        yield {"tokens": tokens, "tags": tags}


def _questions() -> Iterator[dict[str, Any]]:
    for name, place in product(NAMES, PLACES):
        context = f"Nobody stayed at home that day: {name} went by train to {place}."
        yield {"question": "who went?", "context": context, "answers": name}
        yield {"question": "谁唱歌？", "context": context, "answers": []}


def _abstracts() -> Iterator[dict[str, Any]]:
    for name, place in product(NAMES, PLACES):
        text = f"We study {name} and the maps of {place}."
        yield {"text": text, "keywords": f"{name};{place};atlas"}


def _translations() -> Iterator[dict[str, Any]]:
    for thing, (good, bad) in product(THINGS, zip(GOOD, BAD, strict=True)):
        yield {"source": f"{thing} {good}", "target": f"{good} {thing}"}
        yield {"source": f"{thing} {bad}", "target": f"{bad} {thing}"}


def _summaries() -> Iterator[dict[str, Any]]:
    for row in _translations():
        yield {"text": f"{row['source']}. {row['source']}.", "summary": row["source"]}


def _talks() -> Iterator[dict[str, Any]]:
    for name, place in product(NAMES, PLACES):
        yield {"instruction": f"where is {name}?", "input": "", "output": f"in {place}"}


def _choices() -> Iterator[dict[str, Any]]:
    for name, place in product(NAMES, PLACES):
        yield {"prompt": f"where is {name}?", "chosen": f"in {place}", "rejected": "go away"}


ROWS = {
    "classification": _reviews,
    "similarity": _pairs_of_texts,
    "entities": _sentences,
    "questions": _questions,
    "keywords": _abstracts,
    "translation": _translations,
    "summarisation": _summaries,
    "conversations": _talks,
    "preferences": _choices,
}


def write_task(folder: Path, kind: str, *, num_train: int = 20) -> dict[str, Any]:
    """Files of a task with 8 examples to choose by and 8 to measure on; its section."""
    rows = [json.dumps(row, ensure_ascii=False) for row in ROWS[kind]()]
    # In fives: the rows that belong together are told apart by their number modulo 2.
    held_out = [row for place, row in enumerate(rows) if place % 5 in (0, 3)]
    learned = [row for place, row in enumerate(rows) if place % 5 not in (0, 3)]
    parts = {"train": learned[:num_train], "validation": held_out[:8], "test": held_out[8:16]}
    for split, own in parts.items():
        (folder / f"{kind}.{split}.jsonl").write_text("\n".join(own), encoding="utf-8")
    files = {split: str(folder / f"{kind}.{split}.jsonl") for split in parts}
    more = {"target_language": "en"} if kind == "translation" else {}
    return {"kind": kind, **files, **more}


@cache
def small_tokenizer() -> Tokenizer:
    """A tokenizer of all texts of all tasks."""
    texts = [text for rows in ROWS.values() for row in rows() for text in _texts_of(row)]
    return train_tokenizer(texts, 500)


def _texts_of(row: Mapping[str, Any]) -> list[str]:
    values = [one for one in row.values() if isinstance(one, str)]
    return [*values, " ".join(row.get("tokens", ()))]


def save_base(folder: Path, family: str, **fields: Any) -> Path:
    """A base model with random weights, in a folder as pre-training leaves it."""
    tokenizer = small_tokenizer()
    tiny: dict[str, Any] = {"family": family, "depth": 2, "d_model": 32, "max_seq_len": 64}
    if family in TRANSFORMER_FAMILIES:
        tiny["num_heads"] = 2
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    section = ModelConfig.model_validate({**tiny, **fields})
    model = build_model(
        derive_model(section, tokenizer.vocab_size, ids).config, torch.device("cpu"), seed=0
    )
    save_model_folder(
        model,
        folder,
        save_tokenizer=lambda target: tokenizer.save(target, model_max_length=64),
        special_ids=ids,
    )
    return folder


TUNING: dict[str, Any] = {
    "steps": 6,
    "batch_rows": 8,
    "validate_every": 3,
    "checkpoint_every": 3,
    "schedule": {"name": "linear", "warmup_steps": 1},
    "optimizer": {"name": "adamw", "learning_rate": 3e-3},
}
EVALUATION: dict[str, Any] = {"num_beams": 1, "max_new_tokens": 8}


def recipe_of(
    tasks: Mapping[str, Mapping[str, Any]], finetune: Mapping[str, Any], **more: Any
) -> Recipe:
    """A recipe that only tunes; what is the same in all tests is filled in."""
    sections = {}
    for name, section in finetune.items():
        names = section.get("task", name)
        kinds = {tasks[one]["kind"] for one in ([names] if isinstance(names, str) else names)}
        writes = bool(kinds & {"translation", "summarisation", "conversations"})
        length = {"epochs": None} if "epochs" not in section else {"steps": 300}
        tuning = TUNING if "epochs" not in section else _without_steps(TUNING)
        sections[name] = {
            **tuning,
            **length,
            "evaluate": EVALUATION if writes else {},
            **section,
        }
    return Recipe.model_validate(
        {
            "name": "small",
            "tokenizer": {"vocab_size": 400},
            "tasks": tasks,
            "finetune": sections,
            **more,
        }
    )


def _without_steps(tuning: Mapping[str, Any]) -> dict[str, Any]:
    left_out = ("steps", "validate_every", "schedule")
    return {name: value for name, value in tuning.items() if name not in left_out}


def run_quietly(recipe: Recipe, out: Path) -> RunResult:
    """Run a recipe without a word."""
    return run(recipe, out=out, console=Console(is_quiet=True))


def read_json(path: Path) -> Any:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_rows(path: Path) -> Sequence[dict[str, Any]]:
    """The rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
