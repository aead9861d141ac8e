"""Small backbones of every kind, and rows of texts of different lengths to read."""

from __future__ import annotations

from typing import Any

import torch

from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.presets import derive_model
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN

VOCAB = 64
LENGTHS = torch.tensor([12, 7, 1])
LABELS = ("bad", "fair", "good")
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TRANSFORMERS = ("bert", "roberta", "gpt2", "qwen3", "llama", "t5")
FAMILIES = (*TRANSFORMERS, "lstm", "cnn", "ffn", "lstm_seq2seq", "bilstm", "textcnn")
TAGGERS = tuple(family for family in FAMILIES if family != "textcnn")
PACKING = tuple(family for family in TAGGERS if family not in ("t5", "lstm_seq2seq"))
"""Families that read several texts in a row."""


def build_backbone(family: str, **fields: Any) -> Any:
    """A model of 64 tokens, 32 wide."""
    if family == "bilstm":
        config = RecurrentEncoderConfig(vocab_size=VOCAB, d_model=16, d_hidden=32, dropout=0.1)
        network = BidirectionalRecurrent(config)
        network.init_weights(0)
        return network
    if family == "textcnn":
        text_cnn = TextCNN(
            TextCNNConfig(vocab_size=VOCAB, num_classes=0, d_model=16, num_filters=8, dropout=0.1)
        )
        text_cnn.init_weights(0)
        return text_cnn
    section: dict[str, Any] = {"family": family, "depth": 2, "d_model": 32, "max_seq_len": 16}
    if family not in ("lstm", "cnn", "ffn", "lstm_seq2seq"):
        section["num_heads"] = 4
    model = ModelConfig.model_validate(section | fields)
    return build_model(derive_model(model, VOCAB).config, torch.device("cpu"), seed=0)


def build_task_model(family: str, *heads: HeadSpec, **fields: Any) -> TaskModel:
    """A task model with weights far from their small beginnings, so that a mistake shows."""
    model = TaskModel(build_backbone(family, **fields), heads)
    model.init_heads(seed=1)
    with torch.no_grad():
        for name, parameter in model.heads.named_parameters():
            generator = torch.Generator().manual_seed(len(name))
            if "chain" in name or name.endswith("bias"):
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
            else:
                parameter.mul_(20)
    return model.eval()


def classes(pooling: Any = None, name: str = "sentiment") -> HeadSpec:
    """A head of three classes."""
    return HeadSpec(name, "classification", LABELS, pooling=pooling)


def tagger(*, has_crf: bool = False) -> HeadSpec:
    """A head of five BIO tags."""
    return HeadSpec("entities", "tagging", TAGS, has_crf=has_crf)


NUMBER = HeadSpec("similarity", "regression")
SPAN = HeadSpec("answer", "spans")


def draw_rows() -> dict[str, torch.Tensor]:
    """Three texts of 12, 7 and 1 tokens."""
    tokens = torch.randint(2, 60, (3, 12), generator=torch.Generator().manual_seed(2))
    mask = torch.arange(12)[None] < LENGTHS[:, None]
    return {"tokens": tokens.masked_fill(~mask, 1), "mask": mask}
