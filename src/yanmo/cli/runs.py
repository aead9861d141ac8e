"""`yanmo runs`: what was run, from what, and the proof that a run survives being killed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from yanmo.cli.options import JsonOption, OverridesArgument, RecipeArgument
from yanmo.cli.speech import CommandGroup
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.text_width import pad_right

RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help=t("Folder of a run, such as runs/NAME."))
]
DEFAULT_FOLDER = Path("runs")
MermaidOption = Annotated[
    bool, typer.Option("--mermaid", help=t("Print the lineage as a Mermaid graph."))
]
ReportOption = Annotated[
    bool,
    typer.Option(
        "--report", help=t("Write report.html from what there is, also of an unfinished run.")
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(build_app(), name="runs")


def build_app() -> typer.Typer:
    """The `runs` commands."""
    app = typer.Typer(
        cls=CommandGroup,
        help=t("Look at runs: what was made, and from what."),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command("ls", help=t("List runs."))(list_runs)
    app.command(help=t("Stages of a run, their time, memory and numbers."))(show)
    app.command(help=t("Draw the loss of a run, or another figure, in the terminal."))(plot)
    app.command(help=t("Walk back from a file to its sources and forward to what it made."))(why)
    app.command("verify-resume", help=t("Kill a short run again and again, and compare."))(
        verify_resume
    )
    return app


def list_runs(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help=t("Where runs lie."))
    ] = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List the runs below a folder."""
    from yanmo.pipeline.history import summarize_runs

    if folder != DEFAULT_FOLDER and not folder.is_dir():
        raise ConfigError(t("there is no such folder"), where=str(folder))
    rows = summarize_runs(folder)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        print(t("no runs in {folder}", folder=folder))
    for row in rows:
        bits = row["bits_per_byte"]
        cells = [
            pad_right(row["run"], 32),
            pad_right(row["finished"], 40),
            pad_right("" if row["step"] is None else t("step {n}", n=row["step"]), 12),
            "" if bits is None else t("{bits:.3f} bits/byte", bits=bits),
        ]
        print(" ".join(cells).rstrip())
        for task in row["tasks"]:
            print(f"  {_outcome(task)}")


def show(
    run_dir: RunArgument,
    mermaid: MermaidOption = False,
    report: ReportOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the stages of one run."""
    from yanmo.pipeline.count_words import told_count
    from yanmo.pipeline.history import summarize_stages
    from yanmo.pipeline.lineage import read_lineage, to_mermaid

    _require_run(run_dir)
    if mermaid:
        print(to_mermaid(read_lineage(run_dir)))
        return
    if report:
        from yanmo.pipeline.report.build import build_report

        print(build_report(run_dir))
        return
    rows = summarize_stages(run_dir)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    width = max(10, *(len(row["stage"]) for row in rows)) if rows else 10
    for row in rows:
        print(
            f"{row['stage']:{width}} {row['content_hash'][:8]}  "
            + t("{seconds:8.1f} s", seconds=row["wall_s"])
            + f"  {row['peak_memory_bytes'] / 2**20:7.0f} MiB  "
            + listed(told_count(name, value) for name, value in row["counts"].items())
        )
    _print_outcomes(run_dir)
    _print_story(run_dir)


def plot(
    run_dir: RunArgument,
    metric: Annotated[
        str, typer.Argument(metavar="FIGURE", help=t("loss, or a key of metrics.jsonl."))
    ] = "loss",
    stage: Annotated[
        str, typer.Option(help=t("Which stage: pretrain or finetune/TASK."))
    ] = "pretrain",
    over: Annotated[str, typer.Option(help=t("step, tokens or time."))] = "step",
    rows: Annotated[int, typer.Option(min=5, help=t("Height, in lines."))] = 18,
    is_log: Annotated[bool, typer.Option("--log", help=t("A logarithmic scale."))] = False,
) -> None:
    """Draw one figure of a run, as far as it has come."""
    import shutil

    from yanmo.pipeline.run_plot import AXES, plot_run

    _require_run(run_dir)
    if over not in AXES:
        raise ConfigError(t("unknown axis '{name}'", name=over), where="--over", hint=listed(AXES))
    columns = shutil.get_terminal_size().columns
    for line in plot_run(
        run_dir, metric, stage=stage, axis=over, columns=columns, rows=rows, is_log=is_log
    ):
        print(line)


def why(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=t("Any file or folder of a run."))],
    mermaid: MermaidOption = False,
) -> None:
    """Say what a file was made from, and what was made from it."""
    from yanmo.pipeline.history import explain_path, find_run
    from yanmo.pipeline.lineage import read_lineage, to_mermaid

    if mermaid:
        print(to_mermaid(read_lineage(find_run(path))))
        return
    print(explain_path(path))


def verify_resume(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    kills: Annotated[int, typer.Option(min=1, help=t("How often the run is killed."))] = 20,
    steps: Annotated[int, typer.Option(min=4, help=t("Length of the short run."))] = 60,
    seed: Annotated[int, typer.Option(min=0, help=t("Decides the moments."))] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help=t("Where to work; a temporary folder unless told."))
    ] = None,
) -> None:
    """Train a short run once in peace and once under SIGKILLs; both must end the same."""
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.verify_resume import verify_resume as verify

    result = verify(
        load_recipe(recipe, overrides or []),
        num_kills=kills,
        num_steps=steps,
        seed=seed,
        out=out,
        console=Console(),
    )
    print(result.describe())
    if not result.is_exact:
        raise typer.Exit(1)


def _print_outcomes(run_dir: Path) -> None:
    """What came of the tasks, where some were evaluated."""
    from yanmo.pipeline.task_outcomes import task_outcomes

    outcomes = task_outcomes(run_dir)
    if outcomes:
        print("\n" + t("What came of the tasks"))
    for one in outcomes:
        print("  " + t("{where}: {what}", where=one.place, what=one.line()))


def _outcome(task: dict[str, Any]) -> str:
    """A task in a list of runs: its metric with its interval."""
    name = task["place"]
    if task["value"] is None:
        return t("{where}: {what}", where=name, what="-")
    text = f"{task['metric']} {task['value']:.4f}"
    if task["interval"] is not None:
        low, high = (f"{end:.4f}" for end in task["interval"])
        text = t("{figure}, 95% interval {low} to {high}", figure=text, low=low, high=high)
    return t("{where}: {what}", where=name, what=text)


def _print_story(run_dir: Path) -> None:
    """How the training ran, where that was noted."""
    from yanmo.pipeline.history import training_story

    story = training_story(run_dir)
    if story is None:
        return
    print("\n" + t("How it ran"))
    for label, value in story.facts:
        print("  " + t("{where}: {what}", where=label, what=value))
    for incident in story.incidents:
        moment = datetime.fromtimestamp(incident.time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        text = incident.text
        if incident.step is not None:
            text = t("step {step}: {what}", step=incident.step, what=text)
        print(f"  {moment}  {text}")


def _require_run(run_dir: Path) -> None:
    if not (run_dir / "recipe.toml").is_file():
        raise ConfigError(
            t("this is no run: it has no recipe.toml"),
            where=str(run_dir),
            hint=t("`yanmo runs ls` lists the runs."),
        )
