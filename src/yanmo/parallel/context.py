"""Context parallelism: every process holds a part of the positions of each row.

A batch of whole rows comes in; this process's part of it goes out, and a decoder that was told of
it (`Decoder.row_part`). A row is cut into twice as many chunks as there are parts, and part r gets
chunks r and 2C-1-r: one from the head and one from the tail, so that every part has the same number
of keys to look at (Llama 3, Grattafiori et al. 2024, section 3.3.2). How attention reaches the
other parts is in `context_attention`; gradients are summed by whoever runs the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.decoder import Decoder
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.context_attention import ExchangedHeads, GatheredKeys
from yanmo.parallel.mesh import Mesh

_FILL = {"labels": -100, "document_ids": -1}
"""What stands at positions that were added; 0 in everything else."""


def check_context(config: ParallelConfig, shape: ModelShape) -> None:
    """Whether a model of `shape` can share its rows among `config.context` processes.

    Raises:
        ConfigError: it is no causal Transformer; its rows or heads cannot be divided.
    """
    size = config.context
    if size == 1:
        return
    if not isinstance(shape, TransformerConfig) or shape.form != "decoder":
        raise ConfigError(
            t("only a causal Transformer can share the positions of its rows"),
            where="parallel.context",
            hint=t("Set context = 1 and use replicate or shard."),
        )
    if shape.max_seq_len % (2 * size):
        raise ConfigError(
            t(
                "rows of {length} positions cannot be cut into {chunks} equal chunks",
                length=shape.max_seq_len,
                chunks=2 * size,
            ),
            where="model.max_seq_len",
            why=t("with context = {size} every row is cut into twice as many chunks", size=size),
            hint=t("Take a multiple of {chunks}.", chunks=2 * size),
        )
    if config.context_attention == "ulysses":
        _check_heads(config, shape)


def _check_heads(config: ParallelConfig, shape: TransformerConfig) -> None:
    num_sharers = config.context * config.tensor
    for name, count in (("num_heads", shape.num_heads), ("num_kv_heads", shape.num_kv_heads)):
        if count % num_sharers:
            raise ConfigError(
                t(
                    "{name} = {count} {count:head|heads} cannot be divided among {sharers}"
                    " processes",
                    name=name,
                    count=count,
                    sharers=num_sharers,
                ),
                where="parallel.context_attention",
                why=t("`ulysses` exchanges whole heads for positions"),
                hint=t("Use context_attention = 'all_gather', which divides no heads."),
            )


def apply_context_parallel(model: nn.Module, mesh: Mesh) -> None:
    """Let `model` take batches that `cut_positions` has cut for this process; nothing without
    `context`.

    Raises:
        ConfigError: see `check_context`.
    """
    if mesh.config.context == 1:
        return
    assert isinstance(model, Decoder), "checked before the mesh was built"
    check_context(mesh.config, model.config)
    kind = GatheredKeys if mesh.config.context_attention == "all_gather" else ExchangedHeads
    model.row_part = kind(mesh.axis("context").get_group(), mesh.place("context"))


def cut_positions(
    batch: Mapping[str, torch.Tensor], place: int, size: int
) -> dict[str, torch.Tensor]:
    """The part of whole rows that process `place` of `size` holds.

    Rows that cannot be cut into 2 * `size` chunks are first filled up with padding: those of blank
    infilling are as wide as their widest row happens to be.

    Args:
        batch: arrays (B, S) of a causal model.
        place: number of the part.
        size: number of parts.

    Returns:
        The same arrays, (B, S / size) each.
    """
    if size == 1:
        return dict(batch)
    width = batch["tokens"].shape[1]
    num_missing = -width % (2 * size)
    assert not num_missing or "document_ids" in batch, "only document numbers mark padding"
    cut = {}
    for name, values in batch.items():
        assert values.shape[1] == width, f"{name} does not belong to the positions of a row"
        if num_missing:
            values = F.pad(values, (0, num_missing), value=_FILL.get(name, 0))
        chunks = values.chunk(2 * size, dim=1)
        cut[name] = torch.cat((chunks[place], chunks[2 * size - 1 - place]), dim=1)
    return cut


def join_positions(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Whole rows (B, S, ...) from the parts (B, T, ...) of all processes, in the order of their
    places: the inverse of `cut_positions`."""
    halves = [part.chunk(2, dim=1) for part in parts]
    return torch.cat([head for head, _ in halves] + [tail for _, tail in reversed(halves)], dim=1)
