"""Files of texts for `yanmo explain`: the deletion test, what heads do, and probes.

In: a file of any format and the names of its columns. Out: results of `interpretation` over its
texts. Loaded only when such a file was given.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.core.text_width import cell_width, pad_right

if TYPE_CHECKING:
    from yanmo.core.console import Console
    from yanmo.interpretation.deletion_test import DeletionTest
    from yanmo.interpretation.head_ablation import HeadMeasures
    from yanmo.interpretation.probes import ProbeReport
    from yanmo.interpretation.question import Question
    from yanmo.interpretation.subject import Subject
    from yanmo.pipeline.predict.table import Table

LABEL_COLUMNS = ("label", "labels", "class", "tags")
SEED = 0


def trust_on_file(
    subject: Subject,
    file: str,
    methods: Sequence[str] | None,
    columns: tuple[str | None, str | None, str | None],
    max_texts: int,
    mode: str,
    console: Console,
) -> tuple[DeletionTest, HeadMeasures | None]:
    """The deletion test on the answers that the model gives to the texts of `file`, and what each
    head does to the labels there, or to those answers where there are none.

    Args:
        columns: of the text, of the second text, and of the label; None for the usual names.

    Raises:
        ConfigError, DataError: the file cannot be read, or its texts cannot be asked about.
    """
    from yanmo.interpretation.ask import ask
    from yanmo.interpretation.attribution import methods_for
    from yanmo.interpretation.deletion_test import deletion_test
    from yanmo.interpretation.head_ablation import measure_heads
    from yanmo.pipeline.predict.table import asks_of, read_table

    table = read_table(file)
    asks = asks_of(
        table,
        asks_questions=subject.kind == "spans",
        text_column=columns[0],
        second_column=columns[1],
    )
    labels = _labels(table, columns[2], is_needed=False)
    chosen = _chosen([number for number, one in enumerate(asks) if one.text], max_texts)
    questions: list[Question] = []
    labelled: list[Question] = []
    for number in chosen:
        one = asks[number]
        text = one.text if isinstance(one.text, str) else " ".join(one.text)
        question = ask(subject, text, second=one.second)
        questions.append(question)
        label = None if labels is None else labels[number]
        if subject.kind == "classification" and label in subject.labels:
            labelled.append(ask(subject, text, second=one.second, label=label))
        else:
            labelled.append(question)
    if not questions:
        raise DataError(t("there are no texts"), where=file)
    trust = deletion_test(
        questions,
        methods_for(subject) if methods is None else methods,
        progress=_told(console, t("deletion test")),
    )
    measures = None
    if subject.why_no_attention() is None:
        told = _told(console, t("heads"))
        measures = measure_heads(labelled, mode, progress=told)  # type: ignore[arg-type]
    console.end_progress()
    return trust, measures


def probe_file(
    subject: Subject,
    file: str,
    text_column: str | None,
    label_column: str | None,
    max_texts: int,
    console: Console,
) -> ProbeReport:
    """Probes of every layer for the labels of texts, or for the tags of words.

    Raises:
        ConfigError, DataError: the file cannot be read, or holds no labels.
    """
    from yanmo.interpretation.probes import probe_layers, probe_words
    from yanmo.pipeline.predict.table import asks_of, read_table

    table = read_table(file)
    if table.row_format == "lines":
        raise ConfigError(
            t("a plain text has no labels"),
            where=file,
            hint=t("Give a .jsonl, .csv or .tsv file."),
        )
    words_column = text_column
    if text_column is None and "words" in table.columns:
        words_column = "words"
    asks = asks_of(table, asks_questions=False, text_column=words_column, second_column=None)
    labels = _labels(table, label_column, is_needed=True)
    assert labels is not None, "they are needed"
    chosen = _chosen(list(range(len(asks))), max_texts)
    told = _told(console, t("layers"))
    sentences = [asks[number].text for number in chosen]
    if all(isinstance(one, tuple) for one in sentences):
        tags = [[str(tag) for tag in labels[number]] for number in chosen]
        report = probe_words(subject, sentences, tags, progress=told)
    else:
        texts = [one if isinstance(one, str) else " ".join(one) for one in sentences]
        names = [str(labels[number]) for number in chosen]
        report = probe_layers(subject, texts, names, progress=told)
    console.end_progress()
    return report


def print_probes(report: ProbeReport) -> None:
    """A line for each layer."""
    units = t("texts") if report.unit == "text" else t("words")
    print(
        t(
            "{count} {units}, {folds} folds; the most frequent of {labels} labels: {share}",
            count=report.num_items,
            units=units,
            folds=report.num_folds,
            labels=len(report.labels),
            share=f"{report.majority:.3f}",
        )
    )
    rows = [[t("layer"), t("accuracy"), t("control task"), t("selectivity"), t("over embeddings")]]
    for one in report.layers:
        own, gain = one.selectivity, one.gain
        rows.append(
            [
                t("embeddings") if one.layer == "embeddings" else one.layer,
                f"{one.accuracy.mean:.3f} [{one.accuracy.low:.3f}, {one.accuracy.high:.3f}]",
                f"{one.control_accuracy.mean:.3f}",
                f"{own.mean:+.3f} [{own.low:+.3f}, {own.high:+.3f}]",
                "" if gain is None else f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]",
            ]
        )
    widths = [max(cell_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(pad_right(*pair) for pair in zip(row, widths, strict=True)).rstrip())


def _labels(table: Table, column: str | None, *, is_needed: bool) -> list[Any] | None:
    """The labels of all rows; None where there are none and none are needed."""
    names = LABEL_COLUMNS if column is None else (column,)
    found = next((name for name in names if name in table.columns), None)
    if found is not None:
        return [row.values.get(found) for row in table.rows]
    if column is None and not is_needed:
        return None
    raise table.file.error(
        t("there is no column '{column}'", column=names[0]),
        why=t("the columns are: {columns}", columns=listed(table.columns)),
        hint=t("Name the column with {option}.", option="--label-column"),
    )


def _chosen(numbers: Sequence[int], max_texts: int) -> list[int]:
    """At most `max_texts` of them, drawn from a fixed seed: files are often sorted by label."""
    if len(numbers) <= max_texts:
        return list(numbers)
    return sorted(random.Random(SEED).sample(list(numbers), max_texts))


def _told(console: Console, what: str) -> Callable[[int, int], None]:
    def tell(done: int, count: int) -> None:
        console.progress(t("{what}: {done:,} of {count:,}", what=what, done=done, count=count))

    return tell
