"""Near duplicates: yanmo beside datatrove, on the same files with the same shingles and bands.

Both read JSONL, find documents that share a band of 14 x 8 hashes of 5-grams, and write what is
kept. datatrove runs its four stages, with words by a regular expression (the words that yanmo sees)
and, on a smaller slice, with the splitter it ships. The runs take turns; CPU seconds of all their
processes, and wall seconds are printed as medians, and how many of the planted copies were found.

    python bench/corpus_minhash.py --peers-python ~/peers/bin/python --english 100 --chinese 100
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from yanmo.corpus.duplicates.config import NearConfig
from yanmo.corpus.duplicates.near import NearDuplicates
from yanmo.corpus.steps import NO_TIME, DocumentTable

BATCH_DOCUMENTS = 2000
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
_WORD = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+")


@dataclass
class Run:
    """What one run took, and what it kept."""

    cpu_s: float
    wall_s: float
    kept: set[str]


class StoredFingerprints:
    """Implements `WholeCorpus` over the files that `fingerprint_file` wrote."""

    def __init__(self, folder: Path, num_files: int) -> None:
        self._dirs = [folder / str(index) for index in range(num_files)]
        lengths = np.concatenate([np.load(d / "num_bytes.npy") for d in self._dirs])
        count = len(lengths)
        self.table = DocumentTable(
            num_bytes=lengths,
            time=np.full(count, NO_TIME),
            source=np.zeros(count, np.int32),
            is_alive=np.ones(count, np.bool_),
        )

    def fingerprints(self, name: str) -> Iterator[Any]:
        """One array for each file."""
        for directory in self._dirs:
            yield np.load(directory / f"{name}.npy", mmap_mode="r")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Near duplicates are decided from fingerprints; nobody may ask for texts."""
        raise AssertionError("near duplicates are decided from fingerprints alone")


def read_batches(path: Path) -> Iterator[tuple[list[dict[str, Any]], pa.RecordBatch]]:
    """The records of a file and their texts, some thousand at a time."""
    records: list[dict[str, Any]] = []
    with path.open("rb") as lines:
        for line in lines:
            records.append(orjson.loads(line))
            if len(records) == BATCH_DOCUMENTS:
                yield records, pa.RecordBatch.from_pydict({"text": [r["text"] for r in records]})
                records = []
    yield (
        records,
        pa.RecordBatch.from_pydict({"text": pa.array([r["text"] for r in records], pa.string())}),
    )


def fingerprint_file(path: Path, out: Path) -> None:
    """Write the fingerprints of a file's documents."""
    step = NearDuplicates(NearConfig(), "first")
    found: dict[str, list[Any]] = defaultdict(list)
    for _, batch in read_batches(path):
        found["num_bytes"].append([len(text.as_buffer()) for text in batch["text"]])
        for name, array in step.fingerprint(batch).items():
            found[name].append(array)
    out.mkdir(parents=True)
    for name, arrays in found.items():
        np.save(out / f"{name}.npy", np.concatenate(arrays))


def keep_file(path: Path, out: Path, is_rejected: Any) -> None:
    """Write the documents of a file that are kept."""
    row = 0
    with out.open("wb") as file:
        for records, _ in read_batches(path):
            for record in records:
                if not is_rejected[row]:
                    file.write(orjson.dumps(record) + b"\n")
                row += 1


def run_ours(folder: Path, out: Path, workers: int) -> None:
    """Fingerprint, decide, write."""
    files = sorted(folder.glob("*.jsonl"))
    (out / "kept").mkdir(parents=True)
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        list(pool.map(fingerprint_file, files, [out / str(i) for i in range(len(files))]))
        corpus = StoredFingerprints(out, len(files))
        reason_of = NearDuplicates(NearConfig(), "first").decide(corpus).reason_of
        assert reason_of is not None
        counts = [len(np.load(out / str(i) / "num_bytes.npy")) for i in range(len(files))]
        parts = np.split(reason_of, np.cumsum(counts)[:-1])
        list(pool.map(keep_file, files, [out / "kept" / f.name for f in files], parts))


def measure(command: list[str], out: Path) -> Run:
    """Run a command that writes `out/kept/*.jsonl`, and count what it and its children use."""
    shutil.rmtree(out, ignore_errors=True)
    started_at = time.perf_counter()
    log = out.with_suffix(".log")
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started_at
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()[-3000:]}")
    lines = (line for path in (out / "kept").glob("*.jsonl") for line in path.open("rb"))
    kept = {orjson.loads(line)["id"] for line in lines}
    return Run(usage.ru_utime + usage.ru_stime, wall_s, kept)


def split_file(path: Path, folder: Path, num_files: int, max_bytes: float) -> float:
    """Deal out the first documents of a file to several ones; gives the megabytes of text."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with path.open("rb") as file:
        lines: list[bytes] = []
        size = 0
        for line in file:
            lines.append(line)
            size += len(line)
            if size >= max_bytes:
                break
    share = -(-len(lines) // num_files)
    for index in range(num_files):
        part = lines[index * share : (index + 1) * share]
        (folder / f"{index:05d}.jsonl").write_bytes(b"".join(part))
    return sum(len(orjson.loads(line)["text"].encode()) for line in lines) / 1e6


def planted_pairs(folder: Path) -> dict[tuple[str, str], float]:
    """Each planted copy and its original, with the Jaccard similarity of their 5-grams."""
    texts: dict[str, str] = {}
    pairs: dict[tuple[str, str], float] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.open("rb"):
            record = orjson.loads(line)
            texts[record["id"]] = record["text"]
            original = record["original"]
            if original in texts:
                shingles = [_shingles(texts[original]), _shingles(record["text"])]
                shared = len(shingles[0] & shingles[1])
                similarity = shared / max(len(shingles[0] | shingles[1]), 1)
                pairs[original, record["id"]] = similarity
    return pairs


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def recall_by_similarity(pairs: dict[tuple[str, str], float], kept: set[str]) -> list[str]:
    """For each range of similarity the share of pairs of which one was dropped."""
    cells = []
    edges = [0.0, *BINS, 2.0]
    for low, high in pairwise(edges):
        inside = [pair for pair, value in pairs.items() if low <= value < high]
        found = sum(not kept.issuperset(pair) for pair in inside)
        cells.append(f"{found / len(inside):.3f}" if inside else "-")
    return cells


def compare(language: str, source: Path, args: argparse.Namespace) -> None:
    """Take turns and print a table for one language."""
    ours = [sys.executable, str(Path(__file__).resolve()), "--run"]
    peer = [args.peers_python, str(Path(__file__).parent / "peers" / "datatrove_minhash.py")]
    slices = {"": 1e15, "slice": args.shipped_megabytes * 1e6}
    for label, max_bytes in slices.items():
        folder = args.work / f"{language}{label}"
        megabytes = split_file(source, folder, args.workers, max_bytes)
        words = "shipped" if label else "regex"
        out = args.work / "out"
        contenders: dict[str, Callable[[], Run]] = {
            "yanmo": partial(measure, [*ours, str(folder), str(out), str(args.workers)], out),
            f"datatrove, {words} words": partial(
                measure, [*peer, str(folder), str(out), language, words, str(args.workers)], out
            ),
        }
        runs: dict[str, list[Run]] = defaultdict(list)
        for _ in range(args.rounds):
            for name, contender in contenders.items():
                runs[name].append(contender())
        print_table(language, megabytes, runs, planted_pairs(folder))


def print_table(
    language: str, megabytes: float, runs: dict[str, list[Run]], pairs: dict[tuple[str, str], float]
) -> None:
    """Medians, ratios pair by pair, and recall by similarity."""
    edges = ["<0.5", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]
    values = np.array(list(pairs.values()))
    counts = np.histogram(values, [0.0, *BINS, 2.0])[0].tolist()
    print(f"\n{language}, {megabytes:.1f} MB of text, {len(pairs)} planted copies")
    print("| | CPU s | wall s | MB per CPU s | kept |", *edges, "", sep=" | ")
    print("|---" * (5 + len(edges)) + "|")
    for name, some in runs.items():
        cpu_s, wall_s = (
            statistics.median(getattr(run, field) for run in some) for field in ("cpu_s", "wall_s")
        )
        kept = some[0].kept
        cells = [name, f"{cpu_s:.2f}", f"{wall_s:.2f}", f"{megabytes / cpu_s:.2f}",
                 len(kept), *recall_by_similarity(pairs, kept)]  # fmt: skip
        print("|", " | ".join(map(str, cells)), "|")
    print("| pairs | | | | |", *counts, "", sep=" | ")
    ours, theirs = runs.values()
    turns = list(zip(ours, theirs, strict=True))
    cpu = statistics.median(their.cpu_s / our.cpu_s for our, their in turns)
    wall = statistics.median(their.wall_s / our.wall_s for our, their in turns)
    print(f"ratio: {cpu:.1f} in CPU time, {wall:.1f} in wall time", flush=True)


def main() -> None:
    """Compare, or be one run of ours."""
    if sys.argv[1:2] == ["--run"]:
        run_ours(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        return
    from corpus_input import chinese_file, english_file

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers-python", required=True, help="a Python that has datatrove")
    parser.add_argument("--work", type=Path, default=Path("bench_work"), help="scratch folder")
    parser.add_argument("--english", type=float, default=100, metavar="MB")
    parser.add_argument("--chinese", type=float, default=100, metavar="MB")
    parser.add_argument("--shipped-megabytes", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    inputs = args.work / "input"
    if args.english:
        compare("en", english_file(inputs, args.english), args)
    if args.chinese:
        compare("zh", chinese_file(inputs, args.chinese), args)


if __name__ == "__main__":
    main()
