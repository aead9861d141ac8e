"""Models that were tuned on a few examples each, measured on the items of one report.

In: the report of the best of them, and the folders of all. Out: the same report with the mean of
every metric over the draws and its interval over draws and items. The test split has been opened
for the report, and nothing is chosen here: it is not recorded again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from yanmo.core.manifest import read_manifest
from yanmo.evaluation.draws import over_draws
from yanmo.evaluation.task_report import Draws, TaskReport
from yanmo.finetuning.few_shot_config import FewShotConfig
from yanmo.pipeline.finetune.few_shot import draw_folder
from yanmo.pipeline.finetune.predictions import known_gold
from yanmo.pipeline.measure.measured import Measuring
from yanmo.pipeline.measure.opened import Subject, open_subject
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import Task


def with_draws(
    report: TaskReport,
    measuring: Measuring,
    subject: Subject,
    task: Task,
    few_shot: FewShotConfig,
) -> TaskReport:
    """The report with what all draws come to.

    Args:
        report: of the model of the stage.
        measuring: which examples.
        subject: the model of the stage, whose folder lies beside those of the draws.
        task: that was measured.
        few_shot: how many draws there are.

    Raises:
        CheckpointError: the model of a draw is missing or damaged.
    """
    stage = subject.folder.parent
    config = measuring.config
    examples = task.examples(config.split)[: config.max_examples]
    gold = known_gold(examples)
    said = []
    for number in range(few_shot.num_draws):
        own = replace(subject, folder=draw_folder(stage, number) / subject.folder.name)
        said.append(open_subject(own, task, config, measuring.device)(examples).items)
    figures = tuple(
        over_draws(metric, [metric.items(gold, items) for items in said])
        for metric in metrics_of(task.kind, task.target_language)
    )
    return replace(report, draws=Draws(few_shot.examples_per_class, _chosen_draw(stage), figures))


def _chosen_draw(stage: Path) -> int:
    manifest = read_manifest(stage)
    assert manifest is not None, "a model that is measured has a manifest"
    return int(manifest.counts["chosen_draw"])
