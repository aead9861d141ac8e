"""Web pages whose main text is known, and how close an extractor comes to it.

Comes in: the folder of real data sets beside the repository. Goes out: pages with their gold text,
and precision, recall and F1 by shingles of four tokens. The measure is that of
scrapinghub/article-extraction-benchmark (its README and evaluate.py define it); Chinese is counted
by characters. The Chinese gold was marked by hand for this benchmark: `extraction_gold_zh.json`
holds how the main text of each page begins and ends.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

import numpy as np

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "web"
CHINESE_GOLD = Path(__file__).with_name("extraction_gold_zh.json")
SHINGLE = 4
_WORD = re.compile(r"\w+")
_WORD_OR_HAN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_SECOND_LEVEL = {"co", "com", "org", "net", "gov"}

Tokens = list[str]
Counts = tuple[float, float, float]
"""True positives, false positives and false negatives, as shares of all shingles of a page."""


@dataclass(frozen=True)
class GoldPage:
    """A page and its main text.

    Args:
        name: file name or address.
        site: pages of one site never stand on both sides of a cross-validation.
        language: "en" (whatever is written in letters) or "zh".
        html: the page in UTF-8.
        gold: its main text.
    """

    name: str
    site: str
    language: str
    html: bytes
    gold: str

    def tokens(self, text: str) -> Tokens:
        """What the measure counts: words, or Chinese characters."""
        return (_WORD_OR_HAN if self.language == "zh" else _WORD).findall(text)


def _site(url: str) -> str:
    """The registered domain of an address, roughly."""
    parts = urlparse(url).netloc.split(".")
    return ".".join(parts[-3:] if parts[-2] in _SECOND_LEVEL else parts[-2:])


def english_pages() -> list[GoldPage]:
    """The annotated pages of the article extraction benchmark that are here."""
    folder = DATA / "article-extraction"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = []
    for key, entry in sorted(truth.items()):
        html = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
        html = html.decode("utf-8", "replace").encode()
        url = entry["url"]
        pages.append(GoldPage(url, _site(url), "en", html, entry["articleBody"]))
    return pages


def chinese_pages() -> list[GoldPage]:
    """The Chinese news pages, with the text between the marks as gold."""
    from selectolax.lexbor import LexborHTMLParser

    folder = DATA / "chinese-news"
    pages = []
    for name, (begin, end) in sorted(json.loads(CHINESE_GOLD.read_text(encoding="utf-8")).items()):
        html = (folder / name).read_bytes()
        parser = LexborHTMLParser(html.decode("utf-8", "replace"))
        for node in parser.css("script,style,noscript,template,svg"):
            node.decompose()
        visible = re.sub(r"\s+", "", parser.body.text() if parser.body else "")
        start = visible.index(begin)
        gold = visible[start : visible.index(end, start) + len(end)]
        pages.append(GoldPage(name, name.split("/")[0], "zh", html, gold))
    return pages


def shingles(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Runs of four tokens with how often they occur; a shorter text is one run."""
    last = max(1, len(tokens) - SHINGLE + 1)
    runs = (tuple(tokens[at : at + SHINGLE]) for at in range(last))
    return Counter(run for run in runs if run)


def count_matches(gold: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> Counts:
    """How two texts agree, as shares that add up to 1."""
    both = sum((gold & found).values())
    too_many, missing = found.total() - both, gold.total() - both
    total = max(both + too_many + missing, 1)
    return both / total, too_many / total, missing / total


def score_page(page: GoldPage, text: str) -> Counts:
    """How the text that an extractor found agrees with the gold text."""
    return count_matches(shingles(page.tokens(page.gold)), shingles(page.tokens(text)))


@dataclass(frozen=True)
class Quality:
    """Averages over pages, and half the width of a 95% interval of F1 (bootstrap over pages)."""

    f1: float
    precision: float
    recall: float
    plus_minus: float


def _average(counts: np.ndarray) -> tuple[float, float, float]:
    """F1, precision and recall: both are averaged over pages first, as the benchmark does."""
    both, too_many, missing = counts.T
    precision = np.mean((both / np.maximum(both + too_many, 1e-12))[both + too_many > 0])
    recall = np.mean((both / np.maximum(both + missing, 1e-12))[both + missing > 0])
    return 2 * precision * recall / (precision + recall), precision, recall


def quality(counts: Sequence[Counts], resamples: int = 2000) -> Quality:
    """The benchmark's figures for a list of pages."""
    table = np.array(counts)
    f1, precision, recall = _average(table)
    random = np.random.default_rng(0)
    draws = [
        _average(table[random.integers(0, len(table), len(table))])[0] for _ in range(resamples)
    ]
    return Quality(f1, precision, recall, 1.96 * float(np.std(draws)))


def evaluate(pages: Sequence[GoldPage], extract: Callable[[GoldPage], str]) -> list[Counts]:
    """The counts of every page for an extractor."""
    return [score_page(page, extract(page)) for page in pages]
