"""A whole life of every family and every objective: raw text to a measured model and its page.

The corpus, the tokenizer and the tokens are made once and copied; each test trains and measures.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError, Interrupted
from yanmo.core.manifest import read_manifest
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.splits.config import SplitConfig
from yanmo.evaluation.config import EvaluateConfig
from yanmo.inference.config import SamplingConfig
from yanmo.inference.fill import fill_text
from yanmo.inference.generate import generate_text
from yanmo.models.build import build_model
from yanmo.models.config import TRANSFORMER_FAMILIES, Family, ModelConfig
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.pipeline.life import RunResult, inspect_stages, load_recipe, run
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.objective_evaluation import evaluate_objective
from yanmo.pipeline.pretrain import begin_model
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import StageContext
from yanmo.pipeline.stages import find_stage, stages_of
from yanmo.pipeline.word_vectors import open_word_vectors
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.config import PretrainConfig, ScheduleConfig
from yanmo.training.metrics import read_rows
from yanmo.training.objective_choice import LEARNABLE
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.step import TrainingStep

QUIET = Console(is_quiet=True)
WORDS = [first + last for first in "bdfgklm" for last in ("an", "et", "ig", "om", "ut")]
STEPS = 4
MAX_SEQ_LEN = 48
VOCAB_SIZE = 376
"""Of the tokenizer; embeddings have 384 rows."""


def write_texts(folder: Path, seed: int) -> None:
    """Documents that are pairs: a line of words, and the same words in the opposite order."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(seed)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for _ in range(400):
            words = generator.choices(WORDS, k=generator.randint(6, 14))
            text = " ".join(words) + "\n" + " ".join(reversed(words))
            file.write(json.dumps({"text": text}) + "\n")


def make_recipe(
    family: str, word_vectors: WordVectorsConfig | None = None, **fields: Any
) -> Recipe:
    """A life of a second on the texts in the folder `texts`; `fields` belong to pretrain, or to the
    model where they begin with `model_`."""
    model: dict[str, Any] = {
        "family": family,
        "depth": 1,
        "d_model": 32,
        "max_seq_len": MAX_SEQ_LEN,
    }
    if family in TRANSFORMER_FAMILIES:
        model["num_heads"] = 2
    pretrain: dict[str, Any] = {
        "steps": STEPS,
        "batch_rows": 4,
        "schedule": ScheduleConfig(warmup_steps=1),
        "checkpoint_every": 2,
        "sample_every": STEPS,
        "sample_tokens": 6,
        "device": "cpu",
        "precision": "float32",
    }
    for name, value in fields.items():
        (model if name.startswith("model_") else pretrain)[name.removeprefix("model_")] = value
    return Recipe(
        name="tiny",
        corpus=CorpusConfig(
            sources=[FilesSource(paths=["texts"])],
            split=SplitConfig(validation_frac=0.1, test_frac=0.1),
        ),
        tokenizer={"vocab_size": VOCAB_SIZE, "num_sentinels": 32},
        word_vectors=word_vectors,
        model=ModelConfig.model_validate(model),
        pretrain=PretrainConfig.model_validate(pretrain),
        evaluate=EvaluateConfig(baseline_order=None, max_tokens=400),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `texts` and a run as far as its tokens, which nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    write_texts(folder / "texts", 0)
    with chdir(folder):
        run(make_recipe("gpt2"), out="run", until="tokens", console=QUIET)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that folder, in which the test works."""
    shutil.copytree(made, tmp_path / "here", copy_function=shutil.copy2)
    with chdir(tmp_path / "here"):
        yield tmp_path / "here"


def live(recipe: Recipe) -> RunResult:
    return run(recipe, out="run", console=QUIET)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


LIVES = [
    *(pytest.param(family, {}, id=family) for family in get_args(Family)),
    pytest.param("qwen3", {"objective": "infilling"}, id="infilling"),
    pytest.param("llama", {"objective": "prefix"}, id="prefix"),
    pytest.param("glm", {"objective": "causal"}, id="glm-causal"),
    pytest.param("bert", {"masked": MaskedConfig(unit="word")}, id="words"),
    pytest.param("bert", {"masked": MaskedConfig(has_next_sentence=True)}, id="next-sentence"),
    pytest.param("t5", {"objective": "seq2seq"}, id="t5-seq2seq"),
    pytest.param("marian", {"objective": "span_corruption"}, id="marian-spans"),
    pytest.param("lstm", {"row_order": "contiguous"}, id="contiguous"),
    pytest.param("t5", {"model_max_seq_len": 16}, id="t5-short"),
    pytest.param("bert", {"model_max_seq_len": 16}, id="bert-short"),
    pytest.param("glm", {"model_max_seq_len": 16}, id="glm-short"),
    pytest.param(
        "transformer",
        {"model_positions": "alibi", "model_norm_placement": "after", "model_mlp": "plain"},
        id="transformer-alibi",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "fields"), LIVES)
def test_a_family_lives(here: Path, family: str, fields: dict[str, Any]) -> None:
    recipe = make_recipe(family, **fields)
    assert recipe.pretrain.objective in (None, *LEARNABLE[family])
    result = live(recipe)
    assert result.ran[-2:] == ("pretrain", "evaluate")

    manifest = read_manifest(here / "run" / "pretrain")
    assert manifest is not None
    model = load_model(here / "run" / "pretrain" / "model")
    counts = manifest.counts
    assert counts["num_params"] == model.num_params()
    assert counts["num_params_non_embedding"] == model.num_params() - model.num_embedding_params()
    assert counts["steps"] == STEPS
    assert counts["flops_per_token"] == model.flops_per_token()
    assert 0 < counts["tokens"] <= STEPS * 4 * 3 * MAX_SEQ_LEN
    has_next_sentence = "next" in str(fields)
    beginning = math.log(VOCAB_SIZE) + has_next_sentence * math.log(2)
    assert 0.5 * beginning < counts["validation_loss"] < 1.2 * beginning

    samples = list(read_rows(here / "run" / "pretrain" / "samples.jsonl"))
    assert {row["step"] for row in samples} == {0, STEPS}
    assert any(row["prompt"] for row in samples)
    writes_sentinels = "span_corruption" in (recipe.pretrain.objective, LEARNABLE[family][0])
    assert writes_sentinels or any(row["text"] for row in samples)  # which it first has to learn

    report = read_json(here / "run" / "evaluate" / "report.json")
    assert_sane(report, model)
    page = (here / "run" / "report.html").read_text(encoding="utf-8")
    assert family in page

    assert live(recipe).ran == ()
    use(model, Tokenizer.load(here / "run" / "pretrain" / "model"), recipe)


def assert_sane(report: dict[str, Any], model: Any) -> None:
    """The figures of a model that has hardly learned."""
    assert report["split"] == "test"
    assert report["documents"] > 0 and report["bytes"] > 0
    assert report["tokens"] > 0
    (figures,) = report["models"]
    assert figures["name"] == model.config.family
    assert figures["perplexity"] == pytest.approx(math.exp(figures["loss"]), rel=1e-4)
    assert 0.3 * VOCAB_SIZE < figures["perplexity"] < 3 * VOCAB_SIZE
    assert 0 <= figures["top1"] < 0.5
    is_whole_text = model.kind == "causal" and model.config.family != "glm"
    assert ("bits_per_byte" in figures) == is_whole_text
    assert ("objective" in report) != is_whole_text
    if not is_whole_text:
        assert report["objective"] in LEARNABLE[model.config.family]
        assert 0 < report["targets"] <= report["tokens"]


def use(model: Any, tokenizer: Tokenizer, recipe: Recipe) -> None:
    """The model does with a text what it has learned."""
    objective = recipe.pretrain.objective or LEARNABLE[recipe.model.family][0]
    settings = SamplingConfig(max_new_tokens=4, temperature=0.0)
    if objective in ("causal", "prefix", "seq2seq"):
        text = generate_text(model, tokenizer, "ban det", settings)
        assert isinstance(text, str)
    else:
        filled = fill_text(model, tokenizer, "ban ____ fig", settings)
        assert filled.text.startswith("ban ") and filled.text.endswith(" fig")


def interrupt_after(num_steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the user press Ctrl-C in the step of this number."""
    really_run = TrainingStep.run
    count = 0

    def run_and_count(self: TrainingStep, *arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        if count == num_steps:
            os.kill(os.getpid(), 2)
        return really_run(self, *arguments, **named)

    monkeypatch.setattr(TrainingStep, "run", run_and_count)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "fields"),
    [
        pytest.param("bert", {"masked": MaskedConfig(unit="word")}, id="masked"),
        pytest.param("marian", {}, id="seq2seq"),
        pytest.param("glm", {}, id="blank_infilling"),
        pytest.param("lstm", {"row_order": "contiguous"}, id="contiguous"),
        pytest.param("gru_seq2seq", {}, id="recurrent-seq2seq"),
    ],
)
def test_interrupted_and_resumed_is_uninterrupted_bit_for_bit(
    here: Path, family: str, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(family, steps=7, model_dropout=0.1, micro_batch_rows=2, **fields)
    live(recipe)
    expected = read_manifest(here / "run" / "pretrain")
    weights = (here / "run" / "pretrain" / "model" / "model.safetensors").read_bytes()
    shutil.rmtree(here / "run" / "pretrain")
    interrupt_after(4, monkeypatch)
    with pytest.raises(Interrupted):
        live(recipe)
    monkeypatch.undo()
    assert live(recipe).ran == ("pretrain",)
    resumed = read_manifest(here / "run" / "pretrain")
    assert expected is not None and resumed is not None
    assert resumed.counts["num_resumes"] == 1
    assert (here / "run" / "pretrain" / "model" / "model.safetensors").read_bytes() == weights
    assert resumed.content_hash == expected.content_hash


def test_samples_are_written_however_few_sentinels_there_are(here: Path) -> None:
    recipe = make_recipe("t5", model_max_seq_len=16)
    few = recipe.tokenizer.model_copy(update={"vocab_size": VOCAB_SIZE - 28, "num_sentinels": 4})
    live(recipe.model_copy(update={"tokenizer": few}))
    assert list(read_rows(here / "run" / "pretrain" / "samples.jsonl"))


def test_the_rows_that_watch_training_do_not_limit_the_evaluation(here: Path) -> None:
    live(make_recipe("bert", validation_rows=1, batch_rows=1))
    report = read_json(here / "run" / "evaluate" / "report.json")
    assert report["tokens"] >= 400  # evaluate.max_tokens of the recipe


def test_whether_sentences_follow_is_measured_beside_the_perplexity_of_tokens(here: Path) -> None:
    live(make_recipe("bert", masked=MaskedConfig(has_next_sentence=True)))
    (figures,) = read_json(here / "run" / "evaluate" / "report.json")["models"]
    assert 0 <= figures["next_sentence_top1"] <= 1
    # The loss of a guess between two, log 2, would be seen in the loss of an untrained model.
    assert figures["loss"] < math.log(VOCAB_SIZE) + 0.35
    assert "next sentence" in (here / "run" / "report.html").read_text(encoding="utf-8")


def test_a_split_with_nothing_to_predict_is_an_error(here: Path) -> None:
    live(make_recipe("glm"))
    recipe = make_recipe("glm")
    tokenizer = Tokenizer.load(here / "run" / "tokenizer")
    for path in (here / "run" / "tokens").glob("test*"):
        path.unlink()
    writer = ShardWriter(here / "run" / "tokens", "test", tokenizer.vocab_size, 100)
    ids = np.array([tokenizer.eos_id, tokenizer.encode("b")[0]], dtype=np.uint32)
    writer.add(ids, np.array([2]), np.array([1]))
    writer.close()
    model = load_model(here / "run" / "pretrain" / "model")
    with pytest.raises(DataError, match="the test split has nothing to be predicted"):
        evaluate_objective(model, tokenizer, recipe, here / "run" / "tokens")


# Word vectors


VECTORS = WordVectorsConfig(d_model=16, min_count=2, epochs=1)


def test_the_stage_of_word_vectors_runs_where_it_is_asked_for() -> None:
    names = [stage.name for stage in stages_of(make_recipe("qwen3"))]
    assert names == ["corpus", "tokenizer", "tokens", "pretrain", "evaluate"]
    with_vectors = stages_of(make_recipe("qwen3", VECTORS))
    assert [stage.name for stage in with_vectors] == [
        *("corpus", "tokenizer", "tokens", "word_vectors", "pretrain", "evaluate")
    ]
    inputs = {stage.name: stage.inputs for stage in with_vectors}
    assert inputs["pretrain"] == ("tokenizer", "tokens"), "nothing reads the vectors"
    reading = make_recipe("qwen3", VECTORS, model_initial_embedding="word_vectors")
    inputs = {stage.name: stage.inputs for stage in stages_of(reading)}
    assert inputs["pretrain"] == ("tokenizer", "tokens", "word_vectors")
    until = stages_of(make_recipe("qwen3", VECTORS), until="word_vectors")
    assert [stage.name for stage in until] == ["corpus", "word_vectors"]
    assert find_stage("word_vectors").inputs == ("corpus",)


def test_vectors_that_nobody_learns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no section \[word_vectors\]"):
        make_recipe("qwen3", model_initial_embedding="word_vectors")


def context(here: Path, recipe: Recipe) -> StageContext:
    return StageContext(recipe, here / "run", here / "run" / "pretrain", QUIET)


def planned(recipe: Recipe, here: Path) -> list[str]:
    states = inspect_stages(recipe, here / "run", stages_of(recipe))
    return [state.stage.name for state in states if state.reason]


@pytest.mark.slow
@pytest.mark.parametrize("family", ["qwen3", "bert", "marian", "lstm"])
def test_the_embedding_begins_as_the_recipes_own_vectors(here: Path, family: str) -> None:
    recipe = make_recipe(family, VECTORS, model_initial_embedding="word_vectors")
    assert "word_vectors" in live(recipe).ran
    assert live(recipe).ran == ()
    tokenizer = Tokenizer.load(here / "run" / "tokenizer")
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_shape(recipe, tokenizer.vocab_size, ids).config
    begun = begin_model(context(here, recipe), shape, tokenizer, torch.device("cpu"))
    plain = build_model(shape, torch.device("cpu"), recipe.pretrain.seed)
    vectors = open_word_vectors(here / "run" / "word_vectors")
    words = [
        (id, word)
        for id in range(tokenizer.vocab_size)
        if not tokenizer.is_special(id)
        and vectors.has(word := tokenizer.token_bytes(id).decode("utf-8", "ignore").strip())
    ]
    assert len(words) > 10
    rows = begun.embed.weight.detach()
    changed = (rows != plain.embed.weight).any(1).nonzero()[:, 0].tolist()
    assert changed == [id for id, _ in words]
    # Two words are as far apart as their vectors, up to one scale.
    first, second, third = (rows[id, :16].numpy() for id, _ in words[:3])
    a, b, c = (vectors.matrix[vectors.words.index(word)] for _, word in words[:3])
    ours = np.linalg.norm(first - second) / np.linalg.norm(first - third)
    assert ours == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(a - c), rel=1e-3)
    for name, parameter in plain.named_parameters():
        if name != "embed.weight":
            assert torch.equal(parameter, begun.get_parameter(name)), name


@pytest.mark.slow
def test_other_vectors_make_the_model_stale(here: Path) -> None:
    recipe = make_recipe("gpt2", VECTORS, model_initial_embedding="word_vectors")
    live(recipe)
    more = recipe.model_copy(update={"word_vectors": VECTORS.model_copy(update={"epochs": 2})})
    assert planned(more, here) == ["word_vectors", "pretrain", "evaluate"]
    assert live(more).ran == ("word_vectors", "pretrain", "evaluate")


@pytest.mark.slow
def test_vectors_from_a_folder_are_begun_with_and_watched(here: Path) -> None:
    own = make_recipe("gpt2", VECTORS)
    assert "word_vectors" in run(own, out="run", until="word_vectors", console=QUIET).ran
    shutil.copytree(here / "run" / "word_vectors", here / "vectors")
    recipe = make_recipe("gpt2", model_initial_embedding="vectors")
    assert live(recipe).ran == ("pretrain", "evaluate")
    assert live(recipe).ran == ()
    with_vectors = load_model(here / "run" / "pretrain" / "model").embed.weight
    other = VECTORS.model_copy(update={"seed": 5})
    run(make_recipe("gpt2", other), out="run", until="word_vectors", console=QUIET)
    shutil.rmtree(here / "vectors")
    shutil.copytree(here / "run" / "word_vectors", here / "vectors")
    assert planned(recipe, here) == ["pretrain", "evaluate"]
    assert live(recipe).ran == ("pretrain", "evaluate")
    again = load_model(here / "run" / "pretrain" / "model").embed.weight
    assert not torch.equal(with_vectors, again)


@pytest.mark.slow
def test_a_recipe_file_of_a_family_is_read_again_as_it_was(here: Path) -> None:
    recipe = make_recipe("bert", masked=MaskedConfig(unit="word", mask_prob=0.2))
    live(recipe)
    assert load_recipe(here / "run" / "recipe.toml") == recipe
    with pytest.raises(ConfigError, match="cannot be learned by"):
        load_recipe(
            here / "run" / "recipe.toml", ["model.family=gpt2", "pretrain.objective=masked"]
        )
