"""`yanmo extract` apart from its options: models, a schema and texts in, fields of each text out.

A field is `value`, `found` (texts with their first character and the one behind the last, and the
probability of each), `score`, and where there is no value a `reason`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.inference.entity_scores import ScoredEntity, scored_entities
from yanmo.inference.predict import TaskPredictor
from yanmo.models.task_model import TaskModel
from yanmo.pipeline.extract.schema import FieldConfig, Schema
from yanmo.pipeline.extract.values import date_of, number_of
from yanmo.pipeline.predict.run import model_folder_of
from yanmo.tokens.row_counts import RowCounts
from yanmo.tokens.text_codec import TextCodec, load_codec

BLOCK_ROWS = 256
NUM_DIGITS = 6
KIND_OF = {"entity": "tagging", "question": "spans", "class_of": "classification"}
"""Kind of the head that a source needs."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Find:
    """A stretch of a text, `text[start:end]`, and how sure it is; a class stands nowhere."""

    text: str
    score: float
    start: int = -1
    end: int = -1


@dataclass
class Extractor:
    """Finds the fields of a schema.

    Args:
        schema: the fields.
        heads: by field, the head that finds it; none for patterns.
    """

    schema: Schema
    heads: Mapping[str, TaskPredictor]
    _counts: RowCounts = field(default_factory=RowCounts, init=False)

    def run(self, texts: Sequence[str]) -> list[Values]:
        """The fields of every text, by name."""
        marked: dict[int, Sequence[Sequence[ScoredEntity]]] = {}
        columns = {}
        for name, config in self.schema.fields.items():
            head = self.heads.get(name)
            if config.entity is not None and head is not None and id(head) not in marked:
                entities = scored_entities(head, texts)
                self._counts += entities.counts
                marked[id(head)] = entities.items  # one reading serves all types of entities
            found = self._finds(config, head, texts, marked)
            columns[name] = [_value_of(config, own) for own in found]
        return [
            {name: column[row] for name, column in columns.items()} for row in range(len(texts))
        ]

    def warnings(self) -> list[str]:
        """What of the texts was not read."""
        return self._counts.warnings()

    def _finds(
        self,
        config: FieldConfig,
        head: TaskPredictor | None,
        texts: Sequence[str],
        marked: Mapping[int, Sequence[Sequence[ScoredEntity]]],
    ) -> list[list[Find]]:
        if config.pattern is not None:
            pattern = re.compile(config.pattern)
            return [[_matched(one) for one in pattern.finditer(text)] for text in texts]
        assert head is not None, "opened for every field that needs one"
        if config.entity is not None:
            return [
                [
                    Find(one.entity.text, one.probability, one.entity.start, one.entity.end)
                    for one in own
                    if one.entity.kind == config.entity
                ]
                for own in marked[id(head)]
            ]
        if config.question is not None:
            answers = head.answer([config.question] * len(texts), texts)
            self._counts += answers.counts
            return [
                [Find(one.text, _sigmoid(one.log_odds), one.start, one.start + len(one.text))]
                if one.answer
                else []
                for one in answers.items
            ]
        classes = head.classify(texts)
        self._counts += classes.counts
        return [[Find(one.label, max(one.probabilities))] for one in classes.items]


def open_extractor(model: Path, schema: Schema, device: torch.device) -> Extractor:
    """Open the models that a schema needs, each once.

    Raises:
        CheckpointError: there is no model, or it is damaged.
        DataError: its tokenizer is missing or damaged.
        ConfigError: no head can find a field: names the field.
    """
    folders: dict[Path, tuple[TaskModel, TextCodec]] = {}
    predictors: dict[tuple[Path, str], TaskPredictor] = {}
    heads = {}
    for name, config in schema.fields.items():
        if config.source not in KIND_OF:
            continue
        folder = model_folder_of(Path(config.model).expanduser() if config.model else model)
        if folder not in folders:
            if not is_task_folder(folder):
                raise ConfigError(
                    t("this model has no head"), where=str(folder), why=f"fields.{name}"
                )
            folders[folder] = (load_task_folder(folder, device), load_codec(folder))
        opened, codec = folders[folder]
        head = _head_for(name, config, opened)
        if (folder, head) not in predictors:
            predictors[folder, head] = TaskPredictor(opened, codec, head=head)
        heads[name] = predictors[folder, head]
    return Extractor(schema, heads)


def extract_rows(extractor: Extractor, texts: Sequence[str], console: Console) -> list[Values]:
    """The fields of every text; a text that is empty has none."""
    found: list[Values] = []
    for first in range(0, len(texts), BLOCK_ROWS):
        block = texts[first : first + BLOCK_ROWS]
        results = iter(extractor.run([text for text in block if text]))
        for text in block:
            found.append(next(results) if text else _nothing(extractor.schema))
        if len(texts) > BLOCK_ROWS:
            console.progress(t("read {done:,} of {rows:,}", done=len(found), rows=len(texts)))
    console.end_progress()
    for warning in extractor.warnings():
        console.warn(warning)
    return found


def _head_for(name: str, config: FieldConfig, model: TaskModel) -> str:
    """The name of the head that finds a field.

    Raises:
        ConfigError: there is none, or several could.
    """
    where = f"fields.{name}"
    kind = KIND_OF[config.source]
    wanted = config.class_of or config.head
    able = {spec.name: spec for spec in model.specs if spec.kind == kind}
    if wanted is not None and wanted not in able:
        near = closest(wanted, able)
        raise ConfigError(
            t("there is no head '{name}' of kind {kind}", name=wanted, kind=kind),
            where=where,
            why=t(
                "the model has {heads}",
                heads=listed(f"{spec.name} ({spec.kind})" for spec in model.specs),
            ),
            hint=t("Did you mean '{name}'?", name=near) if near else None,
        )
    if wanted is not None:
        able = {wanted: able[wanted]}
    if config.entity is not None:
        types = {label[2:] for spec in able.values() for label in spec.labels if label != "O"}
        able = {key: spec for key, spec in able.items() if f"B-{config.entity}" in spec.labels}
        if not able and types:
            near = closest(config.entity, types)
            raise ConfigError(
                t("no head marks entities of type '{type}'", type=config.entity),
                where=where,
                why=t("there are: {names}", names=listed(sorted(types))),
                hint=t("Did you mean '{name}'?", name=near) if near else None,
            )
    if len(able) == 1:
        return next(iter(able))
    raise ConfigError(
        t("several heads could find this field: {names}", names=listed(able))
        if able
        else t("the model has no head of kind {kind}", kind=kind),
        where=where,
        hint=t("Name one with head.") if able else t("Name another model for the field: model."),
    )


def _value_of(config: FieldConfig, finds: Sequence[Find]) -> Values:
    """A field: the surest find that has the type, or all of them, or null and why."""
    likely = [one for one in finds if one.score >= config.min_score]
    if not likely:
        return _null(
            t("every find is below min_score = {score}", score=config.min_score)
            if finds
            else _nothing_found(config)
        )
    if config.type == "list":
        return {
            "value": list(dict.fromkeys(one.text for one in likely)),
            "score": round(min(one.score for one in likely), NUM_DIGITS),
            "found": [_place_of(one) for one in likely],
        }
    readers: dict[str, Callable[[str], Any]] = {"number": number_of, "date": date_of}
    read = readers.get(config.type, str)
    for one in sorted(likely, key=lambda find: -find.score):  # of equals, the first in the text
        value = read(one.text)
        if value is not None:
            places = [_place_of(one)] if one.start >= 0 else []
            return {"value": value, "score": round(one.score, NUM_DIGITS), "found": places}
    return _null(
        t("'{text}' is no number", text=likely[0].text)
        if config.type == "number"
        else t("'{text}' is no date", text=likely[0].text),
        [_place_of(one) for one in likely if one.start >= 0],
    )


def _nothing(schema: Schema) -> Values:
    return {name: _null(t("the text is empty")) for name in schema.fields}


def _null(reason: str, found: Sequence[Values] = ()) -> Values:
    return {"value": None, "score": None, "found": list(found), "reason": reason}


def _nothing_found(config: FieldConfig) -> str:
    if config.entity is not None:
        return t("there is no entity of type {type}", type=config.entity)
    if config.question is not None:
        return t("the text does not answer the question")
    return t("nothing matches the pattern")


def _place_of(find: Find) -> Values:
    score = round(find.score, NUM_DIGITS)
    return {"text": find.text, "start": find.start, "end": find.end, "score": score}


def _matched(match: re.Match[str]) -> Find:
    """The group `value`, or the first group, or the whole; what a pattern finds is sure."""
    names = match.re.groupindex
    group: int | str = "value" if "value" in names else min(1, match.re.groups)
    if match[group] is None:  # the group had no part in the match
        group = 0
    return Find(match[group], 1.0, match.start(group), match.end(group))


def _sigmoid(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds)) if log_odds > -700.0 else 0.0
