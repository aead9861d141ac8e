"""What is decided about the whole corpus, made and kept.

Comes in: a job whose tasks have all been read. Goes out: for every comparison a folder of arrays,
and for a mixture how often each document goes in. A decision that is there already is not made
again. One process does this; its memory is some tens of bytes for each document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.core.console import Console
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.mixing import mix
from yanmo.corpus.engine.step_list import list_comparisons
from yanmo.corpus.engine.stored_corpus import StoredCorpus
from yanmo.corpus.steps import Comparison, Decision, DocumentTable

DECISIONS_DIR = "decisions"
_DECISION_NAME = "decision.json"
_ARRAYS = ("reason_of", "clusters", "removed_bytes", "cuts")


def decide_all(job: Job, console: Console) -> None:
    """Let every comparison decide, each knowing what the earlier ones rejected.

    Args:
        job: the build, with every task read.
        console: shown what is being decided.
    """
    comparisons = list_comparisons(job.config)
    corpus = StoredCorpus(job)
    is_alive = corpus.table.is_alive
    removed = np.zeros(len(corpus.table), dtype=np.int64)
    for comparison in comparisons:
        directory = decision_dir(job, comparison.name)
        if not (directory / _DECISION_NAME).exists():
            console.progress(t("corpus: comparing documents ({name})", name=comparison.name))
            view = ComparedCorpus(corpus, comparison, replace(corpus.table, is_alive=is_alive))
            _save(comparison.decide(view), directory)
        decision = load_decision(job, comparison)
        if decision.reason_of is not None:
            is_alive = is_alive & (decision.reason_of == 0)
        if decision.removed_bytes is not None:
            removed += decision.removed_bytes
    mix(job, corpus, is_alive, corpus.table.num_bytes - removed)


def decision_dir(job: Job, name: str) -> Path:
    """Where the decision of a comparison is kept."""
    return job.work_dir / DECISIONS_DIR / name


def load_decision(job: Job, comparison: Comparison) -> Decision:
    """The decision of a comparison, its arrays memory-mapped."""
    directory = decision_dir(job, comparison.name)
    content = json.loads((directory / _DECISION_NAME).read_text(encoding="utf-8"))
    arrays = {name: _load(directory / f"{name}.npy") for name in _ARRAYS}
    shared = {name: _load(directory / f"shared.{name}.npy") for name in content["shared"]}
    return Decision(
        reasons=tuple(content["reasons"]),
        shared={name: array for name, array in shared.items() if array is not None},
        **arrays,
    )


class ComparedCorpus:
    """The corpus as one comparison sees it; implements `WholeCorpus`.

    Args:
        corpus: all documents.
        comparison: whose fingerprints are shown.
        table: the table, with what earlier comparisons left alive.
    """

    def __init__(self, corpus: StoredCorpus, comparison: Comparison, table: DocumentTable) -> None:
        self._corpus = corpus
        self._comparison = comparison
        self.table = table

    def fingerprints(self, name: str) -> Iterator[NDArray[Any]]:
        """The comparison's own arrays."""
        return self._corpus.fingerprints(f"{self._comparison.name}.{name}")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The documents, in order."""
        return self._corpus.batches()


def _save(decision: Decision, directory: Path) -> None:
    """Write a decision; the JSON file comes last and says that it is whole."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in _ARRAYS:
        array = getattr(decision, name)
        if array is not None:
            np.save(directory / f"{name}.npy", array)
    for name, array in decision.shared.items():
        np.save(directory / f"shared.{name}.npy", array)
    content = {"reasons": list(decision.reasons), "shared": sorted(decision.shared)}
    write_json(directory / _DECISION_NAME, content)


def _load(path: Path) -> NDArray[Any] | None:
    if not path.exists():
        return None
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
