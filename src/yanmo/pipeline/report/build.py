"""The way into the report: `build_report` reads a run directory and writes its report.html.

Comes in: a run directory. Goes out: the path of the page. What the page says is made elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from yanmo.core.files import write_atomically
from yanmo.core.page.speaking import speaking
from yanmo.pipeline.report.page import render_page
from yanmo.pipeline.report.run_files import read_run

REPORT_NAME = "report.html"


def build_report(run_dir: Path, *, language: Literal["en", "zh"] | None = None) -> Path:
    """Write `run_dir`/report.html, one file that needs no other and asks for none.

    Args:
        run_dir: a run, finished or not; only its small files are read.
        language: of the page; None takes the reader's.

    Raises:
        DataError: `run_dir` is not the directory of a run.
        OSError: the page cannot be written.
    """
    with speaking(language) as spoken:
        page = render_page(read_run(run_dir), run_dir, spoken)
    path = run_dir / REPORT_NAME
    write_atomically(path, page)
    return path
