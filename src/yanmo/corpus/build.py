"""The corpus stage: sources in, a folder of clean documents and their report out.

Comes in: a `CorpusConfig`. Goes out: `part-*.parquet`, `rejected/` and `report.json`. The manifest
is written by whoever runs the stage.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.files import write_json
from yanmo.core.manifest import MANIFEST_NAME
from yanmo.core.messages import t
from yanmo.corpus.config import CorpusConfig, Source
from yanmo.corpus.document import part_files
from yanmo.corpus.duplicates import ExactDuplicates
from yanmo.corpus.normalise import CleanText, RepairMojibake
from yanmo.corpus.report.tally import Tally
from yanmo.corpus.rules import LengthRule
from yanmo.corpus.runner import REJECTED_DIR, run_steps
from yanmo.corpus.sources.config import PythonDocsSource
from yanmo.corpus.sources.files import fingerprint_files, read_files
from yanmo.corpus.sources.python_docs import fingerprint_python_docs, read_python_docs
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable, batch_documents
from yanmo.corpus.split import check_splits, split_of
from yanmo.corpus.steps import Step

REPORT_NAME = "report.json"
"""The name of the report in the corpus folder."""


def build_corpus(config: CorpusConfig, out_dir: Path, console: Console) -> dict[str, Any]:
    """Read the sources, take the documents through the steps, and write a corpus.

    What an earlier build left in `out_dir` is removed first.

    Args:
        config: what to read and what to keep.
        out_dir: the corpus folder; it may exist.
        console: shown progress and warnings.

    Returns:
        The report, as it was written to `report.json`.

    Raises:
        DataError: a source cannot be read, or a split would be empty.
    """
    fingerprint_sources(config)  # every path is looked at before anything is removed or read
    out_dir.mkdir(parents=True, exist_ok=True)
    _remove_earlier_build(out_dir)
    tally = Tally()
    run_steps(
        batch_documents(_read_sources(config, tally, console)),
        list_steps(config),
        out_dir,
        tally=tally,
        split_of_id=partial(
            split_of, validation_frac=config.validation_frac, test_frac=config.test_frac
        ),
        shard_bytes=config.shard_bytes,
    )
    console.end_progress()
    report = tally.as_report()
    write_json(out_dir / REPORT_NAME, report)
    _warn_of_what_was_left_out(report, console)
    counts = {name: volume.documents for name, volume in tally.splits.items()}
    check_splits(counts, where=str(out_dir))
    return report


def list_steps(config: CorpusConfig) -> list[Step]:
    """The steps that a configuration asks for, in the order in which they run."""
    steps: list[Step] = [CleanText(), RepairMojibake()]
    if config.min_characters is not None:
        steps.append(LengthRule(config.min_characters))
    steps.append(ExactDuplicates())
    return steps


def fingerprint_sources(config: CorpusConfig) -> str:
    """A hash that changes when an input file is added, removed, resized or touched.

    Raises:
        DataError: a path that the configuration names does not exist.
    """
    digest = hashlib.blake2b(digest_size=16)
    for source in config.sources:
        if isinstance(source, PythonDocsSource):
            lines = fingerprint_python_docs(source)
        else:
            lines = fingerprint_files(source)
        for line in lines:
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
        digest.update(b"\n")
    return digest.hexdigest()


def list_output_files(out_dir: Path) -> list[Path]:
    """The files that a finished build has written: documents, rejected documents, report."""
    return [*part_files(out_dir), *part_files(out_dir / REJECTED_DIR), out_dir / REPORT_NAME]


def _remove_earlier_build(out_dir: Path) -> None:
    """Delete what this stage writes, and nothing else. The manifest goes first."""
    (out_dir / MANIFEST_NAME).unlink(missing_ok=True)
    (out_dir / REPORT_NAME).unlink(missing_ok=True)
    for part in part_files(out_dir):
        part.unlink()
    if (out_dir / REJECTED_DIR).is_dir():
        shutil.rmtree(out_dir / REJECTED_DIR)


def _read_sources(config: CorpusConfig, tally: Tally, console: Console) -> Iterator[RawDocument]:
    """The documents of all sources in order; notes what cannot be read, and shows progress."""
    documents = characters = 0
    for source in config.sources:
        for item in _read_source(source):
            if isinstance(item, Unreadable):
                tally.count_unreadable(item)
                continue
            if isinstance(item, Skipped):
                tally.count_skipped(item)
                continue
            documents += 1
            characters += len(item.text)
            if documents % 64 == 0:
                console.progress(
                    t(
                        "corpus: {documents} documents, {millions:.1f} million characters read",
                        documents=documents,
                        millions=characters / 1e6,
                    )
                )
            yield item


def _read_source(source: Source) -> Iterator[Item]:
    """The documents of one source."""
    if isinstance(source, PythonDocsSource):
        return read_python_docs(source)
    return read_files(source)


def _warn_of_what_was_left_out(report: dict[str, Any], console: Console) -> None:
    """Say how much could not be read, and name the first of it."""
    if report["unreadable"]:
        first = report["unreadable"][0]
        console.warn(
            t(
                "corpus: {count} files or records could not be read; the first: {file}: {error}",
                count=report["unreadable_count"],
                file=first["file"],
                error=first["error"],
            )
        )
    if skipped := report["skipped_file_types"]:
        console.note(
            t(
                "corpus: {count} files in the folders are of types that are not read: {types}",
                count=sum(skipped.values()),
                types=", ".join(sorted(skipped)[:10]),
            )
        )
