"""Folders of models with heads: what is saved is loaded, transformers opens what it knows and gives
equal scores, and damage is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.models.task_backbones import (
    LABELS,
    NUMBER,
    SPAN,
    TAGS,
    build_task_model,
    classes,
    draw_rows,
    tagger,
)

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder, save_task_folder
from yanmo.core.errors import CheckpointError
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel

IDS = {"pad": 1, "eos": 0, "bos": 0}
AUTO = {
    "classification": "AutoModelForSequenceClassification",
    "regression": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "spans": "AutoModelForQuestionAnswering",
}
HUGGING_FACE = ("bert", "roberta", "gpt2", "llama", "qwen3")


def native_head(family: str, kind: str) -> HeadSpec:
    pooling: Any = "pooler" if family in ("bert", "roberta") else "last"
    return {
        "classification": classes(pooling),
        "regression": HeadSpec("similarity", "regression", pooling=pooling),
        "tagging": tagger(),
        "spans": SPAN,
    }[kind]


def save(model: TaskModel, directory: Path) -> Path:
    save_task_folder(model, directory, save_tokenizer=None, special_ids=IDS)
    return directory


def scores_of(model: Any, kind: str) -> torch.Tensor:
    """Scores of the rows by a model of transformers, in our shapes; those of padding left out."""
    rows = draw_rows()
    with torch.no_grad():
        output = model(input_ids=rows["tokens"], attention_mask=rows["mask"].long())
    if kind == "spans":
        both = torch.stack((output.start_logits, output.end_logits), dim=2)
        return both[rows["mask"]]
    if kind == "tagging":
        return output.logits[rows["mask"]]
    return output.logits[:, 0] if kind == "regression" else output.logits


def own_scores(model: TaskModel, head: int = 0) -> torch.Tensor:
    rows = draw_rows()
    with torch.no_grad():
        scores = model(**rows, head=head).scores
    is_by_token = model.specs[head].kind in ("spans", "tagging")
    return scores[rows["mask"]] if is_by_token else scores


@pytest.mark.parametrize("family", HUGGING_FACE)
@pytest.mark.parametrize("kind", list(AUTO))
def test_transformers_opens_the_folder_and_gives_equal_scores(
    family: str, kind: str, tmp_path: Path
) -> None:
    transformers = pytest.importorskip("transformers")
    model = build_task_model(family, native_head(family, kind))
    folder = save(model, tmp_path / "model")
    theirs, told = getattr(transformers, AUTO[kind]).from_pretrained(
        folder, output_loading_info=True
    )
    assert not told["missing_keys"] and not told["unexpected_keys"]
    expected = own_scores(model)
    assert expected.std() > 0.1
    torch.testing.assert_close(scores_of(theirs.eval(), kind), expected, atol=2e-5, rtol=0)
    if kind in ("classification", "tagging"):
        labels = LABELS if kind == "classification" else TAGS
        assert theirs.config.id2label == dict(enumerate(labels))
        assert theirs.config.label2id == {label: index for index, label in enumerate(labels)}
    if kind in ("classification", "regression"):
        names = {"classification": "single_label_classification", "regression": "regression"}
        assert theirs.config.problem_type == names[kind]
    again = load_task_folder(folder)
    assert again.specs == model.specs
    assert torch.equal(own_scores(again), expected)


@pytest.mark.parametrize("family", HUGGING_FACE)
@pytest.mark.parametrize("kind", list(AUTO))
def test_a_folder_that_transformers_wrote_is_read(family: str, kind: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    model = build_task_model(family, native_head(family, kind))
    theirs = getattr(transformers, AUTO[kind]).from_pretrained(save(model, tmp_path / "ours"))
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.mul_(1.5)
    theirs.eval().save_pretrained(tmp_path / "theirs")
    found = load_task_folder(tmp_path / "theirs")
    assert (found.specs[0].kind, found.specs[0].labels) == (kind, model.specs[0].labels)
    torch.testing.assert_close(own_scores(found), scores_of(theirs, kind), atol=2e-5, rtol=0)


def test_pairs_score_as_in_transformers(tmp_path: Path) -> None:
    """Two texts in a row, the second in a segment of its own."""
    model = build_task_model("bert", classes("pooler"))
    with torch.no_grad():  # fresh segments hardly differ
        model.backbone.embed_segments.weight.mul_(30)
    transformers = pytest.importorskip("transformers")
    folder = save(model, tmp_path / "model")
    theirs = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    rows = draw_rows()
    segments = (torch.arange(12) > 4).long().expand(3, 12)
    with torch.no_grad():
        found = model(**rows, segments=segments).scores
        expected = theirs(
            rows["tokens"], attention_mask=rows["mask"].long(), token_type_ids=segments
        ).logits
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)
    assert (found - own_scores(model))[0].abs().max() > 0.05


OWN = [
    ("bert", (classes("mean"),)),
    ("roberta", (classes("cls"),)),
    ("qwen3", (tagger(has_crf=True),)),
    ("gpt2", (classes("last"), NUMBER, SPAN)),
    ("lstm", (classes("last"),)),
    ("t5", (classes("mean"),)),
    ("lstm_seq2seq", (tagger(),)),
    ("ffn", (classes("max"),)),
    ("cnn", (tagger(),)),
    ("bilstm", (tagger(has_crf=True),)),
    ("textcnn", (classes(),)),
]


@pytest.mark.parametrize(("family", "heads"), OWN)
def test_other_heads_lie_beside_a_valid_backbone(
    family: str, heads: tuple[HeadSpec, ...], tmp_path: Path
) -> None:
    model = build_task_model(family, *heads)
    folder = save(model, tmp_path / "model")
    again = load_task_folder(folder)
    assert again.specs == model.specs and not again.training
    for head in range(len(heads)):
        assert torch.equal(own_scores(again, head), own_scores(model, head))
    if heads[0].has_crf:
        mask = draw_rows()["mask"]
        scores = model(**draw_rows()).scores
        assert torch.equal(again.decode_tags(scores, mask), model.decode_tags(scores, mask))
    if family not in ("bilstm", "textcnn"):
        backbone = load_model(folder)
        before = model.backbone.state_dict()
        for name, value in backbone.state_dict().items():
            is_cut = family == "roberta" and name == "embed_positions.weight"  # of unused rows
            assert is_cut or torch.equal(value, before[name]), name


def test_a_poolers_place_does_not_matter(tmp_path: Path) -> None:
    """BERT without a pooler gets one from its head; RoBERTa's head takes over its own."""
    transformers = pytest.importorskip("transformers")
    for family, has_pooler in (("bert", False), ("roberta", True)):
        model = build_task_model(family, classes("pooler"))
        shape = model.config.model_copy(update={"has_pooler": has_pooler})
        backbone = type(model.backbone)(shape)
        backbone.init_weights(3)
        other = TaskModel(backbone, [classes("pooler")])
        other.init_heads(4)
        assert (other.head().dense is None) == has_pooler
        folder = save(other.eval(), tmp_path / family)
        theirs = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
        expected = own_scores(other)
        torch.testing.assert_close(
            scores_of(theirs.eval(), "classification"), expected, atol=1e-6, rtol=0
        )
        torch.testing.assert_close(own_scores(load_task_folder(folder)), expected, atol=0, rtol=0)


def test_an_untied_model_needs_no_output_projection(tmp_path: Path) -> None:
    model = build_task_model("llama", classes("last"), tie_embeddings=False)
    folder = save(model, tmp_path / "model")
    assert "lm_head.weight" not in load_file(folder / "model.safetensors")
    assert torch.equal(own_scores(load_task_folder(folder)), own_scores(model))


def test_a_folder_says_whether_it_holds_heads(tmp_path: Path) -> None:
    model = build_task_model("qwen3", classes("mean"))
    folder = save(model, tmp_path / "model")
    assert is_task_folder(folder)
    (folder / "task.json").unlink()
    assert not is_task_folder(folder), "what is left is a language model"
    with pytest.raises(CheckpointError, match="without a head"):
        load_task_folder(folder)
    native = save(build_task_model("qwen3", classes("last")), tmp_path / "native")
    (native / "task.json").unlink()
    assert is_task_folder(native)


def edit_json(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def edit_tensors(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    state = load_file(path)
    change(state)
    save_file(state, path)


NATIVE_DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda f: (f / "model.safetensors").write_bytes(
        (f / "model.safetensors").read_bytes()[:200]
    ),
    "no weights": lambda f: (f / "model.safetensors").unlink(),
    "no config": lambda f: (f / "config.json").unlink(),
    "no head": lambda f: edit_tensors(f / "model.safetensors", lambda s: s.pop("score.weight")),
    "another head": lambda f: edit_tensors(
        f / "model.safetensors", lambda s: s.update({"score.weight": torch.zeros(2, 32)})
    ),
    "a stranger": lambda f: edit_tensors(
        f / "model.safetensors", lambda s: s.update({"model.extra.weight": torch.zeros(2)})
    ),
    "many labels": lambda f: edit_json(
        f / "config.json", problem_type="multi_label_classification"
    ),
    "double labels": lambda f: edit_json(f / "config.json", id2label={"0": "a", "1": "a"}),
    "labels of no number": lambda f: edit_json(f / "config.json", id2label={"x": "a", "y": "b"}),
    "another class": lambda f: edit_json(
        f / "config.json", architectures=["Qwen3ForMultipleChoice"]
    ),
    "another family": lambda f: edit_json(f / "config.json", model_type="bloom"),
}
OWN_DAMAGE: dict[str, Callable[[Path], object]] = {
    "task is no JSON": lambda f: (f / "task.json").write_text("{"),
    "task is a list": lambda f: (f / "task.json").write_text("[]"),
    "later version": lambda f: edit_json(f / "task.json", version=2),
    "no heads": lambda f: edit_json(f / "task.json", heads=[]),
    "strange head": lambda f: edit_json(f / "task.json", heads=[{"name": "a", "kind": "song"}]),
    "strange field": lambda f: edit_json(
        f / "task.json", heads=[{"name": "a", "kind": "regression", "colour": 1}]
    ),
    "strange pooling": lambda f: edit_json(
        f / "task.json", heads=[{"name": "a", "kind": "regression", "pooling": "cls"}]
    ),
    "strange form": lambda f: edit_json(f / "task.json", form="other"),
    "no head file": lambda f: (f / "head.safetensors").unlink(),
    "cut head": lambda f: (f / "head.safetensors").write_bytes(b"\0" * 9),
    "another head": lambda f: edit_tensors(f / "head.safetensors", lambda s: s.clear()),
}


@pytest.mark.parametrize("damage", list(NATIVE_DAMAGE))
def test_a_damaged_folder_of_a_known_class_is_refused(damage: str, tmp_path: Path) -> None:
    folder = save(build_task_model("qwen3", classes("last")), tmp_path / "model")
    (folder / "task.json").unlink()
    NATIVE_DAMAGE[damage](folder)
    with pytest.raises(CheckpointError) as caught:
        load_task_folder(folder)
    assert str(folder) in str(caught.value.where)


@pytest.mark.parametrize("family", ["lstm", "bilstm"])
@pytest.mark.parametrize("damage", list(OWN_DAMAGE))
def test_a_damaged_folder_of_our_own_form_is_refused(
    damage: str, family: str, tmp_path: Path
) -> None:
    folder = save(build_task_model(family, classes("mean")), tmp_path / "model")
    OWN_DAMAGE[damage](folder)
    with pytest.raises(CheckpointError) as caught:
        load_task_folder(folder)
    assert str(folder) in str(caught.value.where)


def test_a_damaged_network_for_tasks_is_refused(tmp_path: Path) -> None:
    folder = save(build_task_model("bilstm", classes("mean")), tmp_path / "model")
    edit_json(folder / "config.json", d_hidden=48)
    with pytest.raises(CheckpointError, match="do not fit"):
        load_task_folder(folder)
    edit_json(folder / "config.json", d_hidden=47)
    with pytest.raises(CheckpointError, match="no model"):
        load_task_folder(folder)


def test_half_precision_is_stored_and_read(tmp_path: Path) -> None:
    model = build_task_model("bert", classes("pooler"))
    save_task_folder(
        model, tmp_path / "model", save_tokenizer=None, special_ids=IDS, dtype=torch.bfloat16
    )
    stored = load_file(tmp_path / "model" / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.bfloat16}
    again = load_task_folder(tmp_path / "model", dtype=torch.bfloat16)
    assert again.head().out_proj.weight.dtype == torch.bfloat16
    difference = own_scores(load_task_folder(tmp_path / "model")) - own_scores(model)
    assert difference.abs().max() < 0.2
