"""Blanks and spans together are the text; positions, order and masks are those of the paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    EOP,
    EOT,
    MASK,
    NUM_TEXT_IDS,
    SOP,
    SPECIAL,
    build_tiny,
    generators,
    is_within,
    random_documents,
    source,
    to_tensors,
    write_split,
)

from yanmo.training.objective_config import BlankInfillingConfig
from yanmo.training.objectives.blank_infilling import BlankInfillingObjective
from yanmo.training.objectives.objective import NumpyBatch, piece_bounds

MAX_SEQ_LEN = 64


def blank(
    directory: Path, documents: list[list[int]], generation_prob: float = 0.5
) -> tuple[list[list[list[int]]], NumpyBatch]:
    """The pieces of each row, and the batch of all rows."""
    config = BlankInfillingConfig(generation_prob=generation_prob)
    objective = BlankInfillingObjective(config, SPECIAL)
    rows = objective.build_rows(write_split(directory, documents), source(MAX_SEQ_LEN))
    numbers = np.arange(rows.num_rows)
    plain = rows.batch(numbers)
    pieces = [
        [tokens[a:b].tolist() for a, b in piece_bounds(ids)]
        for tokens, ids in zip(plain["tokens"], plain["document_ids"], strict=True)
    ]
    return pieces, objective.make_batch(rows, numbers, generators(rows.num_rows))


def rebuild(batch: NumpyBatch, row: int, start: int, stop: int) -> tuple[list[int], list[int]]:
    """The text of a piece, and the lengths of its spans in the order in which they are written."""
    part = {name: array[row, start:stop] for name, array in batch.items()}
    num_context = int(part["is_prefix"].sum())
    assert part["is_prefix"][:num_context].all()
    context = part["tokens"][:num_context].tolist()
    assert part["positions"][:num_context].tolist() == list(range(num_context))
    assert not part["block_positions"][:num_context].any()
    assert (part["labels"][:num_context] == -100).all()
    spans: dict[int, list[int]] = {}
    for place in range(num_context, stop - start):
        token, label = int(part["tokens"][place]), int(part["labels"][place])
        mask = int(part["positions"][place])
        if token == SOP:
            assert context[mask] == MASK
            assert mask not in spans
            spans[mask] = []
        assert part["block_positions"][place] == len(spans[mask]) + 1
        if label == EOP:
            assert place + 1 == stop - start or part["tokens"][place + 1] == SOP
        else:
            assert part["tokens"][place + 1] == label
            spans[mask].append(label)
    assert spans.keys() == {place for place, token in enumerate(context) if token == MASK}
    text: list[int] = []
    for place, token in enumerate(context):
        text += spans.get(place, [token])
    return text, [len(span) for span in spans.values()]


@pytest.mark.parametrize("generation_prob", [0.0, 0.5, 1.0])
def test_blanks_and_spans_together_are_the_text(tmp_path: Path, generation_prob: float) -> None:
    pieces, batch = blank(tmp_path, random_documents(300, 90), generation_prob)
    for row, expected in enumerate(pieces):
        bounds = piece_bounds(batch["document_ids"][row])
        assert [rebuild(batch, row, *bound)[0] for bound in bounds] == expected
    assert batch["positions"].max() < MAX_SEQ_LEN
    assert batch["block_positions"].max() < MAX_SEQ_LEN


def test_short_spans_cover_their_share_and_are_about_three_long(tmp_path: Path) -> None:
    _, batch = blank(tmp_path, [list(range(100))] * 1500, generation_prob=0.0)
    lengths: list[int] = []
    for row in range(len(batch["tokens"])):
        for bound in piece_bounds(batch["document_ids"][row]):
            lengths += rebuild(batch, row, *bound)[1]
    num_text = 1500 * 100
    num_hidden = int(((batch["labels"] >= 0) & (batch["labels"] < NUM_TEXT_IDS)).sum())
    assert num_hidden / num_text == pytest.approx(0.15, abs=0.01)
    assert min(lengths) == 1
    # Poisson with lambda 3, zero left out, has mean 3 / (1 - e**-3); the last of a piece is cut.
    assert 2.2 < np.mean(lengths) < 3.16


def test_lengths_of_spans_are_poisson(tmp_path: Path) -> None:
    """In long texts, where few spans are cut."""
    config = BlankInfillingConfig(generation_prob=0.0)
    objective = BlankInfillingObjective(config, SPECIAL)
    split = write_split(tmp_path, [[1] * 3000] * 20)
    rows = objective.build_rows(split, source(3000))
    batch = objective.make_batch(rows, np.arange(20), generators(20))
    starts = np.flatnonzero(batch["tokens"] == SOP)
    ends = np.flatnonzero(batch["labels"] == EOP)
    lengths = ends - starts
    expected = 3 / (1 - np.exp(-3))
    assert len(lengths) > 2000
    assert lengths.mean() == pytest.approx(expected, abs=0.12)
    assert is_within((lengths == 1).mean(), 3 * np.exp(-3) / (1 - np.exp(-3)), len(lengths))


def test_spans_come_in_random_order(tmp_path: Path) -> None:
    _, batch = blank(tmp_path, [list(range(60))] * 200, generation_prob=0.0)
    num_sorted = num_several = 0
    for row in range(len(batch["tokens"])):
        places = batch["positions"][row][batch["tokens"][row] == SOP].tolist()
        num_several += len(places) > 1
        num_sorted += len(places) > 1 and places == sorted(places)
    assert num_several > 150
    assert 0 < num_sorted < 0.5 * num_several


def test_endings_are_half_to_all_of_the_text(tmp_path: Path) -> None:
    pieces, batch = blank(tmp_path, [list(range(61))] * 600, generation_prob=1.0)
    shares = []
    for row in range(len(pieces)):
        context = batch["tokens"][row][batch["is_prefix"][row]].tolist()
        assert context[0] == EOT
        assert context[-1] == MASK
        assert context.count(MASK) == 1
        shares.append(1 - (len(context) - 2) / 61)
    assert min(shares) < 0.53
    assert max(shares) > 0.97
    assert np.mean(shares) == pytest.approx(0.75, abs=0.03)


def test_tokens_that_begin_documents_and_texts_of_one_token_stay(tmp_path: Path) -> None:
    pieces, batch = blank(tmp_path, [[5], [6], [7, 8]], generation_prob=0.0)
    assert pieces == [[[EOT, 5], [EOT, 6], [EOT, 7, 8]]]
    assert not (batch["labels"] == EOT).any()
    assert batch["tokens"][0, :4].tolist() == [EOT, 5, EOT, 6]
    assert (batch["labels"][0] != -100).sum() == 2  # one token and its end


def test_scores_of_spans_see_the_context_and_nothing_ahead(tmp_path: Path) -> None:
    _, batch = blank(tmp_path, random_documents(20, 30, seed=4), generation_prob=0.0)
    objective = BlankInfillingObjective(BlankInfillingConfig(), SPECIAL)
    model = build_tiny("glm", MAX_SEQ_LEN).eval()
    tensors = to_tensors(batch)
    with torch.no_grad():
        loss_sum, num_targets = objective.loss(model, tensors)
        inputs = {name: array for name, array in tensors.items() if name != "labels"}
        before = model(**inputs).scores
        row = int((batch["tokens"] == SOP).sum(1).argmax())
        # A token inside a span: the input behind the first SOP is the first label.
        place = int(np.flatnonzero(batch["labels"][row] != -100)[1])
        changed = dict(inputs, tokens=inputs["tokens"].clone())
        changed["tokens"][row, place] = (batch["tokens"][row, place] + 1) % NUM_TEXT_IDS
        after = model(**changed).scores
        # A token of the context, behind a blank of the same piece.
        context = dict(inputs, tokens=inputs["tokens"].clone())
        start, stop = next(
            bound
            for bound in piece_bounds(batch["document_ids"][row])
            if bound[0] <= place < bound[1]
        )
        last = start + int(batch["is_prefix"][row, start:stop].sum()) - 1
        context["tokens"][row, last] = 3
        seen = model(**context).scores
    torch.testing.assert_close(before[row, :place], after[row, :place])
    assert not torch.allclose(before[row, place:stop], after[row, place:stop])
    torch.testing.assert_close(before[row, stop:], after[row, stop:])
    assert not torch.allclose(before[row, start], seen[row, start])
    assert num_targets == objective.count_targets(batch)
    expected = torch.nn.functional.cross_entropy(
        before.flatten(0, 1), tensors["labels"].flatten(), reduction="sum"
    )
    torch.testing.assert_close(loss_sum, expected, rtol=1e-5, atol=1e-3)
