"""How well the quality rules find junk: precision and recall on labelled documents.

    python bench/corpus_rules_quality.py

Good documents are real ones; junk of ten kinds is planted among them, and for web pages the text of
their links is junk and their articles are good. English is judged by the published rules and by the
preset "bilingual"; Chinese by the published English rules, as a baseline, and by the Chinese rules.
Printed are precision, recall, the share of good documents that is lost, and recall by kind.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from corpus_input import SHARED_DATA, chinese_paragraphs, chinese_poems
from corpus_noise import CHINESE_NOISE, ENGLISH_NOISE, Noise
from resiliparse.parse.html import HTMLTree

from yanmo.corpus.rules.catalogue import build_rules
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.steps import Rule, Transform

GOOD = "good"
NUM_PER_KIND = 100
MAX_GOOD = 10_000


class Labelled(NamedTuple):
    """A document, and whether it is good or what junk it is."""

    text: str
    kind: str


def english_set(data: Path = SHARED_DATA) -> list[Labelled]:
    """C4's sample and the articles of web pages as good; planted junk and menus of pages."""
    good = []
    with (data / "text/c4-demo/c4_demo.jsonl").open(encoding="utf-8") as lines:
        good += [json.loads(line)["text"] for line in lines]
    folder = data / "web/article-extraction"
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    good += [page["articleBody"] for page in gold.values()]
    pages = [
        gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        for path in sorted((folder / "html").glob("*.html.gz"))
    ]
    return _labelled(good, ENGLISH_NOISE) + _menus(pages)


def chinese_set(data: Path = SHARED_DATA) -> list[Labelled]:
    """Web text, reading passages, abstracts and poems as good; planted junk and menus of pages.

    Web text shorter than 50 characters is left out: it is mostly headlines and ratings.
    """
    good = []
    path = data / "text/clue-corpus-small/CLUECorpusSmall_sampled.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        good += [line.strip() for line in lines if len(line.strip()) >= 50]
    good += [text for text in chinese_paragraphs(data) if len(text) >= 150][:1000]
    poems = chinese_poems(data)
    good += ["\n\n".join("\n".join(poem) for poem in poems[i : i + 5]) for i in range(0, 2000, 5)]
    pages = [
        path.read_bytes().decode("utf-8", "replace")
        for path in sorted((data / "web/chinese-news").glob("*/*.html"))
    ]
    return _labelled(good, CHINESE_NOISE) + _menus(pages)


def rejections(texts: list[str], language: str, config: RulesConfig) -> list[str]:
    """The reason against each text, empty where it is kept."""
    count = len(texts)
    columns = {"id": [str(i) for i in range(count)], "text": texts, "language": [language] * count}
    batch = pa.RecordBatch.from_pydict(columns)
    found = [""] * count
    for step in build_rules(config):
        if isinstance(step, Transform):
            batch = step.transform(batch).batch
            continue
        assert isinstance(step, Rule)
        reasons = step.judge(batch).reasons
        for row, reason in zip(batch["id"].to_pylist(), reasons.to_pylist(), strict=True):
            found[int(row)] = reason or ""
        batch = batch.filter(reasons.is_null())
    return found


class Score(NamedTuple):
    """Precision and recall of junk, and the share of good documents that were rejected."""

    precision: float
    recall: float
    false_positive_rate: float
    recall_of_kind: dict[str, float]
    reasons_against_good: Counter[str]


def score(documents: list[Labelled], language: str, config: RulesConfig) -> Score:
    """Judge labelled documents."""
    reasons = rejections([document.text for document in documents], language, config)
    total: Counter[str] = Counter(document.kind for document in documents)
    caught: Counter[str] = Counter(d.kind for d, r in zip(documents, reasons, strict=True) if r)
    against_good = Counter(
        r for d, r in zip(documents, reasons, strict=True) if r and d.kind == GOOD
    )
    junk = sum(total.values()) - total[GOOD]
    found = sum(caught.values()) - caught[GOOD]
    return Score(
        found / max(found + caught[GOOD], 1),
        found / junk,
        caught[GOOD] / total[GOOD],
        {kind: caught[kind] / total[kind] for kind in sorted(total) if kind != GOOD},
        against_good,
    )


def _labelled(good: list[str], noise: dict[str, Noise]) -> list[Labelled]:
    """The good texts, and junk of each kind made from some of them."""
    rng = random.Random(11)
    good = good[:: max(len(good) // MAX_GOOD, 1)]
    made = [Labelled(text, GOOD) for text in good]
    for kind, plant in noise.items():
        for text in rng.choices(good, k=NUM_PER_KIND):
            made.append(Labelled(plant(text, rng), kind))
    return made


def _menus(pages: list[str]) -> list[Labelled]:
    """The texts of the links of real pages, a line each."""
    found = []
    for page in pages:
        body = HTMLTree.parse(page).body
        links = body.get_elements_by_tag_name("a") if body is not None else []
        texts = [" ".join(link.text.split()) for link in links]
        short = [text for text in texts if 0 < len(text) <= 20]
        if len(short) >= 20:
            found.append(Labelled("\n".join(short), "links_of_pages"))
    return found


def main() -> None:
    """Print the table."""
    sets: dict[str, Callable[[], list[Labelled]]] = {"en": english_set, "zh": chinese_set}
    rows: dict[str, dict[str, float]] = defaultdict(dict)
    for language, make in sets.items():
        documents = make()
        for preset in ("fineweb", "bilingual"):
            result = score(documents, language, RulesConfig(preset=preset))
            print(
                f"{language} {preset:10} {len(documents)} documents: precision"
                f" {result.precision:.3f}, recall {result.recall:.3f},"
                f" good documents lost {result.false_positive_rate:.3f}"
            )
            print("    lost for:", dict(result.reasons_against_good.most_common(9)))
            for kind, recall in result.recall_of_kind.items():
                rows[kind][f"{language} {preset}"] = recall
    columns = ["en fineweb", "en bilingual", "zh fineweb", "zh bilingual"]
    print(f"{'recall by kind':18}", *(f"{column:>13}" for column in columns))
    for kind, found in rows.items():
        print(f"{kind:18}", *(f"{found.get(column, float('nan')):13.2f}" for column in columns))


if __name__ == "__main__":
    main()
