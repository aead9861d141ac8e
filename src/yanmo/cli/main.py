"""Entry point of `yanmo`: the command tree, and the one place where errors become exit codes.

Exit codes: 0 done, 1 the run failed, 2 bad input or usage, 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t


def build_app() -> typer.Typer:
    """The command tree."""
    from yanmo.cli import configs, looking, models, runs, stages

    app = typer.Typer(
        name="yanmo",
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


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        build_app()()
    except YanmoError as error:
        print(f"{t('error')}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print(t("interrupted; run the same command again to go on"), file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(0)
