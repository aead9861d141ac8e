"""The files that a candidate's process leaves and its parent reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.target_scores import TargetScores

JOB_NAME = "job.json"
STEPS_NAME = "started.json"
TRAINED_NAME = "trained.json"
RESULT_NAME = "result.json"
FAILURE_NAME = "failure.json"
LOG_NAME = "log.txt"
SCORES_NAME = "scores.npz"


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file; None where there is none, or half of one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def read_keyed(path: Path, key: str) -> dict[str, Any] | None:
    """The object in a JSON file that carries `key`; None where it is about something else."""
    found = read_json(path)
    return found if found is not None and found.get("key") == key else None


def save_scores(folder: Path, name: str, scores: Sequence[TargetScores]) -> None:
    """Write the scores of documents, one after the other.

    Raises:
        RunError: a score is not finite.
    """
    log_probs = np.concatenate([score.log_probs for score in scores])
    if not np.isfinite(log_probs).all():
        raise RunError(
            t("the model {name} gives log-probabilities that are not finite", name=name),
            hint=t(
                "Its training has probably diverged; look at the loss curve, lower the learning"
                " rate."
            ),
        )
    temporary = folder / f".{SCORES_NAME}"
    with temporary.open("wb") as file:
        np.savez(file, log_probs=log_probs, ranks=np.concatenate([s.ranks for s in scores]))
    temporary.replace(folder / SCORES_NAME)


class StoredScores:
    """Scores from a file, as a scorer of the documents that they belong to."""

    def __init__(self, folder: Path) -> None:
        with np.load(folder / SCORES_NAME, allow_pickle=False) as file:
            self._log_probs: NDArray[np.float64] = file["log_probs"]
            self._ranks: NDArray[np.int64] = file["ranks"]

    def score(self, documents: Sequence[NDArray[np.integer]]) -> list[TargetScores]:
        """The scores, cut by document."""
        ends = np.cumsum([document.size for document in documents])
        assert ends[-1] == self._log_probs.size, "the scores belong to other documents"
        return [
            TargetScores(log_probs, ranks)
            for log_probs, ranks in zip(
                np.split(self._log_probs, ends[:-1]), np.split(self._ranks, ends[:-1]), strict=True
            )
        ]
