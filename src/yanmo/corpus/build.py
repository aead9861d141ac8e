"""The corpus stage: sources in, a folder of clean documents and their report out.

Comes in: a `CorpusConfig`. Goes out: `part-*.parquet`, `rejected/`, `clusters/`, `report.json` and
`README.md`, the data card. While it works, everything lies in `work/`, from which an interrupted
build goes on. The manifest is written by whoever runs the stage.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.files import write_json
from yanmo.core.manifest import MANIFEST_NAME
from yanmo.core.messages import listed, t
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.decontamination.rule import load_index
from yanmo.corpus.document import part_files
from yanmo.corpus.engine.clusters import CLUSTERS_DIR
from yanmo.corpus.engine.collect import collect_report, move_documents
from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.plan import plan_tasks
from yanmo.corpus.engine.read_task import REJECTED_DIR
from yanmo.corpus.engine.run_job import run_job
from yanmo.corpus.engine.step_list import list_step_names
from yanmo.corpus.fingerprint import fingerprint_inputs
from yanmo.corpus.report.card import CARD_NAME, write_card
from yanmo.corpus.splits.assign import check_splits

REPORT_NAME = "report.json"
"""The name of the report in the corpus folder."""

WORK_DIR = "work"
"""The folder of an unfinished build, inside the corpus folder."""


def build_corpus(config: CorpusConfig, out_dir: Path, console: Console) -> dict[str, Any]:
    """Read the sources, take the documents through the steps, and write a corpus.

    What an interrupted build of the same configuration and the same sources has done is taken as
    it is; anything else that an earlier build left in `out_dir` is removed first.

    Args:
        config: what to read and what to keep.
        out_dir: the corpus folder; it may exist.
        console: shown progress and warnings.

    Returns:
        The report, as it was written to `report.json`.

    Raises:
        DataError: a source cannot be read, or a split would be empty.
    """
    plan = plan_tasks(config)  # every path is looked at before anything is removed or read
    list_step_names(config)  # and every word list
    if config.decontamination.sets:
        load_index(config.decontamination)
    job = Job(out_dir / WORK_DIR, config, plan.tasks)
    fingerprint = fingerprint_inputs(config)
    if not job.is_begun(fingerprint):
        _remove_earlier_build(out_dir)
    job.save(fingerprint)
    run_job(job, plan, console)
    report = collect_report(job, plan)
    move_documents(job, out_dir)
    write_card(report, out_dir)
    write_json(out_dir / REPORT_NAME, report)
    shutil.rmtree(job.work_dir)
    _warn_of_what_was_left_out(report, console)
    counts = {name: volume["documents"] for name, volume in report["splits"].items()}
    check_splits(counts, where=str(out_dir))
    return report


def list_output_files(out_dir: Path) -> list[Path]:
    """The files that a finished build has written: documents, clusters, report.

    The data card is not among them: it carries the name of the run, and the content of a corpus
    does not.
    """
    clusters = sorted((out_dir / CLUSTERS_DIR).glob("*.parquet"))
    documents = [*part_files(out_dir), *part_files(out_dir / REJECTED_DIR)]
    return [*documents, *clusters, out_dir / REPORT_NAME]


def _remove_earlier_build(out_dir: Path) -> None:
    """Delete what this stage writes, and nothing else. The manifest goes first."""
    for name in (MANIFEST_NAME, REPORT_NAME, CARD_NAME):
        (out_dir / name).unlink(missing_ok=True)
    for part in part_files(out_dir):
        part.unlink()
    for name in (REJECTED_DIR, CLUSTERS_DIR, WORK_DIR):
        if (out_dir / name).is_dir():
            shutil.rmtree(out_dir / name)


def _warn_of_what_was_left_out(report: dict[str, Any], console: Console) -> None:
    """Say how much could not be read, and name the first of it."""
    for name in report["comparisons"].get("mixture", {}).get("shortfalls", []):
        console.warn(
            t("corpus: {group} has too little text for its share of the mixture", group=name)
        )
    if report["unreadable"]:
        first = report["unreadable"][0]
        console.warn(
            t(
                "corpus: {count} {count:file or record|files or records} could not be read; the"
                " first: {file}: {error}",
                count=report["unreadable_count"],
                file=first["file"],
                error=first["error"],
            )
        )
    if skipped := report["skipped_file_types"]:
        console.note(
            t(
                "corpus: {count} {count:file or record is|files or records are} of types that are"
                " not read: {types}",
                count=sum(skipped.values()),
                types=listed(sorted(skipped), limit=10),
            )
        )
