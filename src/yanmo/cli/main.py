"""Entry point of `yanmo`: the command tree, and the one place where errors become exit codes.

Exit codes: 0 done, 1 the run failed, 2 bad input or usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

import yanmo
from yanmo.core.errors import YanmoError
from yanmo.core.messages import t

INTERRUPTED = 130
"""Exit code of a command that the user stopped; typer gives it for Ctrl-C."""


_COMMANDS_OF: dict[str, tuple[str, ...]] = {
    "stages": (
        *("demo", "run", "new", "corpus", "vectors", "tokenizer", "tokens", "pretrain"),
        *("finetune", "evaluate"),
    ),
    "compare": ("compare",),
    "sweep": ("sweep",),
    "models": ("generate", "fill"),
    "talk": ("chat",),
    "embed": ("embed",),
    "predict": ("predict",),
    "extract": ("extract",),
    "ask": ("ask",),
    "similar": ("similar", "search"),
    "explain": ("explain",),
    "export": ("export",),
    "harness": ("lm-eval",),
    "runs": ("runs",),
    "queue": ("queue",),
    "serve": ("serve",),
    "studio": ("studio",),
    "configs": ("config",),
    "looking": ("ls", "doctor"),
    "planning": ("plan", "scaling", "bench"),
    "rates": ("lr-find",),
    "mathematics": ("math",),
}
"""Modules of this package and the commands that each adds, in the order of the help page."""


def build_app(command: str | None = None) -> typer.Typer:
    """The commands, as typer knows them.

    Args:
        command: build what has this command and nothing else, which takes a third of the time; all
            of them where it is None or no command.
    """
    from yanmo.cli.speech import MainGroup

    about = t("Raw text in; out comes a language model that is trained, measured and can write.")
    app = typer.Typer(
        name="yanmo",
        cls=MainGroup,
        help=about,
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(cls=MainGroup, no_args_is_help=True, help=about)(_about)
    wanted = [name for name, commands in _COMMANDS_OF.items() if command in commands]
    for name in wanted or _COMMANDS_OF:
        import_module(f"yanmo.cli.{name}").register(app)
    return app


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"yanmo {yanmo.__version__}")
        raise typer.Exit


def _about(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help=t("Print the version and exit."),
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Options of `yanmo` itself."""


def build_command() -> Any:
    """The command tree, which speaks the language of the reader."""
    from yanmo.cli.speech import translate_pages

    # Whoever completes a word at the prompt has to know all commands.
    is_completing = any(name.startswith("_YANMO_COMPLETE") for name in os.environ)
    first = None if is_completing or len(sys.argv) < 2 else sys.argv[1]
    command = typer.main.get_command(build_app(first))
    translate_pages(command)
    return command


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Before torch is loaded: its threads spin while they wait for each other. By default so long
    # that two jobs on one machine all but stop; this long costs nothing when alone (docs/log.md).
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    if "YANMO_PARENT_PID" in os.environ:  # a job of a queue
        from yanmo.core.parent_process import die_with_parent  # loads ctypes

        die_with_parent()
    try:
        exit_code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        exit_code = INTERRUPTED
        _tell(t("interrupted; run the same command again to go on"))
    except OSError as error:
        exit_code = 1
        if not isinstance(error, BrokenPipeError):  # whoever read our output has seen enough
            _tell(t("error: {text}", text=error))
        # What Python still holds for standard output would fail again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(exit_code)


def _run() -> int:
    """Run the command and say what went wrong; the exit code."""
    from yanmo.cli.speech import describe_usage_error

    try:
        exit_code = int(build_command()(prog_name="yanmo", standalone_mode=False) or 0)
    except YanmoError as error:
        _tell(t("error: {text}", text=error))
        return error.exit_code
    except typer.TyperException as error:
        _tell(describe_usage_error(error))
        return int(error.exit_code)
    if exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    return exit_code


def _tell(text: str) -> None:
    try:
        print(text, file=sys.stderr)
    except OSError:
        return  # nobody is there to be told; the exit code still says it
