"""How to go on: the commands that do the same with the reader's own text.

Comes in: the files of a run. Goes out: the section.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from yanmo.core.messages import t
from yanmo.core.page.markup import join, tag, visible
from yanmo.core.page.section import Section, copyable, disclosure
from yanmo.pipeline.predict.command import predict_command
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.task_files import TaskFiles


def onward_section(run: RunFiles, run_dir: Path) -> Section:
    """The commands, and the recipe that this run was made with."""
    prompt = run.samples[0]["prompt"].strip() if run.samples else ""
    first_line = "".join(filter(str.isprintable, prompt.split("\n")[0]))[:60] or t(
        "Once upon a time"
    )
    model = run_dir / "pretrain" / "model"
    commands = [
        (
            t("Ask the model of {task}:", task=visible(files.name)),
            _command(run_dir, files),
        )
        for files in run.tasks.tasks
        if files.place.startswith("finetune/")
    ]
    if run.started or not run.tasks.tasks:
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


def _command(run_dir: Path, files: TaskFiles) -> str:
    """What asks the model of the fine-tuning that an evaluation belongs to; in a directory of its
    own is that of one of several heads."""
    parts = files.place.split("/")
    head = files.report.task if len(parts) > 3 else None
    return predict_command(run_dir.joinpath(*parts[:2]), files.report.kind, head)
