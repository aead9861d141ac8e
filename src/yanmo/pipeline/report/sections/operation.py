"""How training ran: on how many processes, how fast, and what happened on the way.

Comes in: the events and metrics of a run. Goes out: the section "operation".
"""

from __future__ import annotations

from datetime import UTC, datetime

from yanmo.core.messages import t
from yanmo.core.page.markup import Child, Html, foreign, join, tag
from yanmo.core.page.section import Section, block, table
from yanmo.pipeline.report.numbers import exact
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.training_story import Incident, tell_training

_MAX_INCIDENTS = 40


def operation_section(run: RunFiles) -> Section | None:
    """The section, None where nothing was noted."""
    story = tell_training(run.events, run.metrics)
    if story is None:
        return None
    entries = [tag("div", tag("dt", label), tag("dd", value)) for label, value in story.facts]
    facts = tag("dl", *entries, class_="facts")
    lead = (
        t("What happened on the way stands in the table.")
        if story.incidents
        else t("Nothing happened on the way that a reader should know.")
    )
    return Section("operation", t("How it ran"), lead, join(facts, _table(story.incidents)))


def _table(incidents: tuple[Incident, ...]) -> Html | None:
    if not incidents:
        return None
    shown = incidents[-_MAX_INCIDENTS:]
    rows: list[list[Child]] = [
        [_moment(one.time), "–" if one.step is None else exact(one.step), foreign(one.text)]
        for one in shown
    ]
    title = t("What happened")
    left_out = len(incidents) - len(shown)
    more = t("Earlier ones in events.jsonl: {n}.", n=left_out) if left_out else None
    headings = [t("time"), t("step"), t("what happened")]
    return block(
        title,
        table(headings, rows, label=title, text_columns=3),
        tag("p", more, class_="quiet") if more else None,
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
