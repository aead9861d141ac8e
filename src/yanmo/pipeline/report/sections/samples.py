"""What the model wrote at several steps, to the same prompts.

Comes in: the rows of samples.jsonl. Goes out: the section: a few steps side by side for each
prompt, and more of them to unfold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, foreign, join, tag
from yanmo.core.page.section import Section, disclosure
from yanmo.pipeline.report.numbers import exact
from yanmo.pipeline.report.run_files import RunFiles

_NUM_BESIDE = 3
_MAX_STEPS = 12
_MAX_PROMPTS = 8
_MAX_CHARACTERS = 1500
_CODE_LINE = re.compile(
    r"^\s*(>>>|\.\.\.|#include|(async )?def |class |import |from \w+ import|return\b|@\w|\}|\$ )"
    r"|[;{}]\s*$|^\s*\w+(\.\w+)* = |\w\(.*\):?\s*$",
)


def samples_section(run: RunFiles) -> Section | None:
    """The section about samples, None where none were written."""
    if not run.samples:
        return None
    by_prompt: dict[str, dict[int, str]] = {}
    for row in run.samples:
        by_prompt.setdefault(row["prompt"], {})[row["step"]] = row["text"]
    steps = sorted({row["step"] for row in run.samples})
    shown = list(by_prompt.items())[:_MAX_PROMPTS]
    left_out = len(by_prompt) - len(shown)
    body = join(
        *[_prompt(prompt, texts) for prompt, texts in shown],
        tag("p", t("Prompts not shown here: {n}.", n=left_out), class_="quiet")
        if left_out
        else None,
    )
    lead = t(
        "The same prompts, continued by the model at {n} points of its training.", n=len(steps)
    )
    return Section("samples", t("What it writes"), lead, body)


def is_code_like(text: str) -> bool:
    """Whether half or more of the lines of `text` look like a program, so that columns matter."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and sum(bool(_CODE_LINE.search(line)) for line in lines) >= len(lines) / 2


def evenly(items: Sequence[int], number: int) -> list[int]:
    """At most `number` of the items, evenly spaced, the first and the last among them."""
    if len(items) <= number:
        return list(items)
    return [items[round(index * (len(items) - 1) / (number - 1))] for index in range(number)]


def _prompt(prompt: str, texts: Mapping[int, str]) -> Html:
    steps = sorted(texts)
    beside = evenly(steps, _NUM_BESIDE)
    mono = is_code_like(prompt + texts[steps[-1]])
    columns = [_continuation(prompt, step, texts[step], mono) for step in beside]
    more = None
    if len(steps) > len(beside):
        chosen = evenly(steps, _MAX_STEPS)
        timeline = [_continuation(prompt, step, texts[step], mono) for step in chosen]
        title = t("All steps")
        if len(chosen) < len(steps):
            title = t("{shown} of {n} steps", shown=len(chosen), n=len(steps))
        more = disclosure(title, tag("div", *timeline, class_="timeline"))
    shown = foreign(prompt.strip()) if prompt.strip() else t("(nothing)")
    head = tag("h3", tag("span", t("Prompt"), class_="kicker"), shown)
    return tag("div", head, tag("div", *columns, class_="samples"), more, class_="prompt")


def _continuation(prompt: str, step: int, text: str, is_mono: bool) -> Html:
    cut = text[:_MAX_CHARACTERS] + ("…" if len(text) > _MAX_CHARACTERS else "")
    kind = "text mono" if is_mono else "text"
    written = tag("p", tag("span", prompt, class_="given"), cut, class_=kind, dir="auto")
    return tag("div", tag("h4", t("step {n}", n=exact(step))), written, class_="sample")
