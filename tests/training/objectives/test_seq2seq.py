"""The decoder reads the target shifted by one, sees nothing ahead, and padding changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import to_tensors

from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer
from yanmo.training.objective_config import Seq2SeqConfig
from yanmo.training.objectives.objective import NumpyBatch, RowSource
from yanmo.training.objectives.seq2seq import Seq2SeqObjective

TEXTS = ["a dog runs\nein Hund läuft", "x\ny", "the river is long\nder Fluss ist lang", "no pair"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer that has learned nothing but a few pairs of bytes."""
    return train_tokenizer(["dog dog Hund Hund"], 272)


def build_batch(
    directory: Path, tokenizer: Tokenizer, config: Seq2SeqConfig
) -> tuple[Seq2SeqObjective, NumpyBatch]:
    directory.mkdir(exist_ok=True)
    writer = ShardWriter(directory, "train", tokenizer.vocab_size, 100)
    for text in TEXTS:
        ids = np.array([tokenizer.eos_id, *tokenizer.encode(text)], np.uint32)
        writer.add(ids, np.array([len(ids)]), np.array([len(text.encode())]))
    writer.close()
    split = TokenSplit(directory, "train", tokenizer.vocab_size)
    objective = Seq2SeqObjective(config, tokenizer.special_ids, tokenizer.pad_id)
    rows = objective.build_rows(split, RowSource(tokenizer.special_ids, 32, tokenizer))
    assert rows.num_without_pair == 1
    return objective, objective.make_batch(rows, np.arange(rows.num_rows), [])


def build_tiny(tokenizer: Tokenizer, family: str) -> LanguageModel:
    fields = {"family": family, "depth": 2, "d_model": 32, "max_seq_len": 32}
    section = ModelConfig.model_validate(fields)
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_model(section, tokenizer.vocab_size, ids).config
    return build_model(shape, torch.device("cpu"), 0)


def test_sides_end_in_end_of_text_and_the_decoder_reads_the_target_shifted(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    _, batch = build_batch(tmp_path, tokenizer, Seq2SeqConfig())
    eos, pad = tokenizer.eos_id, tokenizer.pad_id
    for row, text in enumerate(TEXTS[:3]):
        source, target = (tokenizer.encode(side) for side in text.split("\n"))
        mask = batch["source_mask"][row]
        assert batch["source_tokens"][row][mask].tolist() == [*source, eos]
        assert (batch["source_tokens"][row][~mask] == pad).all()
        labels = batch["labels"][row]
        assert labels[labels != -100].tolist() == [*target, eos]
        assert batch["tokens"][row, : len(target) + 1].tolist() == [pad, *target]
        assert (batch["tokens"][row, len(target) + 1 :] == pad).all()


def test_a_target_that_is_cut_has_no_end_and_a_source_has(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    config = Seq2SeqConfig(max_source_tokens=4, max_target_tokens=5)
    _, batch = build_batch(tmp_path, tokenizer, config)
    assert batch["source_tokens"].shape[1] == 4
    assert batch["source_tokens"][0, -1] == tokenizer.eos_id
    assert batch["labels"][0].tolist() == tokenizer.encode("ein Hund läuft")[:4]
    assert batch["labels"][1].tolist() == [*tokenizer.encode("y"), tokenizer.eos_id, -100, -100]


@pytest.mark.parametrize("family", ["marian", "lstm_seq2seq"])
def test_nothing_ahead_is_seen_and_padding_changes_nothing(
    tmp_path: Path, tokenizer: Tokenizer, family: str
) -> None:
    objective, batch = build_batch(tmp_path, tokenizer, Seq2SeqConfig(label_smoothing=0.0))
    model = build_tiny(tokenizer, family).eval()
    tensors = to_tensors(batch)
    inputs = {name: array for name, array in tensors.items() if name != "labels"}
    changed = dict(inputs, tokens=inputs["tokens"].clone())
    changed["tokens"][:, 3] = 65
    with torch.no_grad():
        before, after = model(**inputs).scores, model(**changed).scores
        loss_sum, num_targets = objective.loss(model, tensors)
        alone = 0.0
        for row in range(3):
            num_source = int(batch["source_mask"][row].sum())
            num_target = int((batch["labels"][row] != -100).sum())
            widths = {"source_tokens": num_source, "source_mask": num_source}
            part = {
                name: array[[row], : widths.get(name, num_target)] for name, array in batch.items()
            }
            alone += float(objective.loss(model, to_tensors(part))[0])
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3], after[:, 3])
    assert num_targets == objective.count_targets(batch)
    assert float(loss_sum) == pytest.approx(alone, rel=1e-5)


def test_labels_are_smoothed_in_training_only(tmp_path: Path, tokenizer: Tokenizer) -> None:
    plain, batch = build_batch(tmp_path / "a", tokenizer, Seq2SeqConfig(label_smoothing=0.0))
    smoothed = Seq2SeqObjective(Seq2SeqConfig(label_smoothing=0.1), plain.special, 0)
    model = build_tiny(tokenizer, "marian")
    tensors = to_tensors(batch)
    with torch.no_grad():
        scores = model(**{k: v for k, v in tensors.items() if k != "labels"}).scores
        found, _ = smoothed.loss(model.train(), tensors)
        expected = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1),
            tensors["labels"].flatten(),
            reduction="sum",
            label_smoothing=0.1,
        )
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
        assert not torch.allclose(found, plain.loss(model, tensors)[0])
        model.eval()
        torch.testing.assert_close(smoothed.loss(model, tensors)[0], plain.loss(model, tensors)[0])
