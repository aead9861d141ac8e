"""Rearranged pieces keep every token, at the rates of the recipe, in both orders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    EOT,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    SPECIAL,
    build_tiny,
    generators,
    is_within,
    random_documents,
    source,
    to_tensors,
    write_split,
)

from yanmo.training.objective_config import InfillingConfig
from yanmo.training.objectives.infilling import InfillingObjective
from yanmo.training.objectives.objective import NumpyBatch, piece_bounds

MAX_SEQ_LEN = 64


def rearrange(
    directory: Path, documents: list[list[int]], config: InfillingConfig
) -> tuple[list[list[int]], list[tuple[list[int], list[int]]], NumpyBatch]:
    """Pieces as they were; pieces as they are, with their labels; and the batch."""
    objective = InfillingObjective(config, SPECIAL)
    rows = objective.build_rows(write_split(directory, documents), source(MAX_SEQ_LEN))
    numbers = np.arange(rows.num_rows)
    plain = rows.batch(numbers)
    batch = objective.make_batch(rows, numbers, generators(rows.num_rows))
    before: list[list[int]] = []
    after: list[tuple[list[int], list[int]]] = []
    for row in numbers.tolist():
        for a, b in piece_bounds(plain["document_ids"][row]):
            before.append([*plain["tokens"][row, a:b].tolist(), int(plain["labels"][row, b - 1])])
        for a, b in piece_bounds(batch["document_ids"][row]):
            after.append((batch["tokens"][row, a:b].tolist(), batch["labels"][row, a:b].tolist()))
            assert batch["positions"][row, a:b].tolist() == list(range(b - a))
    return before, after, batch


def kind_of(tokens: list[int]) -> str:
    """How a piece was rearranged."""
    if FIM_PREFIX not in tokens:
        return "plain"
    return "spm" if tokens[tokens.index(FIM_PREFIX) + 1] == FIM_SUFFIX else "psm"


def restore(tokens: list[int]) -> list[int]:
    """The text of a rearranged piece."""
    kind = kind_of(tokens)
    if kind == "plain":
        return tokens
    head = tokens[: tokens.index(FIM_PREFIX)]
    suffix_at, middle_at = tokens.index(FIM_SUFFIX), tokens.index(FIM_MIDDLE)
    suffix, behind = tokens[suffix_at + 1 : middle_at], tokens[middle_at + 1 :]
    prefix = tokens[len(head) + 1 : suffix_at]
    return [*head, *prefix, *behind, *suffix]


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[list[int]], list[tuple[list[int], list[int]]], NumpyBatch]:
    """Pieces of two thousand documents."""
    documents = random_documents(2000, 50)
    return rearrange(tmp_path_factory.mktemp("fim"), documents, InfillingConfig())


def test_every_token_stays(
    many: tuple[list[list[int]], list[tuple[list[int], list[int]]], NumpyBatch],
) -> None:
    before, after, _ = many
    assert len(before) == len(after)
    for plain, (tokens, labels) in zip(before, after, strict=True):
        assert restore(tokens) == plain[:-1]
        assert labels[:-1] == tokens[1:]  # causal
        assert labels[-1] == (plain[-1] if kind_of(tokens) == "plain" else EOT)
        assert len(tokens) <= MAX_SEQ_LEN
        if plain[0] == EOT:
            assert tokens[0] == EOT


def test_rates_and_orders(tmp_path: Path) -> None:
    _, after, _ = rearrange(tmp_path, [[7] * 60] * 3000, InfillingConfig())
    kinds = [kind_of(tokens) for tokens, _ in after]
    num_changed = len(kinds) - kinds.count("plain")
    assert is_within(num_changed / len(kinds), 0.5, len(kinds), 3)
    # With nothing before the middle, both orders are written the same way.
    is_same = 1 - (60 / 61) ** 2
    assert is_within(kinds.count("spm") / num_changed, 0.5 + 0.5 * is_same, num_changed, 3)


def test_cuts_are_uniform(tmp_path: Path) -> None:
    config = InfillingConfig(fim_prob=1.0, spm_prob=0.0)
    _, after, _ = rearrange(tmp_path, [list(range(30))] * 3000, config)
    whole = [tokens for tokens, _ in after if len(tokens) == 34]
    prefixes = [tokens.index(FIM_SUFFIX) - 2 for tokens in whole]
    middles = [33 - tokens.index(FIM_MIDDLE) for tokens in whole]
    # The lesser of two uniform numbers is a third of the way on average.
    assert np.mean(prefixes) == pytest.approx(10, abs=0.6)
    assert np.mean(middles) == pytest.approx(10, abs=0.6)
    assert min(prefixes) == 0
    assert max(middles) == 30
    assert kind_of(whole[0]) == "psm"


def test_a_wide_row_trains_like_any_other(
    many: tuple[list[list[int]], list[tuple[list[int], list[int]]], NumpyBatch],
) -> None:
    _, _, batch = many
    assert batch["tokens"].shape[1] > MAX_SEQ_LEN  # rows of many short documents
    widths = (batch["document_ids"] >= 0).sum(1)
    rows = [int(widths.argmax()), int(widths.argmin())]
    model = build_tiny("gpt2", MAX_SEQ_LEN).eval()
    objective = InfillingObjective(InfillingConfig(), SPECIAL)
    both = {name: array[rows] for name, array in batch.items()}
    alone = [{name: array[[row]] for name, array in batch.items()} for row in rows]
    alone[1] = {name: array[:, : widths[rows[1]]] for name, array in alone[1].items()}
    with torch.no_grad():
        loss_sum, num_targets = objective.loss(model, to_tensors(both))
        parts = [objective.loss(model, to_tensors(part)) for part in alone]
    assert num_targets == sum(part[1] for part in parts) == widths[rows].sum()
    torch.testing.assert_close(loss_sum, parts[0][0] + parts[1][0], rtol=1e-5, atol=1e-3)
