"""Weights are those with which the model answered: nothing changes, rows sum to 1, transformers
gives the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.interpretation.subjects import (
    ATTENTIVE,
    SOURCE,
    TEXT,
    language_model,
    question_of,
    task_model,
    tokenizer,
)

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError
from yanmo.interpretation.ask import ask
from yanmo.interpretation.attention_maps import record_attention, recorded
from yanmo.interpretation.question import Question
from yanmo.interpretation.subject import Subject
from yanmo.nn.attention import Attention


def asked(family: str) -> Question:
    subject = language_model(family)
    if family == "bert":
        return ask(subject, "The ____ runs to the sea")
    if subject.kind == "seq2seq":
        return ask(subject, SOURCE, answer="the river")
    return ask(subject, TEXT)


@pytest.mark.parametrize("family", ATTENTIVE)
def test_recording_changes_no_score_and_leaves_nothing_behind(family: str) -> None:
    question = asked(family)
    rows = question.rows()
    with torch.no_grad():
        before = question.forward(rows).logits
        with recorded(question.subject.attention_places):
            during = question.forward(rows).logits
        after = question.forward(rows).logits
    torch.testing.assert_close(during, before, atol=2e-5, rtol=0)
    assert torch.equal(after, before)
    for module in question.subject.model.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks


@pytest.mark.parametrize("family", ATTENTIVE)
def test_rows_sum_to_one_and_nothing_behind_is_seen(family: str) -> None:
    question = asked(family)
    maps = record_attention(question)
    for one in maps.maps:
        torch.testing.assert_close(one.weights.sum(-1), torch.ones(one.weights.shape[:2]))
        is_causal = one.part == "decoder" or (one.part == "self" and family != "bert")
        behind = one.weights.triu(1).abs().max()
        assert bool(behind == 0) if is_causal else bool(behind > 0)
    lengths = {"self": len(question.positions), "encoder": len(question.positions)}
    for one in maps.maps:
        rows = lengths.get(one.part, len(question.targets))
        columns = len(question.targets) if one.part == "decoder" else len(question.positions)
        assert one.weights.shape[1:] == (rows, columns)


@pytest.mark.parametrize("family", ATTENTIVE)
def test_the_weights_give_what_the_layer_gave(family: str) -> None:
    """Values mixed by the recorded weights are what goes into the layer's last projection."""
    question = asked(family)
    mixed: list[torch.Tensor] = []
    values: list[torch.Tensor] = []
    handles = []
    for place in question.subject.attention_places:
        module: Attention = place.module
        handles.append(
            module.o_proj.register_forward_pre_hook(lambda _m, args: mixed.append(args[0][0]))
        )
        handles.append(
            module.v_proj.register_forward_hook(lambda _m, _a, out: values.append(out[0]))
        )
    maps = record_attention(question)
    for handle in handles:
        handle.remove()
    for one, place, own, value in zip(
        maps.maps, question.subject.attention_places, mixed, values, strict=True
    ):
        module = place.module
        heads = value.view(len(value), module.num_kv_heads, module.head_dim).transpose(0, 1)
        heads = heads.repeat_interleave(module.num_heads // module.num_kv_heads, dim=0)
        expected = (one.weights @ heads).transpose(0, 1).flatten(1)
        torch.testing.assert_close(own, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", ["gpt2", "bert"])
def test_transformers_gives_the_same_weights(family: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    shape: dict[str, Any] = {"vocab_size": 320, "attn_implementation": "eager"}
    if family == "gpt2":
        config = transformers.GPT2Config(
            n_layer=2, n_head=4, n_embd=32, n_positions=48, bos_token_id=0, eos_token_id=0, **shape
        )
        theirs = transformers.GPT2LMHeadModel(config)
    else:
        config = transformers.BertConfig(
            num_hidden_layers=2,
            num_attention_heads=4,
            hidden_size=32,
            intermediate_size=64,
            max_position_embeddings=48,
            **shape,
        )
        theirs = transformers.BertForMaskedLM(config)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape))
    theirs.eval().save_pretrained(tmp_path / "model")
    subject = Subject(load_model(tmp_path / "model"), tokenizer())
    question = ask(subject, TEXT if family == "gpt2" else "The ____ runs to the sea")
    maps = record_attention(question)
    ids = torch.tensor([[token.id for token in question.positions]])
    with torch.no_grad():
        expected = theirs(input_ids=ids, output_attentions=True).attentions
    assert len(expected) == len(maps.maps) == 2
    for ours, their in zip(maps.maps, expected, strict=True):
        torch.testing.assert_close(ours.weights, their[0], atol=1e-5, rtol=0)


def test_the_encoder_alone_answers_under_a_head() -> None:
    maps = record_attention(question_of("t5 class"))
    assert {one.part for one in maps.maps} == {"encoder"}


def test_a_model_without_heads_says_so() -> None:
    with pytest.raises(ConfigError, match="has no attention heads"):
        record_attention(ask(task_model("textcnn"), TEXT))
