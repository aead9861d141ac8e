"""What went in, what was dropped and why.

Comes in: corpus/report.json as a record. Goes out: the section with the funnel, the reasons with
examples, unreadable files, scripts and lengths.
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, code, foreign, join, tag
from yanmo.core.page.section import Section, balance, block, disclosure, table
from yanmo.pipeline.report.bars import bar, histogram, stacked_bar
from yanmo.pipeline.report.corpus_records import Amount
from yanmo.pipeline.report.numbers import exact, share, size
from yanmo.pipeline.report.records import CorpusReport, Reason
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.corpus_details import (
    changes,
    duplicates,
    groups,
    kept_examples,
    measures,
    privacy,
    text_example,
    variety,
)

_MAX_UNREADABLE = 20
_MAX_REASONS = 12


def corpus_section(run: RunFiles) -> Section | None:
    """The section about the corpus, None without corpus/report.json."""
    corpus = run.corpus
    if corpus is None:
        return None
    body = join(
        _funnel(corpus),
        block(t("Why documents were dropped"), _reasons(corpus)),
        block(t("What the steps changed"), changes(corpus.details)),
        block(
            t("Files that could not be read: {n}", n=corpus.unreadable_count), _unreadable(corpus)
        ),
        block(t("Files of types that are not read"), _skipped(corpus)),
        tag(
            "div",
            block(t("Letters of what was kept, by script"), _scripts(corpus)),
            block(
                t("Length of documents, in characters"),
                histogram(
                    corpus.length_edges,
                    corpus.length_counts,
                    label=t("Histogram of document lengths in characters"),
                ),
            ),
            class_="pair",
        ),
        block(t("What the rules measured"), measures(corpus.details)),
        tag(
            "div",
            block(t("How varied it is"), variety(corpus.details)),
            block(t("Copies left out"), duplicates(corpus.details)),
            block(t("Personal data masked"), privacy(corpus.details)),
            class_="pair",
        ),
        block(t("Sources, languages and domains"), groups(corpus.details)),
        block(
            t("By split") if corpus.details.sources else t("Sources and splits"), _amounts(corpus)
        ),
        block(t("Some of what was kept"), kept_examples(corpus.details)),
    )
    return Section("corpus", t("What went in"), _lead(corpus), body)


def _lead(corpus: CorpusReport) -> str:
    if not corpus.rejected.documents:
        return t("Every document that was read was kept.")
    largest = max(corpus.reasons, key=lambda reason: reason.documents, default=None)
    fraction = corpus.rejected.documents / max(1, corpus.read.documents)
    if largest is None:
        return t("{percent} of the documents were dropped.", percent=share(fraction))
    return t(
        "{percent} of the documents were dropped; the most frequent reason is “{reason}”.",
        percent=share(fraction),
        reason=largest.reason,
    )


def _funnel(corpus: CorpusReport) -> Html:
    """From everything read, step by step, to what was kept, and on to the splits."""
    whole = max(1, corpus.read.documents)
    rows = [_funnel_row(t("read"), corpus.read.documents, whole, kind="total")]
    left = corpus.read.documents
    for step, documents in _rejected_by_step(corpus).items():
        left -= documents
        rows.append(_funnel_row(code(step), left, whole, lost=documents))
    rows.append(_funnel_row(t("kept"), corpus.kept.documents, whole, kind="total"))
    names = {"train": t("train"), "validation": t("validation"), "test": t("test")}
    for name, amount in corpus.splits.items():
        rows.append(_funnel_row(names[name], amount.documents, whole, kind="split"))
    counted = sum(reason.documents for reason in corpus.reasons)
    missing = corpus.read.documents - corpus.kept.documents - counted
    in_splits = sum(amount.documents for amount in corpus.splits.values())
    if not missing and corpus.splits:
        missing = corpus.kept.documents - in_splits
    account = balance(
        missing == 0,
        t("Every document is accounted for: read = kept + dropped."),
        t("Documents not accounted for: {n}.", n=exact(missing)),
    )
    shown_below = {change.step for change in corpus.details.changes if change.examples}
    changed = [
        tag("li", code(step), " ", exact(documents))
        for step, documents in corpus.changed
        if documents and step not in shown_below
    ]
    altered = tag("ul", *changed, class_="inline") if changed else None
    return join(
        tag("div", *rows, class_="funnel"),
        account,
        tag(
            "div",
            tag("p", t("Documents whose text was altered, by step:")),
            altered,
            class_="quiet",
        )
        if altered
        else None,
    )


def _rejected_by_step(corpus: CorpusReport) -> dict[str, int]:
    steps: dict[str, int] = {}
    for reason in corpus.reasons:
        steps[reason.step] = steps.get(reason.step, 0) + reason.documents
    return steps


def _funnel_row(name: str, documents: int, whole: int, *, lost: int = 0, kind: str = "") -> Html:
    loss = tag("span", f"−{exact(lost)}", class_="minus") if lost else tag("span", class_="minus")
    return tag(
        "div",
        tag("span", name, class_="name"),
        bar(documents / whole, lost=lost / whole),
        loss,
        tag("span", exact(documents), class_="count"),
        class_=f"funnel-row {kind}".strip(),
    )


def _reasons(corpus: CorpusReport) -> Html:
    """A row for each reason that unfolds to its examples."""
    if not corpus.reasons:
        return tag("p", t("Nothing was dropped."), class_="quiet")
    ordered = sorted(corpus.reasons, key=lambda reason: -reason.documents)
    largest = max(1, ordered[0].documents)
    head = tag(
        "div",
        tag("span", t("reason")),
        tag("span", class_="bar-space"),
        tag("span", t("documents"), class_="number"),
        tag("span", t("bytes"), class_="number"),
        class_="reason-row head",
    )
    rows = [_reason(reason, largest) for reason in ordered]
    more = rows[_MAX_REASONS:]
    rest = disclosure(t("and {n} more", n=exact(len(more))), *more) if more else None
    return join(tag("div", head, *rows[:_MAX_REASONS], class_="reasons"), rest)


def _reason(reason: Reason, largest: int) -> Html:
    row = tag(
        "span",
        tag("span", code(reason.reason), tag("small", foreign(reason.step)), class_="name"),
        bar(reason.documents / largest, kind="seal"),
        tag("span", exact(reason.documents), class_="number"),
        tag("span", size(reason.bytes), class_="number"),
        class_="reason-row",
    )
    examples = [text_example(example) for example in reason.examples]
    if not examples:
        examples = [tag("p", t("No example was kept."), class_="quiet")]
    return disclosure(row, *examples, class_="reason")


def _unreadable(corpus: CorpusReport) -> Html:
    if not corpus.unreadable_count:
        return Html("")
    rows = [
        [
            code(str(entry.get("file", ""))),
            foreign(str(entry.get("error", ""))),
            exact(entry["offset"]) if isinstance(entry.get("offset"), int) else "",
        ]
        for entry in corpus.unreadable[:_MAX_UNREADABLE]
    ]
    more = corpus.unreadable_count - len(rows)
    return join(
        table(
            [t("file"), t("error"), t("at byte")], rows, label=t("Unreadable files"), text_columns=2
        ),
        tag("p", t("and {n} more", n=exact(more)), class_="quiet") if more > 0 else None,
    )


def _skipped(corpus: CorpusReport) -> Html:
    kinds = [(kind, count) for kind, count in corpus.skipped_file_types.items() if count]
    entries = [tag("li", code(kind or "–"), " ", exact(count)) for kind, count in kinds]
    return tag("ul", *entries, class_="inline quiet") if entries else Html("")


def _scripts(corpus: CorpusReport) -> Html:
    names = {
        "Latin": t("Latin"),
        "Han": t("Han"),
        "Kana": t("Kana"),
        "Hangul": t("Hangul"),
        "Cyrillic": t("Cyrillic"),
        "Arabic": t("Arabic"),
        "Other": t("other scripts"),
    }
    return stacked_bar([(names.get(name, name), n) for name, n in corpus.scripts.items()])


def _amounts(corpus: CorpusReport) -> Html:
    names = {"train": t("train"), "validation": t("validation"), "test": t("test")}
    amounts: list[tuple[str, Amount]] = []
    if not corpus.details.sources:  # else they have a table of their own
        amounts += [(foreign(name), amount) for name, amount in corpus.sources]
    totals = [(t("read"), corpus.read), (t("dropped"), corpus.rejected), (t("kept"), corpus.kept)]
    amounts += [(tag("b", name), amount) for name, amount in totals]
    amounts += [(names[name], amount) for name, amount in corpus.splits.items()]
    rows = [
        [name, exact(amount.documents), size(amount.bytes), exact(amount.characters)]
        for name, amount in amounts
    ]
    headings = ["", t("documents"), t("bytes"), t("characters")]
    return table(headings, rows, label=t("Sources and splits"))
