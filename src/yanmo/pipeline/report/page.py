"""Puts the sections, the stylesheet and the script together into one self-contained HTML page.

Comes in: the files of a run. Goes out: the text of the page, which loads nothing (`frame`).
"""

from __future__ import annotations

from pathlib import Path

from yanmo.core.messages import t
from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import visible
from yanmo.pipeline.report.curves import build_curves
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.corpus import corpus_section
from yanmo.pipeline.report.sections.evaluation import evaluation_section
from yanmo.pipeline.report.sections.lineage import cost_section, lineage_section
from yanmo.pipeline.report.sections.onward import onward_section
from yanmo.pipeline.report.sections.operation import operation_section
from yanmo.pipeline.report.sections.overview import overview, summary_sentences
from yanmo.pipeline.report.sections.samples import samples_section
from yanmo.pipeline.report.sections.tasks import task_sections
from yanmo.pipeline.report.sections.tokens import tokens_section
from yanmo.pipeline.report.sections.training import shown_charts, training_section
from yanmo.pipeline.report.sections.tunings import all_curves, curves_of_tunings, tunings_section


def render_page(run: RunFiles, run_dir: Path, language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    curves = build_curves(run.metrics)
    tunings = curves_of_tunings(run)
    sections = [
        corpus_section(run),
        tokens_section(run),
        training_section(run, curves),
        operation_section(run),
        samples_section(run),
        evaluation_section(run),
        tunings_section(tunings),
        *task_sections(run),
        lineage_section(run),
        cost_section(run),
        onward_section(run, run_dir),
    ]
    return framed_page(
        t("{name} · yanmo report", name=visible(run.name)),
        summary_sentences(run, curves),
        overview(run, curves),
        [section for section in sections if section is not None],
        language,
        charts=[chart.as_json() for chart in shown_charts(all_curves(curves, tunings))],
    )
