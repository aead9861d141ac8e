"""`yanmo corpus`: make a corpus, look at one, hold two against each other.

`yanmo corpus RECIPE` runs the stage, as every other stage runs; the words below do the rest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from yanmo.cli.options import JsonOption
from yanmo.cli.speech import CommandGroup
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

BUILD = "build"
"""The command that any word which is no command is a recipe for."""

CorpusArgument = Annotated[
    Path, typer.Argument(metavar="PATH", help=t("A run, a corpus folder or its report.json."))
]


class CorpusGroup(CommandGroup):
    """Commands, and a recipe where no command stands."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Put `build` before a recipe.

        Raises:
            ConfigError: the first word is neither a command nor a recipe, but nearly a command.
        """
        is_help = not args or args[0] in ctx.help_option_names
        if not is_help and args[0] not in self.commands:
            self._refuse_near_miss(args[0])
            args = [BUILD, *args]
        return super().parse_args(ctx, args)

    def _refuse_near_miss(self, word: str) -> None:
        nearest = get_close_matches(word, list(self.commands), n=1)
        if not nearest or Path(word).exists():
            return
        from yanmo.pipeline.recipe import shipped_recipes

        if word not in shipped_recipes():
            raise ConfigError(
                t("there is no command and no recipe '{name}'", name=word),
                hint=t("Did you mean '{name}'?", name=nearest[0]),
            )


def build_app(build: Callable[..., None]) -> typer.Typer:
    """The `corpus` commands.

    Args:
        build: runs the stage.
    """
    text = t("Read, clean and split the raw text.")
    app = typer.Typer(
        cls=CorpusGroup,
        help=t("Make a corpus (`yanmo corpus RECIPE`), and look at what came of it."),
        short_help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        subcommand_metavar=t("RECIPE [KEY=VALUE]... | COMMAND [ARGS]..."),
    )
    whole = t("{what} Runs earlier stages that are not up to date.", what=text)
    app.command(BUILD, help=whole, short_help=t("The same as `yanmo corpus RECIPE`."))(build)
    app.command(help=t("Quantity, quality, diversity, duplicates, privacy of a corpus."))(stats)
    app.command(help=t("Documents kept or dropped, or the steps of a preparation profile."))(show)
    app.command(help=t("Hold two corpora against each other and say which one to take."))(compare)
    app.command(help=t("Print the data card, as the Hugging Face hub reads it."))(card)
    return app


def stats(
    path: CorpusArgument,
    is_whole: Annotated[bool, typer.Option("--all", help=t("Every row of every table."))] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the report of a corpus."""
    from yanmo.pipeline.corpus_commands import describe_corpus, open_corpus, read_tokens

    corpus = open_corpus(path)
    if as_json:
        print(json.dumps({**corpus.report, "tokens": read_tokens(corpus)}, ensure_ascii=False))
        return
    print(describe_corpus(corpus, is_whole=is_whole))


def show(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help=t("A run, a corpus folder, or a text for --profile.")),
    ] = None,
    kept: Annotated[bool, typer.Option("--kept", help=t("Documents that were kept."))] = False,
    rejected: Annotated[
        bool, typer.Option("--rejected", help=t("Documents that were dropped, by reason."))
    ] = False,
    rule: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=t("Only what this step or reason dropped.")),
    ] = None,
    clusters: Annotated[
        bool, typer.Option("--clusters", help=t("The largest clusters of duplicates."))
    ] = False,
    limit: Annotated[int, typer.Option("-n", min=1, help=t("How many of each."))] = 3,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=t("Prepare a text for a purpose: lm, bow, seq2seq or social.")
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            "--prompt", "-p", metavar="TEXT", help=t("The text; '-' reads standard input.")
        ),
    ] = None,
    drop_stop_words: Annotated[
        bool | None, typer.Option(help=t("With --profile: whether stop words go."))
    ] = None,
    drop_punctuation: Annotated[
        bool | None, typer.Option(help=t("With --profile: whether punctuation goes."))
    ] = None,
    stem: Annotated[
        bool | None, typer.Option(help=t("With --profile: whether endings go."))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show documents, examples of what each step did, or a preparation profile."""
    options = {
        "drop_stop_words": drop_stop_words,
        "drop_punctuation": drop_punctuation,
        "stem": stem,
    }
    if profile is not None:
        _show_profile(path, profile, prompt, options, as_json)
        return
    given = [name for name, value in options.items() if value is not None]
    if prompt is not None or given:
        name = "--prompt" if prompt is not None else f"--{given[0].replace('_', '-')}"
        raise ConfigError(t("{option} needs --profile", option=name))
    if path is None:
        raise ConfigError(t("{name} is missing", name="PATH"))
    if sum((kept, rejected or rule is not None, clusters)) > 1:
        raise ConfigError(t("--kept, --rejected and --clusters exclude each other"))
    _show_corpus(path, kept, rejected or rule is not None, rule, clusters, limit, as_json)


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help=t("A run or a corpus folder."))],
    b: Annotated[Path, typer.Argument(metavar="B", help=t("Another one."))],
    as_json: JsonOption = False,
) -> None:
    """Compare two corpora."""
    from yanmo.pipeline.corpus_commands import compare as compare_paths

    text, values = compare_paths(a, b)
    print(json.dumps(values, ensure_ascii=False) if as_json else text)


def card(path: CorpusArgument) -> None:
    """Print the data card of a corpus."""
    from yanmo.pipeline.corpus_commands import data_card, open_corpus

    print(data_card(open_corpus(path)), end="")


def _show_profile(
    path: Path | None,
    profile: str,
    prompt: str | None,
    options: Mapping[str, bool | None],
    as_json: bool,
) -> None:
    from yanmo.pipeline.corpus_commands import prepare_text, text_to_prepare

    if prompt is not None and path is not None:
        raise ConfigError(t("PATH and --prompt exclude each other"))
    if path is not None:
        text = text_to_prepare(path)
    elif prompt == "-":
        text = sys.stdin.read()
    elif prompt is not None:
        text = prompt
    else:
        raise ConfigError(t("{name} is missing", name="--prompt"))
    lines, values = prepare_text(text, profile, options)
    print(json.dumps(values, ensure_ascii=False) if as_json else "\n".join(lines))


def _show_corpus(
    path: Path,
    kept: bool,
    rejected: bool,
    rule: str | None,
    clusters: bool,
    limit: int,
    as_json: bool,
) -> None:
    from yanmo.pipeline import corpus_commands as commands

    corpus = commands.open_corpus(path)
    if clusters:
        for number, documents in enumerate(commands.duplicate_clusters(corpus, limit), start=1):
            if not as_json:
                name = documents[0]["comparison"]
                print(
                    f"[{name}]", t("cluster {n}: {count} documents", n=number, count=len(documents))
                )
            _print_documents(documents, commands.describe_document, as_json)
    elif kept:
        _print_documents(
            commands.kept_documents(corpus, limit), commands.describe_document, as_json
        )
    elif rejected:
        found = commands.rejected_documents(corpus, rule, limit)
        _print_documents(found, commands.describe_document, as_json)
    elif as_json:
        names = ("changed", "reasons", "kept_examples")
        examples = {name: corpus.report.get(name, []) for name in names}
        print(json.dumps(examples, ensure_ascii=False))
    else:
        for line in commands.report_examples(corpus, limit):
            print(line)


def _print_documents(
    documents: Iterable[Mapping[str, Any]],
    describe: Callable[[Mapping[str, Any]], str],
    as_json: bool,
) -> None:
    for document in documents:
        print(json.dumps(document, ensure_ascii=False) if as_json else describe(document))
