"""The command `export`: a model in the files of other engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from yanmo.cli.options import JsonOption, QuietOption, parse_bytes, unknown_name
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t

if TYPE_CHECKING:
    from yanmo.checkpoint.export.destination import Exported
    from yanmo.core.console import Console

DTYPES = {
    "gguf": ("f16", "f32", "q8_0"),
    "onnx": ("float32",),
    "hf": ("float32", "bfloat16", "float16"),
}
"""Formats, and the precisions that each can have; the first is what one gets unless told."""
SPELLINGS = {"float32": "f32", "float16": "f16"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Write a model in the files of other engines."))(export)


def export(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", help=t("gguf (llama.cpp, Ollama), onnx (onnxruntime) or hf (transformers).")
        ),
    ],
    dtype: Annotated[
        str | None,
        typer.Option(
            help=t("gguf: f16, f32 or q8_0; hf: float32, bfloat16 or float16; onnx: float32.")
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=t("Where it goes; beside the model unless told."))
    ] = None,
    max_shard_size: Annotated[
        str | None,
        typer.Option(help=t("hf: largest file of weights, such as 2GB; one file unless told.")),
    ] = None,
    is_forced: Annotated[
        bool, typer.Option("--force", help=t("Replace what stands there already."))
    ] = False,
    as_json: JsonOption = False,
    is_quiet: QuietOption = False,
) -> None:
    """Export a model and say what was written and how it is used."""
    from yanmo.core.console import Console

    if to not in DTYPES:
        raise unknown_name(t("there is no format '{name}'", name=to), to, DTYPES)
    chosen = _dtype_of(to, dtype)
    max_shard_bytes = _bytes_of(max_shard_size, to)
    path = out if out is not None else default_path(model, to, chosen)
    _check(model, path, to, is_forced=is_forced)
    console = Console(is_quiet=is_quiet)
    written = _write(model, path, to, chosen, max_shard_bytes, is_forced, console)
    console.end_progress()
    for note in written.notes:
        console.warn(note)
    if as_json:
        fields = {
            "path": str(written.path),
            "format": to,
            "dtype": chosen,
            "bytes": written.num_bytes,
            "notes": written.notes,
        }
        print(json.dumps(fields, ensure_ascii=False))
        return
    size = t("{path}: {size:,} bytes", path=written.path, size=written.num_bytes)
    print(f"{size}. {written.usage}")


def default_path(model: Path, to: str, dtype: str) -> Path:
    """Where an export of `model` goes unless told: beside it, under a name that says what it is."""
    folder = model.resolve() if model.name in ("", "..") else model
    if to == "hf":
        return folder.with_name(f"{folder.name}-{dtype}")
    return folder.with_name(
        f"{folder.name}.{dtype}.gguf" if to == "gguf" else f"{folder.name}.onnx"
    )


def _dtype_of(to: str, dtype: str | None) -> str:
    known = DTYPES[to]
    if dtype is None:
        return known[0]
    name = dtype.lower()
    name = SPELLINGS.get(name, name) if to == "gguf" else name
    if name not in known:
        raise ConfigError(
            t("{format} has no dtype '{name}'", format=to, name=dtype),
            where="--dtype",
            hint=t("There are: {names}.", names=listed(known)),
        )
    return name


def _bytes_of(size: str | None, to: str) -> int | None:
    if size is None:
        return None
    if to != "hf":
        raise ConfigError(
            t("only hf is written in several files, not {format}", format=to),
            where="--max-shard-size",
        )
    return parse_bytes(size, "--max-shard-size")


def _check(model: Path, path: Path, to: str, *, is_forced: bool) -> None:
    """Refuse what cannot be, before anything heavy is loaded."""
    from yanmo.checkpoint.export.destination import (
        check_file_destination,
        check_folder_destination,
        load_package,
    )

    check = check_folder_destination if to == "hf" else check_file_destination
    check(path, model, is_forced=is_forced)
    if to == "gguf":
        load_package("gguf")


def _write(
    model: Path,
    path: Path,
    to: str,
    dtype: str,
    max_shard_bytes: int | None,
    is_forced: bool,
    console: Console,
) -> Exported:
    if to == "gguf":
        from yanmo.checkpoint.export.gguf import GgufType, export_gguf

        kind = cast(GgufType, dtype)
        return export_gguf(model, path, kind, is_forced=is_forced, report=console.progress)
    if to == "onnx":
        from yanmo.checkpoint.export.onnx import export_onnx

        return export_onnx(model, path, is_forced=is_forced, report=console.progress)
    from yanmo.checkpoint.export.hugging_face import StoredDtype, export_hugging_face

    return export_hugging_face(
        model,
        path,
        cast(StoredDtype, dtype),
        max_shard_bytes=max_shard_bytes,
        is_forced=is_forced,
    )
