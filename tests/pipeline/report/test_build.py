"""The page as a file: what it shows, that it needs nothing else, that foreign text stays text."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.core.messages import language
from yanmo.core.page.markup import code_path
from yanmo.pipeline.report.build import build_report

WriteRun = Callable[..., Path]
VOID = {"meta", "link", "input", "br", "hr", "wbr"}


class Page(HTMLParser):
    """Elements, attributes and texts of a page; complains about tags that do not close."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def ids(self) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get("id"))]


def build(run_dir: Path, spoken: Any = "en") -> tuple[str, Page]:
    """The source of the report and the parsed page."""
    source = build_report(run_dir, language=spoken).read_text(encoding="utf-8")
    return source, Page(source)


def test_page_tells_the_story_in_order(tmp_path: Path, write_run: WriteRun) -> None:
    _, page = build(write_run(tmp_path / "run"))
    sections = [a["id"] for name, a in page.elements if name == "section"]
    assert sections == [
        *("corpus", "tokens", "training", "samples"),
        *("evaluation", "lineage", "cost", "onward"),
    ]
    assert (
        "Of 12,345 documents 9,928 were kept and became 3.21M tokens. "
        "The qwen3 model of 2.90M parameters, trained on them for 400 steps, reaches 1.03 bits "
        "per byte on text it has not seen. That is 19% fewer than the Kneser-Ney 4-gram baseline "
        "needs."
    ) in page.text
    for expected in (
        "Every document is accounted for",
        "alpha_word_frac",
        "23,375 different words among 1.16M.",
        "211 clusters of 644 documents; the largest holds 31.",
        "0.950 in a million characters.",
        "1 measures that are nearly the same everywhere",
        "The account adds up to the last token.",
        "95% interval −0.268 to −0.219",
        "8 min 11 s in all; pretrain took 84% of it.",
        "yanmo demo --text PATH",
    ):
        assert expected in page.text


def test_page_in_chinese_holds_no_english_label(tmp_path: Path, write_run: WriteRun) -> None:
    source, page = build(write_run(tmp_path / "run", language="zh"), "zh")
    assert '<html lang="zh-Hans">' in source
    assert "12,345 篇文档中保留了 9,928 篇，化为 321 万词元。" in page.text
    assert "研墨的时候" in page.text
    for english in ("documents", "tokens in", "What it", "perplexity", "Copy", "nats"):
        assert english not in page.text


def test_language_of_the_process_is_given_back(tmp_path: Path, write_run: WriteRun) -> None:
    before = language(), os.environ.get("YANMO_LANG")
    run = write_run(tmp_path / "run", stages=("corpus",))
    build_report(run, language="zh")
    build_report(run, language="en")
    assert (language(), os.environ.get("YANMO_LANG")) == before


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_page_asks_for_nothing_outside_itself(
    tmp_path: Path, write_run: WriteRun, spoken: str
) -> None:
    source, page = build(write_run(tmp_path / "run", language=spoken), spoken)
    for name, attributes in page.elements:
        for key in ("src", "href", "action", "srcset", "data", "poster", "xlink:href"):
            value = attributes.get(key)
            assert value is None or value.startswith("#") or value == "data:,", (name, value)
        assert name not in {"iframe", "object", "embed", "img", "base"}
        assert not any(key.startswith("on") for key in attributes), (name, attributes)
    styles = "".join(re.findall(r"<style>(.*?)</style>", source, re.DOTALL))
    assert "url(" not in styles and "@import" not in styles
    assert "default-src 'none'" in source


def test_a_report_of_the_first_version_is_still_shown(tmp_path: Path, write_run: WriteRun) -> None:
    run = write_run(tmp_path / "run", stages=("corpus",))
    path = run / "corpus" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    older = (
        *("read", "kept", "rejected", "reasons", "unreadable", "unreadable_count"),
        *("skipped_file_types", "splits", "scripts", "length_histogram"),
    )
    report = {name: report[name] for name in older} | {
        "format_version": 1,
        "sources": [{"name": "notes", "documents": 1, "bytes": 2, "characters": 2}],
        "changed": [{"step": "repair_text", "documents": 871}],
    }
    path.write_text(json.dumps(report), encoding="utf-8")
    _, page = build(run)
    assert "repair_text 871" in page.text and "notes" in page.text
    assert "How varied it is" not in page.text


def test_identifiers_are_unique(tmp_path: Path, write_run: WriteRun) -> None:
    _, page = build(write_run(tmp_path / "run"))
    assert len(page.ids()) == len(set(page.ids()))
    targets = [a["href"] for name, a in page.elements if name == "a"]
    assert {str(target).removeprefix("#") for target in targets} <= set(page.ids())


@pytest.mark.parametrize(
    "stages",
    [
        (),
        ("corpus",),
        ("corpus", "tokenizer"),
        ("corpus", "tokenizer", "tokens"),
        ("corpus", "tokenizer", "tokens", "pretrain"),
        ("evaluate",),
        ("pretrain",),
    ],
)
@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_missing_stages_are_named_and_the_rest_is_shown(
    tmp_path: Path, write_run: WriteRun, stages: tuple[str, ...], spoken: str
) -> None:
    _, page = build(write_run(tmp_path / "run", stages=stages, language=spoken), spoken)
    heading = {"en": "This run is not finished", "zh": "这次运行尚未完成"}[spoken]
    assert heading in page.text
    unfinished = {"en": "not run yet", "zh": "尚未运行"}[spoken]
    for stage in ("corpus", "tokenizer", "tokens", "pretrain", "evaluate"):
        assert (f"{stage} — {unfinished}" in page.text) == (stage not in stages)


def test_running_training_is_shown_before_its_manifest(tmp_path: Path, write_run: WriteRun) -> None:
    run = write_run(tmp_path / "run", stages=("corpus", "tokenizer", "tokens", "pretrain"))
    (run / "pretrain" / "manifest.json").unlink()
    with (run / "pretrain" / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 401, "train/lo')
    _, page = build(run)
    assert "pretrain — begun, not finished" in page.text
    assert "Training has come to step 400 with a loss of" in page.text
    assert "Rows of pretrain/metrics.jsonl that could not be read: 1." in page.text


def test_damaged_reports_are_named_and_the_rest_is_shown(
    tmp_path: Path, write_run: WriteRun
) -> None:
    run = write_run(tmp_path / "run")
    (run / "corpus" / "report.json").write_text("{", encoding="utf-8")
    (run / "tokens" / "report.json").write_text('{"vocab_size": 9}', encoding="utf-8")
    (run / "evaluate" / "report.json").write_text("[1]", encoding="utf-8")
    (run / "tokenizer" / "manifest.json").write_text('{"format_version": 1}', encoding="utf-8")
    (run / "recipe.toml").write_text("name = ", encoding="utf-8")
    _, page = build(run)
    for expected in (
        "corpus/report.json could not be read",
        "tokens/report.json lacks account.",
        "evaluate/report.json could not be read",
        "tokenizer/manifest.json could not be read",
        "recipe.toml could not be read",
        "How it learnt",
    ):
        assert expected in page.text


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_folder_without_a_run_is_an_error_that_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        build_report(tmp_path / name, language="en")
    assert caught.value.where == str(tmp_path / name) and caught.value.hint
    assert not (tmp_path / name / "report.html").exists()


NASTY = (
    "</script><script>alert(1)</script><b onload='x()'>\"&amp; \x00\x1b[31m"
    " \u202eabc\u2028 \ud800 𠮷"
)


def test_a_long_path_breaks_behind_its_slashes_and_stays_text() -> None:
    assert code_path("a/<b>") == "<code><bdi>a/<wbr>&lt;b&gt;</bdi></code>"


def test_foreign_text_stays_text(
    tmp_path: Path, write_run: WriteRun, fixture_run: ModuleType
) -> None:
    run = write_run(tmp_path / "run")
    fixture_run.write_samples(run / "pretrain" / "samples.jsonl", {NASTY: (NASTY,) * 3}, 10)
    corpus = run / "corpus" / "report.json"
    report = json.loads(corpus.read_text(encoding="utf-8"))
    report["reasons"][0] |= {"reason": NASTY, "step": NASTY}
    report["reasons"][0]["examples"][0] |= {"text": NASTY, "url": "javascript:alert(1)"}
    report["unreadable"][0] |= {"file": NASTY, "error": NASTY}
    report["sources"][0]["name"] = NASTY
    report["measures"][0] |= {"step": NASTY, "name": NASTY}
    report["changed"][1]["examples"][0] |= {"before": NASTY, "after": NASTY}
    report["languages"][0]["name"] = NASTY
    report["privacy"]["counts"][NASTY] = 3
    report["duplicates"]["clusters"][NASTY] = report["duplicates"]["clusters"]["near_duplicates"]
    report["kept_examples"][0]["text"] = NASTY
    report["scripts"][NASTY] = 5
    corpus.write_text(json.dumps(report), encoding="utf-8")
    evaluation = run / "evaluate" / "report.json"
    content = evaluation.read_text(encoding="utf-8")
    evaluation.write_text(content.replace('"qwen3"', json.dumps(NASTY)), encoding="utf-8")
    (run / "recipe.toml").write_text('name = "</title><script>x"\n', encoding="utf-8")
    clean, _ = build(write_run(tmp_path / "clean"))
    source, page = build(run)
    assert source.count("<script") == clean.count("<script") == 2
    assert not any("onload" in attributes for _, attributes in page.elements)
    assert "alert(1)" in page.text and "␀␛[31m" in page.text and "𠮷" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", source)
    assert all(a.get("href") != "javascript:alert(1)" for _, a in page.elements)


def test_json_block_survives_any_text(tmp_path: Path, write_run: WriteRun) -> None:
    from yanmo.core.page.markup import json_script

    page = Page(json_script("d", {"text": "</script><!--<script>\u2028&"}))
    assert json.loads(page.scripts[0]) == {"text": "</script><!--<script>\u2028&"}
    source, _ = build(write_run(tmp_path / "run"))
    data = json.loads(Page(source).scripts[-1])
    assert [chart["name"] for chart in data["charts"]] == [
        *("loss", "lr", "grad_norm", "tokens_per_s"),
    ]


def test_long_run_fits_into_a_small_file(
    tmp_path: Path, write_run: WriteRun, fixture_run: ModuleType
) -> None:
    run = write_run(tmp_path / "run", num_rows=5_000)
    rows = fixture_run.metric_rows(5_000)
    samples = [
        {"step": step, "prompt": f"prompt {index}", "text": "很长的文本 " * 500}
        for step in range(0, 5_000, 50)
        for index in range(12)
    ]
    path = run / "pretrain" / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in samples), encoding="utf-8")
    source, page = build(run)
    assert len(source.encode("utf-8")) < 1_500_000
    data = json.loads(page.scripts[-1])
    shown = data["charts"][0]["groups"][0]
    losses = [row["train/loss"] for row in rows if "train/loss" in row]
    assert len(shown["x"]["step"]) <= 1_000
    assert max(shown["lines"][0]["y"]) == pytest.approx(max(losses), rel=1e-4)
    assert min(shown["lines"][0]["y"]) == pytest.approx(min(losses), rel=1e-4)
    assert "12 of 100 steps" in page.text
    assert "Prompts not shown here: 4." in page.text


def test_accounts_that_do_not_add_up_are_said_so(tmp_path: Path, write_run: WriteRun) -> None:
    run = write_run(tmp_path / "run")
    for stage, part, key in (("corpus", "read", "documents"), ("tokens", "account", "in")):
        path = run / stage / "report.json"
        report = json.loads(path.read_text(encoding="utf-8"))
        report[part][key] += 7
        path.write_text(json.dumps(report), encoding="utf-8")
    _, page = build(run)
    assert "Documents not accounted for: 7." in page.text
    assert "Tokens not accounted for: 7." in page.text


def test_difference_whose_interval_holds_zero_is_no_improvement(
    tmp_path: Path, write_run: WriteRun
) -> None:
    run = write_run(tmp_path / "run")
    path = run / "evaluate" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["differences"][0]["bits_per_byte_interval"] = [-0.4, 0.1]
    path.write_text(json.dumps(report), encoding="utf-8")
    _, page = build(run)
    assert "The difference from the Kneser-Ney 4-gram baseline may be chance." in page.text
    assert "fewer than" not in page.text


def test_model_worse_than_the_baseline_is_said_so(tmp_path: Path, write_run: WriteRun) -> None:
    run = write_run(tmp_path / "run")
    path = run / "evaluate" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["models"][0]["bits_per_byte"] = 1.5
    report["differences"] = []
    path.write_text(json.dumps(report), encoding="utf-8")
    _, page = build(run)
    assert "That is 18% more than the Kneser-Ney 4-gram baseline needs." in page.text


def test_report_is_the_same_when_built_again(tmp_path: Path, write_run: WriteRun) -> None:
    run = write_run(tmp_path / "run")
    first, _ = build(run)
    second, _ = build(run)
    assert first == second
