"""lm-evaluation-harness on a model folder: its own command, with `yanmo` as the kind of model.

In: a folder and the harness's own arguments. Out: what the harness prints and writes. The harness
has no way to find models of other packages, so its command is called from here once ours is known.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from yanmo.checkpoint.model_folder import load_model_config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t


def evaluate_with_harness(model: Path, arguments: Sequence[str]) -> None:
    """Run `lm-eval` on `model` with `arguments`, such as `--tasks arc_easy`.

    Raises:
        ConfigError: the harness is not installed, or refuses the arguments.
        CheckpointError: there is no model; said before the harness looks for its tasks, which takes
            it long.
    """
    try:
        importlib.import_module("lm_eval")
    except ImportError as error:
        raise ConfigError(
            t("the package {name} cannot be loaded", name="lm_eval"),
            where="yanmo lm-eval",
            why=str(error),
            hint=t("Install it: {command}", command="pip install 'yanmo[lm-eval]'"),
        ) from error
    load_model_config(model)
    from yanmo.evaluation.harness_model import run_harness

    run_harness(model, arguments)
