"""What was made from what, and what each stage cost in time and memory.

Comes in: the manifests of a run. Goes out: the sections "lineage" and "cost".
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, code, code_path, join, tag
from yanmo.core.page.section import Section, block, copyable, disclosure, table
from yanmo.pipeline.lineage import lineage_of, to_mermaid
from yanmo.pipeline.report.bars import bar
from yanmo.pipeline.report.lineage_chart import lineage_chart
from yanmo.pipeline.report.numbers import day, duration, figure, share, size
from yanmo.pipeline.report.run_files import STAGES, RunFiles


def lineage_section(run: RunFiles) -> Section | None:
    """The graph of stages, None where no stage is finished."""
    if not run.manifests:
        return None
    lineage = lineage_of(run.manifests)
    stale = [edge for edge in lineage.edges if not edge.is_current]
    lead = t("Each box is a directory of this run; the eight digits are the hash of its content.")
    warning = [
        tag(
            "li",
            t("{stage} was made from an earlier {source}.", stage=edge.target, source=edge.source),
        )
        for edge in stale
    ]
    rows = [
        [code(name), code(manifest.content_hash[:16]), day(manifest.created_at)]
        for name, manifest in run.manifests.items()
    ]
    headings = [t("stage"), t("content"), t("finished")]
    title = t("Hashes and dates")
    body = join(
        tag("div", lineage_chart(lineage, is_vertical=False), class_="graph wide"),
        tag("div", lineage_chart(lineage, is_vertical=True), class_="graph tall"),
        tag("ul", *warning, class_="remarks bad") if warning else None,
        disclosure(title, table(headings, rows, label=title, text_columns=3)),
        disclosure(
            t("The same graph as Mermaid text"),
            copyable(to_mermaid(lineage), label=t("The same graph as Mermaid text")),
        ),
    )
    return Section("lineage", t("Where it came from"), lead, body)


def cost_section(run: RunFiles) -> Section | None:
    """Time and memory of each stage, None where no stage recorded any."""
    times = [(stage, run.timing(stage, "wall_s")) for stage in _in_running_order(run)]
    known = [(stage, seconds) for stage, seconds in times if seconds is not None]
    if not known:
        return None
    total = sum(seconds for _, seconds in known)
    slowest, longest = max(known, key=lambda entry: entry[1])
    lead = t(
        "{total} in all; {stage} took {percent} of it.",
        total=duration(total),
        stage=slowest,
        percent=share(longest / total if total else 0.0),
    )
    memory = {stage: run.timing(stage, "peak_memory_bytes") for stage, _ in known}
    most = max([value for value in memory.values() if value], default=0.0)
    time_rows = [
        _row(stage, seconds / (longest or 1.0), _times(run, stage, seconds))
        for stage, seconds in known
    ]
    memory_rows = [
        _row(stage, value / most, [tag("span", size(value), class_="number")], kind="pale")
        for stage, value in memory.items()
        if value
    ]
    body = tag(
        "div",
        block(t("Time"), tag("div", *time_rows, class_="scores")),
        block(t("Peak memory"), tag("div", *memory_rows, class_="scores")) if memory_rows else None,
        class_="pair",
    )
    return Section("cost", t("What it cost"), lead, join(body, _energy(run)))


def _energy(run: RunFiles) -> Html | None:
    """Energy of training, and what the figure rests on; None for a run that did not record it."""
    counts = run.counts("pretrain")
    watt_hours, grams = counts.get("energy_wh"), counts.get("grams_co2")
    if not isinstance(watt_hours, int | float) or not isinstance(grams, int | float):
        return None
    is_counted = str(counts.get("energy_source")).startswith("rapl")
    source = (
        t("counted by the processor (RAPL)")
        if is_counted
        else t("processor time by the design power of a core, since no counter can be read here")
    )
    sentence = t(
        "Training took {energy} Wh, {source}; with the electricity of the world's average that is"
        " {grams} g of CO2.",
        energy=figure(float(watt_hours), 2),
        source=source,
        grams=figure(float(grams), 2),
    )
    return tag("p", sentence, class_="quiet")


def _times(run: RunFiles, stage: str, seconds: float) -> list[Html]:
    cpu = run.timing(stage, "cpu_s")
    below = tag("small", t("CPU {time}", time=duration(cpu))) if cpu is not None else None
    return [tag("span", duration(seconds), below, class_="number")]


def _row(stage: str, fraction: float, values: list[Html], *, kind: str = "") -> Html:
    return tag(
        "div",
        tag("span", code_path(stage), class_="name"),
        bar(fraction, kind=kind),
        *values,
        class_="score-row stage",
    )


def _in_running_order(run: RunFiles) -> list[str]:
    known = [stage for stage in STAGES if stage in run.manifests]
    return known + [stage for stage in run.manifests if stage not in STAGES]
