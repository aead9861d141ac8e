"""The grammar of budgets, and the steps that they pay for."""

from __future__ import annotations

import pytest

from yanmo.core.errors import ConfigError
from yanmo.pipeline.compare.budget import Budget, parse_budget


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("60s", "time", 60),
        ("1.5 min", "time", 90),
        ("2 minutes", "time", 120),
        ("1h", "time", 3600),
        ("2M tokens", "tokens", 2e6),
        ("500k tok", "tokens", 5e5),
        ("2Mtok", "tokens", 2e6),
        ("1B tokens", "tokens", 1e9),
        ("3000 tokens", "tokens", 3000),
        ("1e13flops", "flops", 1e13),
        ("10 TFLOPs", "flops", 1e13),
    ],
)
def test_a_budget_is_read(text: str, kind: str, amount: float) -> None:
    assert parse_budget(text) == Budget.model_validate({"kind": kind, "amount": amount})


@pytest.mark.parametrize(
    "text",
    ["", "60", "5m", "s", "-3s", "0s", "0 tokens", "1e400 tok", "60s tokens", "nan s", "k tok"],
)
def test_what_is_no_budget_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ConfigError, match="no budget") as refused:
        parse_budget(text)
    assert "60s" in str(refused.value.hint)


def test_equal_tokens_are_equal_steps_whatever_a_token_costs() -> None:
    budget = parse_budget("10k tokens")
    assert budget.steps(128, 1_000) == budget.steps(128, 9_000) == 78


def test_steps_of_equal_flops_are_inverse_to_the_cost_of_a_token() -> None:
    budget = parse_budget("1e9 flops")
    assert budget.steps(100, 1_000) == 10_000
    assert budget.steps(100, 4_000) == 2_500
    assert budget.steps(100, 10**9) == 0


def test_seconds_become_steps_by_the_time_of_one() -> None:
    budget = parse_budget("60s")
    assert budget.steps(128, 1_000) is None
    assert budget.steps_by_probe(0.25) == 240
    assert budget.steps_by_probe(100.0) == 1
