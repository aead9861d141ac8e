"""The report says what training took, and what that figure rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.pipeline.report.fixture_run import write_run

from yanmo.pipeline.report.run_files import RunFiles, read_run
from yanmo.pipeline.report.sections.lineage import cost_section


def with_counts(run: RunFiles, **counts: object) -> RunFiles:
    manifest = run.manifests["pretrain"]
    run.manifests["pretrain"] = replace(manifest, counts={**manifest.counts, **counts})
    return run


@pytest.mark.parametrize(
    ("source", "words"), [("rapl", "counted by the processor"), ("tdp", "design power")]
)
def test_energy_is_told_with_its_source(tmp_path: Path, source: str, words: str) -> None:
    run = read_run(write_run(tmp_path))
    run = with_counts(run, energy_wh=1.234, grams_co2=0.59, energy_source=source)
    section = cost_section(run)
    assert section is not None
    assert "1.2 Wh" in section.body
    assert "0.59 g of CO2" in section.body
    assert words in section.body


def test_a_run_without_energy_says_nothing_of_it(tmp_path: Path) -> None:
    section = cost_section(read_run(write_run(tmp_path)))
    assert section is not None
    assert "Wh" not in section.body
