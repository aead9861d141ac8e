"""Two corpora side by side, and which of them to train on.

Comes in: two reports. Goes out: the figures of both, a verdict and its reasons, in the reader's
language. Knows only the report's format.

The worth of a corpus is taken as quantity x quality x diversity: bytes kept x share of the
documents read that passed every rule x diversity score. That is a rule of thumb, so a verdict is
given only where the products differ by a quarter or more, and every factor is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from yanmo.core.messages import t
from yanmo.corpus.report.columns import align, figure_text, share_text, size_text
from yanmo.corpus.report.contents import is_about_quality

CLEAR_RATIO = 1.25
"""Differences below this ratio decide nothing."""

FREE_PASSES = 4
"""Passes over a text that teach nearly as much as fresh text (Muennighoff et al., "Scaling
data-constrained language models", 2023, arXiv:2305.16264)."""

_LANGUAGE_OVERLAP = 0.5
Report = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One figure of both corpora; None where a report does not tell it."""

    name: str
    a: float | None
    b: float | None
    unit: Literal["number", "bytes", "share", "score"]
    is_more_better: bool | None

    @property
    def ratio(self) -> float | None:
        """b in units of a."""
        return self.b / self.a if self.a and self.b is not None else None


@dataclass(frozen=True)
class Comparison:
    """Two corpora side by side.

    Args:
        a: name of the first one.
        b: name of the second one.
        rows: their figures.
        better: which one to take; None where it makes no clear difference, or cannot be said.
        verdict: one sentence.
        reasons: sentences that bear it out.
        has_quality: both went through the same rules, so that quality is part of their worth.
    """

    a: str
    b: str
    rows: tuple[Row, ...]
    better: Literal["a", "b"] | None
    verdict: str
    reasons: tuple[str, ...]
    has_quality: bool = True

    def row(self, name: str) -> Row:
        """The figures called `name`."""
        return next(row for row in self.rows if row.name == name)

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return asdict(self) | {"rows": [asdict(row) | {"ratio": row.ratio} for row in self.rows]}


def compare_corpora(
    report_a: Report, report_b: Report, names: tuple[str, str] = ("A", "B")
) -> Comparison:
    """Hold two corpora against each other.

    Args:
        report_a: the report of the first one.
        report_b: the report of the second one.
        names: what to call them.
    """
    has_quality = _rules(report_a) == _rules(report_b)
    facts = [_facts(report, has_quality=has_quality) for report in (report_a, report_b)]
    rows = tuple(
        Row(name, facts[0][name], facts[1][name], unit, is_more_better)
        for name, (unit, is_more_better) in _ROWS.items()
    )
    draft = Comparison(*names, rows, None, "", (), has_quality)
    better = _better(draft)
    overlap = _language_overlap(report_a, report_b)
    reasons = [*_reasons(draft), *_advice(draft, overlap)]
    verdict = _verdict(draft, better)
    return Comparison(*names, rows, better, verdict, tuple(reasons), has_quality)


def format_comparison(comparison: Comparison) -> str:
    """The comparison as text for a terminal, without a line break at the end."""
    labels = {**_labels(), "worth": _product(comparison)}
    head = ["", comparison.a, comparison.b, f"{comparison.b} / {comparison.a}"]
    cells = [
        [
            labels[row.name],
            _cell(row.a, row.unit),
            _cell(row.b, row.unit),
            "-" if row.ratio is None else f"{row.ratio:.2f}",
        ]
        for row in comparison.rows
        if row.a is not None or row.b is not None
    ]
    lines = [*align([head, *cells]), "", comparison.verdict]
    return "\n".join([*lines, *(f"- {reason}" for reason in comparison.reasons)])


_ROWS: dict[str, tuple[Literal["number", "bytes", "share", "score"], bool | None]] = {
    "documents": ("number", True),
    "bytes": ("bytes", True),
    "characters": ("number", True),
    "novel_bytes": ("bytes", True),
    "passed_frac": ("share", True),
    "duplicate_frac": ("share", False),
    "unreadable_frac": ("share", False),
    "private_per_million_characters": ("score", False),
    "novelty": ("share", True),
    "variety": ("score", True),
    "diversity": ("score", True),
    "effective_sources": ("score", True),
    "effective_languages": ("score", None),
    "worth": ("number", True),
}


def _facts(report: Report, *, has_quality: bool) -> dict[str, float | None]:
    """The figures of one corpus. Without `has_quality` its worth is quantity x diversity."""
    kept, read = report["kept"], report["read"]["documents"]
    diversity = report.get("diversity") or {}
    variety = diversity.get("variety")
    unreadable = report.get("unreadable_count", 0)
    effective = diversity.get("effective_number", {})
    facts: dict[str, float | None] = {
        "documents": kept["documents"],
        "bytes": kept["bytes"],
        "characters": kept["characters"],
        "passed_frac": report.get("quality", {}).get("passed_frac"),
        "duplicate_frac": report.get("duplicates", {}).get("frac"),
        "unreadable_frac": unreadable / (read + unreadable) if read + unreadable else None,
        "private_per_million_characters": (report.get("privacy") or {}).get(
            "per_million_characters"
        ),
        "novelty": diversity.get("novelty"),
        "variety": sum(variety.values()) / len(variety) if variety else None,
        "diversity": diversity.get("score"),
        "effective_sources": effective.get("sources"),
        "effective_languages": effective.get("languages"),
    }
    novelty, score = facts["novelty"], facts["diversity"]
    passed = facts["passed_frac"] if has_quality else 1.0
    facts["novel_bytes"] = None if novelty is None else kept["bytes"] * novelty
    is_known = passed is not None and score is not None
    facts["worth"] = kept["bytes"] * (passed or 0) * (score or 0) if is_known else None
    return facts


def _labels() -> dict[str, str]:
    return {
        "documents": t("documents"),
        "bytes": t("bytes"),
        "characters": t("characters"),
        "novel_bytes": t("bytes that repeat nothing"),
        "passed_frac": t("documents that passed every rule"),
        "duplicate_frac": t("documents that were copies"),
        "unreadable_frac": t("files and records that could not be read"),
        "private_per_million_characters": t("personal data in a million characters"),
        "novelty": t("phrases that are not repeated"),
        "variety": t("variety (0 to 1)"),
        "diversity": t("diversity score (0 to 1)"),
        "effective_sources": t("effective number of sources"),
        "effective_languages": t("effective number of languages"),
    }


def _product(comparison: Comparison) -> str:
    """What the worth is the product of."""
    if comparison.has_quality:
        return t("quantity x quality x diversity")
    return t("quantity x diversity")


def _rules(report: Report) -> set[tuple[str, str]]:
    """What was asked of the documents: the steps that they went through, and what was measured."""
    measured = {(entry["step"], entry["name"]) for entry in report.get("measures", ())}
    steps = {(step, "") for step in report.get("steps", ())}
    return {pair for pair in measured | steps if is_about_quality(pair[0])}


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "bytes":
        return size_text(value)
    if unit == "share":
        return share_text(value)
    return f"{value:,.0f}" if unit == "number" else figure_text(value)


def _better(draft: Comparison) -> Literal["a", "b"] | None:
    """Which corpus to take: the one of more worth, or the smaller one of two that say the same."""
    worth, size = draft.row("worth").ratio, draft.row("bytes").ratio
    if worth is None or not size:
        return None
    if not 1 / CLEAR_RATIO < worth < CLEAR_RATIO:
        return "b" if worth > 1 else "a"
    if not 1 / CLEAR_RATIO < size < CLEAR_RATIO:
        return "a" if size > 1 else "b"
    return None


def _verdict(draft: Comparison, better: Literal["a", "b"] | None) -> str:
    worth = draft.row("worth").ratio
    if worth is None:
        return t("One of the two reports lacks quality or diversity; make that corpus again.")
    if better is not None and 1 / CLEAR_RATIO < worth < CLEAR_RATIO:
        return t(
            "Take {name}: it is worth about as much ({product}) and smaller.",
            name=draft.b if better == "b" else draft.a,
            product=_product(draft),
        )
    if better is None:
        return t(
            "It makes no clear difference: {product} differ by a factor of less than {ratio}.",
            product=_product(draft),
            ratio=f"{CLEAR_RATIO:g}",
        )
    name, ratio = (draft.b, worth) if better == "b" else (draft.a, 1 / worth if worth else None)
    if ratio is None:
        return t("Take {name}: the other one is empty or says the same again and again.", name=name)
    return t(
        "Take {name}: {product} come to {ratio} times the other.",
        name=name,
        product=_product(draft),
        ratio=f"{ratio:,.1f}",
    )


def _reasons(draft: Comparison) -> list[str]:
    """What speaks for the one and for the other: quantity, repetition, quality, variety."""
    reasons = []
    quantity = draft.row("bytes")
    larger, smaller, times = _order(draft, quantity)
    if times is not None and 1.05 <= times < math.inf:
        reasons.append(
            t(
                "Quantity: {larger} has {times} times the text of {smaller}.",
                larger=larger,
                smaller=smaller,
                times=f"{times:,.1f}",
            )
        )
    for index, name in ((0, draft.a), (1, draft.b)):
        novelty = _of(draft.row("novelty"), index)
        if novelty is not None and novelty < 0.8:
            reasons.append(
                t(
                    "Repetition: {share} of {name} repeats what it says elsewhere; {size} remain.",
                    share=share_text(1 - novelty),
                    name=name,
                    size=size_text(_of(draft.row("novel_bytes"), index) or 0),
                )
            )
    for kind, sentence in (
        ("passed_frac", t("Quality: of {better} {high} passed every rule, of {worse} {low}.")),
        ("variety", t("Variety: {better} has {high}, {worse} {low}.")),
    ):
        if kind == "passed_frac" and not draft.has_quality:
            reasons.append(
                t(
                    "Quality is left out: the two went through different rules, so the shares that "
                    "passed say nothing. Make both with the same rules to compare it."
                )
            )
            continue
        row = draft.row(kind)
        better, worse, times = _order(draft, row)
        if times is not None and times >= 1.05 and row.a is not None and row.b is not None:
            high, low = max(row.a, row.b), min(row.a, row.b)
            reasons.append(
                sentence.format(
                    better=better, worse=worse, high=_cell(high, row.unit), low=_cell(low, row.unit)
                )
            )
    return reasons + _private_reason(draft)


def _private_reason(draft: Comparison) -> list[str]:
    row = draft.row("private_per_million_characters")
    worse, better, times = _order(draft, row)
    if times is None or times < 2 or row.a is None or row.b is None:
        return []
    return [
        t(
            "Privacy: {worse} held {high} pieces of personal data in a million characters, "
            "{better} {low}.",
            worse=worse,
            better=better,
            high=figure_text(max(row.a, row.b)),
            low=figure_text(min(row.a, row.b)),
        )
    ]


def _advice(draft: Comparison, overlap: float | None) -> list[str]:
    """What follows for the training."""
    advice = []
    larger, smaller, times = _order(draft, draft.row("novel_bytes"))
    is_small_richer = _order(draft, draft.row("variety"))[0] == smaller
    if times is not None and CLEAR_RATIO <= times < math.inf:
        row = draft.row("novel_bytes")
        enough = FREE_PASSES * min(row.a or 0, row.b or 0)
        if is_small_richer:
            advice.append(
                t(
                    "For a training of up to {size} of text ({passes} passes) {smaller} is enough, "
                    "and it is the richer one; beyond that the quantity of {larger} counts.",
                    size=size_text(enough),
                    passes=FREE_PASSES,
                    smaller=smaller,
                    larger=larger,
                )
            )
        else:
            advice.append(
                t(
                    "{smaller} carries a training of at most {size} of text: more than {passes} "
                    "passes over the same text teach little.",
                    smaller=smaller,
                    size=size_text(enough),
                    passes=FREE_PASSES,
                )
            )
    if overlap is not None and overlap < _LANGUAGE_OVERLAP:
        advice.append(
            t(
                "Their languages differ (overlap {share}), so variety cannot be compared fairly; "
                "consider a mixture of both.",
                share=share_text(overlap),
            )
        )
    return advice


def _order(draft: Comparison, row: Row) -> tuple[str, str, float | None]:
    """The name with the larger figure, the other name, and how many times larger."""
    if row.a is None or row.b is None:
        return draft.a, draft.b, None
    low, high = min(row.a, row.b), max(row.a, row.b)
    names = (draft.a, draft.b) if row.a >= row.b else (draft.b, draft.a)
    if low == 0:
        return (*names, math.inf if high else None)
    return (*names, high / low)


def _of(row: Row, index: int) -> float | None:
    return row.b if index else row.a


def _language_overlap(report_a: Report, report_b: Report) -> float | None:
    """The shared part of two distributions of bytes over languages; None where nobody knows any."""
    shares = []
    for report in (report_a, report_b):
        rows = [row for row in report.get("languages", ()) if row["name"] is not None]
        total = sum(row["kept"]["bytes"] for row in rows)
        if not total:
            return None
        shares.append({row["name"]: row["kept"]["bytes"] / total for row in rows})
    overlap: float = sum(min(share, shares[1].get(name, 0.0)) for name, share in shares[0].items())
    return overlap
