"""The command `lm-eval`: lm-evaluation-harness on a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(
        name="lm-eval",
        help=t(
            "Run lm-evaluation-harness on a model folder; options behind MODEL are its own: "
            "yanmo lm-eval MODEL --tasks arc_easy --include_path TASKS."
        ),
        short_help=t("Run lm-evaluation-harness on a model folder."),
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(lm_eval)


def lm_eval(
    context: typer.Context,
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
    ],
) -> None:
    """Hand everything behind the model over to the harness."""
    from yanmo.pipeline.harness import evaluate_with_harness

    evaluate_with_harness(model, context.args)
