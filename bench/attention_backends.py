"""Milliseconds of attention by backend, forward and backward, over lengths, widths and masks.

Backends are timed in turn (explicit, sdpa, explicit, ...), so that a machine whose speed drifts
favours nobody; the medians and the median of the ratios pair by pair are printed. A ratio below one
means that the explicit form is faster; `nn/attention_backends.py` takes its rule from this table.

    python bench/attention_backends.py
    python bench/attention_backends.py --dtype bfloat16 --lengths 64 128 --repeats 15
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch

from yanmo.core.device import choose_device, computes_bfloat16, device_name
from yanmo.nn.attention_backends import AttentionBackend, attend
from yanmo.nn.mask import additive_mask, causal_document_mask

KINDS = ("causal", "documents", "bias", "dropout", "decode")
NUM_TOKENS = 2048
"""Queries of one call, over all rows: longer contexts come in fewer rows, as in training."""
WIDTH = 256
"""Heads times the width of one head."""


class Call(NamedTuple):
    """One shape to time."""

    kind: str
    dtype: torch.dtype
    length: int
    head_dim: int
    num_groups: int


def build(call: Call, device: torch.device) -> Callable[[AttentionBackend], None]:
    """A call of attention, as a function of the backend: with its gradients, except in decoding."""
    num_heads = max(2, WIDTH // call.head_dim)
    has_gradient = call.kind != "decode"
    rows = max(1, NUM_TOKENS // call.length) if has_gradient else 8
    num_queries = call.length if has_gradient else 1

    def draw(*shape: int) -> torch.Tensor:
        tensor = torch.randn(shape, device=device, dtype=call.dtype)
        return tensor.requires_grad_(has_gradient)

    query = draw(rows, num_heads, num_queries, call.head_dim)
    num_kv_heads = max(1, num_heads // call.num_groups)
    key = draw(rows, num_kv_heads, call.length, call.head_dim)
    value = draw(rows, num_kv_heads, call.length, call.head_dim)
    mask = None
    if call.kind == "documents":
        ids = torch.arange(call.length, device=device)[None] * 4 // call.length
        mask = additive_mask(causal_document_mask(ids.expand(rows, -1)), call.dtype)
    if call.kind == "bias":
        mask = draw(1, num_heads, call.length, call.length)
    target = torch.randn_like(query)

    def run(backend: AttentionBackend) -> None:
        with torch.set_grad_enabled(has_gradient):
            mixed = attend(
                query,
                key,
                value,
                mask=mask,
                is_causal=call.kind in ("causal", "dropout"),
                dropout=0.1 if call.kind == "dropout" else 0.0,
                backend=backend,
            )
        if has_gradient:
            mixed.backward(target)
        if device.type == "cuda":
            torch.cuda.synchronize()

    return run


def times_in_turn(run: Callable[[AttentionBackend], None], repeats: int) -> dict[str, list[float]]:
    """Seconds of each backend, turn by turn, after one turn that does not count."""
    times: dict[str, list[float]] = {"explicit": [], "sdpa": []}
    backends: tuple[AttentionBackend, ...] = ("explicit", "sdpa")
    for turn in range(repeats + 1):
        for backend in backends:
            started_at = time.perf_counter()
            run(backend)
            if turn:
                times[backend].append(time.perf_counter() - started_at)
    return times


def calls(args: argparse.Namespace) -> Iterator[Call]:
    """Every shape that the arguments ask for."""
    for dtype in args.dtype:
        for kind in args.kinds:
            for head_dim in args.head_dims:
                for groups in args.groups:
                    for length in args.lengths:
                        yield Call(kind, getattr(torch, dtype), length, head_dim, groups)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--lengths", nargs="+", type=int, default=[64, 256, 1024, 2048])
    parser.add_argument("--head-dims", nargs="+", type=int, default=[32, 64, 128])
    parser.add_argument("--groups", nargs="+", type=int, default=[1])
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    torch.manual_seed(0)
    device = choose_device(args.device)
    native = "computes" if computes_bfloat16(device) else "only emulates"
    print(f"{device_name(device)}; {native} bfloat16; torch {torch.__version__}")
    print("| kind | dtype | H | groups | S | explicit ms | sdpa ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for call in calls(args):
        times = times_in_turn(build(call, device), args.repeats)
        pairs = zip(times["explicit"], times["sdpa"], strict=True)
        explicit, sdpa = (1e3 * statistics.median(times[name]) for name in ("explicit", "sdpa"))
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        dtype = str(call.dtype).removeprefix("torch.")
        print(
            f"| {call.kind} | {dtype} | {call.head_dim} | {call.num_groups} | {call.length}"
            f" | {explicit:.2f} | {sdpa:.2f} | {ratio:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
