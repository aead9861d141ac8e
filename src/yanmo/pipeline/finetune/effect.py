"""Settings of a fine-tuning that would have no effect on what it learns, refused by name.

In: a section, the kinds of its tasks, and the kind of model that it begins with. Only what differs
from its default is refused: a default says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.pipeline.finetune.section import FinetuneSection

CLASSES = frozenset({"classification"})
ROWS = frozenset({"classification", "similarity"})
TAGS = frozenset({"entities", "keywords"})
HEADS = ROWS | TAGS | {"questions"}
PAIRS = frozenset({"translation", "summarisation"})
TALKS = PAIRS | {"conversations"}
PREFERENCES = frozenset({"preferences"})
SPEECH = frozenset({"speech"})


@dataclass(frozen=True)
class _Reader:
    """Who reads a setting: tasks of these kinds, with models of this kind where that matters."""

    kinds: frozenset[str]
    model_kind: str | None = None

    def reads(self, kinds: frozenset[str], model_kind: str | None) -> bool:
        return bool(kinds & self.kinds) and self.model_kind in (None, model_kind)


_READERS: dict[str, _Reader] = {
    "has_crf": _Reader(TAGS),
    "class_weights": _Reader(CLASSES | TAGS),
    "resample": _Reader(CLASSES),
    "pooling": _Reader(ROWS),
    "head_dropout": _Reader(HEADS),
    "head_rate_factor": _Reader(HEADS),
    "augment": _Reader(HEADS),
    "length.long_text": _Reader(HEADS),
    "length.keep": _Reader(HEADS),
    "length.overlap_tokens": _Reader(HEADS),
    "packing": _Reader(TALKS, "causal"),
    "instructions": _Reader(TALKS, "causal"),
    "seq2seq": _Reader(PAIRS, "seq2seq"),
    "preference": _Reader(PREFERENCES),
    "max_validation_examples": _Reader(HEADS | TALKS | SPEECH),
    "speech": _Reader(SPEECH),
    "evaluate.num_beams": _Reader(TALKS | SPEECH),
    "evaluate.max_new_tokens": _Reader(TALKS),
}
"""Settings that not every task reads."""


def refuse_without_effect(
    section: FinetuneSection, name: str, kinds: Iterable[str], model_kind: str | None
) -> None:
    """Refuse settings that nothing reads.

    Args:
        section: of the fine-tuning.
        name: of the section.
        kinds: of its tasks.
        model_kind: `LanguageModel.kind` of the model that it begins with; None for a network that
            is no language model.

    Raises:
        ConfigError: naming the first such setting.
    """
    own = frozenset(kinds)
    for setting, reader in _READERS.items():
        if is_set(section, setting) and not reader.reads(own, model_kind):
            _refuse(name, setting, _described(reader))
    if section.method == "probe":
        if not own & HEADS:
            _refuse(name, 'method = "probe"', _described(_Reader(HEADS)))
        if is_set(section, "layer_decay"):
            _refuse(name, "layer_decay", t("only the heads are learned"))
    if is_set(section, "class_weights") and section.has_crf and not own & CLASSES:
        _refuse(name, "class_weights", t("a chain of tags is scored as a whole"))
    if is_set(section, "length.overlap_tokens") and section.length.long_text != "windows":
        _refuse(name, "length.overlap_tokens", t("long texts are cut, not read in windows"))


def is_set(section: BaseModel, setting: str) -> bool:
    """Whether a setting, `length.keep` say, differs from its default."""
    value: Any = section
    *outer, last = setting.split(".")
    for part in outer:
        value = getattr(value, part)
    found: Any = getattr(value, last)
    field = type(value).model_fields[last]
    return bool(found != field.get_default(call_default_factory=True))


def _described(reader: _Reader) -> str:
    kinds = listed(sorted(reader.kinds))
    if reader.model_kind is None:
        return t("it is for tasks of the kinds {kinds}", kinds=kinds)
    return t(
        "it is for tasks of the kinds {kinds} with a {model} model",
        kinds=kinds,
        model=reader.model_kind,
    )


def _refuse(name: str, setting: str, why: str) -> None:
    raise ConfigError(
        t("{name} has no effect on what is learned here", name=setting),
        where=f"finetune.{name}",
        why=why,
        hint=t("Leave it out."),
    )
