"""Seconds of training until the loss that nanoGPT ends with: its CPU configuration against ours.

nanoGPT trains as its README recommends for a CPU (4 layers, 4 heads, 128 wide, context 64, batch
12, 2000 iterations, AdamW, cosine), with its own model.py and optimiser. Ours is the default
decoder (qwen3-like, Muon, warmup-stable-decay) on the same tokens, device and threads. Both are
measured on the same held-out windows, outside the clock; the two take turns, so that a machine
whose speed drifts favours nobody.

    git clone https://github.com/karpathy/nanoGPT
    python bench/time_to_loss.py --nanogpt nanoGPT --data FOLDER --seeds 3

FOLDER holds `tinyshakespeare/input.txt` (karpathy/char-rnn, data/tinyshakespeare) and `wikitext-2`
with the archive `wikitext-2-v1.zip` (train and test tokens), either of them or both; a text may be
gzipped. tinyshakespeare is read by characters, WikiText-2 by 4096 byte pairs learned on its train
part.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import math
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from yanmo.core.device import device_name
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.parallel.execution import SingleProcess
from yanmo.training.allocation import keep_freed_memory
from yanmo.training.config import PretrainConfig
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.optimizer_config import MuonConfig
from yanmo.training.optimizers import build_optimizer
from yanmo.training.schedule_config import ScheduleConfig
from yanmo.training.step import TrainingStep

BLOCK = 64
"""Context of both, that of nanoGPT's configuration."""
PEER_BATCH = 12
PEER_STEPS = 2000
PEER_WARM_UP = 100
PEER_RATES = (1e-3, 1e-4)
VOCAB_SIZE = 4096
NUM_TICKS = 25
"""Times that the two take turns, and that ours is measured."""
CPU = torch.device("cpu")
Ids = np.ndarray[Any, np.dtype[np.int64]]
Scores = Callable[[torch.Tensor], torch.Tensor]


class Corpus(NamedTuple):
    """Token ids of one text."""

    name: str
    train: Ids
    held_out: Ids
    vocab_size: int


class Contender(NamedTuple):
    """How to take step number i, how to score tokens, and how many steps there are."""

    step: Callable[[int], None]
    scores: Scores
    num_steps: int


def load_shakespeare(folder: Path) -> Corpus:
    """Characters, the last tenth held out, as nanoGPT prepares them."""
    path = folder / "tinyshakespeare" / "input.txt"
    if path.exists():
        text = path.read_text()
    else:
        text = gzip.decompress(path.with_name("input.txt.gz").read_bytes()).decode()
    alphabet = {character: index for index, character in enumerate(sorted(set(text)))}
    ids = np.array([alphabet[character] for character in text], dtype=np.int64)
    border = int(0.9 * len(ids))
    return Corpus("tinyshakespeare", ids[:border], ids[border:], len(alphabet))


def load_wikitext(folder: Path) -> Corpus:
    """Byte pairs learned on the train part; the test part is held out."""
    from tokenizers import ByteLevelBPETokenizer

    with zipfile.ZipFile(folder / "wikitext-2" / "wikitext-2-v1.zip") as archive:
        texts = {
            part: archive.read(f"wikitext-2/wiki.{part}.tokens").decode()
            for part in ("train", "test")
        }
    tokenizer = ByteLevelBPETokenizer()
    lines = io.StringIO(texts["train"])
    tokenizer.train_from_iterator(lines, vocab_size=VOCAB_SIZE, show_progress=False)
    ids = {
        part: np.concatenate(
            [entry.ids for entry in tokenizer.encode_batch(text.splitlines(keepends=True))]
        ).astype(np.int64)
        for part, text in texts.items()
    }
    return Corpus("wikitext-2", ids["train"], ids["test"], VOCAB_SIZE)


def build_nanogpt(corpus: Corpus, path: Path, seed: int) -> Contender:
    """nanoGPT's model and optimiser, and its train.py's batches and schedule."""
    sys.path.insert(0, str(path))
    from model import GPT, GPTConfig

    torch.manual_seed(1337 + seed)
    with contextlib.redirect_stdout(io.StringIO()):
        shape = {"n_layer": 4, "n_head": 4, "n_embd": 128, "dropout": 0.0, "bias": False}
        model = GPT(GPTConfig(block_size=BLOCK, vocab_size=corpus.vocab_size, **shape))
        optimizer = model.configure_optimizers(0.1, PEER_RATES[0], (0.9, 0.99), "cpu")
    tokens = torch.from_numpy(corpus.train)

    def step(index: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = peer_rate(index)
        begins = torch.randint(len(tokens) - BLOCK, (PEER_BATCH,)).tolist()
        inputs = torch.stack([tokens[begin : begin + BLOCK] for begin in begins])
        labels = torch.stack([tokens[begin + 1 : begin + 1 + BLOCK] for begin in begins])
        _, loss = model(inputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def scores(inputs: torch.Tensor) -> torch.Tensor:
        given: torch.Tensor = model(inputs, inputs)[0]  # it scores all positions only with labels
        return given

    return Contender(step, scores, PEER_STEPS)


def peer_rate(index: int) -> float:
    """Linear warm-up, then half a cosine down to the least rate."""
    peak, least = PEER_RATES
    if index < PEER_WARM_UP:
        return peak * (index + 1) / (PEER_WARM_UP + 1)
    done = (index - PEER_WARM_UP) / (PEER_STEPS - PEER_WARM_UP)
    return least + 0.5 * (1 + math.cos(math.pi * done)) * (peak - least)


def build_ours(corpus: Corpus, args: argparse.Namespace, seed: int) -> Contender:
    """The default decoder under the default optimiser and schedule, through our training step."""
    keep_freed_memory(CPU)
    section = ModelConfig(
        family="qwen3", depth=args.depth, d_model=args.width, num_heads=4, max_seq_len=BLOCK
    )
    model = build_model(derive_model(section, corpus.vocab_size).config, CPU, seed=seed)
    config = PretrainConfig(
        steps=args.steps,
        batch_rows=args.batch,
        seed=seed,
        optimizer=MuonConfig(learning_rate=args.rate, adamw_learning_rate=args.adamw_rate),
        schedule=ScheduleConfig(
            warmup_steps=min(args.warm_up, args.steps - 1), decay_frac=args.decay
        ),
    )
    step = TrainingStep(
        SingleProcess(model),
        CausalObjective(),
        build_optimizer(model, config.optimizer),
        config,
        device=CPU,
        dtype=torch.float32,
    )
    generator = np.random.default_rng(seed)
    positions = np.tile(np.arange(BLOCK), (args.batch, 1))
    documents = np.zeros((args.batch, BLOCK), dtype=np.int32)

    def run(index: int) -> None:
        begins = generator.integers(0, len(corpus.train) - BLOCK, args.batch)
        rows = corpus.train[begins[:, None] + np.arange(BLOCK + 1)]
        step.run(
            index,
            [
                {
                    "tokens": np.ascontiguousarray(rows[:, :-1]),
                    "labels": np.ascontiguousarray(rows[:, 1:]),
                    "positions": positions,
                    "document_ids": documents,
                }
            ],
        )

    return Contender(run, lambda inputs: model.eval()(inputs).logits, args.steps)


@torch.no_grad()
def held_out_loss(scores: Scores, corpus: Corpus, num_windows: int) -> float:
    """Mean loss in nats over evenly spread windows of the held-out part."""
    last = len(corpus.held_out) - BLOCK - 1
    begins = np.unique(np.linspace(0, last, num_windows).astype(np.int64))
    total, count = 0.0, 0
    for chunk in np.array_split(begins, -(-len(begins) // 64)):
        rows = torch.from_numpy(corpus.held_out[chunk[:, None] + np.arange(BLOCK + 1)])
        given = scores(rows[:, :-1].contiguous())[..., : corpus.vocab_size]
        labels = rows[:, 1:].flatten()
        total += float(F.cross_entropy(given.flatten(0, 1), labels, reduction="sum").item())
        count += labels.numel()
    return total / count


def run_for(contender: Contender, tick: int) -> float:
    """Seconds of the steps that belong to one tick of the run."""
    borders = [contender.num_steps * end // NUM_TICKS for end in (tick, tick + 1)]
    began_at = time.perf_counter()
    for index in range(*borders):
        contender.step(index)
    return time.perf_counter() - began_at


class Result(NamedTuple):
    """What one seed gave; `reached_s` is None where ours stayed above the target."""

    peer_loss: float
    peer_s: float
    our_loss: float
    our_s: float
    reached_s: float | None


def race(corpus: Corpus, args: argparse.Namespace, seed: int) -> Result:
    """Both runs, in turns."""
    ours = build_ours(corpus, args, seed)
    peer = build_nanogpt(corpus, args.nanogpt, seed) if args.target is None else None
    peer_s = our_s = 0.0
    course: list[tuple[float, float]] = []
    for tick in range(NUM_TICKS):
        if peer is not None:
            peer_s += run_for(peer, tick)
        our_s += run_for(ours, tick)
        if tick > NUM_TICKS // 5:
            course.append((our_s, held_out_loss(ours.scores, corpus, args.windows)))
            print(f"  {tick + 1}/{NUM_TICKS} {course[-1][1]:.4f}", file=sys.stderr, flush=True)
    target = args.target
    if peer is not None:
        target = held_out_loss(peer.scores, corpus, args.windows)
    reached = [seconds for seconds, loss in course if loss <= target]
    return Result(target, peer_s, course[-1][1], our_s, min(reached, default=None))


def main() -> None:
    """Print a row for every corpus and seed, and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nanogpt", type=Path, help="a clone of karpathy/nanoGPT")
    parser.add_argument("--data", type=Path, required=True, help="the folder of both texts")
    parser.add_argument("--corpora", nargs="+", default=["tinyshakespeare", "wikitext-2"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--windows", type=int, default=600, help="held-out windows of 64 tokens")
    parser.add_argument("--target", type=float, help="a loss to reach, in place of nanoGPT's run")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    shipped = MuonConfig()
    parser.add_argument("--rate", type=float, default=shipped.learning_rate, help="of Muon")
    parser.add_argument("--adamw-rate", type=float, default=shipped.adamw_learning_rate)
    parser.add_argument("--warm-up", type=int, default=20)
    parser.add_argument("--decay", type=float, default=0.4)
    args = parser.parse_args()
    if args.target is None and args.nanogpt is None:
        parser.error("name a clone of karpathy/nanoGPT with --nanogpt, or a loss with --target")
    loaders = {"tinyshakespeare": load_shakespeare, "wikitext-2": load_wikitext}
    print(f"{device_name(CPU)}, torch {torch.__version__}")
    print(f"ours: {args.steps} steps of {args.batch} x {BLOCK}, {args.depth} x {args.width}")
    print("| corpus | seed | nanoGPT's loss | its s | our loss | our s | s to its loss | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name in args.corpora:
        corpus = loaders[name](args.data)
        ratios = []
        for seed in range(args.seeds):
            result = race(corpus, args, seed)
            reached = "never" if result.reached_s is None else f"{result.reached_s:.1f}"
            ratio = (result.reached_s or math.inf) / (result.peer_s or math.nan)
            ratios.append(ratio)
            print(
                f"| {name} | {seed} | {result.peer_loss:.4f} | {result.peer_s:.1f}"
                f" | {result.our_loss:.4f} | {result.our_s:.1f} | {reached} | {ratio:.2f} |",
                flush=True,
            )
        print(f"{name}: median ratio of seconds {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
