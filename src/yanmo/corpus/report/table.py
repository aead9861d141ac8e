"""The report of a corpus as a table for the terminal, in the reader's language.

Comes in: the contents of `report.json`, of this version or the one before. Goes out: text. Knows
only the report's format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yanmo.core.messages import listed, t
from yanmo.corpus.report.columns import align, figure_text, share_text, size_text, sparkline

DEFAULT_ROWS = 20
"""Rows of each table, unless all are wanted."""

_MAX_UNREADABLE = 5
_MAX_LINES = 5
Report = Mapping[str, Any]


def format_report(
    report: Report,
    tokens: Mapping[str, Mapping[str, int]] | None = None,
    max_rows: int | None = DEFAULT_ROWS,
) -> str:
    """The report as text of several lines, without a line break at the end.

    Args:
        report: the contents of `report.json`.
        tokens: tokens by `source`, `language`, `domain` and `split`, where they are known.
        max_rows: of each table; None for all.
    """
    lines = [_headline(report)]
    for title, content in _parts(report, tokens or {}):
        if content:
            shown = content[: max_rows + 1] if max_rows is not None else content  # and the head
            shown = [*shown, *_and_more(len(content) - len(shown))]
            lines += ["", title, *(f"  {line}".rstrip() for line in shown)]
    return "\n".join(lines)


def _headline(report: Report) -> str:
    read, kept = report["read"], report["kept"]
    return t(
        "{kept:,} of {read:,} documents kept ({share}): {size}, {characters:,} characters",
        kept=kept["documents"],
        read=read["documents"],
        share=share_text(kept["documents"] / read["documents"] if read["documents"] else None),
        size=size_text(kept["bytes"]),
        characters=kept["characters"],
    )


def _parts(
    report: Report, tokens: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, list[str]]]:
    """The titled parts of the table; those without content are left out."""
    sources, languages, domains = (
        report.get(name, ()) for name in ("sources", "languages", "domains")
    )
    yield t("By source"), _amounts(sources, t("source"), tokens.get("source"))
    yield t("By language"), _amounts(_known(languages), t("language"), tokens.get("language"))
    yield t("By domain"), _amounts(_known(domains), t("domain"), tokens.get("domain"))
    yield t("By split"), _splits(report, tokens.get("split"))
    yield t("What the steps did"), _steps(report)
    yield t("Why documents were dropped"), _reasons(report)
    yield t("Quality"), [*_quality(report), *_measures(report)]
    yield t("Diversity"), _diversity(report)
    yield t("Duplicates"), _duplicates(report)
    yield t("Passages cut out"), _cuts(report)
    yield t("Personal data masked"), _privacy(report)
    yield t("Mixture"), _mixture(report)
    yield t("Not read"), _unreadable(report)


def _known(rows: Sequence[Report]) -> Sequence[Report]:
    """The rows, or none where nothing but null is there: nobody has said."""
    return rows if any(row["name"] is not None for row in rows) else ()


def _amounts(rows: Sequence[Report], what: str, tokens: Mapping[str, int] | None) -> list[str]:
    """What was read and kept by the values of a column, the largest first."""
    if not rows:
        return []
    ordered = sorted(rows, key=lambda row: -row.get("kept", row)["bytes"])
    head = [
        what,
        t("read"),
        t("kept"),
        t("share"),
        t("bytes"),
        t("characters"),
        t("of the text"),
        t("tokens"),
    ]
    total = sum(row.get("kept", row)["bytes"] for row in rows)
    has_kept = all("kept" in row for row in rows)  # the first version of the report had read only
    # What was found out on the way, such as the language, was not known when it was read.
    has_read = not has_kept or all(row["documents"] >= row["kept"]["documents"] for row in rows)
    cells = []
    for row in ordered:
        kept = row.get("kept", row)
        if has_kept and not has_read and not kept["documents"]:
            continue
        frac = kept["documents"] / row["documents"] if row["documents"] else None
        cells.append(
            [
                t("unknown") if row["name"] is None else str(row["name"]),
                f"{row['documents']:,}" if has_read else "-",
                f"{kept['documents']:,}" if has_kept else "-",
                share_text(frac if has_kept and has_read else None),
                size_text(kept["bytes"]),
                f"{kept['characters']:,}",
                share_text(kept["bytes"] / total if total else None),
                f"{(tokens or {}).get(row['name'] or 'unknown', 0):,}",
            ]
        )
    if tokens is None:
        head, cells = head[:-1], [row[:-1] for row in cells]
    return align([head, *cells])


def _splits(report: Report, tokens: Mapping[str, int] | None) -> list[str]:
    names = {"train": t("train"), "validation": t("validation"), "test": t("test")}
    head = [t("split"), t("documents"), t("bytes"), t("characters"), t("tokens")]
    cells = [
        [
            names.get(name, name),
            f"{amount['documents']:,}",
            size_text(amount["bytes"]),
            f"{amount['characters']:,}",
            f"{(tokens or {}).get(name, 0):,}",
        ]
        for name, amount in report.get("splits", {}).items()
    ]
    repeated = report.get("repeated", {}).get("documents")
    if repeated:
        amount = report["repeated"]
        cells.append(
            [
                t("further copies"),
                f"{repeated:,}",
                size_text(amount["bytes"]),
                f"{amount['characters']:,}",
                "",
            ]
        )
    if tokens is None:
        head, cells = head[:-1], [row[:-1] for row in cells]
    return align([head, *cells]) if cells else []


def _steps(report: Report) -> list[str]:
    """What each step rejected and changed, and how many documents were left after it."""
    rejected: dict[str, int] = {}
    for reason in report["reasons"]:
        rejected[reason["step"]] = rejected.get(reason["step"], 0) + reason["documents"]
    changed = {entry["step"]: entry for entry in report.get("changed", ())}
    names = dict.fromkeys((*report.get("steps", ()), *changed, *rejected))
    left = report["read"]["documents"]
    cells = []
    for name in names:
        left -= rejected.get(name, 0)
        counts = changed.get(name, {}).get("counts", {})
        more = listed(f"{key} {count:,}" for key, count in counts.items())
        number = changed.get(name, {}).get("documents", 0)
        cells.append([name, more, _or_blank(rejected.get(name, 0)), f"{left:,}", _or_blank(number)])
    head = [t("processing step"), t("counted"), t("dropped"), t("remaining"), t("changed")]
    return align([head, *cells], text_columns=2) if cells else []


def _reasons(report: Report) -> list[str]:
    if not report["reasons"]:
        return [t("Nothing was dropped.")]
    read = report["read"]["documents"]
    ordered = sorted(report["reasons"], key=lambda reason: -reason["documents"])
    head = [t("processing step"), t("reason"), t("documents"), t("of those read"), t("bytes")]
    cells = [
        [
            reason["step"],
            reason["reason"],
            f"{reason['documents']:,}",
            share_text(reason["documents"] / read if read else None),
            size_text(reason["bytes"]),
        ]
        for reason in ordered
    ]
    return align([head, *cells], text_columns=2)


def _quality(report: Report) -> list[str]:
    quality = report.get("quality", {})
    if quality.get("passed_frac") is None:
        return []
    return [
        t(
            "copies apart, {share} of the documents read passed every rule",
            share=share_text(quality["passed_frac"]),
        )
    ]


def _measures(report: Report) -> list[str]:
    measures = [entry for entry in report.get("measures", ()) if entry["count"]]
    if not measures:
        return []
    head = [t("processing step"), t("measure"), t("documents"), "5%", "50%", "95%", t("mean"), ""]
    cells = [
        [
            entry["step"],
            entry["name"],
            f"{entry['count']:,}",
            *(figure_text(entry["quantiles"][key]) for key in ("0.05", "0.5", "0.95")),
            figure_text(entry["mean"]),
            sparkline(entry["histogram"]["counts"]),
        ]
        for entry in measures
    ]
    lines = align([[*row[:7], ""] for row in [head, *cells]], text_columns=2)
    shapes = ["", *(row[7] for row in cells)]
    return [f"{line}  {shape}".rstrip() for line, shape in zip(lines, shapes, strict=True)]


def _diversity(report: Report) -> list[str]:
    diversity = report.get("diversity")
    if not diversity:
        return []
    sample, variety = diversity["sample"], diversity["variety"]
    effective = diversity["effective_number"]
    entropy = sample["entropy_bits"]
    rows = [
        (t("score (0 to 1)"), f"{diversity['score']:.3f}"),
        (
            t("novelty: phrases that are not repeated"),
            share_text(diversity["novelty"]),
        ),
        (t("different words"), f"{diversity['distinct_words']:,} / {diversity['words']:,}"),
        (t("vocabulary"), f"{variety['vocabulary']:.3f}"),
        (t("entropy"), f"{variety['entropy']:.3f}  ({_three(entropy)} {t('bits')})"),
        (t("density"), f"{variety['density']:.3f}  (zstd {sample['compression_ratio']:.2f}:1)"),
        (
            t("spread over sources, domains, languages"),
            f"{variety['spread']:.3f}  ({_three(effective)})",
        ),
    ]
    return align([list(row) for row in rows], text_columns=2)


def _three(values: Mapping[str, float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values.values())


def _duplicates(report: Report) -> list[str]:
    duplicates = report.get("duplicates", {})
    if not duplicates.get("documents") and not duplicates.get("clusters"):
        return []
    lines = [
        t(
            "{documents:,} documents dropped as copies, {share} of those read",
            documents=duplicates["documents"],
            share=share_text(duplicates["frac"]),
        )
    ]
    for step, clusters in duplicates["clusters"].items():
        lines.append(
            t(
                "{step}: {number:,} clusters of {documents:,} documents, "
                "the largest of {largest:,}",
                step=step,
                number=clusters["number"],
                documents=clusters["documents"],
                largest=clusters["largest"],
            )
        )
    return lines


def _cuts(report: Report) -> list[str]:
    """What comparisons cut out of documents, with the lines that most of them shared."""
    lines = []
    for name, facts in report.get("comparisons", {}).items():
        if not facts.get("removed_bytes"):
            continue
        lines.append(
            t(
                "{step}: {size} out of {documents:,} documents",
                step=name,
                size=size_text(facts["removed_bytes"]),
                documents=facts["shortened_documents"],
            )
        )
        frequent = facts.get("frequent_lines", ())[:_MAX_LINES]
        cells = [[entry["line"], f"{entry['documents']:,}"] for entry in frequent]
        lines += [f"  {line}" for line in (align(cells) if cells else [])]
    return lines


def _privacy(report: Report) -> list[str]:
    privacy = report.get("privacy")
    if not privacy:
        return []
    lines = [
        t(
            "{total:,} in {documents:,} documents, {rate} per million characters",
            total=privacy["total"],
            documents=privacy["documents"],
            rate=figure_text(privacy["per_million_characters"]),
        )
    ]
    return lines + align(
        [[name, f"{count:,}"] for name, count in privacy["counts"].items()] or [[]]
    )


def _mixture(report: Report) -> list[str]:
    """The shares that were asked for and reached, of the training text."""
    groups = report.get("comparisons", {}).get("mixture", {}).get("groups", {})
    if not groups:
        return []
    head = [t("group"), t("wanted"), t("reached"), t("documents"), t("bytes"), t("at most")]
    rows = [
        [
            name,
            share_text(group["wanted_share"]),
            share_text(group["share"]),
            f"{group['documents']:,}",
            size_text(group["bytes"]),
            f"{group['max_repeats']}x",
        ]
        for name, group in groups.items()
    ]
    return align([head, *rows])


def _unreadable(report: Report) -> list[str]:
    lines = []
    if report["unreadable_count"]:
        lines.append(
            t("{count:,} files or records could not be read:", count=report["unreadable_count"])
        )
        for entry in report["unreadable"][:_MAX_UNREADABLE]:
            place = "" if entry["offset"] is None else f" @ {entry['offset']:,}"
            lines.append(f"  {entry['file']}{place}: {entry['error']}")
        lines += _and_more(report["unreadable_count"] - _MAX_UNREADABLE)
    skipped = report.get("skipped_file_types", {})
    if skipped:
        types = listed(f"{kind} {count:,}" for kind, count in skipped.items())
        lines.append(t("files of types that are not read: {types}", types=types))
    return lines


def _and_more(number: int) -> list[str]:
    return [t("and {n} more", n=f"{number:,}")] if number > 0 else []


def _or_blank(number: int) -> str:
    return f"{number:,}" if number else ""
