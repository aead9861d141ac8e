"""What a task's figures are worth: leaks into the training text, openings of the test split, other
domains.

Comes in: the contamination and generalisation of a task's report, and the run's record of openings.
Goes out: blocks of the task's section.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, code, foreign, join, tag
from yanmo.core.page.section import block, disclosure, table
from yanmo.evaluation.openings import OpeningLog, opening_warning
from yanmo.evaluation.task_report import Contamination, Figure, Generalisation, GeneralisationCell
from yanmo.evaluation.task_table import verdict_sentence
from yanmo.pipeline.report.numbers import day, exact, figure

_MAX_IDS = 200
_MAX_METRICS = 3
_HASH_DIGITS = 12


def figure_cell(value: Figure | None) -> Html | str:
    """A figure, and below it its interval; a dash where there is none."""
    if value is None or value.value is None:
        return "–"
    if value.interval is None:
        return figure(value.value)
    low, high = value.interval
    return join(
        figure(value.value), tag("small", f"{figure(low)} – {figure(high)}", class_="interval")
    )


def contamination_block(found: Contamination) -> Html:
    """Figures of all, clean and dirty items, and which ones are dirty."""
    title = t("Test items in the training text")
    parts: list[tuple[str, Sequence[Figure]]] = [
        (t("all items"), found.all),
        (t("clean items"), found.clean),
        (t("items found in the training text"), found.dirty),
    ]
    rows = [
        [
            name,
            exact(figures[0].num_items) if figures else "0",
            *map(figure_cell, figures[:_MAX_METRICS]),
        ]
        for name, figures in parts
    ]
    headings = [t("items"), t("number"), *(each.metric for each in found.all[:_MAX_METRICS])]
    sentence = t(
        "{dirty} of {total} items share a passage of {words} words (or {characters} Chinese"
        " characters) with “{corpus}”, {documents} texts. {unchecked} are too short to be looked"
        " for and count as clean.",
        dirty=exact(found.num_dirty),
        total=exact(found.num_clean + found.num_dirty + found.num_unchecked),
        words=found.ngram_words,
        characters=found.ngram_characters,
        corpus=found.corpus,
        documents=exact(found.num_documents),
        unchecked=exact(found.num_unchecked),
    )
    shown = [tag("p", sentence), table(headings, rows, label=title)]
    if found.dirty_ids:
        ids = [tag("li", code(each)) for each in found.dirty_ids[:_MAX_IDS]]
        listed = tag("ul", *ids, class_="inline quiet")
        shown.append(disclosure(t("Items found: {n}", n=exact(found.num_dirty)), listed))
    return block(title, *shown)


def openings_block(log: OpeningLog, task: str) -> Html:
    """How often the test split was opened and by what, with a warning where that spoils it."""
    openings = log.of(task)
    if not openings:
        return Html("")
    sentence = t(
        "The test split has been opened {times} {times:time|times}, by {models}"
        " {models:model|models}. Validation is free and not counted.",
        times=len(openings),
        models=log.num_models(task),
    )
    warning = opening_warning(log, task)
    rows = [
        [
            tag("time", day(each.time), datetime=each.time),
            foreign(each.model),
            code(each.model_hash[:_HASH_DIGITS]),
            code(each.config_hash[:_HASH_DIGITS]),
            exact(each.num_items),
        ]
        for each in openings
    ]
    headings = [t("when"), t("model"), t("hash of the model"), t("hash of the settings")]
    title = t("Openings of the test split")
    return block(
        title,
        tag("p", sentence),
        tag("p", "✗ ", warning, class_="bad") if warning else None,
        disclosure(
            t("The record"),
            table([*headings, t("items")], rows, label=title, text_columns=4),
        ),
    )


def generalisation_block(matrix: Generalisation) -> Html:
    """Models in rows, test sets in columns; a model at home is marked."""
    cells = {(cell.model, cell.test_set): cell for cell in matrix.cells}
    rows = [
        [foreign(model), *(_domain_cell(cells.get((model, name))) for name in matrix.test_sets)]
        for model in matrix.models
    ]
    title = t("Other domains")
    sentence = t("{metric} by training domain (rows) and test set (columns).", metric=matrix.metric)
    lines = [
        tag("li", cell.test_set, ": ", verdict_sentence(cell.against_home))
        for cell in matrix.cells
        if cell.against_home is not None
    ]
    return block(
        title,
        tag("p", sentence),
        table([t("trained on"), *matrix.test_sets], rows, label=title),
        tag("ul", *lines, class_="remarks") if lines else None,
    )


def _domain_cell(cell: GeneralisationCell | None) -> Html | str:
    if cell is None:
        return "–"
    return join(t("at home: ") if cell.is_home else None, figure_cell(cell.figure))
