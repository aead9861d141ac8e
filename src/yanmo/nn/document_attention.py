"""Attention over rows of several documents, document by document, on a CPU.

Queries, keys, values, a mask and the document of every position come in; mixed values go out, equal
to those of the masked square but for rounding. A row is cut into spans that no document crosses,
and torch's fused kernel mixes each span alone: its work grows with the documents' lengths and not
with the row's. Where too little would be saved, the square is mixed at once. When this is used at
all is decided in `attention_backends`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

_JOINED_POSITIONS = 64
"""Neighbouring documents share a span up to this length: under it, a call costs more than the keys
that it saves (512 positions with documents of 10, time of the masked square over this: 1.6 without,
2.6 with 64, 2.2 with 128)."""
MIN_KEYS_TOLD = 768
"""Positions from which the kernel gains by hearing of causality beside a mask: 0.94 to 0.99 at 256
and 512, 1.25 at 768, 1.3 at 1,024, 1.6 at 2,048. The numbers are the same to the bit."""
_MIN_SAVED_KEYS = 64
"""Keys that a query must be spared on the average, which is what cutting costs a position: at 256
positions it gained 1.12 where 107 were spared and lost 0.93 where 20 were."""

HAS_DOCUMENT_KERNEL = all(
    hasattr(torch.ops.aten, f"_scaled_dot_product_flash_attention_for_cpu{ending}")
    for ending in ("", "_backward")
)
"""Whether this torch has the kernel, which is no part of its public interface."""


class Span(NamedTuple):
    """Positions `begin` to `end` of a row; whether they are one document and no padding."""

    begin: int
    end: int
    is_document: bool


class _Piece(NamedTuple):
    """What one call of the kernel mixes, and whether it needs the mask."""

    rows: slice
    places: slice
    is_masked: bool

    def of(self, values: torch.Tensor) -> torch.Tensor:
        """(B, N, T, ...) to this piece's part of it."""
        return values[self.rows, :, self.places]

    def tells(self, is_causal: bool) -> bool:
        """Whether the kernel hears of causality: it must where no mask says so."""
        length = self.places.stop - self.places.start
        return is_causal and (not self.is_masked or length >= MIN_KEYS_TOLD)

    def of_mask(self, mask: torch.Tensor) -> torch.Tensor | None:
        """(B or 1, 1 or N, T, T) to this piece's squares."""
        if not self.is_masked:
            return None
        rows = self.rows if mask.shape[0] > 1 else slice(None)
        return mask[rows, :, self.places, self.places]


def attend_by_documents(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    document_ids: torch.Tensor,
    *,
    is_causal: bool,
    is_mask_implied: bool,
    scale: float,
) -> torch.Tensor:
    """softmax(scale Q K^T + mask) V without looking at the keys of other documents.

    Compiled code calls it as one operator, so that no shape follows the documents.

    Args:
        query: (B, N, T, H).
        key: (B, K, T, H); each key head serves N / K query heads.
        value: (B, K, T, H).
        mask: (B or 1, 1 or N, T, T), added to the scores, without a gradient; it hides every key
            of another document.
        document_ids: (B, T); equal numbers mark one document, -1 marks padding.
        is_causal: whether the mask hides the keys behind each query too.
        is_mask_implied: whether that is all it says of positions that are no padding.
        scale: what scores are multiplied by.

    Returns:
        (B, N, T, H).
    """
    if torch.is_autocast_enabled("cpu"):  # as torch's own attention does
        dtype = torch.get_autocast_dtype("cpu")
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    mixed: torch.Tensor = _mix_documents(
        query, key, value, mask.to(query.dtype), document_ids, is_causal, is_mask_implied, scale
    )[0]
    return mixed


def document_spans(document_ids: npt.NDArray[Any], joined: int) -> list[Span]:
    """Cut a row into spans that no document crosses.

    Args:
        document_ids: (T,); equal numbers mark one document, wherever they stand, -1 padding.
        joined: neighbours share a span that has no more positions than this.
    """
    begins = [0, *(np.flatnonzero(np.diff(document_ids)) + 1).tolist()]
    ends = [*begins[1:], len(document_ids)]
    numbers = document_ids[begins].tolist()
    last_runs = {number: run for run, number in enumerate(numbers)}
    spans: list[Span] = []
    open_until = -1  # the last run of equal numbers that an earlier document reaches
    for run, (begin, end, number) in enumerate(zip(begins, ends, numbers, strict=True)):
        if run <= open_until or (spans and end - spans[-1].begin <= joined):
            spans[-1] = Span(spans[-1].begin, end, False)
        else:
            spans.append(Span(begin, end, number >= 0))
        open_until = max(open_until, last_runs[number])
    return spans


def _plan(
    document_ids: torch.Tensor, num_heads: int, num_threads: int, is_mask_implied: bool
) -> list[_Piece]:
    """Which calls of the kernel mix a batch: one for all rows, or one a span."""
    num_rows, length = document_ids.shape
    rows = [document_spans(ids, _JOINED_POSITIONS) for ids in document_ids.numpy()]
    if all(len(spans) == 1 and spans[0].is_document for spans in rows):
        return [_Piece(slice(num_rows), slice(0, length), not is_mask_implied)]
    # The kernel's backward pass shares out heads and rows: with a row at a time, heads alone.
    in_rows = -(-num_heads // num_threads) * num_rows
    at_once = -(-num_heads * num_rows // num_threads)
    work = sum((span.end - span.begin) ** 2 for spans in rows for span in spans) * in_rows / at_once
    if work + _MIN_SAVED_KEYS * length * num_rows > length**2 * num_rows:
        return [_Piece(slice(num_rows), slice(0, length), True)]
    return [
        _Piece(
            slice(row, row + 1),
            slice(span.begin, span.end),
            not (is_mask_implied and span.is_document),
        )
        for row, spans in enumerate(rows)
        for span in spans
    ]


def _empty_like_heads(heads: torch.Tensor, *shape: int, dtype: torch.dtype) -> torch.Tensor:
    """(B, N, T, ...) whose heads lie beside each other in memory, as the projections want them."""
    batch_size, num_heads, num_positions, *rest = shape
    empty = torch.empty(
        (batch_size, num_positions, num_heads, *rest), dtype=dtype, device=heads.device
    )
    return empty.transpose(1, 2)


def _empty_results(query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Room for mixed values (B, N, T, H) and for the logarithms of the sums, (B, N, T)."""
    exact = torch.float64 if query.dtype == torch.float64 else torch.float32
    return (
        _empty_like_heads(query, *query.shape, dtype=query.dtype),
        _empty_like_heads(query, *query.shape[:3], dtype=exact),
    )


def _empty_gradients(*heads: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    query, key, value = (_empty_like_heads(x, *x.shape, dtype=x.dtype) for x in heads)
    return query, key, value


def _by_pieces(
    plan: Sequence[_Piece],
    compute: Callable[[_Piece], Sequence[torch.Tensor]],
    make_room: Callable[[], Sequence[torch.Tensor]],
) -> Sequence[torch.Tensor]:
    """What `compute` gives for each piece, put together; a single piece needs no room."""
    if len(plan) == 1:
        return [_with_heads_inside(values) for values in compute(plan[0])]
    wholes = make_room()
    for piece in plan:
        for part, whole in zip(compute(piece), wholes, strict=True):
            piece.of(whole).copy_(part)
    return wholes


@torch.library.custom_op("yanmo::mix_documents", mutates_args=(), device_types="cpu")
def _mix_documents(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    document_ids: torch.Tensor,
    is_causal: bool,
    is_mask_implied: bool,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixed values (B, N, T, H) and the logarithms of the sums of powers, (B, N, T)."""
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default

    def mix(piece: _Piece) -> Sequence[torch.Tensor]:
        return kernel(  # type: ignore[no-any-return]
            *(piece.of(x) for x in (query, key, value)),
            0.0,
            piece.tells(is_causal),
            attn_mask=piece.of_mask(mask),
            scale=scale,
        )

    plan = _plan(document_ids, query.shape[1], torch.get_num_threads(), is_mask_implied)
    mixed, log_sums = _by_pieces(plan, mix, lambda: _empty_results(query))
    return mixed, log_sums


@torch.library.custom_op("yanmo::mix_documents_backward", mutates_args=(), device_types="cpu")
def _mix_documents_backward(
    gradient: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mixed: torch.Tensor,
    log_sums: torch.Tensor,
    mask: torch.Tensor,
    document_ids: torch.Tensor,
    is_causal: bool,
    is_mask_implied: bool,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of query, key and value."""
    kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward.default

    def differentiate(piece: _Piece) -> Sequence[torch.Tensor]:
        return kernel(  # type: ignore[no-any-return]
            *(piece.of(x) for x in (gradient, query, key, value, mixed, log_sums)),
            0.0,
            piece.tells(is_causal),
            attn_mask=piece.of_mask(mask),
            scale=scale,
        )

    plan = _plan(document_ids, query.shape[1], torch.get_num_threads(), is_mask_implied)
    of_query, of_key, of_value = _by_pieces(
        plan, differentiate, lambda: _empty_gradients(query, key, value)
    )
    return of_query, of_key, of_value


def _with_heads_inside(values: torch.Tensor) -> torch.Tensor:
    """(B, N, T, ...) as compiled code was told that it lies in memory, which it does already."""
    return values.transpose(1, 2).contiguous().transpose(1, 2)


@_mix_documents.register_fake
def _(query: torch.Tensor, *_: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return _empty_results(query)


@_mix_documents_backward.register_fake
def _(
    gradient: torch.Tensor, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    del gradient
    return _empty_gradients(query, key, value)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, torch.Tensor]) -> None:
    query, key, value, mask, document_ids, *ctx.settings = inputs
    ctx.save_for_backward(query, key, value, *output, mask, document_ids)


def _backward(ctx: Any, gradient: torch.Tensor, _: torch.Tensor) -> tuple[Any, ...]:
    gradients = _mix_documents_backward(gradient, *ctx.saved_tensors, *ctx.settings)
    return (*gradients, None, None, None, None, None)


_mix_documents.register_autograd(_backward, setup_context=_keep)
