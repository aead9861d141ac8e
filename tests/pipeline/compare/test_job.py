"""What differs between the candidates of a comparison, and what decides their results."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.pipeline.compare.tiny import BATCH_TOKENS, tiny_recipe

from yanmo.core.errors import ConfigError
from yanmo.core.resolve import diff_configs
from yanmo.models.config import ModelConfig
from yanmo.pipeline.compare.budget import Budget, parse_budget
from yanmo.pipeline.compare.job import Job, build_job, candidate_recipe, with_steps
from yanmo.pipeline.compare.names import parse_models
from yanmo.pipeline.recipe import Recipe
from yanmo.training.config import AdamWConfig, PretrainConfig

TOKENS = Budget(kind="tokens", amount=20 * BATCH_TOKENS)


def job(name: str, budget: Budget, recipe: Recipe | None = None, tokens: str = "a") -> Job:
    (candidate,) = parse_models([name], baseline_order=3)
    recipe = recipe or tiny_recipe(Path("text.txt"))
    if candidate.family is not None:
        recipe = candidate_recipe(recipe, candidate.family, ())
    return build_job(candidate, recipe, budget, Path("run"), {"tokens": tokens})


def test_candidates_differ_in_the_model_and_its_optimiser_alone() -> None:
    recipe = tiny_recipe(Path("text.txt"))
    ours, theirs = (candidate_recipe(recipe, family, ()) for family in ("lstm", "qwen3"))
    changed = {difference.path for difference in diff_configs(ours, theirs)}
    assert changed
    allowed = ("model.family", "model.dropout", "pretrain.optimizer.")
    assert all(path.startswith(allowed) for path in changed), changed


def test_what_belongs_to_other_families_is_left_out() -> None:
    model = ModelConfig(family="qwen3", depth=1, d_model=32, head_dim=16, max_seq_len=32)
    recipe = tiny_recipe(Path("text.txt")).model_copy(update={"model": model})
    assert candidate_recipe(recipe, "cnn", ()).model.head_dim is None
    assert candidate_recipe(recipe, "gpt2", ()).model.head_dim == 16


def test_an_optimiser_that_the_user_names_is_that_of_all() -> None:
    recipe = tiny_recipe(Path("text.txt"))
    named = recipe.pretrain.model_copy(update={"optimizer": AdamWConfig(learning_rate=0.5)})
    recipe = recipe.model_copy(update={"pretrain": named})
    for family in ("rnn", "qwen3"):
        kept = candidate_recipe(recipe, family, {"pretrain.optimizer"})  # type: ignore[arg-type]
        assert kept.pretrain.optimizer == named.optimizer
        own = candidate_recipe(recipe, family, ())  # type: ignore[arg-type]
        assert own.pretrain.optimizer != named.optimizer


def test_equal_token_budgets_are_equal_steps() -> None:
    assert {job(name, TOKENS).steps for name in ("ffn", "lstm", "cnn", "qwen3")} == {20}


def test_flops_budgets_buy_steps_inversely_to_the_cost() -> None:
    budget = parse_budget("2e10 flops")
    from yanmo.pipeline.model_shape import derive_shape

    for name in ("ffn", "lstm", "qwen3"):
        found = job(name, budget)
        shape = derive_shape(found.recipe, found.recipe.tokenizer.vocab_size).config
        each = BATCH_TOKENS * shape.flops_per_token()
        assert found.steps is not None
        assert found.steps * each <= 2e10 < (found.steps + 1) * each


def test_a_budget_below_one_step_is_refused_with_the_price() -> None:
    with pytest.raises(ConfigError, match="do not pay for one step of lstm") as refused:
        job("lstm", Budget(kind="tokens", amount=BATCH_TOKENS - 1))
    assert str(BATCH_TOKENS) in str(refused.value.hint)


def test_the_key_changes_with_what_decides_the_result_and_with_nothing_else() -> None:
    base = job("lstm", TOKENS)
    assert job("lstm", TOKENS).key == base.key
    assert job("gru", TOKENS).key != base.key
    assert job("lstm", TOKENS, tokens="b").key != base.key
    assert job("lstm", parse_budget("60s")).key != base.key
    recipe = tiny_recipe(Path("text.txt"))
    watched = recipe.pretrain.model_copy(update={"validate_every": 7, "steps": 40})
    assert job("lstm", TOKENS, recipe.model_copy(update={"pretrain": watched})).key == base.key
    evaluate = recipe.evaluate.model_copy(update={"max_tokens": 100})
    scored = job("lstm", TOKENS, recipe.model_copy(update={"evaluate": evaluate}))
    assert scored.key == base.key
    assert scored.score_key != base.score_key


def test_a_job_is_read_back_as_it_was_written() -> None:
    found = job("gpt2", TOKENS)
    assert Job.model_validate_json(found.model_dump_json()) == found


def test_a_run_is_watched_at_some_fifteen_points_whatever_its_length() -> None:
    for steps in (1, 2, 15, 16, 100, 1000):
        config = with_steps(PretrainConfig(), steps, 32)
        PretrainConfig.model_validate(config.model_dump())
        assert config.steps == steps
        assert -(-steps // config.validate_every) in range(min(steps, 8), 16)
        assert config.validation_rows == 512
