"""A run that goes on from an earlier one, and the sweep that finds its learning rate."""

from __future__ import annotations

import io
import json
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.core.manifest import read_manifest
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.gate.config import GateConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.splits.config import SplitConfig
from yanmo.models.config import ModelConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.pipeline.life import run
from yanmo.pipeline.lr_find import find_learning_rate, format_rates
from yanmo.pipeline.recipe import Recipe
from yanmo.tokens.config import TokenizerConfig
from yanmo.training.config import AdamWConfig, EarlyStoppingConfig, PretrainConfig, ScheduleConfig
from yanmo.training.metrics import read_rows

QUIET = Console(io.StringIO(), is_quiet=True)


def make_text(seed: int, alphabet: str) -> str:
    generator = random.Random(seed)
    words = ["".join(generator.choices(alphabet, k=generator.randint(1, 6))) for _ in range(60)]
    return "".join(" ".join(generator.choices(words, k=30)) + "\n\n" for _ in range(300))


def recipe_of(texts: str, *, tokenizer: str | None = None, **pretrain: object) -> Recipe:
    source = FilesSource(paths=[texts], max_document_characters=300)
    settings: dict[str, object] = {
        "steps": 20,
        "batch_rows": 8,
        "schedule": ScheduleConfig(warmup_steps=2),
        "optimizer": AdamWConfig(learning_rate=1e-2),
        "validate_every": 10,
        "checkpoint_every": 10,
        "sample_every": None,
        "device": "cpu",
        "precision": "float32",
    }
    return Recipe(
        name=texts,
        corpus=CorpusConfig(
            sources=[source], split=SplitConfig(validation_frac=0.1, test_frac=0.1)
        ),
        gate=GateConfig(),
        tokenizer=TokenizerConfig(vocab_size=320, take_from=tokenizer),
        model=ModelConfig(depth=1, d_model=32, head_dim=16, max_seq_len=32),
        pretrain=PretrainConfig.model_validate(settings | pretrain),
    )


@pytest.fixture(scope="module")
def old_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with two texts and a run `old` on the first of them, in which the tests work."""
    folder = tmp_path_factory.mktemp("continued")
    (folder / "one.txt").write_text(make_text(0, "abcdefgh"), encoding="utf-8")
    (folder / "two.txt").write_text(make_text(1, "stuvwxyz"), encoding="utf-8")
    with chdir(folder):
        run(recipe_of("one.txt"), out="old", until="pretrain", console=QUIET)
        yield folder


def column(run_dir: Path, name: str) -> dict[int, float]:
    rows = read_rows(run_dir / "pretrain" / "metrics.jsonl")
    return {row["step"]: row[name] for row in rows if name in row}


def test_continued_training_begins_with_the_old_model_and_reports_forgetting(
    old_run: Path,
) -> None:
    recipe = recipe_of(
        "two.txt",
        tokenizer="old/tokenizer",
        init_from="old/pretrain/model",
        forgetting="old",
        early_stopping=EarlyStoppingConfig(),
        seed=7,
    )
    result = run(recipe, out="new", console=QUIET)
    assert "evaluate" in result.ran
    old, new = column(Path("old"), "validation/loss"), column(Path("new"), "validation/old_loss")
    assert new[0] == pytest.approx(old[20], abs=1e-5)
    assert list(new) == [0, 10, 20]
    assert new[20] > new[0] + 0.05
    manifest = read_manifest(Path("new/pretrain"))
    assert manifest is not None
    (note,) = [note for note in manifest.notes if "old domain" in note]
    assert "bits per byte" in note
    assert "lost" in note
    page = Path("new/report.html").read_text(encoding="utf-8")
    assert note.split(":")[0] in page
    assert "loss on the old domain" in page
    # What it begins with decides its result: another model there, and the stage runs again.
    weights = Path("old/pretrain/model/model.safetensors")
    assert run(recipe, out="new", console=QUIET).ran == ()
    weights.touch()
    assert "pretrain" in run(recipe, out="new", until="pretrain", console=QUIET).ran


def test_model_that_trained_no_step_further_is_the_old_one(old_run: Path) -> None:
    recipe = recipe_of(
        "two.txt",
        tokenizer="old/pretrain/model",
        init_from="old/pretrain/model",
        steps=1,
        schedule=ScheduleConfig(name="constant", warmup_steps=0),
        optimizer=AdamWConfig(learning_rate=1e-30, weight_decay=0.0),
    )
    run(recipe, out="same", until="pretrain", console=QUIET)
    old, same = (load_model(Path(name) / "pretrain" / "model") for name in ("old", "same"))
    for (name, a), b in zip(old.named_parameters(), same.parameters(), strict=True):
        assert torch.equal(a, b), name


def test_another_tokenizer_is_refused_with_the_way_out(old_run: Path) -> None:
    recipe = recipe_of("two.txt", init_from="old/pretrain/model")
    with pytest.raises(ConfigError, match="tokenizer is another one") as refused:
        run(recipe, out="refused", until="pretrain", console=QUIET)
    assert 'tokenizer.take_from = "old/pretrain/model"' in str(refused.value)


def test_another_shape_is_refused_with_what_differs(old_run: Path) -> None:
    recipe = recipe_of("two.txt", tokenizer="old/tokenizer", init_from="old/pretrain/model")
    wider = recipe.model_copy(
        update={"model": recipe.model.model_copy(update={"d_model": 48, "depth": 2})}
    )
    with pytest.raises(ConfigError, match="another shape") as refused:
        run(wider, out="refused", until="pretrain", console=QUIET)
    assert "d_model: 32 != 48" in str(refused.value)
    assert "num_layers: 1 != 2" in str(refused.value)


def test_model_or_old_run_that_is_not_there_is_told(old_run: Path) -> None:
    with pytest.raises(ConfigError, match="no model to begin from"):
        run(recipe_of("two.txt", init_from="nowhere"), out="missing", console=QUIET)
    recipe = recipe_of("two.txt", tokenizer="old/tokenizer", forgetting="nowhere")
    with pytest.raises(ConfigError, match="no run whose forgetting"):
        run(recipe, out="never", until="pretrain", console=QUIET)
    assert not Path("never/corpus").exists()  # told before anything is made


def test_lr_find_leaves_a_curve_and_touches_no_run(old_run: Path) -> None:
    recipe = recipe_of("one.txt")
    model = Path("old/pretrain/model/model.safetensors").read_bytes()
    found = find_learning_rate(
        recipe, out=Path("old"), num_steps=60, low=1e-5, high=10.0, console=QUIET
    )
    report = found.report
    assert report["recipe"] == 1e-2
    assert 1e-4 < report["suggestion"] < 1.0
    assert report["suggestion"] < report["lowest"]
    rates = [point["learning_rate"] for point in report["points"]]
    assert rates[0] == pytest.approx(1e-5)
    assert rates == sorted(rates)
    stored = json.loads(Path("old/lr-find/report.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(report))
    picture = ElementTree.parse("old/lr-find/curve.svg").getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(picture.findall("{http://www.w3.org/2000/svg}path")) == 2
    assert f"pretrain.optimizer.learning_rate={report['suggestion']:.2g}" in format_rates(found)
    assert Path("old/pretrain/model/model.safetensors").read_bytes() == model
    again = find_learning_rate(
        recipe, out=Path("old"), num_steps=60, low=1e-5, high=10.0, console=QUIET
    )
    assert again.report == report


@pytest.mark.parametrize(
    ("sections", "word"),
    [
        (
            {
                "model": {"initial_embedding": "elsewhere"},
                "pretrain": {"init_from": "old/pretrain/model"},
            },
            "initial_embedding has no effect",
        ),
        (
            {"parallel": {"pipeline": 2}, "pretrain": {"noise_scale_every": 10}},
            "noise_scale_every needs gradients",
        ),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    sections: dict[str, dict[str, object]], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        Recipe.model_validate(sections)


def test_growing_batch_that_data_ranks_cannot_share_is_refused(old_run: Path) -> None:
    recipe = recipe_of("one.txt", batch_warmup={"start_rows": 2, "steps": 5})
    spread = recipe.model_copy(update={"parallel": ParallelConfig(shard=4)})
    with pytest.raises(ConfigError, match="start_rows = 2 cannot be divided among 4"):
        run(spread, out="never", console=QUIET)
    assert not Path("never").exists()
