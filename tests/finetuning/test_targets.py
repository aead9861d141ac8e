"""Pairs become rows whose ends stay and whose cuts are counted; padding changes no loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.finetuning.chats import chat_tokenizer, tiny_model

from yanmo.core.errors import DataError
from yanmo.finetuning.targets import TargetObjective, TargetRows, build_target_rows
from yanmo.models.language_model import LanguageModel
from yanmo.tasks.example import PairExample
from yanmo.training.objective_config import Seq2SeqConfig

PAIRS = [
    PairExample("0", "The river runs to the sea.", ("白日依山尽",)),
    PairExample("1", "Hi", ("黄河入海流。", "never learned")),
    PairExample("2", "春眠不觉晓", ("It goes down.",)),
]


def rows_of(source: int = 64, target: int = 64) -> TargetRows:
    return build_target_rows(
        PAIRS, chat_tokenizer(), max_source_tokens=source, max_target_tokens=target
    )


def loss_of(model: LanguageModel, rows: TargetRows, numbers: list[int]) -> tuple[float, int]:
    objective = TargetObjective(Seq2SeqConfig(), pad_id=1, decoder_start_id=1)
    made = objective.make_batch(rows, np.array(numbers), [])
    batch = {name: torch.from_numpy(array) for name, array in made.items()}
    loss, count = objective.loss(model, batch)
    assert count == objective.count_targets(made)
    return float(loss.detach()), count


def test_the_first_target_is_learned_and_both_sides_end() -> None:
    tokenizer, rows = chat_tokenizer(), rows_of()
    for example, (source, target) in zip(PAIRS, rows.pairs, strict=True):
        assert source[-1] == target[-1] == tokenizer.eos_id
        assert tokenizer.decode(source[:-1].tolist()) == example.source
        assert tokenizer.decode(target[:-1].tolist()) == example.targets[0]
    assert rows.warnings() == []


def test_a_source_that_is_cut_keeps_its_end_and_a_target_has_none_to_learn() -> None:
    eos, whole, cut = chat_tokenizer().eos_id, rows_of(), rows_of(source=5, target=3)
    for (source, target), (all_source, all_target) in zip(cut.pairs, whole.pairs, strict=True):
        assert source[-1] == eos
        assert source[:-1].tolist() == all_source[: len(source) - 1].tolist()
        assert target.tolist() == all_target[:3].tolist()
    num_sources = sum(len(source) > 5 for source, _ in whole.pairs)
    num_targets = sum(len(target) > 3 for _, target in whole.pairs)
    assert (cut.num_cut_sources, cut.num_cut_targets) == (num_sources, num_targets)
    (warning,) = cut.warnings()
    assert warning.startswith(f"{num_sources} sources and {num_targets} targets of 3")


@pytest.mark.parametrize("family", ["t5", "marian"])
def test_a_padded_batch_is_the_sum_of_its_pairs(family: str) -> None:
    model = tiny_model(family, num_heads=4).eval()
    rows = rows_of()
    together, count = loss_of(model, rows, [2, 0, 1])
    alone = [loss_of(model, rows, [number]) for number in range(3)]
    assert together == pytest.approx(sum(loss for loss, _ in alone), abs=1e-4)
    assert count == sum(number for _, number in alone)


def test_a_pair_without_target_is_named() -> None:
    with pytest.raises(DataError, match="pair-7"):
        build_target_rows(
            [PairExample("pair-7", "Hi")],
            chat_tokenizer(),
            max_source_tokens=9,
            max_target_tokens=9,
        )
