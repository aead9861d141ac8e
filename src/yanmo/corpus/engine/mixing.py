"""The mixture of a corpus: how often each document goes in.

Comes in: the corpus after every comparison. Goes out: a number for each document, kept in the work
folder, and what came of the mixture for the report. Only training documents are mixed; those that
are held out go in once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.core.files import write_json
from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.stored_corpus import StoredCorpus
from yanmo.corpus.mixture.decide import decide_mixture
from yanmo.corpus.splits.assign import assign_splits

UNKNOWN = "unknown"
"""The group of documents whose language or domain nobody knows."""

_SPLIT_COLUMNS = ("id", "metadata", "domain")


def mix(
    job: Job, corpus: StoredCorpus, is_alive: NDArray[np.bool_], num_bytes: NDArray[np.int64]
) -> None:
    """Decide how often each document is written, unless that has been done or nobody asks for it.

    Args:
        job: the build.
        corpus: all documents.
        is_alive: (n,) documents that no comparison rejected.
        num_bytes: (n,) what will be left of each text.

    Raises:
        ConfigError: a weight is given to a group that the corpus does not have.
    """
    config = job.config.mixture
    if config is None or _outcome_path(job).exists():
        return
    groups: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    names: dict[str, int] = {}
    is_train: list[NDArray[np.bool_]] = [np.zeros(0, np.bool_)]
    for batch in corpus.batches(tuple(dict.fromkeys((*_SPLIT_COLUMNS, config.by)))):
        groups.append(_number(batch[config.by], names))
        is_train.append(np.asarray(assign_splits(batch, job.config.split)) == "train")
    is_mixed = is_alive & np.concatenate(is_train)
    outcome = decide_mixture(
        config, num_bytes, np.concatenate(groups), list(names), is_mixed, corpus.order_keys()
    )
    repeats = np.where(is_mixed, outcome.repeats, 1).astype(np.int32)
    np.save(_repeats_path(job), repeats)
    write_json(_outcome_path(job), {"by": config.by, **outcome.to_json()})


def load_repeats(job: Job) -> NDArray[np.int32] | None:
    """(n,) how often each document is written; None without a mixture."""
    if job.config.mixture is None:
        return None
    repeats: NDArray[np.int32] = np.load(_repeats_path(job), mmap_mode="r", allow_pickle=False)
    return repeats


def load_outcome(job: Job) -> dict[str, Any] | None:
    """What came of the mixture, for the report; None without one."""
    if job.config.mixture is None:
        return None
    outcome: dict[str, Any] = json.loads(_outcome_path(job).read_text(encoding="utf-8"))
    return outcome


def _number(column: pa.StringArray, names: dict[str, int]) -> NDArray[np.int32]:
    """The number of each document's group; new names are added to `names`."""
    encoded = column.dictionary_encode()
    numbers = [names.setdefault(name, len(names)) for name in encoded.dictionary.to_pylist()]
    numbers.append(names.setdefault(UNKNOWN, len(names)) if encoded.null_count else -1)
    places = encoded.indices.fill_null(len(numbers) - 1)
    numbered: NDArray[np.int32] = np.array(numbers, dtype=np.int32)[np.asarray(places)]
    return numbered


def _repeats_path(job: Job) -> Path:
    return job.work_dir / "repeats.npy"


def _outcome_path(job: Job) -> Path:
    return job.work_dir / "mixture.json"
