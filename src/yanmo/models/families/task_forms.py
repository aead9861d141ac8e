"""Heads in Hugging Face's form: which class of transformers has which head, and what it calls it.

One head on a backbone that transformers knows, pooled as its class pools. Whatever else there is
(means, chains of tags, several heads, networks that transformers does not know) has no such form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.models.families.names import NameTable
from yanmo.models.shape import ModelShape
from yanmo.models.task_head import ROW_KINDS, HeadKind, HeadSpec

_CLASS_PREFIXES = {
    "bert": "Bert",
    "roberta": "Roberta",
    "gpt2": "GPT2",
    "llama": "Llama",
    "qwen3": "Qwen3",
    "qwen3_moe": "Qwen3Moe",
}
_ENCODERS = ("bert", "roberta")
_SUFFIXES: dict[HeadKind, str] = {
    "classification": "ForSequenceClassification",
    "regression": "ForSequenceClassification",
    "tagging": "ForTokenClassification",
    "spans": "ForQuestionAnswering",
}
BERT_POOLER = "bert.pooler.dense"


@dataclass(frozen=True)
class TaskForm:
    """One head in one class of transformers.

    Attributes:
        architecture: the class.
        head_names: modules of our head (`out_proj`, `dense`) and of theirs.
        body: the prefix of the backbone's weights in a language model's folder, and in this one.
    """

    architecture: str
    head_names: NameTable
    body: tuple[str, str]


def task_form(config: ModelShape, specs: Sequence[HeadSpec]) -> TaskForm | None:
    """The form of these heads on a model of this shape, or None where there is none."""
    family = config.family
    if len(specs) != 1 or specs[0].has_crf or family not in _CLASS_PREFIXES:
        return None
    spec = specs[0]
    pooling = "pooler" if family in _ENCODERS else "last"
    if spec.kind in ROW_KINDS and spec.pooling != pooling:
        return None
    return TaskForm(
        architecture=_CLASS_PREFIXES[family] + _SUFFIXES[spec.kind],
        head_names=_head_names(family, spec.kind),
        body=_body(family, spec.kind),
    )


def kind_of_architecture(family: str, architecture: str) -> HeadKind | None:
    """What the head of a class predicts; None where it has none of ours."""
    suffix = architecture.removeprefix(_CLASS_PREFIXES.get(family, "-"))
    return next((kind for kind, name in _SUFFIXES.items() if name == suffix), None)


def _head_names(family: str, kind: HeadKind) -> NameTable:
    if kind == "spans":
        return [("out_proj", "qa_outputs")]
    if kind in ROW_KINDS:
        if family == "bert":
            return [("dense", BERT_POOLER), ("out_proj", "classifier")]
        if family == "roberta":
            return [("dense", "classifier.dense"), ("out_proj", "classifier.out_proj")]
        return [("out_proj", "score")]
    return [("out_proj", "classifier" if family in (*_ENCODERS, "gpt2") else "score")]


def _body(family: str, kind: HeadKind) -> tuple[str, str]:
    if family in _ENCODERS:
        return "", f"{family}."  # without a head for tokens its folder holds the bare body
    if family == "gpt2":
        return "transformer.", "transformer."
    return "model.", "transformer." if kind == "spans" else "model."
