"""Text for benchmarks of the corpus engine: JSONL files of any size, English and Chinese.

    python bench/corpus_input.py OUT --english 100 --chinese 30

Documents are runs of real paragraphs: Wikipedia, C4, this Python's documentation; web text, reading
comprehension, abstracts and poetry in Chinese. Some are copies of earlier ones, some copies with a
few words changed, some are junk of several kinds. Each line holds `id`, `text`, `kind` (`prose`,
`copy`, `near_copy`, or a kind of junk) and `original`, the id of what it was copied from. The same
machine gives the same files; a file that is there already is not made again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tarfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus_noise import CHINESE_NOISE, ENGLISH_NOISE

from yanmo.corpus.sources.config import PythonDocsSource
from yanmo.corpus.sources.python_docs import read_python_docs
from yanmo.corpus.sources.reading import RawDocument

SHARED_DATA = Path(__file__).resolve().parents[1] / "../shared/data"
"""The folder of public data sets beside the repository."""

COPY_FRAC = 0.05
NEAR_COPY_FRAC = 0.12
NOISE_FRAC = 0.12
MAX_CHANGED_FRAC = 0.08
INDENTED_FRAC = 0.4  # of the Chinese documents, those whose paragraphs begin with two wide spaces
VERSION = 2  # part of the names of the files

_NAMES = ["Alder", "Barrow", "Calder", "Denham", "Elwood", "Farrow", "Garrick"]  # for "<unk>"


def english_file(folder: Path, megabytes: float) -> Path:
    """A file of so many million bytes of English documents, made where it is missing."""
    return _file(folder, "en", megabytes)


def chinese_file(folder: Path, megabytes: float) -> Path:
    """A file of so many million bytes of Chinese documents, made where it is missing."""
    return _file(folder, "zh", megabytes)


def english_paragraphs(data: Path = SHARED_DATA) -> list[str]:
    """Real paragraphs of English, those of one text in order."""
    found: list[str] = []
    with zipfile.ZipFile(data / "text/wikitext-2/wikitext-2-v1.zip") as archive:
        for name in ("wiki.train.tokens", "wiki.test.tokens"):
            text = archive.read(f"wikitext-2/{name}").decode("utf-8")
            found += [_joined_tokens(line) for line in text.splitlines()]
    with (data / "text/c4-demo/c4_demo.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            found += json.loads(line)["text"].splitlines()
    for item in read_python_docs(PythonDocsSource(max_bytes=16_000_000)):
        if isinstance(item, RawDocument):
            found += [" ".join(part.split()) for part in re.split(r"\n\s*\n", item.text)]
    return [paragraph for paragraph in found if 60 < len(paragraph) < 3000]


def chinese_paragraphs(data: Path = SHARED_DATA) -> list[str]:
    """Real paragraphs of Chinese, those of one text in order."""
    found: list[str] = []
    with gzip.open(
        data / "text/clue-corpus-small/CLUECorpusSmall_bert_sampled.txt.gz", "rt", encoding="utf-8"
    ) as text:
        found += text.read().splitlines()
    for path in ("qa/xquad/xquad.zh.json", "qa/cmrc2018/cmrc2018_trial.json"):
        found += _contexts(json.loads((data / path).read_text(encoding="utf-8")))
    for path in sorted((data / "summarisation/csl-titles-zh").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found += line.split("\t")[1:2]
    for poem in chinese_poems(data):
        found += ["\n".join(poem)]
    return [paragraph for paragraph in found if 12 < len(paragraph) < 3000]


@lru_cache
def chinese_poems(data: Path = SHARED_DATA) -> list[list[str]]:
    """Poems of the collection of classics, each as its lines."""
    poems = []
    archive = data / "text/chinese-poetry/chinese-poetry-classics.tar.gz"
    with tarfile.open(archive) as packed:
        for member in sorted(packed.getmembers(), key=lambda m: m.name):
            if member.name.endswith(".json") and (file := packed.extractfile(member)) is not None:
                records = json.load(file)
                for record in records if isinstance(records, list) else [records]:
                    lines = record.get("paragraphs") if isinstance(record, dict) else None
                    if lines and all(isinstance(line, str) for line in lines):
                        poems.append(lines)
    return poems


def documents(
    paragraphs: list[str], noise: dict[str, Any], num_bytes: int, separator: str, seed: int
) -> Iterator[dict[str, str]]:
    """Documents until there are `num_bytes` of text."""
    random_state = random.Random(seed)
    recent: list[dict[str, str]] = []
    written = number = 0
    while written < num_bytes:
        draw = random_state.random()
        document = {"id": f"{seed}-{number}", "kind": "prose", "original": ""}
        if recent and draw < COPY_FRAC + NEAR_COPY_FRAC:
            original = random_state.choice(recent)
            document["original"] = original["id"]
            document["kind"] = "copy" if draw < COPY_FRAC else "near_copy"
            text = original["text"]
            if document["kind"] == "near_copy":
                text = _changed(text, separator, random_state)
        else:
            start = random_state.randrange(len(paragraphs) - 30)
            length = min(1 + int(random_state.lognormvariate(1.6, 0.8)), 30)
            indent = "" if separator or random_state.random() > INDENTED_FRAC else "\u3000\u3000"
            text = "\n".join(indent + part for part in paragraphs[start : start + length])
            if draw > 1 - NOISE_FRAC:
                document["kind"] = random_state.choice(sorted(noise))
                text = noise[document["kind"]](text, random_state)
        document["text"] = text
        if document["kind"] == "prose":
            recent = [*recent[-2000:], document]
        written += len(text.encode("utf-8"))
        number += 1
        yield document


def _file(folder: Path, language: str, megabytes: float) -> Path:
    path = folder / f"corpus_input_{language}_{megabytes:g}mb_v{VERSION}.jsonl"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    is_english = language == "en"
    paragraphs = english_paragraphs() if is_english else chinese_paragraphs()
    noise = ENGLISH_NOISE if is_english else CHINESE_NOISE
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        made = documents(paragraphs, noise, int(megabytes * 1e6), " " if is_english else "", 7)
        for document in made:
            out.write(json.dumps(document, ensure_ascii=False) + "\n")
    partial.replace(path)
    return path


def _changed(text: str, separator: str, random_state: random.Random) -> str:
    """The text with up to `MAX_CHANGED_FRAC` of its words (characters) replaced by others of it."""
    units = text.split(" ") if separator else list(text)
    for _ in range(int(len(units) * random_state.uniform(0.002, MAX_CHANGED_FRAC))):
        units[random_state.randrange(len(units))] = random_state.choice(units)
    return separator.join(units)


def _joined_tokens(line: str) -> str:
    """A line of WikiText as it was before it was cut into tokens."""
    names = iter(_NAMES * line.count("<unk>"))
    line = re.sub("<unk>", lambda _: next(names), line.strip())
    line = re.sub(r" @(.)@ ", r"\1", line)
    line = re.sub(r" ([,.;:!?)\]%])", r"\1", line)
    line = re.sub(r"([(\[$]) ", r"\1", line)
    line = re.sub(r' "\s([^"]*)\s"', r' "\1"', line)
    return line.replace(" 's", "'s").replace(" n't", "n't")


def _contexts(node: Any) -> list[str]:
    """The reading passages anywhere in a file of questions."""
    if isinstance(node, dict):
        own = [v for k, v in node.items() if k in ("context", "context_text") and v]
        return own + [c for value in node.values() for c in _contexts(value)]
    return [c for item in node for c in _contexts(item)] if isinstance(node, list) else []


def main() -> None:
    """Make the files that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--english", type=float, default=0, metavar="MB")
    parser.add_argument("--chinese", type=float, default=0, metavar="MB")
    args = parser.parse_args()
    if args.english:
        print(english_file(args.out, args.english))
    if args.chinese:
        print(chinese_file(args.out, args.chinese))


if __name__ == "__main__":
    main()
