"""Low-rank adaptation of a whole model: small matrices beside frozen ones, and their way back.

In: a language model or a task model. Out: the same model, of which the small matrices and the heads
alone are learned. Storing them is `checkpoint.adapter_folder`'s.
"""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.models.task_model import TaskModel
from yanmo.nn.lora import LoRALinear, lora_layers, replace_module

LEARNED_BESIDE: tuple[str, ...] = (".lora_a", ".lora_b", "embed.prompt")
"""How the names of weights end that stand beside a frozen model."""


def apply_lora(model: nn.Module, config: LoRAConfig, seed: int = 0) -> tuple[str, ...]:
    """Put small matrices beside the targets in every layer of `model`, in place, and freeze
    everything else but the heads of a task model and the pooler that they read.

    Nothing changes at first: what is added begins at zero.

    Args:
        model: a language model or a task model.
        config: rank, strength, and which matrices.
        seed: of the first small matrices, each from a seed of its own.

    Returns:
        Names of the adapted layers, in the model's order.

    Raises:
        ConfigError: a target that the model has no layer of.
    """
    names = lora_targets(model, config)
    freeze_backbone(model)
    for name in names:
        layer = LoRALinear(
            _linear(model, name),
            rank=config.rank,
            alpha=config.alpha,
            dropout=config.dropout,
            is_rank_stabilised=config.is_rank_stabilised,
        )
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        layer.init_weights(torch.Generator().manual_seed(int.from_bytes(digest[:7], "little")))
        replace_module(model, name, layer)
    return names


def merge_lora(model: nn.Module) -> tuple[str, ...]:
    """Add what the small matrices say to the matrices beside them, in place: the model has its
    plain layers again, and computes the same. Returns the names of the merged layers."""
    layers = list(lora_layers(model))
    for name, layer in layers:
        replace_module(model, name, layer.merged())
    return tuple(name for name, _ in layers)


def lora_targets(model: nn.Module, config: LoRAConfig) -> tuple[str, ...]:
    """Names of the layers that get small matrices, in the model's order.

    Raises:
        ConfigError: a target that the model has no layer of.
    """
    backbone = model.backbone if isinstance(model, TaskModel) else model
    prefix = "backbone." if isinstance(model, TaskModel) else ""
    linear = [
        f"{prefix}{name}"
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Linear)
        and "blocks." in name
        and not (prefix and name.startswith("decoder."))  # which no head reads
    ]
    for target in config.targets:
        if not any(name.endswith(f".{target}") for name in linear):
            known = sorted({name.rpartition(".")[2] for name in linear})
            raise ConfigError(
                t("this model has no matrix {target} to put an adapter beside", target=target),
                hint=t("It has: {names}.", names=listed(known) or "-"),
            )
    return tuple(name for name in linear if name.rpartition(".")[2] in config.targets)


def _linear(model: nn.Module, name: str) -> nn.Linear:
    layer = model.get_submodule(name)
    assert isinstance(layer, nn.Linear), f"{name} is no linear layer"
    return layer


def freeze_backbone(model: nn.Module) -> None:
    """Let nothing of a language model learn but adapters and a prompt, and of a task model its
    heads and the pooler that they read too."""
    backbone, learned = model, LEARNED_BESIDE
    if isinstance(model, TaskModel):
        backbone = model.backbone
        if any(spec.pooling == "pooler" for spec in model.specs):
            learned = (*learned, "pooler.weight", "pooler.bias")
    for name, parameter in backbone.named_parameters():
        if not name.endswith(learned):
            parameter.requires_grad_(False)
