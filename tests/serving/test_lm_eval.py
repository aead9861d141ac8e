"""lm-evaluation-harness gets from the server what it gets from the model folder."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.serving.running import RunningServer

pytest.importorskip("lm_eval")
pytest.importorskip("tenacity")

MOST_CHARACTERS = 40
COMMON = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/{file}.jsonl}}}}
test_split: test
"""
TASKS = {
    "ink_choice": """
output_type: multiple_choice
doc_to_text: "{{query}}"
doc_to_choice: "{{choices}}"
doc_to_target: gold
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
""",
    "ink_writing": """
output_type: generate_until
doc_to_text: "{{text}}"
doc_to_target: "{{text}}"
generation_kwargs: {until: ["。", "\\n"], max_gen_toks: 8, do_sample: false}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
""",
    "ink_perplexity": """
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{text}}"
metric_list:
  - {metric: byte_perplexity}
""",
}


@pytest.fixture(scope="module")
def task_folder(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Questions of ARC, and beginnings of Chinese reviews of hotels."""
    folder: Path = tmp_path_factory.mktemp("tasks")
    lines = (shared_data / "multiple-choice" / "arc" / "arc_easy.jsonl").read_text("utf-8")
    questions = [json.loads(line) for line in lines.splitlines()]
    short = [row for row in questions if len(row["query"] + max(row["choices"], key=len)) < 110]
    table = shared_data / "classification" / "chnsenticorp" / "dev.tsv"
    reviews = [line.split("\t")[1] for line in table.read_text("utf-8").splitlines()[1:9]]
    rows = {
        "choice": [{key: row[key] for key in ("query", "choices", "gold")} for row in short[:8]],
        "reviews": [{"text": text[:MOST_CHARACTERS]} for text in reviews],
    }
    for name, own in rows.items():
        written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    for name, text in TASKS.items():
        file = "choice" if name == "ink_choice" else "reviews"
        common = COMMON.format(name=name, folder=folder, file=file)
        (folder / f"{name}.yaml").write_text(common + text, encoding="utf-8")
    return folder


def evaluate(model: str, model_args: dict[str, Any], task_folder: Path) -> dict[str, Any]:
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(task_folder), include_defaults=False)
    results: dict[str, Any] = simple_evaluate(
        model=model,
        model_args=model_args,
        tasks=list(TASKS),
        task_manager=manager,
        batch_size=4,
        device="cpu",
        bootstrap_iters=0,
    )
    return results


@pytest.mark.slow
def test_the_numbers_are_those_of_the_adapter(
    server: RunningServer,
    learned: Path,
    task_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    importlib.import_module("yanmo.evaluation.harness_model")  # registers the model
    theirs = evaluate(
        "local-completions",
        {
            "model": "ink",
            "base_url": f"{server.address}/v1/completions",
            "tokenizer": str(learned),
            "tokenizer_backend": "huggingface",
            "max_length": 160,
            "add_bos_token": True,
        },
        task_folder,
    )
    ours = evaluate("yanmo", {"path": str(learned)}, task_folder)
    for name in TASKS:
        found, expected = (
            [sample["resps"] for sample in sorted(one["samples"][name], key=lambda s: s["doc_id"])]
            for one in (theirs, ours)
        )
        if name == "ink_writing":
            assert found == expected
        else:
            assert numbers_of(found) == pytest.approx(numbers_of(expected), abs=1e-3)
    for name, metrics in ours["results"].items():
        for metric, value in metrics.items():
            if isinstance(value, float):
                assert theirs["results"][name][metric] == pytest.approx(value, rel=1e-4), metric


def numbers_of(answer: Any) -> list[float]:
    """The numbers in nested lists, in their order."""
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in numbers_of(part)]
    return [float(answer)] if answer not in ("True", "False") else [float(answer == "True")]
