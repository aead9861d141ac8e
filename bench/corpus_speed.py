"""From web archives to token shards: yanmo beside datatrove on the same files.

    python bench/pages_input.py pages --pages ../shared/data/web DOCS --megabytes 175
    python bench/corpus_speed.py pages --peers-python peers/bin/python --rounds 3

Both read the archives with two workers, take the main text out of every page, apply the quality
rules of FineWeb (Gopher repetition and quality, C4 lines, FineWeb quality), remove near duplicates
by MinHash and write token ids with the same tokenizer. They take turns; printed are the medians,
the ratio of each round's pair, and what each kept. Each side is a fresh process, so starting
counts.
datatrove runs as shipped, with trafilatura; `--no-mask` and `--no-language` leave out of ours what
datatrove's side does not do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = """
import io, json, sys
from pathlib import Path
from yanmo.core.console import Console
from yanmo.corpus.build import build_corpus
from yanmo.corpus.config import CorpusConfig
from yanmo.tokens.build import build_tokens
from yanmo.tokens.config import TokensConfig
from yanmo.tokens.tokenizer import Tokenizer
out, tokenizer, config = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
quiet = Console(io.StringIO())
report = build_corpus(CorpusConfig.model_validate(config), out / "corpus", quiet)
tokenizer = Tokenizer.load(tokenizer)
tokens = build_tokens(TokensConfig(), tokenizer, out / "corpus", out / "tokens", quiet, 1024)
read, kept = report["read"]["documents"], report["kept"]["documents"]
print(json.dumps({"read": read, "kept": kept, "tokens": tokens["account"]["in"]}))
"""


@dataclass(frozen=True)
class Run:
    """One side's run: seconds, the largest process in bytes, and what it says of itself."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    said: dict[str, int]


def measure(command: list[str]) -> Run:
    """Run a command and read what it and its children used."""
    started_at = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said = process.stdout.read().decode().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed with status {status}: {' '.join(command[:3])}")
    wall_s = time.monotonic() - started_at
    peak = usage.ru_maxrss * 1024
    return Run(wall_s, usage.ru_utime + usage.ru_stime, peak, json.loads(said[-1]))


def train_tokenizer(folder: Path) -> Path:
    """A tokenizer of 32,000 entries from this Python's documentation, for both sides."""
    from yanmo.corpus.sources.config import PythonDocsSource
    from yanmo.corpus.sources.python_docs import read_python_docs
    from yanmo.corpus.sources.reading import RawDocument
    from yanmo.tokens.train_tokenizer import train_tokenizer as train

    texts = [
        item.text
        for item in read_python_docs(PythonDocsSource(max_bytes=20_000_000))
        if isinstance(item, RawDocument)
    ]
    folder.mkdir()
    train(texts, 32_000).save(folder)
    return folder


def our_config(archives: Path, args: argparse.Namespace) -> dict[str, object]:
    """The recipe of our side."""
    config: dict[str, object] = {
        "sources": [
            {
                "kind": "files",
                "paths": [str(archives)],
                "extraction": {"extractor": args.extractor},
            }
        ],
        "rules": {"preset": "fineweb"},
        "duplicates": {"exact": None, "near": {}},
        "engine": {"workers": args.workers},
    }
    if args.no_language:
        config["language"] = {"identify": False}
    if args.no_mask:
        types = ("email", "phone", "chinese_id", "bank_card", "iban", "ip_address", "secret")
        config["privacy"] = dict.fromkeys((*types, "us_ssn"), False)
    return config


def show(name: str, runs: list[Run]) -> None:
    """A line for one side: medians over the rounds."""
    wall = statistics.median(run.wall_s for run in runs)
    cpu = statistics.median(run.cpu_s for run in runs)
    peak = max(run.peak_bytes for run in runs) / 1e6
    print(f"{name:12} wall {wall:7.1f} s   CPU {cpu:7.1f} s   peak {peak:6.0f} MB   {runs[0].said}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path, help="folder of .warc.gz files")
    parser.add_argument("--peers-python", type=Path, help="a Python that has datatrove")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--extractor", default="yanmo")
    parser.add_argument("--no-language", action="store_true")
    parser.add_argument("--no-mask", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokenizer = train_tokenizer(folder / "tokenizer")
        config = json.dumps(our_config(args.archives.resolve(), args))
        ours = [sys.executable, "-c", OURS, str(folder / "ours"), str(tokenizer), config]
        theirs = [
            *(str(args.peers_python), str(HERE / "peers" / "datatrove_web.py")),
            *(str(args.archives), str(folder / "theirs")),
            *(str(tokenizer / "tokenizer.json"), str(args.workers)),
        ]
        runs: dict[str, list[Run]] = {"yanmo": [], "datatrove": []}
        measure(ours)  # compiles the kernels where nobody has
        for _ in range(args.rounds):
            for side, command in (("yanmo", ours), ("datatrove", theirs)):
                shutil.rmtree(folder / ("ours" if side == "yanmo" else "theirs"), True)
                if side == "yanmo" or args.peers_python:
                    runs[side].append(measure(command))
    show("yanmo", runs["yanmo"])
    if not args.peers_python:
        print("datatrove    not measured: give --peers-python")
        return
    show("datatrove", runs["datatrove"])
    pairs = list(zip(runs["yanmo"], runs["datatrove"], strict=True))
    for what in ("wall_s", "cpu_s"):
        ratios = [getattr(theirs, what) / getattr(ours, what) for ours, theirs in pairs]
        text = ", ".join(f"{ratio:.1f}" for ratio in sorted(ratios))
        print(f"ratio of {what}: {statistics.median(ratios):.1f} ({text})")


if __name__ == "__main__":
    main()
