"""Shares are those of the paper, whole words stay whole, specials are never hidden, and a run that
was interrupted hides the same tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    EOT,
    MASK,
    NUM_TEXT_IDS,
    PAD,
    SPECIAL,
    build_tiny,
    generators,
    is_within,
    random_documents,
    source,
    to_tensors,
    write_split,
)
from tests.training.small_job import build_config, silent_console, weights

from yanmo.core.errors import Interrupted
from yanmo.training import loop, run
from yanmo.training.data import TrainingData
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.objectives.masked import MaskedObjective
from yanmo.training.objectives.objective import NumpyBatch


def corrupt(
    directory: Path, documents: list[list[int]], config: MaskedConfig | None = None
) -> tuple[NumpyBatch, NumpyBatch]:
    """The rows as they are, and as the objective makes them."""
    objective = MaskedObjective(config or MaskedConfig(), SPECIAL)
    rows = objective.build_rows(write_split(directory, documents), source(64))
    numbers = np.arange(rows.num_rows)
    return rows.batch(numbers), objective.make_batch(rows, numbers, generators(rows.num_rows))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[NumpyBatch, NumpyBatch]:
    """About fifty thousand tokens."""
    return corrupt(tmp_path_factory.mktemp("many"), random_documents(500, 200))


def test_shares_of_chosen_masked_random_and_unchanged_tokens(
    many: tuple[NumpyBatch, NumpyBatch],
) -> None:
    plain, batch = many
    is_text = plain["tokens"] < NUM_TEXT_IDS
    is_chosen = batch["labels"] != -100
    num_text, num_chosen = int(is_text.sum()), int(is_chosen.sum())
    assert num_chosen > 6000
    assert is_within(num_chosen / num_text, 0.15, num_text)
    is_masked = is_chosen & (batch["tokens"] == MASK)
    is_same = is_chosen & (batch["tokens"] == plain["tokens"])
    is_random = is_chosen & ~is_masked & ~is_same
    # One random token in 150 is the token itself.
    assert is_within(is_masked.sum() / num_chosen, 0.8, num_chosen, 3)
    assert is_within(is_random.sum() / num_chosen, 0.1 * 149 / 150, num_chosen, 3)
    assert is_within(is_same.sum() / num_chosen, 0.1 + 0.1 / 150, num_chosen, 3)


def test_specials_and_padding_are_never_hidden_nor_stand_in_for_a_token(
    many: tuple[NumpyBatch, NumpyBatch],
) -> None:
    plain, batch = many
    is_special = plain["tokens"] >= NUM_TEXT_IDS
    assert (plain["tokens"] == EOT).any()
    assert (plain["tokens"] == PAD).any()
    assert (batch["labels"][is_special] == -100).all()
    np.testing.assert_array_equal(batch["tokens"][is_special], plain["tokens"][is_special])
    is_chosen = batch["labels"] != -100
    assert set(batch["tokens"][is_chosen].tolist()) <= {*range(NUM_TEXT_IDS), MASK}


def test_the_text_can_be_rebuilt(many: tuple[NumpyBatch, NumpyBatch]) -> None:
    plain, batch = many
    rebuilt = np.where(batch["labels"] != -100, batch["labels"], batch["tokens"])
    np.testing.assert_array_equal(rebuilt, plain["tokens"])
    for name in ("positions", "document_ids"):
        np.testing.assert_array_equal(batch[name], plain[name])


def test_every_share_can_be_set(tmp_path: Path) -> None:
    config = MaskedConfig(mask_prob=0.5, random_prob=0.0, unchanged_prob=1.0)
    plain, batch = corrupt(tmp_path, random_documents(50, 100), config)
    np.testing.assert_array_equal(batch["tokens"], plain["tokens"])
    num_text = int((plain["tokens"] < NUM_TEXT_IDS).sum())
    assert is_within((batch["labels"] != -100).sum() / num_text, 0.5, num_text)


def test_a_row_with_one_token_of_text_hides_it(tmp_path: Path) -> None:
    _, batch = corrupt(tmp_path, [[7]])
    np.testing.assert_array_equal(batch["labels"][0, :3], [-100, 7, -100])


def test_words_are_hidden_whole(tmp_path: Path) -> None:
    # Tokens that are not divisible by 3 go on with the word before them.
    objective = MaskedObjective(
        MaskedConfig(unit="word"), SPECIAL, word_starts=lambda tokens: tokens % 3 == 0
    )
    rows = objective.build_rows(write_split(tmp_path, random_documents(200, 100)), source(64))
    numbers = np.arange(rows.num_rows)
    plain, batch = (
        rows.batch(numbers),
        objective.make_batch(rows, numbers, generators(len(numbers))),
    )
    num_words = 0
    for tokens, labels in zip(plain["tokens"], batch["labels"], strict=True):
        is_text = tokens < NUM_TEXT_IDS
        begins = (tokens % 3 == 0) | ~is_text
        begins[1:] |= ~is_text[:-1]
        for word in range(int(begins.cumsum().max()) + 1):
            is_chosen = (labels != -100)[(begins.cumsum() == word) & is_text]
            assert is_chosen.all() or not is_chosen.any()
            num_words += int(is_chosen.any() and len(is_chosen) > 1)
    num_text = int((plain["tokens"] < NUM_TEXT_IDS).sum())
    assert num_words > 100
    assert 0.12 < (batch["labels"] != -100).sum() / num_text < 0.155


def masked_data(directory: Path) -> TrainingData:
    objective = MaskedObjective(MaskedConfig(), SPECIAL)
    train = write_split(directory, random_documents(12, 60, seed=1), "train")
    validation = write_split(directory, random_documents(4, 60, seed=2), "validation")
    return TrainingData(
        objective.build_rows(train, source(32)),
        objective.build_rows(validation, source(32)),
        objective=objective,
    )


def masked_job(directory: Path, data: TrainingData, **fields: object) -> TrainingJob:
    model = build_tiny("bert", 32, dropout=0.1)
    return TrainingJob(
        model=model,
        objective=data.objective,
        data=data,
        config=build_config(steps=6, sample_every=None, checkpoint_every=3, **fields),
        directory=directory,
        device=torch.device("cpu"),
        dtype=torch.float32,
        flops_per_token=model.flops_per_token(),
        write_samples=lambda _step, _state: [],
    )


def test_an_interrupted_run_hides_the_same_tokens_and_ends_in_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = masked_data(tmp_path / "tokens")
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    whole = masked_job(tmp_path / "whole", data)
    loop.train(whole, silent_console())

    advance = run.advance

    def stop_after_three(*args: object, **kwargs: object) -> Progress:
        progress = advance(*args, **kwargs)  # type: ignore[arg-type]
        if progress.step == 4:
            raise Interrupted("as if the machine had gone off")
        return progress

    monkeypatch.setattr(run, "advance", stop_after_three)
    with pytest.raises(Interrupted):
        loop.train(masked_job(tmp_path / "broken", data), silent_console())
    monkeypatch.setattr(run, "advance", advance)
    resumed = masked_job(tmp_path / "broken", data)
    assert loop.train(resumed, silent_console()).num_resumes == 1
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name


def test_a_hidden_token_does_not_reach_its_own_score(tmp_path: Path) -> None:
    data = masked_data(tmp_path)
    batch, _ = next(iter(data.validation_batches(build_config())))
    model = build_tiny("bert", 32).eval()
    inputs = {name: array for name, array in to_tensors(batch).items() if name != "labels"}
    is_masked = inputs["tokens"] == MASK
    assert is_masked.any()
    with torch.no_grad():
        loss_sum, num_targets = data.objective.loss(model, to_tensors(batch))
        scores = model(**inputs).scores
    labels = torch.from_numpy(batch["labels"])
    expected = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), labels.flatten(), reduction="sum", ignore_index=-100
    )
    assert num_targets == int((labels != -100).sum()) == data.objective.count_targets(batch)
    torch.testing.assert_close(loss_sum, expected, rtol=1e-5, atol=1e-4)
    assert not (inputs["tokens"] == labels)[is_masked].any()
