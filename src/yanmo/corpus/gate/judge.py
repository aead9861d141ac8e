"""The report of a corpus held against the limits of the recipe.

Comes in: the contents of `report.json` and a `GateConfig`. Goes out: every limit that is not kept,
with what was measured and what is wanted. Knows nothing of training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.corpus.gate.config import GateConfig

_MIN_LANGUAGE_FRAC = 0.01
Report = Mapping[str, Any]


@dataclass(frozen=True)
class GateFailure:
    """A limit that is not kept.

    Args:
        limit: its name in the recipe, such as `min_diversity`.
        measured: what the report says; None where it does not say it.
        wanted: the limit.
        reason: the same as a sentence.
    """

    limit: str
    measured: float | None
    wanted: float
    reason: str


@dataclass(frozen=True)
class GateOutcome:
    """What came out: the limits that were looked at, and those that are not kept."""

    checked: tuple[str, ...]
    failures: tuple[GateFailure, ...]

    @property
    def has_passed(self) -> bool:
        """Whether the corpus keeps every limit."""
        return not self.failures

    @property
    def reasons(self) -> list[str]:
        """A sentence for each limit that is not kept."""
        return [failure.reason for failure in self.failures]


def judge_gate(report: Report, config: GateConfig) -> GateOutcome:
    """Hold the report of a corpus against the limits.

    A limit on something that the report does not tell is not kept.
    """
    checked: list[str] = []
    failures: list[GateFailure] = []
    for limit, measure in _MEASURES.items():
        wanted = getattr(config, limit)
        if wanted is None:
            continue
        checked.append(limit)
        measured = measure(report)
        if measured is None:
            failures.append(GateFailure(limit, None, wanted, _not_measured(limit)))
        elif measured < wanted if limit.startswith("min_") else measured > wanted:
            reason = _describe(limit, measured, wanted)
            failures.append(GateFailure(limit, measured, wanted, reason))
    return GateOutcome(tuple(checked), tuple(failures))


def require_gate(report: Report, config: GateConfig, where: str | None = None) -> list[str]:
    """Refuse a corpus that does not keep the limits, or say what is wrong with it.

    Args:
        report: the contents of its `report.json`.
        config: the limits, and what to do where one is not kept.
        where: the corpus, for the message.

    Returns:
        A sentence for each limit that is not kept, for the manifest; empty where all are kept.

    Raises:
        DataError: a limit is not kept and the recipe says `refuse`.
    """
    outcome = judge_gate(report, config)
    if outcome.has_passed:
        return []
    if config.on_failure == "warn":
        return [t("trained although {reason}", reason=reason) for reason in outcome.reasons]
    raise DataError(
        t("this corpus does not pass the gate"),
        where=where,
        why=t("; ").join(outcome.reasons),
        hint=t(
            "Look at it with `yanmo corpus stats`, improve it, or change {keys} in the recipe. "
            "To train on it as it is: gate.on_failure=warn; the manifest will say so.",
            keys=listed(f"gate.{failure.limit}" for failure in outcome.failures),
        ),
    )


def _part(report: Report, *keys: str) -> float | None:
    """A number inside the report, None where it is not there."""
    value: Any = report
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, int | float) else None


def _kept_frac(report: Report) -> float | None:
    read, kept = _part(report, "read", "documents"), _part(report, "kept", "documents")
    return kept / read if read and kept is not None else None


def _unreadable_frac(report: Report) -> float | None:
    read, bad = _part(report, "read", "documents"), _part(report, "unreadable_count")
    if read is None or bad is None:
        return None
    return bad / (bad + read) if bad + read else 0.0


def _num_languages(report: Report) -> float | None:
    """Languages with at least one per cent of the bytes kept; unknown is none."""
    rows, total = report.get("languages"), _part(report, "kept", "bytes")
    if rows is None or not total:
        return None
    least = _MIN_LANGUAGE_FRAC * total
    return len([row for row in rows if row["name"] and row["kept"]["bytes"] >= least])


_MEASURES: dict[str, Callable[[Report], float | None]] = {
    "min_documents": lambda report: _part(report, "kept", "documents"),
    "min_bytes": lambda report: _part(report, "kept", "bytes"),
    "min_kept_frac": _kept_frac,
    "min_passed_frac": lambda report: _part(report, "quality", "passed_frac"),
    "max_unreadable_frac": _unreadable_frac,
    "max_duplicate_frac": lambda report: _part(report, "duplicates", "frac"),
    "min_novelty": lambda report: _part(report, "diversity", "novelty"),
    "min_diversity": lambda report: _part(report, "diversity", "score"),
    "min_languages": _num_languages,
    "max_private_per_million_characters": lambda report: _part(
        report, "privacy", "per_million_characters"
    ),
}
"""What each limit of the configuration is held against."""


def _not_measured(limit: str) -> str:
    if limit == "max_private_per_million_characters":
        return t("nothing looked for personal data; {limit} needs corpus.privacy", limit=limit)
    return t("the report does not tell what {limit} asks for; make the corpus again", limit=limit)


def _describe(limit: str, measured: float, wanted: float) -> str:
    """The sentence about a limit that is not kept."""
    values = {"measured": f"{measured:,.4g}", "wanted": f"{wanted:,.4g}"}
    if limit.endswith("_frac") or limit == "min_novelty":
        values = {"measured": f"{measured:.1%}", "wanted": f"{wanted:.1%}"}
    elif limit in ("min_documents", "min_bytes"):
        values = {"measured": f"{measured:,.0f}", "wanted": f"{wanted:,.0f}"}
    what = {
        "min_documents": t("documents kept"),
        "min_bytes": t("bytes kept"),
        "min_kept_frac": t("documents kept of those read"),
        "min_passed_frac": t("documents that passed every rule"),
        "max_unreadable_frac": t("files and records that could not be read"),
        "max_duplicate_frac": t("documents that were copies"),
        "min_novelty": t("phrases that are not repeated"),
        "min_diversity": t("diversity score"),
        "min_languages": t("languages"),
        "max_private_per_million_characters": t("personal data in a million characters"),
    }[limit]
    if limit.startswith("min_"):
        return t("{what}: {measured}, at least {wanted} wanted", what=what, **values)
    return t("{what}: {measured}, at most {wanted} allowed", what=what, **values)
