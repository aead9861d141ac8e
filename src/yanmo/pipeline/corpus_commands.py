"""What `yanmo corpus stats`, `show`, `compare` and `card` do, apart from printing.

Comes in: paths of corpora, runs or reports. Goes out: reports, lines of text, JSON values. Nothing
is written. Knows where a run keeps its files; knows nothing of options.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yanmo.core.errors import DataError
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import listed, t
from yanmo.core.text_width import cut_to_width
from yanmo.corpus.document import part_files, read_documents
from yanmo.corpus.report.card import format_card, name_of_corpus
from yanmo.corpus.report.comparison import compare_corpora, format_comparison
from yanmo.corpus.report.table import DEFAULT_ROWS, format_report

REPORT_NAME = "report.json"
REJECTED_DIR = "rejected"
CLUSTERS_DIR = "clusters"
_SHOWN_CHARACTERS = 400


@dataclass(frozen=True)
class CorpusPath:
    """A corpus on disk.

    Args:
        name: what to call it.
        directory: the folder with its documents.
        report: the contents of its report.
        run_dir: the run it belongs to, if it lies in one.
    """

    name: str
    directory: Path
    report: Mapping[str, Any]
    run_dir: Path | None


def open_corpus(path: Path) -> CorpusPath:
    """The corpus at `path`: a corpus folder, a run, or a report.

    A folder of documents without a report is counted, which reads all of it.

    Raises:
        DataError: there is no corpus, or its report cannot be read.
    """
    directory = path.parent if path.name == REPORT_NAME else path
    if not (directory / REPORT_NAME).is_file() and (directory / "corpus").is_dir():
        directory = directory / "corpus"
    run_dir = directory.resolve().parent if directory.resolve().name == "corpus" else None
    name = name_of_corpus(directory)
    if (directory / REPORT_NAME).is_file():
        return CorpusPath(name, directory, _read_report(directory / REPORT_NAME), run_dir)
    if directory.is_dir() and part_files(directory):
        return CorpusPath(name, directory, _count(directory), run_dir)
    raise DataError(
        t("there is no corpus here"),
        where=str(path),
        hint=t("Name a run, a corpus folder or a report.json; make one with: yanmo corpus RECIPE"),
    )


def describe_corpus(corpus: CorpusPath, *, is_whole: bool = False) -> str:
    """The report as a table, with the tokens where the run has them.

    Args:
        corpus: what to describe.
        is_whole: every row of every table.
    """
    max_rows = None if is_whole else DEFAULT_ROWS
    return format_report(corpus.report, read_tokens(corpus), max_rows)


def read_tokens(corpus: CorpusPath) -> dict[str, dict[str, int]]:
    """Tokens by split, source, language and domain, where the run has encoded its corpus."""
    path = corpus.run_dir / "tokens" / REPORT_NAME if corpus.run_dir is not None else None
    if path is None or not path.is_file():
        return {}
    report = _read_json(path)
    groups = {**report.get("groups", {}), "split": report.get("splits", {})}
    return {
        grouping: {name: int(counts.get("tokens") or 0) for name, counts in names.items()}
        for grouping, names in groups.items()
    }


def compare(path_a: Path, path_b: Path) -> tuple[str, dict[str, Any]]:
    """Two corpora compared: as text, and as JSON values."""
    a, b = open_corpus(path_a), open_corpus(path_b)
    names = (a.name, b.name) if a.name != b.name else (str(path_a), str(path_b))
    comparison = compare_corpora(a.report, b.report, names)
    return format_comparison(comparison), comparison.as_json()


def data_card(corpus: CorpusPath) -> str:
    """The data card of a corpus."""
    manifest = read_manifest(corpus.directory)
    version = manifest.yanmo_version if manifest else None
    return format_card(corpus.report, name=corpus.name, yanmo_version=version)


def rejected_documents(
    corpus: CorpusPath, rule: str | None, limit: int
) -> Iterator[dict[str, Any]]:
    """Documents that were dropped, at most `limit` for each reason.

    Args:
        corpus: where they were dropped.
        rule: only what this step dropped, or what was dropped for this reason.
        limit: how many of each.

    Raises:
        DataError: nothing was dropped by a step or for a reason of this name.
    """
    reasons = [(entry["step"], entry["reason"]) for entry in corpus.report["reasons"]]
    wanted = {pair for pair in reasons if rule is None or rule in pair}
    if rule is not None and not wanted:
        names = listed(dict.fromkeys(name for pair in reasons for name in pair))
        raise DataError(
            t("no document was dropped by {rule}", rule=rule),
            where=str(corpus.directory),
            hint=t("There are: {names}.", names=names or "-"),
        )
    left = Counter(dict.fromkeys(wanted, limit))
    for batch in _batches(part_files(corpus.directory / REJECTED_DIR)):
        if not +left:
            return
        pairs = zip(batch["step"].to_pylist(), batch["reason"].to_pylist(), strict=True)
        for row, pair in enumerate(pairs):
            if left[pair] > 0:
                left[pair] -= 1
                yield batch.slice(row, 1).to_pylist()[0]


def kept_documents(corpus: CorpusPath, limit: int) -> Iterator[dict[str, Any]]:
    """The first documents of a corpus."""
    for batch in read_documents(corpus.directory):
        for row in range(min(limit, batch.num_rows)):
            yield batch.slice(row, 1).to_pylist()[0]
        limit -= batch.num_rows
        if limit <= 0:
            return


def duplicate_clusters(corpus: CorpusPath, limit: int) -> Iterator[list[dict[str, Any]]]:
    """The largest clusters of each comparison; of each document what is known, with its text.

    Raises:
        DataError: the corpus keeps no clusters.
    """
    paths = sorted((corpus.directory / CLUSTERS_DIR).glob("*.parquet"))
    if not paths:
        raise DataError(
            t("this corpus has no clusters of duplicates"),
            where=str(corpus.directory),
            hint=t("Switch on a comparison that makes them, such as corpus.duplicates.near."),
        )
    for path in paths:
        table = pq.read_table(path)
        sizes = pc.value_counts(table["cluster"])
        order = sorted((-entry["counts"], entry["values"]) for entry in sizes.to_pylist())
        largest = [cluster for _, cluster in order[:limit]]
        rows = table.filter(pc.is_in(table["cluster"], value_set=pa.array(largest))).to_pylist()
        texts = _texts_of(corpus, {row["id"] for row in rows})
        for cluster in largest:
            yield [
                {"comparison": path.stem, **row, "text": texts.get(row["id"])}
                for row in rows
                if row["cluster"] == cluster
            ]


def report_examples(corpus: CorpusPath, limit: int) -> Iterator[str]:
    """What each step did, by the examples of the report: texts before and after, and dropped."""
    steps = dict.fromkeys(corpus.report.get("steps", ()))
    changed = {entry["step"]: entry for entry in corpus.report.get("changed", ())}
    reasons = corpus.report["reasons"]
    for step in dict.fromkeys((*steps, *changed, *(reason["step"] for reason in reasons))):
        entry = changed.get(step)
        if entry and entry["documents"]:
            yield t("{step} changed {n} documents", step=step, n=f"{entry['documents']:,}")
            for example in entry.get("examples", ())[:limit]:
                if example["before"] is not None:
                    yield f"  - {one_line(example['before'])}"
                yield f"  + {one_line(example['after'])}"
        for reason in (reason for reason in reasons if reason["step"] == step):
            number = f"{reason['documents']:,}"
            yield t("{step} dropped {n}: {reason}", step=step, n=number, reason=reason["reason"])
            for example in reason["examples"][:limit]:
                yield f"  x {one_line(example['text'])}"


def prepare_text(
    text: str, profile: str, options: Mapping[str, bool | None]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The steps of a preparation profile on a text: as lines, and as JSON values.

    Raises:
        ConfigError: the profile is unknown, or the options harm its purpose.
    """
    from dataclasses import asdict

    from yanmo.core.errors import ConfigError
    from yanmo.corpus.profiles.config import PrepareOptions
    from yanmo.corpus.profiles.profile import PROFILES, prepare, show_lines

    known = next((name for name in PROFILES if name == profile), None)
    if known is None:
        what = t("there is no profile '{name}'", name=profile)
        raise ConfigError(what, hint=t("There are: {names}.", names=listed(PROFILES)))
    steps = prepare(text, known, PrepareOptions.model_validate(dict(options)))
    return show_lines(steps, 100), [asdict(step) for step in steps]


def text_to_prepare(path: Path) -> str:
    """A text to show a profile on: a file, or the first document of a corpus.

    Raises:
        DataError: there is neither.
    """
    if path.is_file() and path.name != REPORT_NAME:
        return path.read_text(encoding="utf-8", errors="replace")
    document = next(kept_documents(open_corpus(path), 1), None)
    return document["text"] if document else ""


def describe_document(document: Mapping[str, Any]) -> str:
    """A document as lines: where it is from, why it was dropped, and its beginning."""
    names = ("id", "source", "language", "domain", "split", "url", "step", "reason")
    facts = [str(document[name]) for name in names if document.get(name) is not None]
    if document.get("survivor"):
        facts.append(t("stays"))
    elif document.get("similarity") is not None:
        facts.append(t("similarity {value}", value=f"{document['similarity']:.2f}"))
    text = str(document.get("text") or "")
    shown = text[:_SHOWN_CHARACTERS]
    more = len(text) - len(shown)
    lines = [f"  {line}".rstrip() for line in shown.splitlines()]
    if more > 0:
        lines.append(t("  ... and {n} more characters", n=f"{more:,}"))
    return "\n".join([" · ".join(facts), *lines])


def one_line(text: str, columns: int = 110) -> str:
    """The beginning of a text on one line."""
    line = text.replace("\n", "⏎").replace("\t", "⇥")
    cut = cut_to_width(line, columns)
    return cut if cut == line else cut_to_width(line, columns - 1) + "…"


def _read_report(path: Path) -> dict[str, Any]:
    report = _read_json(path)
    missing = [name for name in ("read", "kept", "rejected", "reasons") if name not in report]
    if missing:
        raise DataError(
            t("this is no report of a corpus"),
            where=str(path),
            why=t("it lacks {names}", names=listed(missing)),
        )
    return report


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(t("this file cannot be read"), where=str(path), why=str(error)) from error
    if not isinstance(content, dict):
        raise DataError(t("this file holds no JSON object"), where=str(path))
    return content


def _count(directory: Path) -> dict[str, Any]:
    """The report of documents that nobody has counted; all of them count as read and kept."""
    from yanmo.corpus.report.account import Account  # loads the compiler of the kernels

    account = Account()
    for batch in read_documents(directory):
        account.count_read(batch)
        account.count_kept(batch)
    return account.as_report()


def _batches(
    parts: Sequence[Path], keep: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None
) -> Iterator[pa.RecordBatch]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=1024):
                yield batch if keep is None else keep(batch)


def _texts_of(corpus: CorpusPath, ids: set[str]) -> dict[str, str]:
    """The texts of these documents, kept or rejected."""
    wanted = pa.array(sorted(ids), pa.string())
    parts = [*part_files(corpus.directory), *part_files(corpus.directory / REJECTED_DIR)]
    texts: dict[str, str] = {}
    for batch in _batches(parts, lambda b: b.filter(pc.is_in(b["id"], value_set=wanted))):
        texts |= dict(zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True))
        if len(texts) == len(ids):
            break
    return texts
