"""The check that no document was lost and none was counted twice.

Comes in: the contents of a report. Goes out: nothing, or an error that names the sums that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t

_MEASURED = ("documents", "bytes", "characters")


def require_balance(report: Mapping[str, Any], where: str | None = None) -> None:
    """Check that documents in = kept + rejected by reason, and that every table sums to the same.

    Raises:
        DataError: the numbers do not add up.
    """
    problems = [f"{name}: {left:,} ≠ {right:,}" for name, left, right in _sums(report)]
    if problems:
        raise DataError(
            t("the account of this corpus does not add up"),
            where=where,
            why=t("; ").join(problems),
            hint=t("A part of the work is missing or was counted twice: make the corpus again."),
        )


def _sums(report: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """The equations that do not hold: what they are about, and both sides."""
    read, kept, rejected = report["read"], report["kept"], report["rejected"]
    equations = [
        ("read = kept + rejected", read["documents"], kept["documents"] + rejected["documents"])
    ]
    for name in _MEASURED:
        by_reason = sum(reason[name] for reason in report["reasons"])
        equations.append((f"rejected = reasons ({name})", rejected[name], by_reason))
        by_split = sum(split[name] for split in report["splits"].values())
        equations.append((f"kept = splits ({name})", kept[name], by_split))
        for table in ("sources", "languages", "domains"):
            rows = report[table]
            equations.append((f"read = {table} ({name})", read[name], sum(r[name] for r in rows)))
            by_row = sum(row["kept"][name] for row in rows)
            equations.append((f"kept = {table} ({name})", kept[name], by_row))
    lengths = sum(report["length_histogram"]["counts"])
    equations.append(("kept = lengths", kept["documents"], lengths))
    yield from (equation for equation in equations if equation[1] != equation[2])
