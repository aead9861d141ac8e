"""Spans are as many and as long as said, and source and target together are the text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    EOT,
    NUM_TEXT_IDS,
    PAD,
    SENTINELS,
    SPECIAL,
    build_tiny,
    generators,
    random_documents,
    source,
    to_tensors,
    write_split,
)

from yanmo.training.objective_choice import span_counts, span_row_tokens
from yanmo.training.objective_config import SpanCorruptionConfig
from yanmo.training.objectives.objective import NumpyBatch
from yanmo.training.objectives.span_corruption import SpanCorruptionObjective

CONFIG = SpanCorruptionConfig()
OBJECTIVE = SpanCorruptionObjective(CONFIG, SPECIAL, decoder_start_id=PAD)
MAX_SEQ_LEN = 64


def corrupt(directory: Path, documents: list[list[int]]) -> tuple[list[list[int]], NumpyBatch]:
    """Texts of the rows, and the batch of all of them."""
    rows = OBJECTIVE.build_rows(write_split(directory, documents), source(MAX_SEQ_LEN))
    numbers = np.arange(rows.num_rows)
    plain = rows.batch(numbers)
    texts = [
        row[:length].tolist() for row, length in zip(plain["tokens"], plain["lengths"], strict=True)
    ]
    return texts, OBJECTIVE.make_batch(rows, numbers, generators(rows.num_rows))


def rebuild(batch: NumpyBatch, row: int) -> tuple[list[int], list[int]]:
    """The text of a row from its source and its target, and the lengths of its spans."""
    target = batch["labels"][row][batch["labels"][row] != -100].tolist()
    assert target[-1] == EOT
    spans: dict[int, list[int]] = {}
    for token in target[:-1]:
        if token in SENTINELS:
            spans[token] = []
        else:
            spans[list(spans)[-1]].append(token)
    order = list(spans)
    assert order == list(SENTINELS[: len(order)])
    assert spans.pop(order[-1]) == []  # the last sentinel ends the target
    text: list[int] = []
    for token in batch["source_tokens"][row][batch["source_mask"][row]].tolist()[:-1]:
        text += spans[token] if token in SENTINELS else [token]
    return text, [len(span) for span in spans.values()]


def test_source_and_target_together_are_the_text(tmp_path: Path) -> None:
    texts, batch = corrupt(tmp_path, random_documents(300, 150))
    assert min(map(len, texts)) == 1
    assert max(map(len, texts)) == span_row_tokens(CONFIG, MAX_SEQ_LEN)
    for row, text in enumerate(texts):
        rebuilt, lengths = rebuild(batch, row)
        assert rebuilt == text
        assert (sum(lengths), len(lengths)) == span_counts(len(text), CONFIG)
        assert min(lengths, default=1) >= 1


def test_rows_use_the_whole_context_and_never_more(tmp_path: Path) -> None:
    _, batch = corrupt(tmp_path, [[1] * 1000])
    assert batch["source_tokens"].shape[1] == MAX_SEQ_LEN
    assert batch["tokens"].shape[1] <= MAX_SEQ_LEN


def test_every_place_is_cut_out_as_often(tmp_path: Path) -> None:
    length = span_row_tokens(CONFIG, MAX_SEQ_LEN)
    _, batch = corrupt(tmp_path, [list(range(length))] * 3000)
    targets = batch["labels"][(batch["labels"] >= 0) & (batch["labels"] < NUM_TEXT_IDS)]
    shares = np.bincount(targets, minlength=length) / 3000
    num_noise, _ = span_counts(length, CONFIG)
    assert shares.mean() == pytest.approx(num_noise / length)
    # The ends are reached by fewer arrangements than the middle, but they are reached.
    assert shares[0] > 0.03
    assert shares[-1] > 0.03
    assert shares[5:-5].std() < 0.02


def test_mean_length_of_spans(tmp_path: Path) -> None:
    texts, batch = corrupt(tmp_path, [[1] * 70] * 200)
    lengths = [length for row in range(len(texts)) for length in rebuild(batch, row)[1]]
    assert np.mean(lengths) == pytest.approx(3.0, abs=0.5)
    assert set(lengths) > {1, 2, 3, 4, 5}


def test_a_text_of_one_token_is_left_whole(tmp_path: Path) -> None:
    _, batch = corrupt(tmp_path, [[7]])
    assert batch["source_tokens"].tolist() == [[7, EOT]]
    assert batch["labels"].tolist() == [[SENTINELS[0], EOT]]
    assert batch["tokens"].tolist() == [[PAD, SENTINELS[0]]]


def test_the_decoder_reads_the_target_shifted_and_sees_nothing_ahead(tmp_path: Path) -> None:
    _, batch = corrupt(tmp_path, random_documents(6, 60, seed=3))
    is_target = batch["labels"] != -100
    np.testing.assert_array_equal(
        batch["tokens"][:, 1:][is_target[:, 1:]], batch["labels"][:, :-1][is_target[:, 1:]]
    )
    assert (batch["tokens"][:, 0] == PAD).all()
    model = build_tiny("t5", MAX_SEQ_LEN).eval()
    inputs = {name: array for name, array in to_tensors(batch).items() if name != "labels"}
    changed = dict(inputs, tokens=inputs["tokens"].clone())
    place = 4
    changed["tokens"][:, place] = 11
    with torch.no_grad():
        before, after = model(**inputs).scores, model(**changed).scores
        loss_sum, num_targets = OBJECTIVE.loss(model, to_tensors(batch))
    torch.testing.assert_close(before[:, :place], after[:, :place])
    assert not torch.allclose(before[:, place:], after[:, place:])
    assert num_targets == OBJECTIVE.count_targets(batch) == int(is_target.sum())
    expected = torch.nn.functional.cross_entropy(
        before.flatten(0, 1), torch.from_numpy(batch["labels"]).flatten(), reduction="sum"
    )
    torch.testing.assert_close(loss_sum, expected, rtol=1e-5, atol=1e-3)
