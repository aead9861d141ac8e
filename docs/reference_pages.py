"""The reference pages, written from the code: the recipe's keys, and the help of every command.

Comes in: the recipe's pydantic models and the command tree. Goes out: Markdown files, which git
ignores. Nothing on these pages is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yanmo.cli.main import build_command
from yanmo.core.reference import explain_key
from yanmo.pipeline.recipe import Recipe

RECIPE_INTRODUCTION = """# Recipe

A recipe is a TOML file, or YAML. Every key has a default unless it says `required`; write `"none"`
to turn an optional key off. Any key can be given on the command line as `key=value`, which wins
over the file. This page is what `yanmo config explain` prints; `yanmo config schema` prints the
same as JSON Schema, for editors.
"""
COMMANDS_INTRODUCTION = """# Commands

What `yanmo COMMAND --help` prints. Results go to standard output, progress and errors to standard
error. Exit codes: 0 done, 1 the run failed, 2 bad input or usage, 130 interrupted.
"""


def write_pages(folder: Path) -> None:
    """Write `recipe.md` and `commands.md` into `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "recipe.md").write_text("\n".join(_recipe_page()), encoding="utf-8")
    (folder / "commands.md").write_text("\n".join(_commands_page()), encoding="utf-8")


def _recipe_page() -> Iterator[str]:
    yield RECIPE_INTRODUCTION
    for name, field in Recipe.model_fields.items():
        yield f"## {name}\n"
        yield f"{field.description}\n"
        below = ""
        for key, facts, text in _keys(explain_key(Recipe, name)):
            if key == name and hasattr(field.default, "model_fields"):
                continue  # the section itself
            if (heading := _heading_of(key, facts, below)) != below:
                below = heading
                yield f"### {heading}\n"
            yield f"`{key}`\n: {_code_free(facts)}"
            if text and key != name:
                yield f"\n  {_code_free(text)}"
            yield ""


def _heading_of(key: str, facts: str, above: str) -> str:
    """The section below the recipe's sections that a key stands in, or `above` where it does not
    begin another: `corpus.rules`, and each kind of entry in a list such as `corpus.sources`."""
    parts = key.split(".")
    section = ".".join(parts[:2])
    if parts[0] != "corpus":
        return above
    if parts[2:3] == ["0"]:
        kind = facts.rpartition("; only with ")[2] if "; only with " in facts else ""
        return f"`{section}`: `{kind}`" if kind else above
    return f"`{section}`"


def _keys(explanation: str) -> Iterator[tuple[str, str, str]]:
    """Key, facts and documentation of each paragraph: text below a key's line is indented."""
    key, facts, lines = "", "", list[str]()
    for line in explanation.splitlines():
        if line.startswith("    "):
            lines.append(line.strip())
            continue
        if key:
            yield key, facts, " ".join(lines)
        key, _, facts = line.partition(": ")
        lines = []
    yield key, facts, " ".join(lines)


def _code_free(text: str) -> str:
    """`text` with the marks that Markdown would read spelt out, code spans excepted."""
    spans = text.split("`")
    spans[::2] = [
        "".join(f"\\{c}" if c in "*_[]<>{}^$|\\" else c for c in span) for span in spans[::2]
    ]
    return "`".join(spans)


def _commands_page() -> Iterator[str]:
    yield COMMANDS_INTRODUCTION
    yield from _command_sections(build_command(), "yanmo", None)


def _command_sections(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.context_class(
        command,
        info_name=name,
        parent=parent,
        help_option_names=["-h", "--help"],
        terminal_width=96,
    )
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    for below, part in getattr(command, "commands", {}).items():
        yield from _command_sections(part, below, context)
