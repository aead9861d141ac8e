"""Blocks about a corpus: what was measured, how varied it is, what was changed, masked and kept.

Comes in: the details of corpus/report.json as records. Goes out: markup, empty where the report
does not tell it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanmo.core.messages import listed, t
from yanmo.core.page.markup import Child, Html, code, foreign, join, tag
from yanmo.core.page.section import disclosure, table
from yanmo.pipeline.report.bars import bar, histogram
from yanmo.pipeline.report.corpus_records import Change, CorpusDetails, Group, Measure
from yanmo.pipeline.report.numbers import exact, figure, share, short, size

_MAX_GROUPS = 20
_FLAT = 0.9  # of the documents in one column: the histogram tells nothing at a glance


def measures(details: CorpusDetails) -> Html:
    """A small histogram for each measure."""
    telling = [measure for measure in details.measures if _largest_share(measure) < _FLAT]
    flat = [measure for measure in details.measures if _largest_share(measure) >= _FLAT]
    names = [measure.name for measure in details.measures]
    parts = [
        tag(
            "div",
            *[_measure(m, shows_step=names.count(m.name) > 1) for m in group],
            class_="panels",
        )
        for group in (telling, flat)
        if group
    ]
    if telling and flat:
        label = t("{n} measures that are nearly the same everywhere", n=len(flat))
        return join(parts[0], disclosure(label, parts[1]))
    return join(*parts)


def changes(details: CorpusDetails) -> Html:
    """The steps that rewrote texts; each unfolds to places where it did so."""
    rows = [_change(change) for change in details.changes if change.examples]
    return tag("div", *rows, class_="reasons") if rows else Html("")


def variety(details: CorpusDetails) -> Html:
    """The diversity score and its parts as bars."""
    if details.variety is None:
        return Html("")
    names = {
        "vocabulary": t("vocabulary"),
        "entropy": t("entropy"),
        "density": t("density"),
        "spread": t("spread"),
    }
    rows = [
        _score_row(tag("b", t("score (0 to 1)")), details.variety.score, kind="seal"),
        _score_row(t("novelty"), details.variety.novelty),
        *[_score_row(names.get(name, name), part) for name, part in details.variety.parts.items()],
    ]
    words = t(
        "{distinct} different words among {words}.",
        distinct=short(details.variety.distinct_words),
        words=short(details.variety.words),
    )
    return join(*rows, tag("p", words, class_="quiet"))


def duplicates(details: CorpusDetails) -> Html:
    """Copies by step, and the sizes of the clusters they came from."""
    parts: list[Html] = []
    largest = max(details.duplicates_by_step.values(), default=0)
    for step, documents in details.duplicates_by_step.items():
        parts.append(_bar_row(code(step), documents / max(1, largest), exact(documents)))
    for step, clusters in details.clusters.items():
        if not clusters.number:
            continue
        sentence = t(
            "{number} clusters of {documents} documents; the largest holds {largest}.",
            number=exact(clusters.number),
            documents=exact(clusters.documents),
            largest=exact(clusters.largest),
        )
        label = t("Histogram of cluster sizes")
        parts.append(tag("p", code(step), " ", sentence, class_="quiet"))
        if sum(count > 0 for count in clusters.sizes.counts) > 1:
            parts.append(histogram(clusters.sizes.edges, clusters.sizes.counts, label=label))
    return join(*parts)


def privacy(details: CorpusDetails) -> Html:
    """Personal data that was masked, by type."""
    if details.private_counts is None:
        return Html("")
    largest = max(details.private_counts.values(), default=0)
    ordered = sorted(details.private_counts.items(), key=lambda item: -item[1])
    rows = [_bar_row(code(name), n / max(1, largest), exact(n)) for name, n in ordered]
    rate = details.private_per_million
    sentence = t(
        "{rate} in a million characters.", rate=figure(rate, 3) if rate is not None else "–"
    )
    return join(*rows, tag("p", sentence, class_="quiet"))


def groups(details: CorpusDetails) -> Html:
    """What was read and kept of each source, language and domain, where they are known."""
    parts = [
        _groups(details.sources, t("source")),
        _groups(details.languages, t("language")),
        _groups(details.domains, t("domain")),
    ]
    return join(*[tag("div", part, class_="block") for part in parts if part])


def kept_examples(details: CorpusDetails) -> Html:
    """A few documents, to unfold."""
    if not details.kept_examples:
        return Html("")
    label = t("{n} documents, chosen by the hash of their text", n=len(details.kept_examples))
    return disclosure(label, *[text_example(example) for example in details.kept_examples])


def text_example(example: Mapping[str, Any]) -> Html:
    """The beginning of a document and where it is from."""
    origin = [str(example[key]) for key in ("source", "url") if example.get(key)]
    return tag(
        "figure",
        tag("blockquote", str(example.get("text", "")), dir="auto", class_="text"),
        tag("figcaption", *[join(code(part), " ") for part in origin]) if origin else None,
        class_="example",
    )


def _largest_share(measure: Measure) -> float:
    """The share of the documents in the highest column."""
    return max(measure.histogram.counts, default=0) / max(1, measure.documents)


def _measure(measure: Measure, *, shows_step: bool) -> Html:
    name = tag("span", code(measure.name), title=measure.step)
    if shows_step:
        name = join(name, " ", foreign(measure.step))
    median = tag("span", t("median {value}", value=figure(measure.median, 3)))
    label = t("Histogram of {name}", name=measure.name)
    columns = histogram(
        measure.histogram.edges,
        measure.histogram.counts,
        label=label,
        number=_edge,
        num_labels=3,
    )
    return tag("div", tag("p", name, median), columns, class_="measure")


def _edge(value: float) -> str:
    return short(value) if value == round(value) else figure(value, 2)


def _change(change: Change) -> Html:
    counted = listed(f"{name} {exact(count)}" for name, count in change.counts.items())
    row = tag(
        "span",
        tag("span", code(change.step), tag("small", foreign(counted)), class_="name"),
        tag("span", class_="bar-space"),
        tag("span", exact(change.documents), class_="number"),
        tag("span", class_="number"),
        class_="reason-row",
    )
    return disclosure(row, *[_change_example(e) for e in change.examples], class_="reason")


def _change_example(example: Mapping[str, Any]) -> Html:
    sides: list[Child] = []
    for key, title in (("before", t("before")), ("after", t("after"))):
        if example.get(key) is not None:
            text = tag("div", str(example[key]), dir="auto", class_="text")
            sides.append(tag("div", tag("small", title, class_="quiet"), text))
    return tag("div", tag("div", *sides, class_="change"), class_="example")


def _score_row(name: Child, value: float, *, kind: str = "") -> Html:
    return _bar_row(name, value, figure(value, 3), kind=kind)


def _bar_row(name: Child, fraction: float, value: str, *, kind: str = "") -> Html:
    return tag(
        "div",
        tag("span", name, class_="name"),
        bar(fraction, kind=kind),
        tag("span", value, class_="number"),
        class_="score-row named",
    )


def _groups(groups: Sequence[Group], heading: str) -> Html:
    if not any(group.name is not None for group in groups):
        return Html("")
    ordered = sorted(groups, key=lambda group: -group.kept.bytes)
    total = max(1, sum(group.kept.bytes for group in groups))
    # What was found out on the way, such as the language, was not known when it was read.
    has_read = all(group.read.documents >= group.kept.documents for group in groups)
    if not has_read:
        ordered = [group for group in ordered if group.kept.documents]
    rows = [
        [
            t("unknown") if group.name is None else foreign(group.name),
            join(bar(group.kept.bytes / total), share(group.kept.bytes / total)),
            exact(group.read.documents) if has_read else "–",
            exact(group.kept.documents),
            size(group.kept.bytes),
            exact(group.kept.characters),
        ]
        for group in ordered[:_MAX_GROUPS]
    ]
    more = len(ordered) - len(rows)
    headings = [
        heading,
        t("of the text"),
        t("read"),
        t("kept"),
        t("bytes"),
        t("characters"),
    ]
    return join(
        table(headings, rows, label=heading, text_columns=2),
        tag("p", t("and {n} more", n=exact(more)), class_="quiet") if more > 0 else None,
    )
