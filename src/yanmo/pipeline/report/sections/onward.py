"""How to go on: the commands that do the same with the reader's own text.

Comes in: the files of a run. Goes out: the section.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from yanmo.core.messages import t
from yanmo.pipeline.report.markup import join, tag, visible
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.section import Section, copyable, disclosure

_EXAMPLE = '"..."'


def onward_section(run: RunFiles, run_dir: Path) -> Section:
    """The commands, and the recipe that this run was made with."""
    prompt = run.samples[0]["prompt"].strip() if run.samples else ""
    first_line = "".join(filter(str.isprintable, prompt.split("\n")[0]))[:60] or t(
        "Once upon a time"
    )
    model = run_dir / "pretrain" / "model"
    commands = [
        (
            t("Ask the model of {task}:", task=visible(files.report.task)),
            f"yanmo predict {shlex.quote(str(_tuned(run_dir, files.place)))} -p {_EXAMPLE}",
        )
        for files in run.tasks.tasks
    ]
    if run.started or not commands:
        line = f"yanmo generate {shlex.quote(str(model))} -p {shlex.quote(first_line)}"
        commands.append((t("Let this model write:"), line))
    commands += [
        (t("The same life on your own text:"), "yanmo demo --text PATH"),
        (t("A recipe to edit:"), "yanmo new python_docs"),
        (t("Run it; stages that are up to date are skipped:"), "yanmo run recipe.toml"),
    ]
    steps = [tag("li", tag("p", label), copyable(command)) for label, command in commands]
    recipe = None
    if run.recipe_text:
        title = t("The recipe of this run")
        recipe = disclosure(title, copyable(run.recipe_text, label=title))
    lead = t("The commands to try it, and to do the same with your own text.")
    body = join(tag("ol", *steps, class_="commands"), recipe)
    return Section("onward", t("Now with your own text"), lead, body)


def _tuned(run_dir: Path, place: str) -> Path:
    """The directory of the fine-tuning that an evaluation at `place` belongs to."""
    return run_dir.joinpath(*place.split("/")[:2])
