"""One candidate of a comparison, trained and scored in a process of its own.

Comes in: a folder with `job.json`. Goes out, in that folder: `model/`, `metrics.jsonl`, the scores
of the held-out documents in `scores.npz`, and last `result.json`. A folder that an earlier process
left is gone on with. The process ends in good order when its standard input is closed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.errors import Interrupted, RunError, YanmoError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.core.toml_text import to_toml
from yanmo.pipeline.compare.job import Job
from yanmo.pipeline.compare.result_files import (
    FAILURE_NAME,
    JOB_NAME,
    RESULT_NAME,
    TRAINED_NAME,
    read_keyed,
    save_scores,
)


def run_candidate(folder: Path, console: Console) -> None:
    """Do what `job.json` asks for, as far as it is not done.

    Raises:
        RunError: training diverged, or the scores are not finite.
        Interrupted: the process was asked to stop; a checkpoint has been saved.
    """
    job = Job.model_validate_json((folder / JOB_NAME).read_text(encoding="utf-8"))
    trained = read_keyed(folder / TRAINED_NAME, job.key)
    if job.kind == "ngram":
        trained = _count_and_score(job, folder)
    else:
        if trained is None:
            trained = _train(job, folder, console)
            write_json(folder / TRAINED_NAME, {"key": job.key, **trained})
        _score(job, folder)
    write_json(folder / RESULT_NAME, {**trained, "key": job.key, "score_key": job.score_key})


def _train(job: Job, folder: Path, console: Console) -> dict[str, Any]:
    from yanmo.pipeline.compare.training import train_candidate

    config, trained = train_candidate(job, folder, console)
    recipe = job.recipe.model_copy(update={"pretrain": config})
    write_atomically(folder / "recipe.toml", to_toml(recipe))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return trained


def _score(job: Job, folder: Path) -> None:
    from yanmo.checkpoint.model_folder import load_model
    from yanmo.core.device import choose_device
    from yanmo.inference.scoring import CausalScorer
    from yanmo.pipeline.compare.held_out import held_out_documents
    from yanmo.tokens.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(folder / "model")
    model = load_model(folder / "model", choose_device(job.recipe.pretrain.device))
    scorer = CausalScorer(
        model,
        eot_id=tokenizer.eos_id,
        stride_tokens=job.recipe.evaluate.stride_tokens,
        batch_rows=job.recipe.evaluate.batch_rows,
    )
    held_out = held_out_documents(Path(job.run_dir), job.recipe.evaluate, tokenizer.vocab_size)
    save_scores(folder, job.name, scorer.score(held_out.documents))


def _count_and_score(job: Job, folder: Path) -> dict[str, Any]:
    from yanmo.pipeline.compare.counting import count_candidate

    trained, scores = count_candidate(job)
    save_scores(folder, job.name, scores)
    return trained


def main(arguments: list[str]) -> int:
    """Run the candidate in the folder that is named; the exit code."""
    folder = Path(arguments[0])
    _stop_when_left()
    try:
        run_candidate(folder, Console(every_s=0.5))
    except (Interrupted, KeyboardInterrupt):
        return Interrupted.exit_code
    except YanmoError as error:
        _write_failure(folder, error)
        return error.exit_code
    except MemoryError as error:
        _write_failure(folder, RunError(t("there is not enough memory"), why=str(error) or None))
        return RunError.exit_code
    return 0


def _write_failure(folder: Path, error: YanmoError) -> None:
    fields = {"what": error.what, "where": error.where, "why": error.why, "hint": error.hint}
    write_json(folder / FAILURE_NAME, fields)


def _stop_when_left() -> None:
    """Have the process interrupt itself when nobody holds the other end of its standard input:
    the parent closed it, or is gone."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
