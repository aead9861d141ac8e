"""A scaling experiment as text for the terminal.

Comes in: the content of `scaling/report.json`. Goes out: lines whose columns line up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanmo.core.messages import t
from yanmo.pipeline.compare.table import align
from yanmo.pipeline.report.numbers import short


def format_scaling(report: Mapping[str, Any]) -> str:
    """The runs, the law and what it predicts, without a line break at the end."""
    header = [
        t("run"),
        t("parameters"),
        t("tokens"),
        t("FLOPs"),
        t("seconds"),
        t("loss"),
        t("fitted"),
        t("error"),
    ]
    rows = [header, *(_row(run) for run in report["runs"])]
    return "\n".join([*align(rows), "", describe_law(report), describe_prediction(report)])


def describe_law(report: Mapping[str, Any]) -> str:
    """The five numbers in a line."""
    law = report["law"]
    return t(
        "loss = {e:.3f} + {a:.4g} / N^{x:.3f} + {b:.4g} / D^{y:.3f}, on average {error:.2%} from"
        " the runs",
        e=law["floor"],
        a=law["size_factor"],
        x=law["size_exponent"],
        b=law["token_factor"],
        y=law["token_exponent"],
        error=report["mean_error"],
    )


def describe_prediction(report: Mapping[str, Any]) -> str:
    """What the law says of the larger run, and what came of it where it was made."""
    predicted = report["prediction"]
    said = t(
        "{name}, {factor:g} times the FLOPs of the largest run: {params} parameters and {tokens}"
        " tokens give a loss of {loss:.4f}, in 95 of 100 cases from {low:.4f} to {high:.4f}",
        name=predicted["name"],
        factor=report["compute_factor"],
        params=short(predicted["num_params"]),
        tokens=short(predicted["tokens"]),
        loss=predicted["loss"],
        low=predicted["low"],
        high=predicted["high"],
    )
    if "measured" not in predicted:
        return said
    found = t(
        "it was made and has {measured:.4f}: the prediction is off by {error:+.2%}",
        measured=predicted["measured"],
        error=predicted["error"],
    )
    return f"{said}\n{found}"


def _row(run: Mapping[str, Any]) -> list[str]:
    return [
        run["name"],
        short(run["num_params"]),
        short(run["tokens"]),
        f"{run['flops']:.2e}",
        f"{run['training_s']:.1f}",
        f"{run['loss']:.4f}",
        f"{run['fitted']:.4f}",
        f"{run['fitted'] / run['loss'] - 1.0:+.2%}",
    ]
