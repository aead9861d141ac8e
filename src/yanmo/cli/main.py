"""Entry point of `yanmo`: the command tree, and the one place where errors become exit codes.

Exit codes: 0 done, 1 the run failed, 2 bad input or usage, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t

INTERRUPTED = 130
"""Exit code of a command that the user stopped; typer gives it for Ctrl-C."""


def build_app() -> typer.Typer:
    """The commands, as typer knows them."""
    from yanmo.cli import configs, looking, models, runs, stages
    from yanmo.cli.speech import CommandGroup

    app = typer.Typer(
        name="yanmo",
        cls=CommandGroup,
        help=t("Raw text in; out comes a language model that is trained, measured and can write."),
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    stages.register(app)
    models.register(app)
    app.add_typer(runs.build_app(), name="runs")
    app.add_typer(configs.build_app(), name="config")
    looking.register(app)
    return app


def build_command() -> Any:
    """The command tree, which speaks the language of the reader."""
    from yanmo.cli.speech import translate_pages

    command = typer.main.get_command(build_app())
    translate_pages(command)
    return command


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from yanmo.cli.speech import describe_usage_error

    try:
        exit_code = build_command()(prog_name="yanmo", standalone_mode=False) or 0
        if exit_code == INTERRUPTED:
            print(t("interrupted; run the same command again to go on"), file=sys.stderr)
    except YanmoError as error:
        print(f"{t('error')}: {error}", file=sys.stderr)
        exit_code = error.exit_code
    except typer.TyperException as error:
        print(describe_usage_error(error), file=sys.stderr)
        exit_code = error.exit_code
    sys.exit(exit_code)
