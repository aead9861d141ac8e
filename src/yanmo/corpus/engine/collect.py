"""What the tasks of a finished job left, put together.

Comes in: a job whose tasks are all done. Goes out: the report of the corpus, and its files under
their final names. Moving them twice does no harm, so an interrupted end can be done again.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from yanmo.core.files import fsync_directory
from yanmo.corpus.document import part_files
from yanmo.corpus.engine.clusters import CLUSTERS_DIR, note_clusters
from yanmo.corpus.engine.finish_task import KEPT_DIR
from yanmo.corpus.engine.job import ACCOUNT_NAME, Job
from yanmo.corpus.engine.mixing import load_outcome
from yanmo.corpus.engine.plan import Plan
from yanmo.corpus.engine.read_task import REJECTED_DIR
from yanmo.corpus.engine.step_list import list_step_names
from yanmo.corpus.privacy.masking import MaskPrivate
from yanmo.corpus.report.account import Account
from yanmo.corpus.report.balance import require_balance

_EXAMPLES = ("text", "before", "after", "line")
"""The keys of the report under which pieces of documents stand."""


def collect_report(job: Job, plan: Plan) -> dict[str, Any]:
    """The report of the whole corpus, in which every document is accounted for.

    Raises:
        DataError: the accounts of the tasks do not add up.
    """
    account = Account(list_step_names(job.config))
    for skipped in plan.skipped:
        account.count_skipped(skipped)
    for problem in plan.problems:
        account.count_unreadable(problem)
    for phase in ("read", "finish"):
        for index in range(len(job.tasks)):
            path = job.task_dir(phase, index) / ACCOUNT_NAME
            account.merge(Account.from_json(json.loads(path.read_text(encoding="utf-8"))))
    note_clusters(job, account)
    if (outcome := load_outcome(job)) is not None:
        account.note_comparison("mixture", outcome)
    report = account.as_report()
    require_balance(report)
    return _without_private(report, MaskPrivate(job.config.privacy))


def _without_private(report: dict[str, Any], mask: MaskPrivate) -> dict[str, Any]:
    """The report with personal data masked in its examples, many of which were taken before the
    documents themselves were masked."""
    texts: list[str] = []

    def collect(value: Any, name: str = "") -> None:
        if isinstance(value, str) and name in _EXAMPLES:
            texts.append(value)
        elif isinstance(value, list):
            for item in value:
                collect(item, name)
        elif isinstance(value, dict):
            for key, item in value.items():
                collect(item, key)

    def replaced(value: Any, name: str = "") -> Any:
        if isinstance(value, str) and name in _EXAMPLES:
            return masked[value]
        if isinstance(value, list):
            return [replaced(item, name) for item in value]
        if isinstance(value, dict):
            return {key: replaced(item, key) for key, item in value.items()}
        return value

    collect(report)
    masked = dict(zip(texts, mask.mask_texts(texts), strict=True))
    masked_report: dict[str, Any] = replaced(report)
    return masked_report


def move_documents(job: Job, out_dir: Path) -> None:
    """Give the Parquet files of the tasks their places in the corpus folder."""
    for index in range(len(job.tasks)):
        _move(job.task_dir("finish", index) / KEPT_DIR, out_dir)
        _move(job.task_dir("read", index) / REJECTED_DIR, out_dir / REJECTED_DIR)
        _move(job.task_dir("finish", index) / REJECTED_DIR, out_dir / REJECTED_DIR)
    clusters = job.work_dir / CLUSTERS_DIR
    if clusters.is_dir():
        shutil.rmtree(out_dir / CLUSTERS_DIR, ignore_errors=True)
        clusters.rename(out_dir / CLUSTERS_DIR)
    fsync_directory(out_dir)


def _move(source: Path, target: Path) -> None:
    """Move the numbered files of a folder into another one."""
    files = part_files(source)
    if files:
        target.mkdir(exist_ok=True)
    for file in files:
        file.rename(target / file.name)
