"""A life in one process: what runs again after which change, what is kept, and that it repeats."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

import yanmo
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, Interrupted
from yanmo.core.manifest import read_manifest
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.splits.config import SplitConfig
from yanmo.evaluation.config import EvaluateConfig
from yanmo.models.config import ModelConfig
from yanmo.pipeline.life import RunResult, inspect_stages, load_recipe, run
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stages import STAGES
from yanmo.tokens.config import TokenizerConfig
from yanmo.training.config import PretrainConfig, ScheduleConfig
from yanmo.training.metrics import read_rows

ALL = ("corpus", "tokenizer", "tokens", "pretrain", "evaluate")
QUIET = Console(is_quiet=True)


def make_text(seed: int) -> str:
    generator = random.Random(seed)
    words = [
        "".join(generator.choices("研墨文本abcdefg", k=generator.randint(1, 6))) for _ in range(300)
    ]
    return "".join(" ".join(generator.choices(words, k=30)) + "\n\n" for _ in range(300))


def make_recipe() -> Recipe:
    """A life of a second or two on the texts in the folder `texts`."""
    source = FilesSource(paths=["texts"], max_document_characters=300)
    return Recipe(
        name="tiny",
        corpus=CorpusConfig(
            sources=[source], split=SplitConfig(validation_frac=0.1, test_frac=0.1)
        ),
        tokenizer=TokenizerConfig(vocab_size=320),
        model=ModelConfig(depth=1, d_model=32, head_dim=16, max_seq_len=32),
        pretrain=PretrainConfig(
            steps=6,
            batch_rows=2,
            schedule=ScheduleConfig(warmup_steps=2),
            checkpoint_every=2,
            sample_every=6,
            sample_tokens=2,
            device="cpu",
            precision="float32",
        ),
        evaluate=EvaluateConfig(baseline_order=2, max_tokens=200),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `texts` and a finished run `first`, which nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "texts").mkdir()
    for seed in range(2):
        (folder / "texts" / f"{seed}.txt").write_text(make_text(seed), encoding="utf-8")
    with chdir(folder):
        result = run(make_recipe(), out="first", console=QUIET)
    assert result.ran == ALL
    return folder


class Life:
    """A copy of the finished run that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.texts = folder / "texts"
        self.run_dir = folder / "run"

    def again(self, recipe: Recipe | None = None, *, until: str | None = None) -> tuple[str, ...]:
        """Run it again; the stages that ran."""
        return self.result(recipe, until=until).ran

    def result(self, recipe: Recipe | None = None, *, until: str | None = None) -> RunResult:
        """Run it again."""
        return run(recipe or self.recipe(), out=self.run_dir, until=until, console=QUIET)

    def recipe(self, **sections: dict[str, object]) -> Recipe:
        """The recipe with some fields of some sections changed."""
        recipe = make_recipe()
        changed = {
            name: getattr(recipe, name).model_copy(update=fields)
            for name, fields in sections.items()
        }
        return recipe.model_copy(update=changed)

    def hashes(self) -> dict[str, str]:
        """The content of each stage."""
        return hashes_of(self.run_dir)


def hashes_of(run_dir: Path) -> dict[str, str]:
    manifests = {name: read_manifest(run_dir / name) for name in ALL}
    return {name: m.content_hash for name, m in manifests.items() if m is not None}


@pytest.fixture
def life(made: Path, tmp_path: Path) -> Iterator[Life]:
    """A copy of the finished run and its texts, in a folder of its own where the test works."""
    life = Life(tmp_path)
    shutil.copytree(made / "texts", life.texts, copy_function=shutil.copy2)
    shutil.copytree(made / "first", life.run_dir, copy_function=shutil.copy2)
    with chdir(tmp_path):
        yield life


def test_a_second_run_has_nothing_to_do(life: Life) -> None:
    before = {path: path.stat().st_mtime_ns for path in life.run_dir.rglob("*") if path.is_file()}
    result = life.result()
    assert (result.ran, result.up_to_date) == ((), ALL)
    after = {path: path.stat().st_mtime_ns for path in life.run_dir.rglob("*") if path.is_file()}
    before.pop(life.run_dir / ".lock"), after.pop(life.run_dir / ".lock")
    assert after == before


def test_a_touched_source_is_read_again_and_changes_nothing_else(life: Life) -> None:
    os.utime(life.texts / "0.txt", (1, 1))
    assert life.again() == ("corpus",)


def test_another_text_changes_everything(life: Life) -> None:
    before = life.hashes()
    (life.texts / "0.txt").write_text(make_text(9), encoding="utf-8")
    assert life.again() == ALL
    after = life.hashes()
    assert all(after[name] != before[name] for name in ALL)


def test_a_new_or_missing_source_file_is_noticed(life: Life) -> None:
    (life.texts / "2.txt").write_text(make_text(2), encoding="utf-8")
    assert life.again(until="corpus") == ("corpus",)
    (life.texts / "2.txt").unlink()
    assert life.again(until="corpus") == ("corpus",)
    assert life.again() == (), "the corpus is what it was"


@pytest.mark.parametrize(
    ("section", "fields", "expected"),
    [
        ("evaluate", {"max_tokens": 100}, ("evaluate",)),
        ("model", {"d_model": 48}, ("pretrain", "evaluate")),
        ("model", {"max_seq_len": 48}, ("tokens", "pretrain", "evaluate")),
        ("pretrain", {"seed": 1}, ("pretrain", "evaluate")),
        ("tokenizer", {"vocab_size": 330}, ("tokenizer", "tokens", "pretrain", "evaluate")),
        (
            "corpus",
            {"split": SplitConfig(validation_frac=0.15, test_frac=0.1)},
            ("corpus", "tokenizer", "tokens", "pretrain", "evaluate"),
        ),
        ("pretrain", {"sample_prompts": ["研"]}, ()),
        ("pretrain", {"micro_batch_rows": 1}, ()),
        ("pretrain", {"checkpoint_every": 1, "validate_every": 3}, ()),
    ],
    ids=str,
)
def test_a_setting_runs_what_depends_on_it(
    life: Life, section: str, fields: dict[str, object], expected: tuple[str, ...]
) -> None:
    recipe = life.recipe(**{section: fields})
    planned = [
        state.stage.name for state in inspect_stages(recipe, life.run_dir, STAGES) if state.reason
    ]
    assert set(expected) <= set(planned), "what is foretold may turn out to be up to date, not more"
    assert life.again(recipe) == expected
    assert life.again(recipe) == ()


@pytest.mark.parametrize(
    ("name", "num_bytes_kept"),
    [
        *[(f"{stage}/manifest.json", None) for stage in ALL],
        ("corpus/part-00000-00000.parquet", None),
        ("corpus/part-00000-00000.parquet", 100),
        ("corpus/report.json", 0),
        ("tokenizer/tokenizer.json", 100),
        ("tokens/train-00000.bin", 100),
        ("tokens/test.index", None),
        ("pretrain/model/model.safetensors", None),
        ("pretrain/model/model.safetensors", 100),
        ("evaluate/samples.parquet", 100),
    ],
)
def test_a_lost_or_cut_file_is_made_again(
    life: Life, name: str, num_bytes_kept: int | None
) -> None:
    path = life.run_dir / name
    content, before = path.read_bytes(), life.hashes()
    path.unlink()
    if num_bytes_kept is not None:
        path.write_bytes(content[:num_bytes_kept])
    assert life.again() == (name.partition("/")[0],)
    assert life.hashes() == before
    assert not (life.run_dir / "pretrain.previous").exists()


def test_the_earlier_model_is_kept_and_survives_a_failure_of_the_next(life: Life) -> None:
    before = life.hashes()["pretrain"]
    previous = life.run_dir / "pretrain.previous"
    life.again(life.recipe(model={"d_model": 48}))
    kept = read_manifest(previous)
    assert kept is not None and kept.content_hash == before
    second = life.hashes()["pretrain"]
    # A run that comes to nothing must not take the place of the finished one.
    (life.run_dir / "tokens" / "train-00000.bin").write_bytes(b"")
    with pytest.raises(ConfigError):
        life.again(life.recipe(model={"d_model": 48, "head_dim": 7}))
    assert life.hashes()["pretrain"] == second
    life.again(life.recipe(model={"d_model": 64}))
    kept = read_manifest(previous)
    assert kept is not None and kept.content_hash == second


def test_an_unfinished_training_never_replaces_a_finished_one(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = life.hashes()["pretrain"]
    for width in (48, 64):
        _interrupt_after(3, monkeypatch)
        with pytest.raises(Interrupted):
            life.again(life.recipe(model={"d_model": width}))
        monkeypatch.undo()
        kept = read_manifest(life.run_dir / "pretrain.previous")
        assert kept is not None and kept.content_hash == before
    assert (life.run_dir / "pretrain.unfinished" / "checkpoints").is_dir()


def test_an_interrupted_training_goes_on_to_the_same_weights(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = life.hashes()
    shutil.rmtree(life.run_dir / "pretrain")
    _interrupt_after(3, monkeypatch)
    with pytest.raises(Interrupted):
        life.again()
    monkeypatch.undo()
    checkpoints = life.run_dir / "pretrain" / "checkpoints"
    assert [path.name for path in checkpoints.iterdir()] != []
    assert life.again() == ("pretrain",), "what is measured on the same weights is up to date"
    assert life.hashes() == expected
    steps = [
        row["step"]
        for row in read_rows(life.run_dir / "pretrain" / "metrics.jsonl")
        if "train/loss" in row
    ]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_the_recipe_in_the_run_is_enough_to_run_again(life: Life, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(life.run_dir / "recipe.toml", other / "recipe.toml")
    assert load_recipe(other / "recipe.toml") == life.recipe()
    assert run(other / "recipe.toml", out=other, console=QUIET).ran == ALL
    assert hashes_of(other) == life.hashes()


def test_the_same_recipe_twice_gives_the_same_content(life: Life, tmp_path: Path) -> None:
    run(life.recipe(), out=tmp_path / "twice", console=QUIET)
    assert hashes_of(tmp_path / "twice") == life.hashes()


def test_python_and_the_command_line_do_the_same(life: Life, tmp_path: Path) -> None:
    recipe_path = tmp_path / "r.toml"
    shutil.copy(life.run_dir / "recipe.toml", recipe_path)
    words = ["run", str(recipe_path), "pretrain.seed=3", "--out", str(tmp_path / "a"), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "yanmo", *words], capture_output=True, text=True, check=True
    )
    result = yanmo.run(str(recipe_path), "pretrain.seed=3", out=tmp_path / "b", console=QUIET)
    assert json.loads(done.stdout)["ran"] == list(result.ran)
    assert hashes_of(tmp_path / "a") == hashes_of(tmp_path / "b")
    assert (tmp_path / "a" / "recipe.toml").read_text() == (
        tmp_path / "b" / "recipe.toml"
    ).read_text()


def test_importing_yanmo_is_cheap() -> None:
    code = (
        "import sys, yanmo, yanmo.pipeline.life, yanmo.cli.main;"
        "print([m for m in ('torch', 'numpy', 'pyarrow', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _interrupt_after(num_steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user press Ctrl-C in the step of this number."""
    from yanmo.training.step import TrainingStep

    count = 0
    really_run = TrainingStep.run

    def run_and_count(self: TrainingStep, *arguments: object, **named: object) -> object:
        nonlocal count
        count += 1
        if count == num_steps:
            os.kill(os.getpid(), 2)
        return really_run(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(TrainingStep, "run", run_and_count)
