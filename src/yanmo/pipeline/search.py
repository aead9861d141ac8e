"""`yanmo search` apart from its options: the rows of a file are searched, and search is measured.

In: a file of texts, and a query or a file of queries. Out: the best rows of each query; where the
queries name the rows that are right, how high these stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.evaluation.report_parts import figures_report
from yanmo.inference.search import Hit, TextSearch
from yanmo.pipeline.predict.table import Table, asks_of
from yanmo.tasks.metrics.retrieval import retrieval_metrics


@dataclass(frozen=True)
class FoundRow:
    """A row that was found: its number in the file, its score and its text."""

    row: int
    score: float
    text: str


def texts_of(table: Table, column: str | None) -> list[str]:
    """The texts of a file; empty where a line of a plain text is.

    Raises:
        DataError: a column is missing, or a row has no text in it: names file and row.
    """
    asks = asks_of(table, asks_questions=False, text_column=column, second_column=None)
    texts = []
    for ask, row in zip(asks, table.rows, strict=True):
        if not isinstance(ask.text, str):
            raise row.error(t("a list of words is no text to search"))
        texts.append(ask.text)
    return texts


def found_rows(hits: Sequence[Hit], table: Table, texts: Sequence[str]) -> list[FoundRow]:
    """Hits with their rows and texts."""
    return [FoundRow(table.rows[hit.number].number, hit.score, texts[hit.number]) for hit in hits]


def measure_search(
    search: TextSearch,
    table: Table,
    queries: Table,
    *,
    key_column: str,
    query_column: str | None,
    gold_column: str,
    limit: int,
) -> dict[str, Any]:
    """Mean reciprocal rank and the share of queries whose row is found, with intervals.

    Args:
        search: over the rows of `table`.
        table: the rows, named by `key_column`.
        queries: a query in each row, and in `gold_column` the key of the row that is right, or a
            list of keys.
        key_column: names the rows of `table`.
        query_column: holds the query; `question` or `text` unless told.
        gold_column: holds the keys that are right.
        limit: rows that are looked at.

    Raises:
        DataError: a column is missing, or a key is not that of any row: names file and row.
    """
    keys = [str(row.value(key_column)) for row in table.rows]
    known = set(keys)
    gold = []
    for row in queries.rows:
        value = row.value(gold_column)
        right = {str(key) for key in (value if isinstance(value, list) else [value])}
        if not right <= known:
            raise row.error(
                t("no row of {file} has the key {key}", file=table.file, key=min(right - known))
            )
        gold.append(right)
    if query_column is None and "question" in queries.columns:
        query_column = "question"
    found = search.search(texts_of(queries, query_column), limit)
    if not found:
        raise DataError(t("there is no query"), where=str(queries.file))
    ranked = [[keys[hit.number] for hit in hits] for hits in found]
    return figures_report(retrieval_metrics(limit), gold, ranked)


def figure_lines(report: dict[str, Any]) -> list[str]:
    """The figures of a report, a line each: name, value, interval."""
    lines = []
    for figure in report["figures"]:
        interval = figure["interval"]
        span = "" if interval is None else f"  [{interval[0]:.4f}, {interval[1]:.4f}]"
        lines.append(f"{figure['metric']:<12}  {figure['value']:.4f}{span}")
    return lines
