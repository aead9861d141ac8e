"""Direct preference optimisation: where it begins, its gradient, and that it does what it says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.finetuning.chats import chat_encoder, tiny_model

from yanmo.core.errors import DataError
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.finetuning.preference_rows import PreferenceRows, build_preference_rows
from yanmo.finetuning.preferences import (
    PreferenceObjective,
    preference_figures,
    reference_log_probs,
)
from yanmo.models.language_model import LanguageModel
from yanmo.tasks.example import PreferenceExample, Turn
from yanmo.tasks.kinds.preferences import PreferencesConfig

CPU = torch.device("cpu")
PAIRS = [
    ("白日依山尽的下一句？", "黄河入海流。", "不知道。"),
    ("What runs to the sea?", "The river runs to the sea.", "Hi"),
    ("Hi", "Hello", "It goes down."),
    ("春眠不觉晓", "处处闻啼鸟。夜来风雨声，花落知多少。", "Hello"),
]


def examples() -> list[PreferenceExample]:
    return [
        PreferenceExample(f"pair-{number}", (Turn("user", asked),), chosen, rejected)
        for number, (asked, chosen, rejected) in enumerate(PAIRS)
    ]


def objective_of(**settings: Any) -> PreferenceObjective:
    return PreferenceObjective(PreferenceConfig.model_validate(settings), pad_id=1)


def rows_for(model: LanguageModel) -> PreferenceRows:
    """The pairs with what a model makes of them, pairs in two batches of unequal widths."""
    rows = build_preference_rows(chat_encoder(), examples(), 128)
    return rows.with_reference(reference_log_probs(model, rows, pad_id=1, device=CPU, batch_rows=3))


def batch_of(objective: PreferenceObjective, rows: PreferenceRows) -> dict[str, torch.Tensor]:
    batch = objective.make_batch(rows, np.arange(rows.num_rows), [])
    assert objective.count_targets(batch) == rows.num_rows
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def log_prob(model: LanguageModel, turns: list[Turn], answer: str) -> tuple[torch.Tensor, int]:
    """log p of an answer and of its end, one conversation alone, and the number of its tokens."""
    tokens = chat_encoder().encode([*turns, Turn("assistant", answer)])
    scores = model(tokens=torch.from_numpy(tokens.ids)[None]).logits[0].log_softmax(-1)
    places = np.flatnonzero(tokens.turns == len(turns))
    found = [scores[place - 1, tokens.ids[place]] for place in places]
    return torch.stack(found).sum(), len(found)


def log_probs_by_hand(model: LanguageModel) -> tuple[torch.Tensor, torch.Tensor]:
    """log p (4, 2) of all answers and the tokens (4, 2) of each."""
    found = [
        [
            log_prob(model, list(example.turns), answer)
            for answer in (example.chosen, example.rejected)
        ]
        for example in examples()
    ]
    values = torch.stack([torch.stack([value for value, _ in pair]) for pair in found])
    return values, torch.tensor([[count for _, count in pair] for pair in found])


@pytest.mark.parametrize("family", ["qwen3", "gpt2", "lstm"])
def test_the_loss_begins_at_ln_2(family: str) -> None:
    model = tiny_model(family)
    rows = rows_for(model)
    for settings in ({}, {"label_smoothing": 0.2}, {"is_length_normalised": True, "beta": 5.0}):
        objective = objective_of(**settings)
        loss, count = objective.loss(model.eval(), batch_of(objective, rows))
        assert count == len(PAIRS)
        assert float(loss.detach()) / count == pytest.approx(math.log(2), abs=1e-5)
        figures = preference_figures(model, rows, objective, device=CPU, batch_rows=2)
        assert figures.loss == pytest.approx(math.log(2), abs=1e-5)
        assert abs(figures.mean_margin) < 1e-4


@pytest.mark.parametrize(
    "settings",
    [
        {"beta": 0.1},
        {"beta": 0.5, "label_smoothing": 0.1},
        {"beta": 5.0, "is_length_normalised": True},
    ],
)
def test_loss_and_gradient_are_those_of_the_formula(settings: dict[str, Any]) -> None:
    start, model = (tiny_model(seed=seed).double().eval() for seed in (0, 1))
    objective, rows = objective_of(**settings), rows_for(start)
    loss, _ = objective.loss(model, batch_of(objective, rows))
    loss.backward()  # type: ignore[no-untyped-call]
    gradient = [p.grad.clone() for p in model.parameters() if p.grad is not None]

    with torch.no_grad():
        reference, _ = log_probs_by_hand(start)
    values, counts = log_probs_by_hand(model)
    assert rows.reference is not None
    np.testing.assert_allclose(rows.reference, reference.numpy(), atol=1e-10)
    beta, smoothing = objective.config.beta, objective.config.label_smoothing
    is_normalised = objective.config.is_length_normalised
    weights = beta / (counts.double() if is_normalised else torch.ones(4, 2, dtype=torch.float64))
    gains = weights * (values.detach() - reference)
    margins = gains[:, 0] - gains[:, 1]
    sigmoid = torch.sigmoid(margins)
    by_hand = -(1 - smoothing) * sigmoid.log() - smoothing * (1 - sigmoid).log()
    assert float(loss.detach()) == pytest.approx(float(by_hand.sum()), rel=1e-10)

    # d loss / d margin = sigmoid(margin) - (1 - smoothing); d margin / d log p = +-weight
    slopes = (sigmoid - (1 - smoothing))[:, None] * weights * torch.tensor([1.0, -1.0])
    model.zero_grad()
    (slopes * values).sum().backward()  # type: ignore[no-untyped-call]
    expected = [p.grad for p in model.parameters() if p.grad is not None]
    for own, theirs in zip(gradient, expected, strict=True):
        torch.testing.assert_close(own, theirs, atol=1e-10, rtol=1e-8)


def test_training_prefers_what_was_chosen() -> None:
    model = tiny_model()
    objective = objective_of(beta=0.2)
    rows = rows_for(model)
    before = preference_figures(model, rows, objective, device=CPU)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    batch = batch_of(objective, rows)
    for _ in range(15):
        loss, count = objective.loss(model, batch)
        optimizer.zero_grad()
        (loss / count).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    after = preference_figures(model, rows, objective, device=CPU)
    assert before.accuracy == pytest.approx(0.5, abs=0.51) and after.accuracy == 1.0
    assert after.loss < 0.5 * before.loss
    assert after.mean_margin > 1.0 > before.mean_margin
    assert after.chosen_gain > after.rejected_gain


def test_measuring_leaves_the_model_as_it_was() -> None:
    model = tiny_model("lstm").train()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    rows_for(model)
    assert model.training
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_batch_of_pairs_can_be_cut_between_pairs_only() -> None:
    objective = objective_of()
    model = tiny_model()
    rows = rows_for(model)
    batch = batch_of(objective, rows)
    assert {len(array) for array in batch.values()} == {len(PAIRS)}
    whole, _ = objective.loss(model, batch)
    parts = [
        objective.loss(model, {name: array[half] for name, array in batch.items()})[0]
        for half in (slice(0, 1), slice(1, 4))
    ]
    assert float(whole.detach()) == pytest.approx(float(sum(parts).detach()), rel=1e-6)  # type: ignore[union-attr]


def test_both_answers_stand_behind_the_same_turns() -> None:
    turns = (
        Turn("system", "你懂诗。"),
        Turn("user", "谁写的？"),
        Turn("assistant", "李白。"),
        Turn("user", "Hi"),
    )
    example = PreferenceExample("a", turns, "Hello", "处处闻啼鸟。夜来风雨声，花落知多少。")
    (whole,) = build_preference_rows(chat_encoder(), [example], 500).pairs
    limit = len(whole[1].tokens) - 1
    assert len(whole[0].tokens) < limit
    rows = build_preference_rows(chat_encoder(), [example], limit)
    chosen, rejected = rows.pairs[0]
    begins = np.flatnonzero(chosen.labels != -100)[0]
    assert chosen.tokens[: begins + 1].tolist() == rejected.tokens[: begins + 1].tolist()
    assert rows.counts.num_shortened == 1 and rows.counts.num_turns_left_out == 2
    assert (rejected.labels != -100).sum() == (whole[1].labels != -100).sum()


def test_what_does_not_fit_in_is_counted_or_cut() -> None:
    lengths = [
        max(len(side.tokens) for side in pair)
        for pair in build_preference_rows(chat_encoder(), examples(), 128).pairs
    ]
    limit = max(lengths) - 2
    num_too_long = sum(length > limit for length in lengths)
    dropped = build_preference_rows(chat_encoder(), examples(), limit)
    assert dropped.num_rows == 4 - num_too_long and dropped.counts.num_left_out == num_too_long
    cut = build_preference_rows(chat_encoder(), examples(), limit, too_long="end")
    assert cut.num_rows == 4 and cut.counts.num_tokens_cut >= 2
    with pytest.raises(DataError, match="no pair of answers fits in 3 tokens"):
        build_preference_rows(chat_encoder(), examples(), 3)


def test_a_reference_of_other_pairs_is_refused() -> None:
    rows = build_preference_rows(chat_encoder(), examples(), 128)
    for wrong in (np.zeros((3, 2)), np.full((4, 2), np.nan)):
        with pytest.raises(DataError, match="do not fit"):
            rows.with_reference(wrong)


@pytest.mark.parametrize("name", ["dpo_en_demo.json.gz", "dpo_zh_demo.json"])
def test_published_pairs_begin_at_ln_2_and_are_learned(shared_data: Path, name: str) -> None:
    section = {"kind": "preferences", "train": name}
    folder = shared_data / "instructions" / "preference-demo"
    pairs = PreferencesConfig.model_validate(section).open("t", folder).examples("train")
    shortest = sorted(pairs, key=lambda pair: len(repr(pair).encode()))[:8]
    rows = build_preference_rows(chat_encoder(), shortest, 256, too_long="end")
    assert rows.num_rows == 8
    model = tiny_model(max_seq_len=256)
    objective = objective_of(beta=0.2)
    rows = rows.with_reference(reference_log_probs(model, rows, pad_id=1, device=CPU))
    assert preference_figures(model, rows, objective, device=CPU).loss == pytest.approx(
        math.log(2), abs=1e-4
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    batch = batch_of(objective, rows)
    for _ in range(6):
        loss, count = objective.loss(model, batch)
        optimizer.zero_grad()
        (loss / count).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    after = preference_figures(model, rows, objective, device=CPU)
    assert after.accuracy > 0.9 and after.loss < 0.6
