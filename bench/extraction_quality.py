"""How well and how fast main text is extracted: yanmo beside trafilatura, resiliparse, readability.

Quality is measured on annotated pages by the measure of scrapinghub/article-extraction-benchmark;
yanmo's figure is cross-validated: every page is judged by a model trained without any page of its
site. Speed is pages per CPU second of the whole `extract_page` with the shipped coefficients, all
extractors in turn on the same pages, so that a machine whose speed drifts favours nobody. Peers
that are not installed are named and left out; `--peers` names another Python that has them.

    python bench/extraction_quality.py --folds 10 --rounds 3 --peers /path/to/python
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from extraction_pages import GoldPage, chinese_pages, english_pages, evaluate, quality, score_page

OURS = "yanmo"
PEERS = ("trafilatura fast", "trafilatura", "resiliparse", "readability-lxml")
Extract = Callable[[GoldPage], str]


def _ours() -> Extract:
    """yanmo with the shipped coefficients."""
    from yanmo.corpus.extraction.config import ExtractionConfig
    from yanmo.corpus.extraction.extract import extract_page

    config = ExtractionConfig()
    return lambda page: extract_page(page.html, config).text


def _trafilatura(fast: bool) -> Extract:
    """trafilatura in its fast or its default mode."""
    from trafilatura import extract

    return lambda page: extract(page.html.decode(), fast=fast) or ""


def _resiliparse() -> Extract:
    """resiliparse's main content."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: extract_plain_text(page.html.decode(), main_content=True)


def _readability() -> Extract:
    """readability-lxml: the summary, as text."""
    from lxml.html import fromstring
    from readability import Document

    def extract(page: GoldPage) -> str:
        summary = Document(page.html.decode()).summary()
        return "\n".join(fromstring(summary).itertext()) if summary.strip() else ""

    return extract


BUILDERS: dict[str, Callable[[], Extract]] = {
    OURS: _ours,
    "trafilatura fast": partial(_trafilatura, True),
    "trafilatura": partial(_trafilatura, False),
    "resiliparse": _resiliparse,
    "readability-lxml": _readability,
}


def _round(extract: Extract, pages: Sequence[GoldPage]) -> float:
    """CPU seconds for all pages."""
    gc.collect()
    started_at = time.process_time()
    for page in pages:
        extract(page)
    return time.process_time() - started_at


def answer(names: Sequence[str]) -> None:
    """Serve another process: a line `extractor what` on standard input, a line of JSON back."""
    pages = {"en": english_pages(), "zh": chinese_pages()}
    everything = pages["en"] + pages["zh"]
    extractors: dict[str, Extract] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            extractors[name] = BUILDERS[name]()
        except ImportError as error:
            missing[name] = str(error).splitlines()[0]
    print(json.dumps({"have": list(extractors), "missing": missing}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        extract = extractors[request["extractor"]]
        if request["what"] == "quality":
            counts = {lang: evaluate(some, extract) for lang, some in pages.items()}
            print(json.dumps(counts), flush=True)
        else:
            print(
                json.dumps([_round(extract, pages["en"]), _round(extract, everything)]), flush=True
            )


class Worker:
    """Another Python process that runs extractors when asked."""

    def __init__(self, python: str, names: Sequence[str]) -> None:
        command = [python, str(Path(__file__).resolve()), "--serve", *names]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        greeting = self._read()
        self.have: list[str] = greeting["have"]
        self.missing: dict[str, str] = greeting["missing"]

    def _read(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the other process ended"
        return json.loads(line)

    def ask(self, extractor: str, what: str) -> dict:
        """The answer to one request."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"extractor": extractor, "what": what}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _held_out(folds: int) -> dict[str, list[tuple[float, float, float]]]:
    """Counts of pages judged by models that never saw their sites."""
    import torch
    from train_extractor import cross_validate, prepare

    torch.set_num_threads(1)
    examples = [prepare(page) for page in english_pages() + chinese_pages()]
    counts: dict[str, list[tuple[float, float, float]]] = {"en": [], "zh": []}
    for example, text in zip(examples, cross_validate(examples, folds), strict=True):
        counts[example.page.language].append(score_page(example.page, text))
    return counts


def _print_quality(name: str, counts: dict) -> None:
    """One line for each language."""
    for language, some in counts.items():
        q = quality([tuple(c) for c in some])
        print(
            f"{name:<28} {language}  F1 {q.f1:.3f} +- {q.plus_minus:.3f}  "
            f"precision {q.precision:.3f}  recall {q.recall:.3f}  ({len(some)} pages)",
            flush=True,
        )


def _print_speed(seconds: dict[str, list[list[float]]], reference: str) -> None:
    """Pages per CPU second, and the ratio round by round to a peer."""
    num_pages = {0: len(english_pages()), 1: len(english_pages()) + len(chinese_pages())}
    for name, rounds in seconds.items():
        english = statistics.median(r[0] for r in rounds)
        line = f"{name:<28} {num_pages[0] / english:8.0f} English pages per CPU second"
        line += f", {num_pages[1] / statistics.median(r[1] for r in rounds):8.0f} of both"
        if reference in seconds:
            pairs = zip(rounds, seconds[reference], strict=True)
            line += f", {statistics.median(r[0] / o[0] for o, r in pairs):6.1f} times {reference}"
        print(line)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=10, help="of the cross-validation; 0: none")
    parser.add_argument("--rounds", type=int, default=3, help="of the speed measurement")
    parser.add_argument("--peers", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--serve", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve is not None:
        answer(args.serve)
        return
    ours, peers = Worker(sys.executable, [OURS]), Worker(args.peers, PEERS)
    for name, why in peers.missing.items():
        print(f"{name}: not installed, left out ({why})")
    if args.folds:
        _print_quality(f"{OURS} (held out)", _held_out(args.folds))
    _print_quality(f"{OURS} (has seen the pages)", ours.ask(OURS, "quality"))
    for name in peers.have:
        _print_quality(name, peers.ask(name, "quality"))
    seconds: dict[str, list[list[float]]] = {}
    for _ in range(args.rounds):
        for worker in (ours, peers):
            for name in worker.have:
                seconds.setdefault(name, []).append(list(worker.ask(name, "speed")))
    _print_speed(seconds, "trafilatura fast")
    ours.close()
    peers.close()


if __name__ == "__main__":
    main()
