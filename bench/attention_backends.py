"""Milliseconds of attention by backend, forward and backward, over lengths, widths and masks.

Backends are timed in turn (explicit, sdpa, explicit, ...), so that a machine whose speed drifts
favours nobody; the medians and the median of the ratios pair by pair are printed. A ratio below one
means that the explicit form is faster; `nn/attention_backends.py` takes its rule from this table.
With `--packed` the rows hold documents of random lengths, and what is timed is torch's kernel under
their mask, the same when it hears of causality, and document by document; with `--step` too, a
whole training step. Times are of the processor where there is one thread, else of the clock.

    python bench/attention_backends.py
    python bench/attention_backends.py --dtype bfloat16 --lengths 64 128 --repeats 15
    python bench/attention_backends.py --packed 100 500 --lengths 256 512 1024 2048 --threads 1
    python bench/attention_backends.py --packed 100 500 --lengths 1024 --threads 1 --step
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from yanmo.core.device import choose_device, computes_bfloat16, device_name
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.nn import attention_backends
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


def times_in_turn(runs: Mapping[str, Callable[[], None]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each contender, turn by turn, after one turn that does not count."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            started_at = clock()
            run()
            if turn:
                times[name].append(clock() - started_at)
    return times


def draw_documents(rows: int, length: int, mean: int) -> torch.Tensor:
    """(B, T): numbers of documents whose lengths are drawn from an exponential distribution."""
    generator = np.random.default_rng(0)
    drawn = [np.ceil(generator.exponential(mean, length)).astype(int) for _ in range(rows)]
    return torch.from_numpy(np.stack([np.arange(length).repeat(n)[:length] for n in drawn]))


def packed_layer(
    length: int, mean: int, dtype: torch.dtype, head_dim: int, groups: int
) -> dict[str, Callable[[], None]]:
    """One call of attention over packed rows: the mask alone, with causality, by documents."""
    rows, num_heads = max(1, 2 * NUM_TOKENS // length), WIDTH // head_dim
    ids = draw_documents(rows, length, mean)
    mask = additive_mask(causal_document_mask(ids), dtype)
    query, key, value = (
        torch.randn(rows, length, heads, head_dim, dtype=dtype).transpose(1, 2).requires_grad_()
        for heads in (num_heads, num_heads // groups, num_heads // groups)
    )
    target = torch.randn_like(query)
    told = {"is_causal": True, "document_ids": ids, "is_mask_implied": True}

    def run(backend: AttentionBackend, **said: Any) -> None:
        attend(query, key, value, mask=mask, backend=backend, **said).backward(target)

    return {
        "mask": lambda: run("sdpa"),
        "causality": lambda: run("sdpa", is_causal=True),
        "documents": lambda: run("documents", **told),
        "auto": lambda: run("auto", **told),
    }


def packed_step(length: int, mean: int, is_compiled: bool) -> dict[str, Callable[[], None]]:
    """A training step of 6 layers x 256 over packed rows: the mask alone, and what auto does."""
    rows = max(1, 2 * NUM_TOKENS // length)
    ids = draw_documents(rows, length, mean)
    section = ModelConfig(
        family="gpt2", depth=6, d_model=WIDTH, num_heads=4, max_seq_len=length, dropout=0.0
    )
    shape = derive_model(section, 4096, {"eos": 0, "pad": 1}).config
    tokens = torch.randint(4096, (rows, length))

    def contender() -> Callable[[], None]:
        model = build_model(shape, torch.device("cpu"), seed=0).train()
        optimizer = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
        called = torch.compile(model, dynamic=False) if is_compiled else model

        def step() -> None:
            loss = called(tokens=tokens, document_ids=ids, labels=tokens).loss_sum
            (loss / tokens.numel()).backward()
            optimizer.step()
            optimizer.zero_grad()

        return step

    plain, automatic = contender(), contender()

    def masked() -> None:
        chosen = attention_backends.choose_backend
        told_from = attention_backends.MIN_KEYS_TOLD
        attention_backends.choose_backend = lambda **_: "sdpa"
        attention_backends.MIN_KEYS_TOLD = length + 1
        plain()
        attention_backends.choose_backend = chosen
        attention_backends.MIN_KEYS_TOLD = told_from

    return {"mask": masked, "auto": automatic}


def print_packed(args: argparse.Namespace) -> None:
    """The table of packed rows: milliseconds under the mask, and how many times faster it goes."""
    print("| dtype | H | groups | T | documents | what | mask ms | times faster |")
    print("|---|---|---|---|---|---|---|---|")
    for dtype, head_dim, groups, length, mean in itertools.product(
        args.dtype, args.head_dims, args.groups, args.lengths, args.packed
    ):
        if args.step:
            runs = packed_step(length, mean, args.compile)
        else:
            runs = packed_layer(length, mean, getattr(torch, dtype), head_dim, groups)
        times = times_in_turn(runs, args.repeats)
        masked = times.pop("mask")
        for name, seconds in times.items():
            ratio = statistics.median(a / b for a, b in zip(masked, seconds, strict=True))
            print(
                f"| {dtype} | {head_dim} | {groups} | {length} | {mean} | {name}"
                f" | {1e3 * statistics.median(masked):.1f} | {ratio:.2f} |",
                flush=True,
            )


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
    parser.add_argument("--packed", nargs="+", type=int, help="mean lengths of documents")
    parser.add_argument("--step", action="store_true", help="whole training steps of packed rows")
    parser.add_argument("--compile", action="store_true", help="compiled steps")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    torch.manual_seed(0)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.packed:
        print_packed(args)
        return
    device = choose_device(args.device)
    native = "computes" if computes_bfloat16(device) else "only emulates"
    print(f"{device_name(device)}; {native} bfloat16; torch {torch.__version__}")
    print("| kind | dtype | H | groups | S | explicit ms | sdpa ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for call in calls(args):
        run = build(call, device)
        runs = {name: partial(run, name) for name in ("explicit", "sdpa")}
        times = times_in_turn(runs, args.repeats)
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
