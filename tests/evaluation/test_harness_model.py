"""lm-evaluation-harness on a folder of ours: the numbers of its own Hugging Face adapter."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

pytest.importorskip("lm_eval")

TEXTS = [
    "The river runs to the sea, and the sea is never full. The end.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "Where the waters come from, thither they return again.",
]
CHOICES = [
    {"question": "The river runs to", "options": ["the sea", "the end", "黄河"], "answer": 0},
    {"question": "白日依山尽，", "options": ["黄河入海流", "更上一层楼"], "answer": 0},
    {"question": "The waters ", "options": ["return again", "run"], "answer": 1},
]
TASKS = {
    "ink_choice": """
task: ink_choice
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/choices.jsonl}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{options}}}}"
doc_to_target: answer
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
  - {{metric: acc_norm, aggregation: mean, higher_is_better: true}}
""",
    "ink_writing": """
task: ink_writing
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/texts.jsonl}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{text}}}}"
doc_to_target: "{{{{text}}}}"
generation_kwargs: {{until: ["。", "e"], max_gen_toks: 12, do_sample: false}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true}}
""",
    "ink_perplexity": """
task: ink_perplexity
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/texts.jsonl}}}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{{{text}}}}"
metric_list:
  - {{metric: word_perplexity}}
  - {{metric: byte_perplexity}}
""",
}
SHUT = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise AssertionError(f"{event} {arguments}")
sys.addaudithook(refuse)
from yanmo.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS * 3, 300)


@pytest.fixture(scope="module", params=["qwen3", "gpt2"])
def folder(
    request: pytest.FixtureRequest, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A random model with opinions, saved as a run saves it."""
    directory: Path = tmp_path_factory.mktemp("model")
    save_random_model(directory / "model", request.param, tokenizer)
    return directory / "model"


def save_random_model(directory: Path, family: str, tokenizer: Tokenizer) -> None:
    fields = {"family": family, "depth": 2, "d_model": 32, "num_heads": 4, "max_seq_len": 32}
    config = derive_model(ModelConfig.model_validate(fields), tokenizer.vocab_size).config
    model = build_model(config, torch.device("cpu"), seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
        # Rows that pad the vocabulary: never written here, and in a trained model not by theirs.
        model.embed.weight[tokenizer.vocab_size :] = 0.0
    save_model_folder(
        model,
        directory,
        save_tokenizer=lambda path: tokenizer.save(path, model_max_length=32),
        special_ids={"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id},
    )


@pytest.fixture(scope="module")
def task_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small tasks of the harness and their data, one for each thing that it asks of a
    model."""
    folder: Path = tmp_path_factory.mktemp("tasks")
    for name, rows in (
        ("choices", CHOICES),
        ("texts", [{"text": text} for text in [*TEXTS, "The", " ".join(TEXTS)]]),
    ):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, text in TASKS.items():
        (folder / f"{name}.yaml").write_text(text.format(folder=folder), encoding="utf-8")
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


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))


def answers_of(results: dict[str, Any]) -> dict[str, list[Any]]:
    """Everything that the model answered, task by task."""
    return {
        name: [sample["resps"] for sample in sorted(samples, key=lambda one: one["doc_id"])]
        for name, samples in results["samples"].items()
    }


def test_answers_and_metrics_are_those_of_the_hugging_face_adapter(
    folder: Path, task_folder: Path
) -> None:
    importlib.import_module("yanmo.evaluation.harness_model")  # registers the model
    ours = evaluate("yanmo", {"path": str(folder)}, task_folder)
    theirs = evaluate("hf", {"pretrained": str(folder), "dtype": "float32"}, task_folder)
    found, expected = answers_of(ours), answers_of(theirs)
    assert found["ink_writing"] == expected["ink_writing"]
    for name in ("ink_choice", "ink_perplexity"):
        flat = [numbers_of(answer) for answer in (found[name], expected[name])]
        assert len(flat[0]) > 3
        assert flat[0] == pytest.approx(flat[1], abs=1e-4)
    for name, metrics in theirs["results"].items():
        for metric, value in metrics.items():
            if isinstance(value, float):
                assert ours["results"][name][metric] == pytest.approx(value, rel=1e-4), metric
    assert not math.isnan(ours["results"]["ink_perplexity"]["byte_perplexity,none"])


def numbers_of(answer: Any) -> list[float]:
    """The numbers in nested lists, in their order."""
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in numbers_of(part)]
    return [float(answer)]


@pytest.mark.slow
def test_the_command_runs_the_harness_without_a_network(
    tokenizer: Tokenizer, task_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a, b=c"  # a path that the harness's own syntax would cut
    save_random_model(folder, "gpt2", tokenizer)
    command = ["lm-eval", str(folder), "--tasks", "ink_choice", "--include_path", str(task_folder)]
    done = subprocess.run(
        [sys.executable, "-c", SHUT, *command, "--output_path", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "YANMO_LANG": "en"},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "ink_choice" in done.stdout
    (report,) = (tmp_path / "out").rglob("results_*.json")
    results = json.loads(report.read_text(encoding="utf-8"))
    assert 0.0 <= results["results"]["ink_choice"]["acc,none"] <= 1.0
    assert results["config"]["model"] == "yanmo"


@pytest.fixture
def model(tokenizer: Tokenizer, tmp_path: Path) -> Any:
    from yanmo.evaluation.harness_model import YanmoLM

    save_random_model(tmp_path / "model", "qwen3", tokenizer)
    return YanmoLM(str(tmp_path / "model"), device="cpu:0", batch_size="auto", max_gen_toks=5)


def request(*arguments: Any) -> Any:
    from lm_eval.api.instance import Instance

    return Instance("generate_until", {}, arguments, 0)


def test_settings_of_a_task_are_obeyed_or_refused(model: Any) -> None:
    prompts = [request("The river", {"until": "e"}), request("The river", {"max_tokens": 3})]
    short, other = model.generate_until(prompts)
    assert "e" not in short
    whole = model.generate_until([request("The river", {})])[0]
    assert whole.startswith(short)
    assert whole.startswith(other)
    drawing = {"do_sample": True, "temperature": 1.5, "top_k": 20}
    drawn = {model.generate_until([request("The river", drawing)])[0] for _ in range(8)}
    assert len(drawn) > 1
    with pytest.raises(ConfigError, match="not known here: typical_p"):
        model.generate_until([request("The river", {"typical_p": 0.5})])


def test_a_prompt_leaves_room_for_the_longest_answer(model: Any) -> None:
    long = "The river runs to the sea. " * 20
    assert model.generate_until([request(long, {"max_gen_toks": 4})])[0]
    assert model.generate_until([request(long, {"max_gen_toks": 400})])[0]


def test_only_causal_models_are_taken(tokenizer: Tokenizer, tmp_path: Path) -> None:
    from yanmo.evaluation.harness_model import YanmoLM

    save_random_model(tmp_path / "model", "marian", tokenizer)
    with pytest.raises(ConfigError, match="marian model does not go on"):
        YanmoLM(str(tmp_path / "model"))


def test_what_the_harness_refuses_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from yanmo.evaluation import harness_model

    def refuse() -> None:
        raise ValueError(f"Tasks not found: {sys.argv[-1]}")

    monkeypatch.setattr(harness_model, "cli_evaluate", refuse)
    before = list(sys.argv)
    with pytest.raises(ConfigError, match="refuses what it was given") as raised:
        harness_model.run_harness(Path("model"), ["--tasks", "no_such_task"])
    assert "no_such_task" in str(raised.value.why)
    assert sys.argv == before
