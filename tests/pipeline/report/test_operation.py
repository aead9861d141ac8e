"""The report tells how a training ran: its processes, and what happened to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yanmo.parallel.config import ParallelConfig
from yanmo.pipeline.report.build import build_report
from yanmo.training.events import append_event


def test_the_report_tells_it_in_both_languages(
    tmp_path: Path, write_run: Callable[..., Path]
) -> None:
    run_dir = write_run(tmp_path / "run")
    assert "How it ran" not in build_report(run_dir, language="en").read_text(encoding="utf-8")
    directory = run_dir / "pretrain"
    began = {
        "num_processes": 2,
        "num_hosts": 1,
        "parallel": ParallelConfig(shard=2).model_dump(mode="json"),
        "device": "cpu",
        "dtype": "float32",
        "compilation": "compiled",
        "passed_over": [],
    }
    append_event(directory, "began", step=0, attempt=0, **began)
    append_event(directory, "died", step=51, rank=1, code=-9, attempt=1)
    append_event(directory, "began", step=40, attempt=1, **began)
    append_event(directory, "stopped", step=90, what="it diverged <b>", where="step 90", why=None)
    page = build_report(run_dir, language="en").read_text(encoding="utf-8")
    for words in ("How it ran", "1 × 1 × 2 × 1 × 1", "killed by SIGKILL", "diverged &lt;b&gt;"):
        assert words in page
    page = build_report(run_dir, language="zh").read_text(encoding="utf-8")
    for words in ("运行经过", "流水线 × 副本 × 分片", "被 SIGKILL 杀死；全部重新启动"):
        assert words in page
