"""The contents of `report.json`, put together from an account.

Comes in: a finished account. Goes out: JSON values under stable names (docs/en/corpus_report.md
lists them). Whatever shows a corpus, judges it or compares it reads these and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from yanmo.corpus.document import SPLITS
from yanmo.corpus.report.volume import Volumes
from yanmo.corpus.scripts import SCRIPTS

if TYPE_CHECKING:
    from yanmo.corpus.report.account import Account

FORMAT_VERSION = 2

_OTHER_REASONS = ("duplicate", "contamination", "mixture")
"""Parts of the names of steps that reject documents for something else than their quality."""

PRIVACY_STEP = "privacy"
"""The step whose counts are personal data that was masked."""


def report_of(account: Account) -> dict[str, Any]:
    """The report of everything that an account has counted."""
    read, kept = account.read["source"].total(), account.kept["source"].total()
    reasons = _reasons(account)
    return {
        "format_version": FORMAT_VERSION,
        "read": read.as_dict(),
        "kept": kept.as_dict(),
        "rejected": _sum(reasons),
        "repeated": account.repeated.total().as_dict(),
        "sources": _read_and_kept(account, "source"),
        "languages": _read_and_kept(account, "language"),
        "domains": _read_and_kept(account, "domain"),
        "splits": _splits(account),
        "steps": list(account.steps),
        "reasons": reasons,
        "changed": [
            {"step": step, **account.changes[step].to_json()}
            for step in account.steps
            if step in account.changes
        ],
        "measures": [
            {"step": step, "name": name, **values.as_report()}
            for (step, name), values in _in_order(account, account.measures)
        ],
        "unreadable": account.unreadable,
        "unreadable_count": account.unreadable_count,
        "skipped_file_types": dict(sorted(account.skipped.items())),
        "scripts": dict(zip(SCRIPTS, account.scripts.tolist(), strict=True)),
        "length_histogram": _length_histogram(account),
        "quality": _quality(read.documents, reasons),
        "diversity": account.diversity.as_report(
            sources=account.kept["source"],
            domains=account.kept["domain"],
            languages=account.kept["language"],
        ),
        "duplicates": _duplicates(read.documents, reasons, account.comparisons),
        "privacy": _privacy(account),
        "comparisons": account.comparisons,
        "kept_examples": account.examples.to_json(),
    }


def is_about_duplicates(step: str) -> bool:
    """Whether a step of this name rejects copies, and not bad text."""
    return "duplicate" in step


def is_about_quality(step: str) -> bool:
    """Whether what a step of this name rejects is bad text, and not merely unwanted."""
    return not any(part in step for part in _OTHER_REASONS)


def _in_order(account: Account, table: Mapping[tuple[str, str], Any]) -> list[Any]:
    """The entries of a table by step and name, in the order of the steps, then as they came."""
    places = {step: place for place, step in enumerate(account.steps)}
    return sorted(table.items(), key=lambda item: places[item[0][0]])


def _reasons(account: Account) -> list[dict[str, Any]]:
    ordered = sorted(account.rejections.items(), key=lambda item: item[0][1])
    return [
        {"step": step, "reason": reason, **entry.to_json()}
        for (step, reason), entry in _in_order(account, dict(ordered))
    ]


def _sum(reasons: list[dict[str, Any]]) -> dict[str, int]:
    names = ("documents", "bytes", "characters")
    return {name: sum(reason[name] for reason in reasons) for name in names}


def _read_and_kept(account: Account, column: str) -> list[dict[str, Any]]:
    """For each value of a column what was read, and under `kept` what was kept of it."""
    read, kept = account.read[column], account.kept[column]
    names = dict.fromkeys((*read, *kept))
    return [
        {"name": name, **_amount(read, name), "kept": _amount(kept, name)}
        for name in sorted(names, key=lambda name: (name is None, name or ""))
    ]


def _amount(volumes: Volumes, name: str | None) -> dict[str, int]:
    return volumes[name].as_dict()


def _splits(account: Account) -> dict[str, dict[str, int]]:
    kept = account.kept["split"]
    return {name: kept[name].as_dict() for name in SPLITS}


def _length_histogram(account: Account) -> dict[str, list[int]]:
    """Documents by length; a bin holds the lengths from its edge up to below the next."""
    num_bins = int(np.max(np.nonzero(account.lengths_by_power)[0], initial=0)) + 1
    return {
        "edges": [2**power for power in range(num_bins + 1)],
        "counts": account.lengths_by_power[:num_bins].tolist(),
    }


def _quality(read: int, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """How much of what was read is good: the share that no rule rejected, apart from documents
    that were left out for other reasons (copies, test data, more than a mixture wants)."""
    others = sum(r["documents"] for r in reasons if not is_about_quality(r["step"]))
    bad = sum(r["documents"] for r in reasons if is_about_quality(r["step"]))
    judged = read - others
    return {
        "documents_judged": judged,
        "documents_rejected": bad,
        "passed_frac": (judged - bad) / judged if judged else None,
    }


def _duplicates(
    read: int, reasons: list[dict[str, Any]], comparisons: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Copies that were left out, by step, with what is known of their clusters."""
    by_step: dict[str, int] = {}
    for reason in reasons:
        if is_about_duplicates(reason["step"]):
            by_step[reason["step"]] = by_step.get(reason["step"], 0) + reason["documents"]
    documents = sum(by_step.values())
    clusters = {name: facts for name, facts in comparisons.items() if "clusters" in facts}
    return {
        "documents": documents,
        "frac": documents / read if read else None,
        "by_step": by_step,
        "clusters": {name: facts["clusters"] for name, facts in clusters.items()},
    }


def _privacy(account: Account) -> dict[str, Any]:
    """Personal data that was masked, by type and rate; empty where no step looked for any."""
    changes = account.changes.get(PRIVACY_STEP)
    if changes is None:
        return {}
    total = sum(changes.counts.values())
    millions = changes.seen.characters / 1e6
    return {
        "documents": changes.documents,
        "counts": dict(sorted(changes.counts.items())),
        "total": total,
        "per_million_characters": total / millions if millions else None,
        "characters_seen": changes.seen.characters,
    }
