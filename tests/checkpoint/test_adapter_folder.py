"""Adapters as folders: PEFT reads ours and gives equal logits, we read PEFT's, and damage is
told."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.models.task_backbones import (
    LABELS,
    SPAN,
    build_backbone,
    build_task_model,
    classes,
    draw_rows,
    tagger,
)
from torch import nn

from yanmo.checkpoint.adapter_folder import load_adapter, save_adapter
from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.finetuning.lora import apply_lora
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.nn.lora import lora_layers

AUTO = {
    "qwen3": "AutoModelForCausalLM",
    "llama": "AutoModelForCausalLM",
    "gpt2": "AutoModelForCausalLM",
    "bert": "AutoModelForMaskedLM",
    "roberta": "AutoModelForMaskedLM",
    "t5": "AutoModelForSeq2SeqLM",
    "marian": "AutoModelForSeq2SeqLM",
}
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
CASES: list[tuple[str, tuple[str, ...]]] = [
    ("qwen3", (*ATTENTION, "gate_proj", "up_proj", "down_proj")),
    ("llama", ("q_proj", "v_proj")),
    ("gpt2", (*ATTENTION, "up_proj", "down_proj")),
    ("gpt2", ("q_proj", "v_proj")),
    ("gpt2", ("k_proj",)),
    ("gpt2", ("o_proj",)),
    ("gpt2", ("down_proj",)),
    ("bert", (*ATTENTION, "up_proj", "down_proj")),
    ("bert", ("down_proj",)),
    ("roberta", ("q_proj", "v_proj", "o_proj")),
    ("t5", ATTENTION),
    ("marian", ("q_proj", "v_proj", "down_proj")),
]
MODULES = {
    "qwen3": ["q_proj", "v_proj", "down_proj"],
    "llama": ["q_proj", "k_proj", "o_proj"],
    "gpt2": ["c_attn", "mlp.c_proj"],
    "bert": ["query", "value", "intermediate.dense"],
    "roberta": ["query", "output.dense"],
}
FILLED: dict[str, Any] = {"save_tokenizer": None, "special_ids": {"pad": 1, "eos": 0}}


def adapt(model: Any, targets: Any, **fields: Any) -> Any:
    """`model` with an adapter that has learned something."""
    apply_lora(model, LoRAConfig(targets=targets, **({"rank": 3, "alpha": 6.0} | fields)))
    for name, layer in lora_layers(model):
        generator = torch.Generator().manual_seed(len(name))
        nn.init.normal_(layer.lora_b, std=0.3, generator=generator)
    return model.eval()


@torch.no_grad()
def our_logits(model: Any) -> torch.Tensor:
    rows = draw_rows()
    if isinstance(model, TaskModel):
        scores = model(**rows).scores
        return scores if scores.ndim < 3 else scores[rows["mask"]]
    first = rows["tokens"][:1]
    output = model(first, source_tokens=first) if model.kind == "seq2seq" else model(first)
    return output.scores


@torch.no_grad()
def their_logits(model: Any) -> torch.Tensor:
    rows = draw_rows()
    first = rows["tokens"][:1]
    base = type(model.get_base_model()).__name__
    if base in ("T5ForConditionalGeneration", "MarianMTModel"):
        return model(input_ids=first, decoder_input_ids=first).logits
    if base.endswith(("LM", "LMHeadModel")):
        return model(input_ids=first).logits
    output = model(input_ids=rows["tokens"], attention_mask=rows["mask"].long())
    if base.endswith("QuestionAnswering"):
        return torch.stack((output.start_logits, output.end_logits), dim=2)[rows["mask"]]
    return output.logits[rows["mask"]] if base.endswith("TokenClassification") else output.logits


def open_in_peft(base: Any, folder: Path) -> Any:
    """As PEFT opens it, which must find every weight and nothing else."""
    peft = pytest.importorskip("peft")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="(?s).*(missing|unexpected|fan_in)")
        return peft.PeftModel.from_pretrained(base, folder).eval()


def open_base(auto: str, folder: Path, **fields: Any) -> Any:
    transformers = pytest.importorskip("transformers")
    return getattr(transformers, auto).from_pretrained(folder, **fields)


@pytest.mark.parametrize(("family", "targets"), CASES)
@pytest.mark.parametrize("is_rank_stabilised", [False, True])
def test_peft_reads_our_adapter_and_gives_equal_logits(
    family: str, targets: Any, is_rank_stabilised: bool, tmp_path: Path
) -> None:
    model = build_backbone(family).eval()
    save_model_folder(model, tmp_path / "base", **FILLED)
    before = our_logits(model)
    adapt(model, targets, is_rank_stabilised=is_rank_stabilised)
    save_adapter(model, tmp_path / "adapter", base="base")
    theirs = open_in_peft(open_base(AUTO[family], tmp_path / "base"), tmp_path / "adapter")
    expected = our_logits(model)
    assert (expected - before).abs().max() > 1e-2
    torch.testing.assert_close(their_logits(theirs), expected, atol=2e-5, rtol=0)
    again = load_adapter(tmp_path / "adapter", load_model(tmp_path / "base"))
    torch.testing.assert_close(our_logits(again.eval()), expected, atol=1e-6, rtol=0)
    ranks = {layer.rank for _, layer in lora_layers(again)}
    assert ranks == {3}, "ranks do not grow from folder to folder"


def heads_of(family: str) -> list[HeadSpec]:
    pooling: Any = "pooler" if family in ("bert", "roberta") else "last"
    number = HeadSpec("similarity", "regression", pooling=pooling)
    return [classes(pooling), number, tagger(), SPAN]


@pytest.mark.parametrize("family", ["qwen3", "gpt2", "bert", "roberta"])
@pytest.mark.parametrize("place", range(4))
def test_peft_reads_our_heads_where_transformers_has_them(
    family: str, place: int, tmp_path: Path
) -> None:
    head = heads_of(family)[place]
    model = build_task_model(family, head)
    save_model_folder(model.backbone, tmp_path / "base", **FILLED)
    # Transformers calls the body of this class otherwise than that of the language model, whose
    # folder it therefore does not open.
    is_renamed = family == "qwen3" and head.kind == "spans"
    if is_renamed:
        save_task_folder(model, tmp_path / "renamed", **FILLED)
    adapt(model, ("q_proj", "v_proj"))
    with torch.no_grad():
        if head.pooling == "pooler" and family == "bert":
            model.backbone.pooler.weight.mul_(3)  # it has learned, too
    save_adapter(model, tmp_path / "adapter")
    auto = {
        "tagging": "AutoModelForTokenClassification",
        "spans": "AutoModelForQuestionAnswering",
    }.get(head.kind, "AutoModelForSequenceClassification")
    folder = tmp_path / ("renamed" if is_renamed else "base")
    base = open_base(auto, folder, num_labels=head.num_scores)
    theirs = their_logits(open_in_peft(base, tmp_path / "adapter"))
    expected = our_logits(model)
    found = theirs[:, 0] if head.kind == "regression" else theirs
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)
    again = load_adapter(tmp_path / "adapter", load_model(tmp_path / "base")).eval()
    assert isinstance(again, TaskModel) and again.specs == model.specs
    torch.testing.assert_close(our_logits(again), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("family", "head"), [("bert", classes("mean")), ("qwen3", tagger(has_crf=True))]
)
def test_other_heads_lie_beside_the_adapter(family: str, head: HeadSpec, tmp_path: Path) -> None:
    model = build_task_model(family, head)
    save_model_folder(model.backbone, tmp_path / "base", **FILLED)
    adapt(model, ("q_proj", "v_proj"))
    save_adapter(model, tmp_path / "adapter")
    again = load_adapter(tmp_path / "adapter", load_model(tmp_path / "base")).eval()
    assert isinstance(again, TaskModel) and again.specs == model.specs
    torch.testing.assert_close(our_logits(again), our_logits(model), atol=1e-6, rtol=0)
    theirs = open_in_peft(open_base(AUTO[family], tmp_path / "base"), tmp_path / "adapter")
    expected = our_logits(model.backbone)
    torch.testing.assert_close(their_logits(theirs), expected, atol=2e-5, rtol=0)


def learn_something(model: Any) -> Any:
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            generator = torch.Generator().manual_seed(len(name))
            nn.init.normal_(parameter, std=0.3, generator=generator)
    return model.eval()


@pytest.mark.parametrize("family", list(MODULES))
def test_an_adapter_that_peft_wrote_is_read(family: str, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    save_model_folder(build_backbone(family), tmp_path / "base", **FILLED)
    base = open_base(AUTO[family], tmp_path / "base")
    config = peft.LoraConfig(
        r=3,
        lora_alpha=5,
        use_rslora=True,
        target_modules=MODULES[family],
        rank_pattern={MODULES[family][0]: 6},
        alpha_pattern={MODULES[family][0]: 7},
        fan_in_fan_out=family == "gpt2",
    )
    theirs = learn_something(peft.get_peft_model(base, config))
    theirs.save_pretrained(tmp_path / "adapter")
    ours = load_model(tmp_path / "base")
    before = our_logits(ours)
    found = our_logits(load_adapter(tmp_path / "adapter", ours).eval())
    assert (found - before).abs().max() > 1e-2
    torch.testing.assert_close(found, their_logits(theirs), atol=2e-5, rtol=0)


@pytest.mark.parametrize(("family", "num_labels"), [("bert", 3), ("roberta", 1), ("gpt2", 3)])
@pytest.mark.parametrize("has_names", [False, True])
def test_a_classifier_that_peft_wrote_is_read(
    family: str, num_labels: int, has_names: bool, tmp_path: Path
) -> None:
    peft = pytest.importorskip("peft")
    save_model_folder(build_backbone(family), tmp_path / "base", **FILLED)
    base = open_base("AutoModelForSequenceClassification", tmp_path / "base", num_labels=num_labels)
    config = peft.LoraConfig(
        r=3, target_modules=MODULES[family], task_type="SEQ_CLS", fan_in_fan_out=family == "gpt2"
    )
    theirs = learn_something(peft.get_peft_model(base, config))
    theirs.save_pretrained(tmp_path / "adapter")
    ours: Any = load_model(tmp_path / "base")
    if family == "bert":  # which is no part of the adapter
        ours.pooler.load_state_dict(base.bert.pooler.dense.state_dict())
    if has_names:
        place = 0 if num_labels > 1 else 1
        ours = TaskModel(ours, [heads_of(family)[place]])
    found = load_adapter(tmp_path / "adapter", ours).eval()
    assert isinstance(found, TaskModel)
    if num_labels > 1:
        assert found.specs[0].labels == (LABELS if has_names else ("LABEL_0", "LABEL_1", "LABEL_2"))
    expected = their_logits(theirs)
    expected = expected[:, 0] if num_labels == 1 else expected
    torch.testing.assert_close(our_logits(found), expected, atol=2e-5, rtol=0)


def test_a_family_that_transformers_does_not_know_keeps_its_names(tmp_path: Path) -> None:
    model = build_backbone("transformer").eval()
    save_model_folder(model, tmp_path / "base", **FILLED)
    adapt(model, ("q_proj", "down_proj"))
    save_adapter(model, tmp_path / "adapter")
    names = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert "base_model.model.blocks.0.attn.q_proj.lora_A.weight" in names
    again = load_adapter(tmp_path / "adapter", load_model(tmp_path / "base"))
    torch.testing.assert_close(our_logits(again), our_logits(model), atol=1e-6, rtol=0)


def test_experts_have_no_place_in_huggingfaces_form(tmp_path: Path) -> None:
    model = build_backbone("qwen3_moe")
    adapt(model, ("q_proj", "up_proj"))
    with pytest.raises(ConfigError, match="experts"):
        save_adapter(model, tmp_path / "adapter")


def edit_json(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def edit_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    state = load_file(folder / "adapter_model.safetensors")
    change(state)
    save_file(state, folder / "adapter_model.safetensors")


FIRST = "base_model.model.model.layers.0.self_attn.q_proj"
DAMAGE: dict[str, Callable[[Path], object]] = {
    "no config": lambda f: (f / "adapter_config.json").unlink(),
    "config is no JSON": lambda f: (f / "adapter_config.json").write_text("{"),
    "no weights": lambda f: (f / "adapter_model.safetensors").unlink(),
    "cut": lambda f: (f / "adapter_model.safetensors").write_bytes(b"\0" * 40),
    "another kind": lambda f: edit_json(f / "adapter_config.json", peft_type="IA3"),
    "dora": lambda f: edit_json(f / "adapter_config.json", use_dora=True),
    "biases": lambda f: edit_json(f / "adapter_config.json", bias="all"),
    "pissa": lambda f: edit_json(f / "adapter_config.json", init_lora_weights="pissa"),
    "no alpha": lambda f: edit_json(f / "adapter_config.json", lora_alpha=None),
    "a broken pattern": lambda f: edit_json(f / "adapter_config.json", alpha_pattern={"(": 1}),
    "half an adapter": lambda f: edit_tensors(f, lambda s: s.pop(f"{FIRST}.lora_A.weight")),
    "nothing": lambda f: edit_tensors(f, lambda s: s.clear()),
    "a width that differs": lambda f: edit_tensors(
        f, lambda s: s.update({f"{FIRST}.lora_A.weight": torch.zeros(3, 9)})
    ),
    "a rank that differs": lambda f: edit_tensors(
        f, lambda s: s.update({f"{FIRST}.lora_A.weight": torch.zeros(2, 32)})
    ),
    "a layer that is not there": lambda f: edit_tensors(
        f,
        lambda s: s.update(
            {name.replace("layers.0", "layers.7"): each.clone() for name, each in s.items()}
        ),
    ),
    "a whole matrix": lambda f: edit_tensors(
        f, lambda s: s.update({"base_model.model.lm_head.weight": torch.zeros(64, 32)})
    ),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_or_foreign_adapter_is_refused(damage: str, tmp_path: Path) -> None:
    model = adapt(build_backbone("qwen3"), ("q_proj",))
    save_adapter(model, tmp_path / "adapter")
    DAMAGE[damage](tmp_path / "adapter")
    with pytest.raises(CheckpointError) as caught:
        load_adapter(tmp_path / "adapter", build_backbone("qwen3"))
    assert "adapter" in str(caught.value.where)


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    save_adapter(adapt(build_backbone("gpt2"), ("q_proj",)), tmp_path / "adapter")
    with pytest.raises(CheckpointError, match="does not fit"):
        load_adapter(tmp_path / "adapter", build_backbone("qwen3"))
