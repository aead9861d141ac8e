"""One small model and its AdamW state in every layout that a run can have, with the same values.

Weights come from the name alone and gradients are multiples of the weights, so that every layout
computes the same bits without talking; what a single process has is what all must hold.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    Infos,
    TrainingState,
    optimizer_targets,
)
from yanmo.parallel.ranks import Ranks

Tensors = dict[str, torch.Tensor]
SIZES = {
    "single": 1,
    "ddp2": 2,
    "fsdp2": 2,
    "tp2": 2,
    "pp2": 2,
    "fsdp4": 4,
    "fsdp2_tp2": 4,
    "hsdp2x2": 4,
}
"""Layouts and their processes."""

_SHAPES: dict[str, tuple[int, ...]] = {
    "embed.weight": (13, 6),  # 13 rows are no multiple of 2 or 4
    "blocks.0.attn.q_proj.weight": (8, 6),
    "blocks.0.attn.o_proj.weight": (6, 8),
    "blocks.0.attn_norm.weight": (3,),  # fewer than processes
    "blocks.1.mlp.up_proj.weight": (12, 6),
    "blocks.1.mlp.down_proj.weight": (6, 12),
    "blocks.1.scale": (5, 4),  # bfloat16
    "blocks.1.cube": (3, 2, 4),
    "final_norm.weight": (6,),
}
_TENSOR_DIMS = {"q_proj": 0, "o_proj": 1, "up_proj": 0, "down_proj": 1, "cube": 2}
_FIRST_STAGE = ("embed", "blocks.0", "temperature")
STATE = {"step": 20, "rows_done": 1234, "note": "研墨", "rng": {"0": [1, 2, 3], "1": [4, 5, 6]}}


class Tiny(nn.Module):
    """Parameters by name; `seed` other than 0 gives others, as before loading."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        for name, shape in _SHAPES.items():
            draw = torch.Generator().manual_seed(zlib.crc32(name.encode()) + seed)
            values = torch.randn(shape, generator=draw)
            if name.endswith("scale"):
                values = values.bfloat16()
            owner, _, last = name.rpartition(".")
            self._at(owner).register_parameter(last, nn.Parameter(values))
        self.register_buffer("temperature", torch.tensor(1.5 + seed))
        self.register_buffer("counts", torch.arange(9) * 2**40 + seed)

    def _at(self, path: str) -> nn.Module:
        module: nn.Module = self
        for part in filter(None, path.split(".")):
            if part not in dict(module.named_children()):
                module.add_module(part, nn.Module())
            module = module.get_submodule(part)
        return module

    def keep(self, names: tuple[str, ...], *, is_first: bool) -> None:
        """Drop what belongs to another stage."""
        for name in _all_names(self):
            if name.startswith(names) != is_first:
                owner, _, last = name.rpartition(".")
                delattr(self._at(owner), last)


def build(layout: str, ranks: Ranks, seed: int = 0) -> Tiny:
    """The model as this process holds it."""
    assert SIZES[layout] == ranks.size, f"{layout} is for {SIZES[layout]} processes"
    model = Tiny(seed)
    if layout == "pp2":
        model.keep(_FIRST_STAGE, is_first=ranks.rank == 0)
    elif layout == "tp2":
        _share_products(model, init_device_mesh("cpu", (2,), mesh_dim_names=("tensor",)))
    elif layout in ("fsdp2", "fsdp4"):
        fully_shard(model, mesh=init_device_mesh("cpu", (ranks.size,)))
    elif layout == "hsdp2x2":
        fully_shard(model, mesh=init_device_mesh("cpu", (2, 2), mesh_dim_names=("r", "s")))
    elif layout == "fsdp2_tp2":
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("shard", "tensor"))
        _share_products(model, mesh["tensor"])
        fully_shard(model, mesh=mesh["shard"])
    return model


def _share_products(model: Tiny, mesh: Any) -> None:
    for name, parameter in list(model.named_parameters()):
        owner, _, last = name.rpartition(".")
        dim = next((dim for part, dim in _TENSOR_DIMS.items() if part in name), None)
        if dim is not None:
            shared = distribute_tensor(parameter.detach(), mesh, [Shard(dim)])
            setattr(model._at(owner), last, nn.Parameter(shared))


def train(model: Tiny) -> torch.optim.Optimizer:
    """Two steps of AdamW, element by element."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, foreach=False)
    for factor in (0.5, -0.25):
        for parameter in model.parameters():
            parameter.grad = parameter.detach().clone() * factor
        optimizer.step()
    return optimizer


def groups_of(model: Tiny, optimizer: torch.optim.Optimizer) -> dict[str, Tensors]:
    """What a checkpoint is made of."""
    states = {
        f"{name}.{key}": value
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state[parameter].items()
    }
    return {"model": model_tensors(model), "optimizer": states}


def model_tensors(model: Tiny) -> Tensors:
    """Parameters and buffers."""
    return {name: p.detach() for name, p in model.named_parameters()} | dict(model.named_buffers())


def _all_names(model: nn.Module) -> list[str]:
    return [name for name, _ in [*model.named_parameters(), *model.named_buffers()]]


def expected() -> dict[str, str]:
    """Digests of every tensor of a single process, by group and name."""
    model = Tiny()
    groups = groups_of(model, train(model))
    return digests(groups)


def digests(groups: Mapping[str, Mapping[str, torch.Tensor]]) -> dict[str, str]:
    """SHA-256 of every whole tensor with its dtype and shape; collective over DTensors."""
    found = {}
    for group, tensors in groups.items():
        for name, tensor in tensors.items():
            whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
            content = whole.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            text = f"{whole.dtype}{tuple(whole.shape)}".encode()
            found[f"{group}/{name}"] = hashlib.sha256(text + content).hexdigest()
    return found


def save_layouts(ranks: Ranks, folder: str, layouts: list[str]) -> list[str]:
    """Save each of `layouts` below `folder`; gives the files that they consist of."""
    files = []
    for layout in layouts:
        model = build(layout, ranks)
        groups = groups_of(model, train(model))
        with CheckpointStore(Path(folder) / layout, ranks) as store:
            path = store.save(TrainingState(20, groups, STATE))
        files += [f"{layout}/{file.name}" for file in path.iterdir()]
    return sorted(files)


def load_into_layouts(
    ranks: Ranks, folder: str, saved: list[str], layouts: list[str]
) -> dict[str, list[str]]:
    """Load each of `saved` into each of `layouts`; gives for each pair the tensors of this process
    that are not bit for bit what a single process has, and for the pair `... missing` those that no
    process has."""
    wanted = expected()
    wrong: dict[str, list[str]] = {}
    for layout in layouts:
        for source in saved:
            model = build(layout, ranks, seed=7)

            def targets(infos: Infos, model: Tiny = model) -> dict[str, Tensors]:
                parameters = dict(model.named_parameters())
                optimizer = optimizer_targets(parameters, infos["optimizer"])
                return {"model": model_tensors(model), "optimizer": optimizer}

            loaded = CheckpointStore(Path(folder) / source, ranks).load_latest(targets)
            assert loaded is not None
            assert loaded.state.state == STATE, "the data position is on every process"
            found = digests(
                {"model": model_tensors(model), "optimizer": loaded.state.tensors["optimizer"]}
            )
            wrong[f"{source} -> {layout}"] = [n for n, d in found.items() if wanted[n] != d]
            held = ranks.gather_json(list(found)) or []
            if ranks.is_main:
                missing = set(wanted) - {name for names in held for name in names}
                wrong[f"{source} -> {layout} missing"] = sorted(missing)
    return wrong
