"""What masking finds, what it misses and what it takes for private: yanmo beside other libraries.

Three kinds of text: sentences in which one item is planted (English and Chinese, with numbers whose
check digits are wrong, and numbers that only look alike), the synthetic letters of
presidio-research, and real text, of which everything that is found is listed. An item counts as
found where all of it is covered by an item of its type. Names and postal addresses are not looked
for. `--peers` is a Python that has datatrove, and presidio-analyzer with phonenumbers.

    python bench/privacy_quality.py --data ../shared/data --peers peers/bin/python
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow as pa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.corpus.privacy.planted import (  # noqa: E402
    LOOKALIKES,
    broken_items,
    planted_items,
)

from yanmo.corpus.privacy.masking import TYPES, find_private  # noqa: E402
from yanmo.corpus.text_column import text_buffers  # noqa: E402

Spans = list[tuple[str, int, int]]

TYPES_OF_PRESIDIO = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip_address",
    "US_SSN": "us_ssn",
}
LETTERS = ("generated_large.json.gz", "synth_dataset_v2.json.gz", "generated_small.json")
BATCH = 2000


def find_ours(texts: list[str]) -> tuple[list[Spans], float]:
    """The items of each text, in characters, and the CPU seconds."""
    wanted = [name for name in TYPES if name != "user_name"]
    columns = [pa.array(texts[i : i + BATCH], pa.string()) for i in range(0, len(texts), BATCH)]
    started_at = time.process_time()
    found = [find_private(column, wanted) for column in columns]
    seconds = time.process_time() - started_at
    spans: list[Spans] = []
    for column, items in zip(columns, found, strict=True):
        buffers = text_buffers(column)
        for row in range(len(column)):
            begin = int(buffers.offsets[row])
            raw = buffers.data[begin : int(buffers.offsets[row + 1])].tobytes()
            spans.append(
                [
                    (
                        item.type,
                        len(raw[: item.start - begin].decode()),
                        len(raw[: item.stop - begin].decode()),
                    )
                    for item in items.get(row, [])
                ]
            )
    return spans, seconds


def find_theirs(python: str, library: str, texts: list[str]) -> tuple[list[Spans], float]:
    """As `find_ours`, by a library in another environment."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.json", Path(folder) / "out.json"
        source.write_text(json.dumps(texts), encoding="utf-8")
        script = Path(__file__).parent / "peers" / "private_items.py"
        subprocess.run([python, script, library, source, target], check=True)
        result = json.loads(target.read_text(encoding="utf-8"))
    return [[tuple(span) for span in spans] for spans in result["spans"]], result["seconds"]


def read_letters(folder: Path, name: str) -> tuple[list[str], list[Spans]]:
    """The texts of a file of presidio-research, and what is private in them."""
    data = (folder / "pii" / "presidio-research" / name).read_bytes()
    rows = json.loads(gzip.decompress(data) if name.endswith(".gz") else data)
    gold = [
        [
            (TYPES_OF_PRESIDIO[s["entity_type"]], s["start_position"], s["end_position"])
            for s in row["spans"]
            if s["entity_type"] in TYPES_OF_PRESIDIO
        ]
        for row in rows
    ]
    return [row["full_text"] for row in rows], gold


def read_real(folder: Path) -> dict[str, list[str]]:
    """Real text by source."""
    clue = folder / "text" / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    with zipfile.ZipFile(folder / "text" / "wikitext-2" / "wikitext-2-v1.zip") as packed:
        names = [name for name in packed.namelist() if name.endswith("train.tokens")]
        wikitext = [line for n in names for line in packed.read(n).decode().split("\n")]
    c4 = (folder / "text" / "c4-demo" / "c4_demo.jsonl").read_text(encoding="utf-8")
    return {
        "CLUE (zh)": gzip.decompress(clue.read_bytes()).decode().split("\n"),
        "wikitext-2": wikitext,
        "C4": [json.loads(line)["text"] for line in c4.splitlines()],
    }


def score(gold: list[Spans], found: list[Spans]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """By type: items there are, items found, and found items that overlap none of their type."""
    there: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for wanted, got in zip(gold, found, strict=True):
        for name, start, stop in wanted:
            there[name] += 1
            hits[name] += any(n == name and a <= start and stop <= b for n, a, b in got)
        for name, start, stop in got:
            is_true = any(n == name and start < b and a < stop for n, a, b in wanted)
            false[name] += not is_true
    return there, hits, false


def show(title: str, gold: list[Spans], found: dict[str, list[Spans]]) -> None:
    """A table: for each type the recall of every library, and its false items."""
    print(f"\n{title}\n| type | items | " + " | ".join(found) + " |")
    print("|---|---|" + "---|" * len(found))
    scores = {library: score(gold, spans) for library, spans in found.items()}
    there = next(iter(scores.values()))[0]
    types = [name for name in TYPES if there[name] or any(s[2][name] for s in scores.values())]
    for name in types:
        cells = []
        for _, hits, false in scores.values():
            recall = f"{hits[name] / there[name]:.3f}" if there[name] else "-"
            cells.append(f"{recall}, {false[name]} false")
        print(f"| {name} | {there[name]} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--peers", help="a Python with datatrove and presidio-analyzer")
    parser.add_argument("--list", type=int, default=12, help="items of real text to show")
    args = parser.parse_args()

    def find_all(texts: list[str]) -> tuple[dict[str, list[Spans]], dict[str, float]]:
        results = {"yanmo": find_ours(texts)}
        for library in ("presidio", "datatrove") if args.peers else ():
            results[library] = find_theirs(args.peers, library, texts)
        return {k: v[0] for k, v in results.items()}, {k: v[1] for k, v in results.items()}

    find_ours(["warm up"])
    planted = planted_items(400, seed=11)
    gold: list[Spans] = []
    for item in planted:
        assert item.secret is not None
        start = item.text.index(item.secret)
        gold.append([(item.type, start, start + len(item.secret))])
    show("Planted, one in a sentence", gold, find_all([item.text for item in planted])[0])
    broken = [item.text for item in broken_items(400, seed=12)]
    show("Wrong check digits", [[] for _ in broken], find_all(broken)[0])
    show("Lookalikes", [[] for _ in LOOKALIKES], find_all(list(LOOKALIKES))[0])
    for name in LETTERS:
        texts, wanted = read_letters(args.data, name)
        show(f"presidio-research, {name}", wanted, find_all(texts)[0])
    for name, texts in read_real(args.data).items():
        found, seconds = find_all(texts)
        size = sum(len(text.encode()) for text in texts) / 1e6
        print(f"\n{name}: {size:.1f} MB")
        for library, spans in found.items():
            counts = Counter(kind for row in spans for kind, _, _ in row)
            speed = size / max(seconds[library], 1e-9)
            print(f"  {library}: {speed:.1f} MB per CPU second; {dict(counts)}")
        shown = [(t, *s) for t, row in zip(texts, found["yanmo"], strict=True) for s in row]
        for text, kind, start, stop in shown[:: max(1, len(shown) // max(args.list, 1))]:
            around = (
                f"{text[max(0, start - 30) : start]}[{text[start:stop]}]{text[stop : stop + 15]}"
            )
            print(f"    {kind}: {around}".replace("\n", " "))


if __name__ == "__main__":
    main()
