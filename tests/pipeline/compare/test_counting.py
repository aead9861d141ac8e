"""How much text a counting model gets under a budget."""

from __future__ import annotations

import numpy as np

from yanmo.pipeline.compare.counting import choose_documents

LENGTHS = np.array([700, 30, 1, 90, 400])


def test_a_budget_of_tokens_is_kept_to_the_token_whatever_the_documents_are_long() -> None:
    for max_tokens in (1, 100, 650, 1_220, 1_221):
        for seed in range(5):
            chosen, sizes = choose_documents(LENGTHS, max_tokens, seed)
            assert sizes.sum() == max_tokens
            assert (sizes > 0).all()
            assert (sizes <= LENGTHS[chosen]).all()
            assert (sizes < LENGTHS[chosen]).sum() <= 1
            assert (np.diff(chosen) > 0).all()


def test_a_budget_beyond_the_text_and_none_give_all_of_it() -> None:
    for max_tokens in (None, 5_000):
        chosen, sizes = choose_documents(LENGTHS, max_tokens, seed=0)
        assert chosen.tolist() == [0, 1, 2, 3, 4]
        assert sizes.tolist() == LENGTHS.tolist()


def test_the_seed_draws_the_documents() -> None:
    draws = {tuple(choose_documents(LENGTHS, 500, seed)[0].tolist()) for seed in range(20)}
    assert len(draws) > 1
