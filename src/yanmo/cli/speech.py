"""Help pages and usage errors in the language of the reader.

In comes the command tree that typer built; its pages then get their headings from `t`, and a wrong
command line gets one plain line. Uses click's own points of extension; knows no command.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from typer import Context, TyperException
from typer.core import TyperGroup

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t


class HelpPage(Context.formatter_class):  # type: ignore[valid-type,misc]
    """A help page whose frame words are translated."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how the command is called."""
        super().write_usage(prog, args, prefix or t("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list of arguments, options or commands."""
        translated = {
            "Arguments": t("Arguments"),
            "Options": t("Options"),
            "Commands": t("Commands"),
        }
        title = t("{heading}:", heading=translated.get(heading, heading))
        self.write(" " * self.current_indent + title + "\n")

    def write_dl(self, rows: Any, *args: Any, **settings: Any) -> None:
        """Write names with what they mean; a default and a duty are told in brackets at the end."""
        translated = {"[default: ": t("[default: "), "[required]": t("[required]")}
        spoken = []
        for name, text in rows:
            for words, others in translated.items():
                text = text.replace(words, others)
            spoken.append((name, text))
        super().write_dl(spoken, *args, **settings)


class CommandContext(Context):
    """What a command is called in; its help page is a `HelpPage`."""

    formatter_class = HelpPage

    def __init__(self, command: Any, *args: Any, **settings: Any) -> None:
        super().__init__(command, *args, **settings)
        translated = {
            "help": t("Show this message and exit."),
            "install_completion": t("Install completion for the current shell."),
            "show_completion": t("Show completion for the current shell, to copy or change it."),
        }
        for option in command.get_params(self):
            option.help = translated.get(option.name, option.help)


class CommandGroup(TyperGroup):
    """A command with commands below it, which it suggests when a name is unknown."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with.

        Raises:
            ConfigError: there is none of this name.
        """
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            nearest = get_close_matches(name, list(self.commands), n=1)
            raise ConfigError(
                t("there is no command '{name}'", name=f"{ctx.command_path} {name}"),
                hint=t("Did you mean '{name}'?", name=nearest[0])
                if nearest
                else t("There are: {names}.", names=listed(self.commands)),
            )
        return super().resolve_command(ctx, args)


class MainGroup(CommandGroup):
    """The root of the commands: those of the life of a model come in the order of that life."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the help page: groups of commands stand with their likes."""
        names: list[str] = super().list_commands(ctx)
        if "corpus" in names and "tokenizer" in names:
            names.remove("corpus")
            names.insert(names.index("tokenizer"), "corpus")
        return names


def translate_pages(command: Any) -> None:
    """Let `command` and every command below it answer in the language of the reader."""
    for part in _walk(command):
        part.context_class = CommandContext


def describe_usage_error(error: TyperException) -> str:
    """A wrong option or argument in words: how the command is called, and what is wrong."""
    context: Any = getattr(error, "ctx", None)
    if context is None:
        return t("error: {text}", text=error.format_message())
    if error.format_message() == context.get_help():
        return error.format_message()  # a group without a command: the page is the answer
    lines = [context.get_usage(), t("error: {text}", text=_what_is_wrong(error))]
    lines.append("  " + t("Help: {command}", command=f"{context.command_path} --help"))
    return "\n".join(lines)


def _walk(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _walk(below)


def _what_is_wrong(error: TyperException) -> str:
    option_name = getattr(error, "option_name", None)
    if hasattr(error, "possibilities"):
        if not error.possibilities:
            return t("there is no option '{name}'", name=option_name)
        names = listed(error.possibilities)
        return t(
            "there is no option '{name}', did you mean {names}?", name=option_name, names=names
        )
    parameter: Any = getattr(error, "param", None)
    if parameter is None:
        return error.format_message()
    name = parameter.get_error_hint()
    if not error.message:
        return t("{name} is missing", name=name)
    return t("the value of {name} is not good: {why}", name=name, why=error.message)
