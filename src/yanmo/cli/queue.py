"""`yanmo queue`: several recipes on one machine, by priority and within its memory."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yanmo.cli.options import (
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    RecipeArgument,
    parse_bytes,
)
from yanmo.cli.speech import CommandGroup
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.pipeline.recipe import Recipe

QueueOption = Annotated[
    Path | None, typer.Option("--queue", help=t("Folder of the queue; runs/.queue unless told."))
]
NumberArgument = Annotated[int, typer.Argument(metavar="JOB", help=t("Number of a job."))]
_USABLE_FRAC = 0.85
"""Of the machine's memory, what the jobs may take together unless told."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(build_app(), name="queue")


def build_app() -> typer.Typer:
    """The `queue` commands."""
    app = typer.Typer(
        cls=CommandGroup,
        help=t("Run several recipes by priority, within the memory of this machine."),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command(help=t("Add a recipe to the queue."))(add)
    app.command(help=t("Run the jobs of the queue until none waits."))(run)
    app.command("ls", help=t("List the jobs."))(list_jobs)
    app.command("rm", help=t("Take a job out of the queue; its run stays."))(remove)
    return app


def add(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    priority: Annotated[int, typer.Option(help=t("The higher goes first."))] = 0,
    memory: Annotated[
        str | None,
        typer.Option(help=t("What the job may use, such as 4GB; what is planned unless told.")),
    ] = None,
    out: OutOption = None,
    queue: QueueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a job; the recipe is checked now, and not when its turn comes."""
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.queue.jobs import DEFAULT_QUEUE, JobFolder

    resolved = load_recipe(recipe, overrides or [])
    run_dir = out or Path("runs") / resolved.name
    job = JobFolder(queue or DEFAULT_QUEUE).add(
        recipe,
        overrides or [],
        out=run_dir,
        priority=priority,
        memory_bytes=_planned_bytes(resolved, run_dir, memory),
        num_steps=resolved.pretrain.steps,
    )
    if as_json:
        print(json.dumps(asdict(job), ensure_ascii=False))
        return
    print(
        t(
            "job {id}: {recipe} into {out}, {memory:.1f} GiB reserved; run the queue with: yanmo"
            " queue run",
            id=job.id,
            recipe=recipe,
            out=run_dir,
            memory=job.memory_bytes / 2**30,
        )
    )
    usable = _usable_bytes()
    if job.memory_bytes > usable:
        Console().warn(
            t(
                "that is more than the {usable:.1f} GiB that jobs may use on this machine: `queue"
                " run` here will refuse the job",
                usable=usable / 2**30,
            )
        )


def run(
    memory: Annotated[
        str | None,
        typer.Option(help=t("What all jobs may use together; 85% of the machine unless told.")),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help=t("How many may run side by side."))] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help=t("Wait for more jobs when all are done."))
    ] = False,
    queue: QueueOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run the queue. Ctrl-C stops it: running jobs save, and go on with the next `queue run`."""
    from yanmo.core.console import Console
    from yanmo.pipeline.queue.choice import Limits
    from yanmo.pipeline.queue.jobs import DEFAULT_QUEUE, JobFolder
    from yanmo.pipeline.queue.run import QueueRun

    limit = _usable_bytes() if memory is None else parse_bytes(memory, "--memory")
    folder = JobFolder(queue or DEFAULT_QUEUE)
    QueueRun(folder, Limits(limit, jobs), Console(is_quiet=quiet)).run(is_watching=watch)
    failed = [job for job in folder.jobs() if job.status == "failed"]
    if failed:
        raise typer.Exit(1)


def list_jobs(queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """List the jobs, the next one first."""
    from yanmo.pipeline.history import last_step
    from yanmo.pipeline.queue.jobs import DEFAULT_QUEUE, JobFolder
    from yanmo.pipeline.queue.table import describe_jobs

    folder = JobFolder(queue or DEFAULT_QUEUE)
    if as_json:
        print(json.dumps([asdict(job) for job in folder.jobs()], ensure_ascii=False))
        return
    for line in describe_jobs(folder, last_step) or [t("the queue is empty")]:
        print(line)


def remove(number: NumberArgument, queue: QueueOption = None) -> None:
    """Take a job out of the queue."""
    from yanmo.pipeline.queue.jobs import DEFAULT_QUEUE, JobFolder

    folder = JobFolder(queue or DEFAULT_QUEUE)
    run_dir = Path(folder.find(number).out)
    folder.remove(number)
    if run_dir.exists():
        told = t(
            "job {id} is out of the queue; its run stays in {folder}", id=number, folder=run_dir
        )
    else:
        told = t("job {id} is out of the queue", id=number)
    print(told)


def _usable_bytes() -> int:
    """What all jobs may take of this machine unless told."""
    from yanmo.core.usage import physical_memory_bytes

    return int(_USABLE_FRAC * physical_memory_bytes())


def _planned_bytes(recipe: Recipe, run_dir: Path, memory: str | None) -> int:
    if memory is not None:
        return parse_bytes(memory, "--memory")
    from yanmo.pipeline.planning.recipe_plan import estimate_plan

    planned: int = estimate_plan(recipe, run_dir, has_probe=False).memory_bytes
    return planned * recipe.parallel.num_processes
