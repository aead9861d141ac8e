"""Quality rules side by side: yanmo's kernels and datatrove's filters, JSONL to JSONL.

    python bench/corpus_rules.py FOLDER --english 100 --chinese 30 --peers-python PYTHON

Both apply the rules of FineWeb (Gopher repetition and quality, C4 without its rule of terminal
punctuation, FineWeb quality) to the same documents, datatrove as shipped on the first few because
it is slow, and once more with regular expressions in the place of its word and sentence splitters.
Runs are taken in turn. Printed are speeds, ratios, and where the two decide differently, document
by document, with both reasons; and whether the kept texts are equal. For Chinese both get
thresholds that let it pass: words of one character, Chinese stop words, no words counted by spaces.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from corpus_input import chinese_file, english_file

from yanmo.corpus.rules.c4_lines import SENTENCE_END_PATTERN
from yanmo.corpus.rules.catalogue import build_rules
from yanmo.corpus.rules.config import (
    C4Config,
    FineWebQualityConfig,
    GopherQualityConfig,
    RulesConfig,
)
from yanmo.corpus.rules.reading import WORD_PATTERN
from yanmo.corpus.steps import Rule, Step, Transform

PEER = Path(__file__).parent / "peers" / "datatrove_rules.py"
BATCH_DOCUMENTS = 1000
THREADS = 2

Decisions = dict[str, tuple[str, str]]
"""By id: the reason (empty where the document is kept) and the text as it was written."""


@dataclass(frozen=True)
class Speed:
    """How long a run took over so many bytes of text."""

    num_bytes: int
    wall_s: float
    cpu_s: float

    @property
    def per_wall_s(self) -> float:
        """Megabytes per second of wall time."""
        return self.num_bytes / 1e6 / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Megabytes per second of processor time."""
        return self.num_bytes / 1e6 / self.cpu_s


def rules_for(language: str) -> list[Step]:
    """The same rules and thresholds as datatrove's filters have in the FineWeb recipe."""
    config = RulesConfig(preset="fineweb", min_characters=None)
    if language == "zh":
        stop_words = ("的", "是", "在", "不", "有", "了")
        config = RulesConfig(
            preset="fineweb",
            min_characters=None,
            gopher_quality=GopherQualityConfig(min_mean_word_length=1, stop_words=stop_words),
            c4=C4Config(min_words_per_line=None),
            fineweb_quality=FineWebQualityConfig(short_line_characters=10),
        )
    return build_rules(config)


def batches(path: Path, limit: int) -> Iterator[pa.RecordBatch]:
    """The first documents of a file."""
    with path.open("rb") as lines:
        kept = islice(lines, limit) if limit >= 0 else lines
        while chunk := list(islice(kept, BATCH_DOCUMENTS)):
            records = [orjson.loads(line) for line in chunk]
            columns = {name: [record[name] for record in records] for name in ("id", "text")}
            yield pa.RecordBatch.from_pydict(columns)


def judge(batch: pa.RecordBatch, steps: list[Step]) -> tuple[bytes, bytes]:
    """The lines of the kept and of the rejected documents."""
    rejected: list[bytes] = []
    for step in steps:
        if isinstance(step, Transform):
            batch = step.transform(batch).batch
            continue
        assert isinstance(step, Rule)
        reasons = step.judge(batch).reasons
        lost = batch.filter(reasons.is_valid()).append_column("reason", pc.drop_null(reasons))
        rejected += [orjson.dumps(row) for row in lost.to_pylist()]
        batch = batch.filter(reasons.is_null())
    kept = [orjson.dumps(row) for row in batch.to_pylist()]
    return b"".join(row + b"\n" for row in kept), b"".join(row + b"\n" for row in rejected)


def run_ours(path: Path, out: Path, language: str, limit: int, num_bytes: int) -> Speed:
    """Read, judge and write with two threads."""
    steps = rules_for(language)
    out.mkdir(parents=True, exist_ok=True)
    began, began_cpu = time.perf_counter(), time.process_time()
    with (
        (out / "kept.jsonl").open("wb") as kept,
        (out / "rejected.jsonl").open("wb") as rejected,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        waiting = []
        for batch in batches(path, limit):
            waiting.append(pool.submit(judge, batch, steps))
            while len(waiting) > THREADS or (waiting and waiting[0].done()):
                write_result(waiting.pop(0).result(), kept, rejected)
        for done in waiting:
            write_result(done.result(), kept, rejected)
    return Speed(num_bytes, time.perf_counter() - began, time.process_time() - began_cpu)


def write_result(result: tuple[bytes, bytes], kept, rejected) -> None:  # type: ignore[no-untyped-def]
    """Write the lines of one batch."""
    kept.write(result[0])
    rejected.write(result[1])


def run_peer(
    args: argparse.Namespace, path: Path, out: Path, words: str, language: str, limit: int,
    num_bytes: int,
) -> Speed:  # fmt: skip
    """datatrove in a process of its own."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    patterns = out / "patterns.json"
    patterns.write_text(json.dumps({"word": WORD_PATTERN, "sentence_end": SENTENCE_END_PATTERN}))
    code = {"en": "en", "zh": "cmn"}[language]
    command = [args.peers_python, str(PEER), str(path), str(out), words, code, str(limit)]
    done = subprocess.run([*command, str(patterns)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"datatrove failed: {done.stderr[-2000:]}")
    seconds = json.loads(done.stdout.splitlines()[-1])
    return Speed(num_bytes, seconds["wall_s"], seconds["cpu_s"])


def our_decisions(out: Path) -> Decisions:
    """What we decided, with the reason as datatrove names it."""
    found: Decisions = {}
    for name in ("kept", "rejected"):
        with (out / f"{name}.jsonl").open("rb") as lines:
            for line in lines:
                row = orjson.loads(line)
                found[row["id"]] = (row.get("reason", "").split("/")[-1], row["text"])
    return found


def peer_decisions(out: Path) -> Decisions:
    """What datatrove decided."""
    found: Decisions = {}
    for path in out.glob("*/*.jsonl"):
        with path.open("rb") as lines:
            for line in lines:
                row = orjson.loads(line)
                found[row["id"]] = (row["metadata"].get("filter_reason", ""), row["text"])
    return found


def report_agreement(label: str, ours: Decisions, theirs: Decisions) -> None:
    """Print how many decisions, reasons and kept texts are equal, and the pairs that are not."""
    common = ours.keys() & theirs.keys()
    same_keep = sum((ours[i][0] == "") == (theirs[i][0] == "") for i in common)
    same_reason = sum(ours[i][0] == theirs[i][0] for i in common)
    both_kept = [i for i in common if ours[i][0] == theirs[i][0] == ""]
    same_text = sum(ours[i][1] == theirs[i][1] for i in both_kept)
    print(
        f"  decisions against {label}: {same_keep} of {len(common)} the same"
        f" ({same_keep / max(len(common), 1):.2%}), with the same reason {same_reason};"
        f" of {len(both_kept)} texts kept by both {same_text} are identical"
    )
    pairs = Counter(
        (ours[i][0] or "kept", theirs[i][0] or "kept") for i in common if ours[i][0] != theirs[i][0]
    )
    for (mine, other), count in pairs.most_common(8):
        print(f"    {count:5}  yanmo {mine:32} datatrove {other}")


def slice_of(path: Path, megabytes: float) -> tuple[int, int]:
    """How many documents at the beginning hold so much text, and how many bytes it is."""
    documents = num_bytes = 0
    with path.open("rb") as lines:
        for line in lines:
            if num_bytes >= megabytes * 1e6:
                break
            num_bytes += len(orjson.loads(line)["text"].encode())
            documents += 1
    return documents, num_bytes


def compare(args: argparse.Namespace, path: Path, language: str) -> None:
    """Run everybody in turn on one file, and print."""
    sizes = {
        "yanmo": float("inf"),
        "regex": args.regex_megabytes,
        "shipped": args.shipped_megabytes,
    }
    if not args.peers_python:
        print("  datatrove is missing: name a Python that has it with --peers-python")
        sizes = {"yanmo": float("inf")}
    slices = {name: slice_of(path, size) for name, size in sizes.items()}
    run_ours(path, args.folder / "warm_up", language, 100, 1)  # compiles, or loads what is compiled
    speeds: dict[str, list[Speed]] = {name: [] for name in sizes}
    for _ in range(args.rounds):
        for name, (limit, num_bytes) in slices.items():
            out = args.folder / f"out_{language}_{name}"
            if name == "yanmo":
                speed = run_ours(path, out, language, limit, num_bytes)
            else:
                speed = run_peer(args, path, out, name, language, limit, num_bytes)
            speeds[name].append(speed)
    print_speeds(speeds)
    ours = our_decisions(args.folder / f"out_{language}_yanmo")
    for name in list(sizes)[1:]:
        theirs = peer_decisions(args.folder / f"out_{language}_{name}")
        report_agreement(f"datatrove {name}", ours, theirs)


def print_speeds(speeds: dict[str, list[Speed]]) -> None:
    """A line for everybody; the ratio is ours to theirs."""
    median = {
        name: (
            statistics.median(s.per_wall_s for s in found),
            statistics.median(s.per_cpu_s for s in found),
        )
        for name, found in speeds.items()
    }
    for name, (per_wall, per_cpu) in median.items():
        megabytes = speeds[name][0].num_bytes / 1e6
        mine_wall, mine_cpu = median["yanmo"]
        print(
            f"  {name:8} {megabytes:7.1f} MB  {per_wall:7.2f} MB/s of wall"
            f"  {per_cpu:7.2f} MB per CPU second   yanmo is {mine_wall / per_wall:6.1f} x"
            f" by wall, {mine_cpu / per_cpu:6.1f} x by CPU"
        )


def main() -> None:
    """Make the input and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for input and output; may be kept")
    parser.add_argument("--english", type=float, default=100, metavar="MB")
    parser.add_argument("--chinese", type=float, default=30, metavar="MB")
    parser.add_argument("--regex-megabytes", type=float, default=10, metavar="MB")
    parser.add_argument("--shipped-megabytes", type=float, default=1, metavar="MB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers-python", metavar="PYTHON")
    args = parser.parse_args()
    print(f"yanmo with {THREADS} threads, datatrove with one process")
    for language, megabytes, make in (
        ("en", args.english, english_file),
        ("zh", args.chinese, chinese_file),
    ):
        if megabytes:
            print(f"{language}: {megabytes:g} MB")
            compare(args, make(args.folder, megabytes), language)


if __name__ == "__main__":
    main()
