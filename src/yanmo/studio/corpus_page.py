"""What the Data page shows of a corpus as a whole.

In: the folder of a corpus below the runs. Out: JSON values: the funnel step by step with the
reasons of each, amounts by source, language, domain and split with their tokens, histograms,
copies, masked personal data, the mixture. A part that cannot be read is left out and named in
`problems`. Knows no request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import t
from yanmo.corpus.browse import count_documents, document_files
from yanmo.corpus.config import CorpusConfig
from yanmo.pipeline.report.records import CorpusReport

REPORT_NAME = "report.json"
_MAX_UNREADABLE = 50
_MAX_GROUPS = 200
_PASSED_ON = (
    *("read", "kept", "rejected", "repeated", "splits", "scripts", "length_histogram"),
    *("quality", "diversity", "duplicates", "privacy", "unreadable_count", "skipped_file_types"),
)
_ROW_COUNTS = ("documents", "bytes", "characters")


def list_corpora(runs: Path) -> list[dict[str, Any]]:
    """The corpora below `runs`, the newest first: path, name, documents, whether it is whole."""
    found = []
    for pattern in ("*/corpus", "*", "*/*/corpus"):
        for folder in runs.glob(pattern):
            if not folder.is_dir() or any(part.startswith(".") for part in folder.parts[-2:]):
                continue
            is_corpus = folder.name == "corpus" or (folder / REPORT_NAME).is_file()
            if is_corpus and document_files(folder):
                found.append(_listed(runs, folder))
    unique = {entry["path"]: entry for entry in found}
    return sorted(unique.values(), key=lambda entry: -entry["changed_at"])


def _listed(runs: Path, folder: Path) -> dict[str, Any]:
    path = folder.relative_to(runs).as_posix()
    name = path.removesuffix("/corpus")
    try:
        documents: int | None = count_documents(document_files(folder))
    except DataError:
        documents = None
    return {
        "path": path,
        "name": name,
        "documents": documents,
        "is_finished": (folder / REPORT_NAME).is_file(),
        "changed_at": folder.stat().st_mtime,
    }


def describe_corpus(folder: Path) -> dict[str, Any]:
    """Everything about a corpus but its documents."""
    problems: list[str] = []
    report = _json(folder / REPORT_NAME, problems)
    tokens = {}
    if folder.name == "corpus" and (folder.parent / "tokens").is_dir():
        tokens = _json(folder.parent / "tokens" / REPORT_NAME, problems)
    described: dict[str, Any] = {"stored": _stored(folder, problems), "problems": problems}
    try:
        described |= _of_report(report, tokens)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problems.append(
            t(
                "{file} could not be read: {why}",
                file=f"{folder.name}/{REPORT_NAME}",
                why=t("a field is missing or misplaced: {field}", field=str(error)),
            )
        )
    return described


def corpus_config(folder: Path) -> CorpusConfig | None:
    """The settings that a corpus was made with; None where they are not known."""
    try:
        manifest = read_manifest(folder)
        return None if manifest is None else CorpusConfig.model_validate(manifest.config)
    except (DataError, ValueError, TypeError):
        return None  # of another version, or damaged; what hangs on it is left out


def _stored(folder: Path, problems: list[str]) -> dict[str, int]:
    """Documents in the files, which are there before the report is."""
    counts = {}
    for name, is_rejected in (("kept", False), ("rejected", True)):
        try:
            counts[name] = count_documents(document_files(folder, rejected=is_rejected))
        except DataError as error:
            problems.append(str(error))
            counts[name] = 0
    return counts


def _of_report(report: Mapping[str, Any], tokens: Mapping[str, Any]) -> dict[str, Any]:
    if not report:
        return {}
    CorpusReport.from_json(report)  # says what is missing or misplaced
    groups = tokens.get("groups", {})
    passed_on = {name: report[name] for name in _PASSED_ON if name in report}
    return {
        **passed_on,
        "funnel": _funnel(report),
        "sources": _amounts(report.get("sources", ()), groups.get("source", {})),
        "languages": _amounts(report.get("languages", ()), groups.get("language", {})),
        "domains": _amounts(report.get("domains", ()), groups.get("domain", {})),
        "split_tokens": {
            name: split["tokens"] for name, split in tokens.get("splits", {}).items() if split
        },
        "num_tokens": tokens.get("account", {}).get("in"),
        "measures": [_measure(one) for one in report.get("measures", ()) if one["count"]],
        "changed": [one for one in report.get("changed", ()) if one["documents"]],
        "unreadable": list(report.get("unreadable", ()))[:_MAX_UNREADABLE],
        "mixture": report.get("comparisons", {}).get("mixture"),
        "frequent_lines": report.get("comparisons", {})
        .get("repeated_lines", {})
        .get("frequent_lines", []),
    }


def _funnel(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Step by step what was left; only steps that rejected something."""
    left = {name: int(report["read"].get(name, 0)) for name in _ROW_COUNTS}
    steps: dict[str, list[Mapping[str, Any]]] = {}
    for reason in report.get("reasons", ()):
        steps.setdefault(str(reason["step"]), []).append(reason)
    rows = []
    for step, reasons in steps.items():
        lost = {name: sum(int(one.get(name, 0)) for one in reasons) for name in _ROW_COUNTS}
        left = {name: left[name] - lost[name] for name in _ROW_COUNTS}
        ordered = sorted(reasons, key=lambda one: -one["documents"])
        rows.append(
            {
                "step": step,
                "lost": lost,
                "left": left,
                "reasons": [
                    {"reason": one["reason"], **{n: one.get(n, 0) for n in _ROW_COUNTS}}
                    for one in ordered
                ],
            }
        )
    return rows


def _amounts(rows: Any, tokens: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        kept = row.get("kept", row)
        found.append(
            {
                "name": row["name"],
                "read": row["documents"],
                **{name: kept.get(name, 0) for name in _ROW_COUNTS},
                "tokens": (tokens.get(row["name"] or "unknown") or {}).get("tokens"),
            }
        )
    return sorted(found, key=lambda row: -row["bytes"])[:_MAX_GROUPS]


def _measure(measure: Mapping[str, Any]) -> dict[str, Any]:
    """A measure with its histogram, of which there is one more edge than counts."""
    histogram = measure["histogram"]
    if histogram["counts"] and len(histogram["edges"]) != len(histogram["counts"]) + 1:
        raise ValueError("histogram")
    names = ("step", "name", "count", "mean", "min", "max", "quantiles", "histogram")
    return {name: measure[name] for name in names}


def _json(path: Path, problems: list[str]) -> dict[str, Any]:
    """The object in a file; empty, and a problem noted, where there is none."""
    place = f"{path.parent.name}/{path.name}"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(t("{file} is not there: the stage has not ended.", file=place))
        return {}
    except (OSError, ValueError) as error:
        problems.append(t("{file} could not be read: {why}", file=place, why=str(error)))
        return {}
    return value if isinstance(value, dict) else {}
