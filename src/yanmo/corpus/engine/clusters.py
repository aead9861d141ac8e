"""What the comparisons found, for the report and for people who want to look.

Comes in: a finished job. Goes out: facts for the account, and a Parquet file for each comparison
that made clusters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from yanmo.corpus.duplicates.clusters import estimate_similarity, write_clusters
from yanmo.corpus.duplicates.near import NearDuplicates
from yanmo.corpus.engine.decisions import ComparedCorpus, load_decision
from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.step_list import list_comparisons
from yanmo.corpus.engine.stored_corpus import StoredCorpus
from yanmo.corpus.report.account import Account
from yanmo.corpus.report.clusters import describe_decision
from yanmo.corpus.steps import Decision

CLUSTERS_DIR = "clusters"
"""The folder of the files of clusters, in the corpus folder."""


def note_clusters(job: Job, account: Account) -> None:
    """Tell the account what each comparison found, and write its clusters to a file."""
    comparisons = list_comparisons(job.config)
    if not comparisons:
        return
    corpus = StoredCorpus(job)
    for comparison in comparisons:
        decision = load_decision(job, comparison)
        facts = describe_decision(decision) | _frequent_lines(decision)
        account.note_comparison(comparison.name, facts)
        if decision.clusters is None or not (np.asarray(decision.clusters) >= 0).any():
            continue
        similarity = None
        if isinstance(comparison, NearDuplicates) and job.config.duplicates.near is not None:
            view = ComparedCorpus(corpus, comparison, corpus.table)
            similarity = estimate_similarity(view, decision, job.config.duplicates.near)
        directory = job.work_dir / CLUSTERS_DIR
        directory.mkdir(exist_ok=True)
        ids = (batch["id"] for batch in corpus.batches(("id",)))
        write_clusters(directory / f"{comparison.name}.parquet", ids, decision, similarity)


def _frequent_lines(decision: Decision) -> dict[str, Any]:
    """The lines that were cut out of most documents."""
    if "example_lines" not in decision.shared:
        return {}
    lines = decision.shared["example_lines"].tolist()
    documents = decision.shared["example_documents"].tolist()
    return {
        "frequent_lines": [
            {"line": line, "documents": count} for line, count in zip(lines, documents, strict=True)
        ]
    }
