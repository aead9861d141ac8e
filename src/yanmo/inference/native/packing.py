"""Weights in the layout that the kernels stream: panels of 32 outputs, see `panels.h`.

In: a matrix as torch has it. Out: bytes, (panels, bytes of a panel). All panels of a model lie in
one piece of memory in the order in which a step reads them.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from yanmo.inference.native.structures import MatrixStructure
from yanmo.nn.quantized_linear import GROUP, quantize_weight

PANEL = 32
_HUGE_PAGE = 2 * 2**20


def pack_matrix(weight: torch.Tensor, weights: str) -> torch.Tensor:
    """(N, K) to (P, bytes) uint8: P panels of 32 outputs, in the format `weights`."""
    num_panels = -(-weight.shape[0] // PANEL)
    if weights in ("int8", "int4"):
        quantized = quantize_weight(weight, 8 if weights == "int8" else 4)
        rows = num_panels * PANEL - weight.shape[0]
        values = F.pad(quantized.values, (0, 0, 0, rows))
        scales = F.pad(quantized.scales, (0, 0, 0, rows))
        pack = _pack_int8 if weights == "int8" else _pack_int4
        return pack(values, scales, num_panels)
    dtype = torch.float32 if weights == "float32" else torch.bfloat16
    missing = (0, -weight.shape[1] % GROUP, 0, num_panels * PANEL - weight.shape[0])
    padded = F.pad(weight.detach().to(dtype), missing)
    if weights == "float32":
        panels = padded.view(num_panels, PANEL, -1).transpose(1, 2)  # (P, K, 32)
    else:
        pairs = padded.view(num_panels, PANEL, -1, 2)  # (P, 32, K / 2, 2)
        panels = pairs.transpose(1, 2)
    return panels.contiguous().view(num_panels, -1).view(torch.uint8)


def _pack_int8(values: torch.Tensor, scales: torch.Tensor, num_panels: int) -> torch.Tensor:
    unsigned = (values.to(torch.int16) + 128).to(torch.uint8)
    parts = unsigned.view(num_panels, 2, 16, -1, 8, 4)  # half, output, group, four, input
    groups = parts.permute(0, 3, 1, 4, 2, 5).reshape(num_panels, -1, PANEL * GROUP)
    return torch.cat((groups, _pack_scales(scales, num_panels)), dim=-1).flatten(1)


def _pack_int4(values: torch.Tensor, scales: torch.Tensor, num_panels: int) -> torch.Tensor:
    unsigned = (values + 8).to(torch.uint8)
    parts = unsigned.view(num_panels, 2, 16, -1, 2, 4, 4)  # ..., group, half of a byte, four, input
    parts = parts.permute(4, 0, 3, 1, 5, 2, 6)
    groups = (parts[0] | (parts[1] << 4)).reshape(num_panels, -1, PANEL * GROUP // 2)
    return torch.cat((groups, _pack_scales(scales, num_panels)), dim=-1).flatten(1)


def _pack_scales(scales: torch.Tensor, num_panels: int) -> torch.Tensor:
    by_group = scales.view(num_panels, PANEL, -1).transpose(1, 2).contiguous()
    return by_group.view(torch.uint8)  # (P, Kp / 32, 64)


class PackedWeights:
    """Panels of all matrices, biases and norms of a model, and the C structures that name them.

    Args:
        weights: the format of matrices.
    """

    def __init__(self, weights: str) -> None:
        self.weights = weights
        self._kept: list[torch.Tensor] = []
        self._waiting: list[tuple[MatrixStructure, torch.Tensor]] = []

    @property
    def num_bytes(self) -> int:
        """What everything takes."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self._kept)

    def vector(self, values: torch.Tensor | None, width: int | None = None) -> int | None:
        """The address of `values` in float32, filled with zeros to `width`; None of None."""
        if values is None:
            return None
        kept = values.detach().float()
        kept = F.pad(kept, (0, (width or kept.shape[-1]) - kept.shape[-1])).contiguous()
        return self.keep(kept)

    def keep(self, tensor: torch.Tensor) -> int:
        """The address of a contiguous tensor, which stays where it is from now on."""
        assert tensor.is_contiguous(), "C reads memory in its order"
        self._kept.append(tensor)
        return tensor.data_ptr()

    def matrix(
        self,
        layers: Sequence[torch.nn.Linear],
        structure: MatrixStructure,
        *,
        takes_turns: bool = False,
    ) -> None:
        """Describe in `structure` the matrix of `layers`, which read one input: their outputs lie
        one behind the other, or their panels take turns."""
        if takes_turns:
            parts = [pack_matrix(layer.weight, self.weights) for layer in layers]
            panels = torch.stack(parts, dim=1).flatten(0, 1)
            bias = _turns_of([layer.bias for layer in layers])
        else:
            weight = torch.cat([layer.weight.detach() for layer in layers])
            panels = pack_matrix(weight, self.weights)
            biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
            bias = torch.cat(biases) if biases else None
        structure.bias = self.vector(bias, len(panels) * PANEL)
        structure.num_panels, structure.panel_bytes = panels.shape
        num_inputs = layers[0].weight.shape[1]
        structure.num_inputs = num_inputs + -num_inputs % GROUP
        self._waiting.append((structure, panels))

    def settle(self) -> None:
        """Bring all matrices together and write their addresses."""
        memory = large_memory(sum(panels.numel() for _, panels in self._waiting))
        place = 0
        for structure, panels in self._waiting:
            home = memory[place : place + panels.numel()]
            home.copy_(panels.flatten())
            structure.panels = home.data_ptr()
            place += panels.numel()
        self._kept.append(memory)
        self._waiting.clear()


def _turns_of(biases: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    parts = [
        F.pad(bias.detach(), (0, -len(bias) % PANEL)).view(-1, PANEL)
        for bias in biases
        if bias is not None
    ]
    return torch.stack(parts, dim=1).flatten() if parts else None


def large_memory(num_bytes: int) -> torch.Tensor:
    """(num_bytes,) uint8, zeros; in large pages where the system has them, since what is streamed
    in small ones waits for the page table."""
    area = mmap.mmap(-1, num_bytes + _HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is not None:
        try:
            area.madvise(advice)
        except OSError:
            advice = None  # a kernel without large pages; the small ones hold the same
    memory = torch.from_numpy(np.frombuffer(area, dtype=np.uint8))
    skipped = -memory.data_ptr() % _HUGE_PAGE
    return memory[skipped : skipped + num_bytes]
