"""The training loop, in the order in which things happen.

In: a model, an objective, rows, a configuration. Out, below one directory: `metrics.jsonl`,
`samples.jsonl`, `checkpoints/`. An interrupted run goes on from its newest checkpoint and ends in
the same weights, bit for bit on one machine, as a run that was never interrupted.
"""

from __future__ import annotations

from yanmo.core.console import Console
from yanmo.core.errors import Interrupted
from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks
from yanmo.training.checkpoints import checkpoint_store
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.run import Run
from yanmo.training.stop_signal import StopSignal


def train(job: TrainingJob, console: Console) -> Progress:
    """Train until `config.steps` or what they are corrected to, from the newest checkpoint where
    there is one.

    Raises:
        RunError: the run diverged, or a checkpoint could not be written.
        Interrupted: the user asked to stop; a checkpoint has been saved.
    """
    config = job.config
    ranks = Ranks.alone() if job.execution is None else job.execution.mesh.ranks
    with checkpoint_store(job.directory, config, ranks) as store:
        run = Run(job, store, console)
        if run.progress.step == 0:
            run.validate()
            run.write_samples()
        with run.guards.watchdog, StopSignal() as stop:
            while not run.is_over:
                run.take_step()
                if run.is_due(config.validate_every):
                    run.validate()
                if run.is_due(config.sample_every):
                    run.write_samples()
                must_stop = run.are_copies_alike and ranks.any(stop.is_set)
                if must_stop or run.is_due(config.checkpoint_every):
                    run.save(is_last=must_stop or run.is_over)
                if must_stop and not run.is_over:
                    raise Interrupted(
                        t(
                            "stopped after step {step} of {steps}; a checkpoint is saved",
                            step=run.progress.step,
                            steps=run.num_steps,
                        )
                    )
        return run.conclude()
