"""What is hidden in a row depends on the seed, the epoch and the row, and on nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from tests.training.small_job import build_config, silent_console

from yanmo.core.errors import ConfigError, DataError
from yanmo.corpus.segmentation.chinese import jieba_segmenter
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.rows import PackedRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer
from yanmo.training import loop
from yanmo.training.config import BatchWarmupConfig, PretrainConfig
from yanmo.training.data import RowPlace, TrainingData, build_training_data
from yanmo.training.job import TrainingJob
from yanmo.training.metrics import read_rows
from yanmo.training.objective_choice import LEARNABLE
from yanmo.training.objective_config import MaskedConfig, ObjectiveName, Seq2SeqConfig
from yanmo.training.objectives.build import build_probe
from yanmo.training.objectives.objective import NumpyBatch, has_fixed_shape

MAX_SEQ_LEN = 32
OBJECTIVES = get_args(ObjectiveName)
FAMILIES = {
    "causal": "gru",
    "masked": "bert",
    "span_corruption": "t5",
    "blank_infilling": "glm",
    "prefix": "qwen3",
    "infilling": "gpt2",
    "seq2seq": "marian",
}
RANDOM = [name for name in OBJECTIVES if name not in ("causal", "seq2seq")]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["the river runs\n黄河入海流。"] * 4, 310, num_sentinels=24)


@pytest.fixture(scope="module")
def tokens_dir(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short pairs of lines in two languages, and a few lines that are no pairs."""
    directory = tmp_path_factory.mktemp("tokens")
    generator = np.random.default_rng(0)
    words = ["the", "river", "runs", "to", "sea", "over", "hills", "and", "down"]
    for split, num_documents in (("train", 24), ("validation", 6)):
        writer = ShardWriter(directory, split, tokenizer.vocab_size, 500)
        for number in range(num_documents):
            count = int(generator.integers(1, 8))
            text = " ".join(generator.choice(words, count)) + "\n黄河入海流。" * (number % 5 > 0)
            ids = [tokenizer.eos_id, *tokenizer.encode(text)]
            counts = np.array([len(ids)])
            writer.add(np.array(ids, np.uint32), counts, np.array([len(text.encode())]))
        writer.close()
    return directory


def load(tokens_dir: Path, tokenizer: Tokenizer, name: str, **fields: object) -> TrainingData:
    config = PretrainConfig.model_validate({"objective": name, **fields})
    return build_training_data(
        tokens_dir, tokenizer, config, family=FAMILIES[name], max_seq_len=MAX_SEQ_LEN
    )


def flat(batches: list[NumpyBatch]) -> list[dict[str, list[int]]]:
    """Rows of all micro-batches, without padding, so that they can be compared."""
    rows = []
    for batch in batches:
        for row in range(len(batch["tokens"])):
            is_target = batch["labels"][row] != -100
            rows.append(
                {
                    "labels": batch["labels"][row][is_target].tolist(),
                    "targets": batch["tokens"][row][is_target].tolist(),
                }
            )
    return rows


@pytest.mark.parametrize("name", OBJECTIVES)
def test_batches_can_be_cut_in_any_way(tokens_dir: Path, tokenizer: Tokenizer, name: str) -> None:
    data = load(tokens_dir, tokenizer, name)
    for step in (0, 3):
        whole = data.micro_batches(build_config(), step)
        parts = data.micro_batches(build_config(micro_batch_rows=2), step)
        assert (len(whole), len(parts)) == (1, 4)
        assert flat(whole) == flat(parts)


def test_a_growing_batch_takes_the_rows_in_the_same_order(
    tokens_dir: Path, tokenizer: Tokenizer
) -> None:
    data = load(tokens_dir, tokenizer, "causal")
    warmup = BatchWarmupConfig(start_rows=2, steps=5)
    growing = build_config(batch_rows=8, batch_warmup=warmup, micro_batch_rows=2)
    plain = build_config(batch_rows=1)
    steps = [data.micro_batches(growing, step) for step in range(7)]
    assert [2 * len(batches) for batches in steps] == [2, 2, 4, 4, 6, 8, 8]
    one_by_one = [batch for step in range(34) for batch in data.micro_batches(plain, step)]
    assert flat([batch for batches in steps for batch in batches]) == flat(one_by_one)
    halves = [flat(data.micro_batches(growing, 4, RowPlace(index, 2))) for index in range(2)]
    assert halves[0] + halves[1] == flat(steps[4])


@pytest.mark.parametrize("name", OBJECTIVES)
def test_another_epoch_hides_other_tokens(
    tokens_dir: Path, tokenizer: Tokenizer, name: str
) -> None:
    data = load(tokens_dir, tokenizer, name)
    num_rows = data.train.num_rows

    def epoch(number: int, seed: int = 0) -> list[str]:
        config = build_config(batch_rows=num_rows, seed=seed)
        return sorted(map(str, flat(data.micro_batches(config, number))))

    assert epoch(0) == epoch(0)
    assert (epoch(0) != epoch(1)) == (name in RANDOM)
    assert (epoch(0) != epoch(0, seed=1)) == (name in RANDOM)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_validation_is_the_same_in_every_run(
    tokens_dir: Path, tokenizer: Tokenizer, name: str
) -> None:
    data = load(tokens_dir, tokenizer, name)
    first = flat([batch for batch, _ in data.validation_batches(build_config(seed=0))])
    assert first == flat(
        [batch for batch, _ in data.validation_batches(build_config(seed=9, micro_batch_rows=1))]
    )
    assert len(first) == data.validation.num_rows


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_trains_a_model_made_for_it(
    tokens_dir: Path, tokenizer: Tokenizer, name: str, tmp_path: Path
) -> None:
    data = load(tokens_dir, tokenizer, name)
    section = ModelConfig.model_validate(
        {"family": FAMILIES[name], "depth": 1, "d_model": 32, "max_seq_len": MAX_SEQ_LEN}
    )
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_model(section, tokenizer.vocab_size, ids).config
    model = build_model(shape, torch.device("cpu"), 0)
    job = TrainingJob(
        model=model,
        objective=data.objective,
        data=data,
        config=build_config(objective=name, steps=8, validate_every=8, sample_every=None),
        directory=tmp_path,
        device=torch.device("cpu"),
        dtype=torch.float32,
        flops_per_token=model.flops_per_token(),
        write_samples=lambda _step, _state: [],
    )
    loop.train(job, silent_console())
    rows = [row for row in read_rows(tmp_path / "metrics.jsonl") if "validation/loss" in row]
    assert rows[-1]["validation/loss"] < rows[0]["validation/loss"]
    assert all(("validation/bits_per_byte" in row) == (name == "causal") for row in rows)


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family, names in LEARNABLE.items() for name in names]
)
def test_every_family_takes_the_batches_of_what_it_can_learn(
    tokens_dir: Path, tokenizer: Tokenizer, family: str, name: str
) -> None:
    config = PretrainConfig.model_validate({"objective": name})
    section = ModelConfig.model_validate(
        {"family": family, "depth": 1, "d_model": 32, "max_seq_len": MAX_SEQ_LEN}
    )
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_model(section, tokenizer.vocab_size, ids).config
    model = build_model(shape, torch.device("cpu"), 0)
    data = build_training_data(
        tokens_dir,
        tokenizer,
        config,
        family=family,
        max_seq_len=MAX_SEQ_LEN,
        decoder_start_id=getattr(shape, "decoder_start_id", None),
    )
    batch = data.micro_batches(build_config(), 0)[0]
    tensors = {key: torch.from_numpy(array) for key, array in batch.items()}
    loss_sum, num_targets = data.objective.loss(model, tensors)
    assert num_targets == data.objective.count_targets(batch) > 0
    uniform = np.log(tokenizer.vocab_size)
    assert float(loss_sum.detach()) / num_targets == pytest.approx(uniform, rel=0.35)
    torch.autograd.backward(loss_sum)
    assert model.embed.weight.grad is not None


def test_notes_say_what_is_left_out(tokens_dir: Path, tokenizer: Tokenizer) -> None:
    numbers = Seq2SeqConfig(max_source_tokens=10)
    data = load(tokens_dir, tokenizer, "seq2seq", seq2seq=numbers)
    assert data.notes[0] == "train: 5 of 24 documents are no pairs and are left out"
    assert "sources and 0 targets are too long" in data.notes[1]
    assert any(note.startswith("validation: 2 of 6") for note in data.notes)
    assert load(tokens_dir, tokenizer, "causal").notes == ()


def test_a_tokenizer_without_sentinels_is_refused(tokens_dir: Path) -> None:
    plain = train_tokenizer(["the river runs\n黄河入海流。"] * 4, 275)
    with pytest.raises(ConfigError, match="num_sentinels = 32"):
        load(tokens_dir, plain, "span_corruption")


def test_whole_words_are_hidden_with_the_segmenter_that_is_handed_in(
    tokens_dir: Path, tokenizer: Tokenizer
) -> None:
    calls: list[str] = []

    def segment(text: str) -> list[str]:
        calls.append(text)
        return jieba_segmenter().segment(text)

    config = PretrainConfig(masked=MaskedConfig(unit="word", mask_prob=0.3))
    data = build_training_data(
        tokens_dir, tokenizer, config, family="bert", max_seq_len=MAX_SEQ_LEN, segment=segment
    )
    batch = data.micro_batches(build_config(), 0)[0]
    assert calls
    is_hidden = batch["labels"] != -100
    assert (is_hidden[:, 1:] & is_hidden[:, :-1]).any()  # words of several tokens


@pytest.mark.parametrize("name", OBJECTIVES)
def test_probe_batches_have_the_shapes_of_the_objective(
    tokens_dir: Path, tokenizer: Tokenizer, name: ObjectiveName
) -> None:
    objective, batch = build_probe(name, PretrainConfig(), vocab_size=64, num_rows=2, num_tokens=16)
    real = load(tokens_dir, tokenizer, name).micro_batches(build_config(), 0)[0]
    assert batch.keys() == real.keys()
    assert {k: v.dtype for k, v in batch.items()} == {k: v.dtype for k, v in real.items()}
    assert objective.name == name
    assert objective.count_targets(batch) > 0


def test_what_a_model_carries_is_in_the_checkpoint(
    tokens_dir: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    """A buffer is saved and restored, one that a model folder leaves out too."""
    data = load(tokens_dir, tokenizer, "causal")
    section = ModelConfig(family="gru", depth=1, d_model=32, max_seq_len=MAX_SEQ_LEN)
    shape = derive_model(section, tokenizer.vocab_size).config

    def job() -> TrainingJob:
        model = build_model(shape, torch.device("cpu"), 0)
        model.register_buffer("carried", torch.zeros(3), persistent=False)
        return TrainingJob(
            model=model,
            objective=data.objective,
            data=data,
            config=build_config(steps=4, sample_every=None),
            directory=tmp_path,
            device=torch.device("cpu"),
            dtype=torch.float32,
            flops_per_token=1,
            write_samples=lambda _step, _state: [],
        )

    first = job()
    first.model.get_buffer("carried").fill_(7.0)
    loop.train(first, silent_console())
    longer = job()
    loop.train(replace(longer, config=build_config(steps=5, sample_every=None)), silent_console())
    assert longer.model.get_buffer("carried").tolist() == [7.0] * 3


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objectives_say_whether_their_batches_have_one_shape(
    tokens_dir: Path, tokenizer: Tokenizer, name: str
) -> None:
    data = load(tokens_dir, tokenizer, name)
    batches = [data.micro_batches(build_config(batch_rows=2), step)[0] for step in range(8)]
    shapes = {tuple(array.shape for array in batch.values()) for batch in batches}
    assert (len(shapes) == 1) == has_fixed_shape(data.objective, data.train)


def test_a_validation_split_without_targets_is_told(
    tokens_dir: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    data = load(tokens_dir, tokenizer, "span_corruption")
    for path in tokens_dir.glob("train*"):
        shutil.copy(path, tmp_path)
    ShardWriter(tmp_path, "validation", tokenizer.vocab_size, 500).close()
    empty = load(tmp_path, tokenizer, "span_corruption")
    assert empty.train.num_rows == data.train.num_rows
    section = ModelConfig(family="t5", depth=1, d_model=32, max_seq_len=MAX_SEQ_LEN)
    shape = derive_model(section, tokenizer.vocab_size, {"eos": 0, "pad": 1}).config
    job = TrainingJob(
        model=build_model(shape, torch.device("cpu"), 0),
        objective=empty.objective,
        data=empty,
        config=build_config(),
        directory=tmp_path,
        device=torch.device("cpu"),
        dtype=torch.float32,
        flops_per_token=1,
        write_samples=lambda _step, _state: [],
    )
    with pytest.raises(DataError, match="nothing to be predicted"):
        loop.train(job, silent_console())


def test_packed_rows_are_those_of_the_tokens_package(
    tokens_dir: Path, tokenizer: Tokenizer
) -> None:
    data = load(tokens_dir, tokenizer, "causal")
    assert isinstance(data.train, PackedRows)
    assert data.bytes_per_token is not None
    assert {FAMILIES[name] for name in OBJECTIVES} <= set(LEARNABLE)
