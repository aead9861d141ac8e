"""`yanmo similar` and `yanmo search`: texts compared with each other and with a query."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from yanmo.cli.options import JsonOption, QuietOption, unknown_name
from yanmo.cli.row_options import (
    ByOption,
    ComparerArgument,
    DeviceOption,
    FirstArgument,
    FirstColumnOption,
    ForceOption,
    FormatOption,
    GoldColumnOption,
    KeyColumnOption,
    LayerOption,
    LimitOption,
    NoHeaderOption,
    OtherArgument,
    OtherColumnOption,
    PairsOption,
    PoolingOption,
    QueriesOption,
    QueryArgument,
    QueryColumnOption,
    RightKeyOption,
    RowsOutOption,
    SearchedArgument,
    SearchedColumnOption,
    VectorModelOption,
)
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

KINDS = ("bm25", "dense", "both")
SIMILARITY = "similarity"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(help=t("Say how similar two texts are."))(similar)
    app.command(help=t("Search the rows of a file."))(search)


def similar(
    model: ComparerArgument,
    first: FirstArgument = None,
    second: OtherArgument = None,
    pairs: PairsOption = None,
    text_column: FirstColumnOption = None,
    second_column: OtherColumnOption = None,
    gold_column: GoldColumnOption = None,
    row_format: FormatOption = None,
    no_header: NoHeaderOption = False,
    out: RowsOutOption = None,
    force: ForceOption = False,
    pooling: PoolingOption = "mean",
    layer: LayerOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print the similarity of two texts, or of every pair of a file."""
    if (pairs is None) == (second is None):
        raise ConfigError(t("give either two texts or --pairs FILE"), where="yanmo similar")
    for option, value in {"--gold-column": gold_column, "--out": out}.items():
        if pairs is None and value is not None:
            raise ConfigError(t("{option} belongs to --pairs", option=option), where=option)

    from yanmo.cli.embed import config_of
    from yanmo.cli.predict import device_of
    from yanmo.core.console import Console
    from yanmo.pipeline import similar as work_of
    from yanmo.pipeline.predict import output, run, table

    console = Console(is_quiet=quiet)
    config = config_of({"pooling": pooling, "layer": layer, "normalize": True})
    options = run.PredictOptions()
    if pairs is None:
        work = work_of.open_similarity(model, config, options, device_of(device))
        ask = table.Ask(first or "", second)
        (fields,) = run.predict_asks(work, [ask], SIMILARITY, console)
        number = fields[SIMILARITY]
        print(json.dumps({SIMILARITY: number}) if as_json else f"{number:.4f}")
        return
    rows = table.read_table(pairs, row_format, has_header=not no_header)
    if out is not None:
        output.check_destination(out, rows, is_forced=force)
    work = work_of.open_similarity(model, config, options, device_of(device))
    columns = {"text_column": text_column, "second_column": second_column}
    asks, found = run.predict_table(work, rows, SIMILARITY, console, **columns)
    report = None
    if gold_column is not None:
        numbers = [own[SIMILARITY] for own in found]
        report = work_of.correlations(rows, gold_column, numbers)
    _print_pairs(rows, asks, found, report, out, as_json, console)


def search(
    file: SearchedArgument,
    query: QueryArgument = None,
    by: ByOption = None,
    model: VectorModelOption = None,
    limit: LimitOption = 5,
    text_column: SearchedColumnOption = None,
    row_format: FormatOption = None,
    no_header: NoHeaderOption = False,
    queries: QueriesOption = None,
    query_column: QueryColumnOption = None,
    key_column: KeyColumnOption = "id",
    gold_column: RightKeyOption = "gold",
    pooling: PoolingOption = "mean",
    layer: LayerOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Print the best rows of a query, or how high the right rows of many queries stand."""
    if (query is None) == (queries is None):
        raise ConfigError(t("give either a query or --queries FILE"), where="yanmo search")
    kind = by or ("bm25" if model is None else "both")
    if kind not in KINDS:
        raise unknown_name(t("kind of search"), kind, KINDS)
    if (kind == "bm25") != (model is None):
        raise ConfigError(
            t("search by {kind} needs a model", kind=kind)
            if model is None
            else t("search by words uses no model"),
            where="--model",
        )
    if limit < 1:
        raise ConfigError(t("at least one row is looked for"), where="--limit")

    from yanmo.core.console import Console
    from yanmo.pipeline import search as search_of
    from yanmo.pipeline.predict import table

    rows = table.read_table(file, row_format, has_header=not no_header)
    asked = table.read_table(queries) if queries is not None else None
    texts = search_of.texts_of(rows, text_column)
    finder = _finder(texts, kind, model, {"pooling": pooling, "layer": layer}, device)
    if asked is not None:
        report = search_of.measure_search(
            finder,
            rows,
            asked,
            key_column=key_column,
            query_column=query_column,
            gold_column=gold_column,
            limit=limit,
        )
        print(json.dumps(report) if as_json else "\n".join(search_of.figure_lines(report)))
        return
    (hits,) = finder.search([query or ""], limit)
    found = search_of.found_rows(hits, rows, texts)
    if rows.rows and not found:
        Console().warn(t("no row has a word of the query"))
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    for one in found if not as_json else ():
        print(f"{one.score:8.4f}  {one.row:>6}  {' '.join(one.text.split())}")


def _finder(
    texts: list[str], kind: str, model: Path | None, settings: dict[str, Any], device: str
) -> Any:
    from typing import cast

    from yanmo.inference.search import SearchKind, TextSearch

    if model is None:
        return TextSearch(texts)
    from yanmo.cli.embed import config_of
    from yanmo.cli.predict import device_of
    from yanmo.pipeline.similar import make_vectors, open_vectors

    embedder = open_vectors(model, config_of(settings | {"normalize": True}), device_of(device))
    return TextSearch(texts, cast(SearchKind, kind), make_vectors(embedder))


def _print_pairs(
    rows: Any, asks: Any, found: Any, report: Any, out: Path | None, as_json: bool, console: Any
) -> None:
    from yanmo.pipeline.predict import output, run
    from yanmo.pipeline.search import figure_lines

    if out is not None or (report is None and not as_json):
        run.write_predictions(out, rows, asks, found, console)
    if report is not None:
        print(json.dumps(report) if as_json else "\n".join(figure_lines(report)))
    elif as_json and out is None:
        for number, own in enumerate(found):
            print(output.json_line(rows, number, own))
