"""One of the processes that train together on this machine.

Run as `python -m yanmo.pipeline.rank RUN_DIR` by `processes.train_in_processes`: the recipe has
been written and the earlier stages are made.
Exit codes: those of the errors; 75 where the other processes are lost, so that all start again.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path

from yanmo.core.console import Console
from yanmo.core.errors import YanmoError
from yanmo.core.parent_process import die_with_parent
from yanmo.parallel.environment import is_first_process
from yanmo.parallel.launch import LOST_PEERS
from yanmo.pipeline.processes import STAGE, leave_error, leave_result


def main(run_dir: Path, *, is_quiet: bool) -> int:
    """Train as the rank that the environment says; give the exit code."""
    die_with_parent()
    faulthandler.enable()
    console = Console(is_quiet=is_quiet or not is_first_process())
    try:
        _train(run_dir, console)
    except YanmoError as error:
        console.end_progress()
        leave_error(run_dir, int(os.environ["RANK"]), error)
        return error.exit_code
    except RuntimeError as error:
        if not _is_loss_of_peers(error):
            raise
        return LOST_PEERS
    return 0


def _train(run_dir: Path, console: Console) -> None:
    from yanmo.pipeline.life import RECIPE_NAME, load_recipe
    from yanmo.pipeline.pretrain import pretrain_on
    from yanmo.pipeline.stage import StageContext
    from yanmo.pipeline.together import join_training, leave

    recipe = load_recipe(run_dir / RECIPE_NAME)
    ranks = join_training(recipe)
    result = pretrain_on(StageContext(recipe, run_dir, run_dir / STAGE, console), ranks)
    if result is not None:
        leave_result(run_dir, dict(result.counts))
    leave(ranks)


def _is_loss_of_peers(error: RuntimeError) -> bool:
    """Whether an exchange with the other processes failed; gloo and NCCL say so by type or text."""
    import torch.distributed as dist

    is_typed = isinstance(error, dist.DistError)
    return is_typed or any(word in str(error) for word in ("Connection", "gloo", "NCCL", "Socket"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), is_quiet="--quiet" in sys.argv[2:]))
