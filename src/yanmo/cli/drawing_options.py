"""Options of the commands that let a model write: `generate`, `chat`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.core.config import Config

C = TypeVar("C", bound="Config")

ModelArgument = Annotated[
    Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
]
TemperatureOption = Annotated[float, typer.Option(help=t("0 takes the most probable token."))]
TopKOption = Annotated[int | None, typer.Option(help=t("Keep the k most probable tokens."))]
TopPOption = Annotated[
    float | None, typer.Option(help=t("Keep the most probable tokens up to this sum."))
]
MinPOption = Annotated[
    float | None,
    typer.Option(help=t("Keep tokens at least this fraction as probable as the best.")),
]
RepetitionOption = Annotated[float, typer.Option(help=t("Above 1 avoids tokens used already."))]
WeightsOption = Annotated[
    str, typer.Option(help=t("How weights are held: own, float32, bfloat16, int8 or int4."))
]
DeviceOption = Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))]


def checked(kind: type[C], values: Mapping[str, Any]) -> C:
    """The configuration of `values`; all that is wrong with them is told at once.

    Raises:
        ConfigError: something is.
    """
    from pydantic import ValidationError

    from yanmo.core.recipe_problems import problems_of

    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems = problems_of(error, kind, dict(values))
        raise ConfigError("\n".join(problem.message for problem in problems)) from error
