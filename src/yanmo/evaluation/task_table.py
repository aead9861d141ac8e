"""The report of a task for the terminal, and the sentences that it shares with the page.

In comes a `TaskReport`, out comes text in the reader's language: figures beside the baselines with
intervals, the verdicts, what noise does, how many items the training text holds. Columns line up
where Chinese characters fill two cells. Knows only the report's format.
"""

from __future__ import annotations

from yanmo.core.messages import listed, t
from yanmo.evaluation.results_table import aligned
from yanmo.evaluation.task_report import (
    Comparison,
    Contamination,
    Draws,
    Figure,
    FlipSearch,
    PredictorScores,
    Robustness,
    RobustnessCurve,
    TaskReport,
)

_METRICS_SHOWN = 4
"""Metrics that a terminal has room for."""


def format_task_report(report: TaskReport) -> str:
    """The report as text of several lines, without a line break at the end."""
    title = t(
        "{task}, {split} split: {items:,} {items:item|items}",
        task=report.task,
        split=split_name(report.split),
        items=report.num_items,
    )
    lines = [title, "", *_scores(report)]
    if report.comparisons:
        lines += ["", *(verdict_sentence(each) for each in report.comparisons)]
    if report.draws is not None:
        lines += ["", draws_sentence(report.draws)]
    if report.robustness is not None:
        lines += ["", *_noise(report.robustness)]
    if report.contamination is not None:
        lines += ["", _leaks(report.contamination)]
    return "\n".join(lines)


def verdict_sentence(comparison: Comparison) -> str:
    """Which of two predictors is better, by how much, and how certain that is."""
    names = {
        "model": predictor_name(comparison.model),
        "baseline": predictor_name(comparison.other),
    }
    if comparison.verdict == "better":
        verdict = t("{model} is better than {baseline}", **names)
    elif comparison.verdict == "worse":
        verdict = t("{model} is worse than {baseline}", **names)
    else:
        verdict = t("no certain difference between {model} and {baseline}", **names)
    if comparison.interval is None or comparison.p_value is None:
        return t("{verdict}: {figures}", verdict=verdict, figures=signed(comparison.difference))
    tests = {"exact McNemar": t("exact McNemar"), "paired bootstrap": t("paired bootstrap")}
    figures = t(
        "{metric} {difference}, 95% interval {low} to {high}, p {p} ({test}).",
        metric=comparison.metric,
        difference=signed(comparison.difference),
        low=signed(comparison.interval[0]),
        high=signed(comparison.interval[1]),
        p="< 0.001" if comparison.p_value < 0.001 else f"= {comparison.p_value:.3f}",
        test=tests.get(comparison.test, comparison.test),
    )
    return t("{verdict}: {figures}", verdict=verdict, figures=figures)


def draws_sentence(draws: Draws) -> str:
    """What few examples give on average, and how much it matters which they are."""
    main = draws.figures[0]
    low, high = main.interval or (main.mean, main.mean)
    return t(
        "Over {draws} draws of {examples} {examples:example|examples} of each class: {metric}"
        " {mean} on average, 95% interval over draws and items {low} to {high}, lowest {least},"
        " highest {most}. The model above is that of draw {chosen}, the best on the validation"
        " split.",
        draws=len(main.values),
        examples=draws.examples_per_class,
        metric=main.metric,
        mean=f"{main.mean:.4f}",
        low=f"{low:.4f}",
        high=f"{high:.4f}",
        least=f"{min(main.values):.4f}",
        most=f"{max(main.values):.4f}",
        chosen=draws.chosen + 1,
    )


def predictor_name(name: str) -> str:
    """The model in question or a baseline of ours; the name itself where it is another."""
    names = {
        "model": t("model"),
        "majority class": t("majority class"),
        "TF-IDF + logistic regression": t("TF-IDF + logistic regression"),
        "entities seen in training": t("entities seen in training"),
        "nearest sentence": t("nearest sentence"),
        "nearest window": t("nearest window"),
        "source copied": t("source copied"),
        "word by word": t("word by word"),
        "first words": t("first words"),
        "first sentences": t("first sentences"),
        "word overlap": t("word overlap"),
        "TF-IDF cosine": t("TF-IDF cosine"),
        "longest choice": t("longest choice"),
        "sliding window": t("sliding window"),
        "longer answer": t("longer answer"),
    }
    return names.get(name, name)


def split_name(name: str) -> str:
    """A split in the reader's language."""
    return {"validation": t("validation"), "test": t("test"), "train": t("training")}[name]


def signed(value: float) -> str:
    """A difference with its sign, three digits after the point."""
    return f"{value:+.3f}".replace("-", "−")


def perturbation_title(name: str) -> str:
    """What readers call a perturbation; the name itself where it is not one of ours."""
    titles = {
        "typing_noise": t("typing errors"),
        "swap_characters": t("swapped characters"),
        "homoglyphs": t("look-alike code points"),
        "similar_characters": t("similar Chinese characters"),
        "delete_characters": t("characters left out"),
        "delete_words": t("words left out"),
        "swap_words": t("swapped words"),
        "synonyms": t("words of similar sense"),
    }
    return titles.get(name, name)


def percent(strength: float) -> str:
    """A strength as it was asked for: whole per cent are whole."""
    return f"{100 * strength:g}%"


def flips_sentence(search: FlipSearch) -> str:
    """How many right predictions turned wrong, and what the search was allowed."""
    return t(
        "Of {attacked:,} right predictions {flipped:,} ({part}) turn wrong by at most {edits}"
        " edited characters. The search is greedy and asks for at most {queries:,} predictions an"
        " item ({total:,} in all); smaller edits may exist.",
        attacked=search.num_attacked,
        flipped=search.num_flipped,
        part=f"{search.num_flipped / max(1, search.num_attacked):.0%}",
        edits=search.max_edits,
        queries=search.max_queries,
        total=search.num_queries,
    )


def _scores(report: TaskReport) -> list[str]:
    """One line for each predictor, one column for each of the first metrics."""
    if not report.scores:
        return []
    names = [figure.metric for figure in report.scores[0].figures]
    shown, others = names[:_METRICS_SHOWN], names[_METRICS_SHOWN:]
    lines = aligned([[t("model"), *shown], *(_score_row(one, shown) for one in report.scores)])
    if others:
        lines.append(t("report.json has {names}, too", names=listed(others)))
    return lines


def _score_row(scores: PredictorScores, names: list[str]) -> list[str]:
    by_name = {figure.metric: figure for figure in scores.figures}
    return [predictor_name(scores.name), *(_written(by_name.get(name)) for name in names)]


def _written(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "-"
    if figure.interval is None:
        return f"{figure.value:.4f}"
    return f"{figure.value:.4f} [{figure.interval[0]:.4f}, {figure.interval[1]:.4f}]"


def _noise(robustness: Robustness) -> list[str]:
    """The metric at each strength, one line for each kind of noise, the change that the most of it
    makes with its interval, and the flips."""
    strengths = sorted({point.strength for curve in robustness.curves for point in curve.points})
    shown = [percent(strength) for strength in strengths]
    header = [t("noise"), *shown, t("change at {strength}", strength=shown[-1]) if shown else ""]
    rows = []
    for curve in robustness.curves:
        values = {point.strength: point.figure.value for point in curve.points}
        found = [values.get(strength) for strength in strengths]
        cells = ["-" if value is None else f"{value:.4f}" for value in found]
        rows.append([perturbation_title(curve.perturbation), *cells, _change(curve)])
    lines = aligned([header, *rows]) if rows else []
    if rows:
        first = robustness.curves[0].points[0].figure
        lines.append(
            t(
                "{metric} on {items:,} items at every strength; the interval of the change is of"
                " 95%, paired",
                metric=first.metric,
                items=first.num_items,
            )
        )
    if robustness.flip_search is not None and robustness.flip_search.num_attacked:
        lines.append(flips_sentence(robustness.flip_search))
    return lines


def _change(curve: RobustnessCurve) -> str:
    """How far the metric falls from unchanged texts to the most changed ones."""
    calm, noisy = curve.points[0].figure.value, curve.points[-1].figure.value
    if calm is None or noisy is None:
        return "-"
    lost = signed(noisy - calm)
    interval = curve.points[-1].drop_interval
    if interval is None:
        return lost
    low, high = (signed(-end) for end in reversed(interval))
    return f"{lost} [{low}, {high}]"


def _leaks(found: Contamination) -> str:
    """How many items the training text holds, and the first figure without them."""
    return t(
        "{dirty:,} of {total:,} items stand in {corpus}, in whole or in part; {metric} without them"
        " {clean}, with them {everything}",
        dirty=found.num_dirty,
        total=found.num_clean + found.num_dirty + found.num_unchecked,
        corpus=found.corpus,
        metric=found.all[0].metric if found.all else "-",
        clean=_written(found.clean[0] if found.clean else None),
        everything=_written(found.all[0] if found.all else None),
    )
