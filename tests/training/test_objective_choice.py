"""Every family has something that it learns; what cannot take effect is refused and says why."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from yanmo.models.config import Family
from yanmo.training.config import PretrainConfig
from yanmo.training.objective_choice import (
    LEARNABLE,
    check_objective,
    objective_of,
    span_counts,
    span_row_tokens,
)
from yanmo.training.objective_config import (
    SECTIONS,
    MaskedConfig,
    ObjectiveName,
    SpanCorruptionConfig,
)


def check(family: str, num_sentinels: int = 0, max_seq_len: int = 256, **fields: Any) -> None:
    config = PretrainConfig.model_validate(fields)
    check_objective(family, config, num_sentinels=num_sentinels, max_seq_len=max_seq_len)


def test_every_family_can_learn_something_and_every_objective_is_learned() -> None:
    assert set(LEARNABLE) == set(get_args(Family))
    learned = {name for names in LEARNABLE.values() for name in names}
    assert learned == set(get_args(ObjectiveName))
    assert set(SECTIONS) <= set(PretrainConfig.model_fields)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("qwen3", "causal"),
        ("lstm", "causal"),
        ("cnn", "causal"),
        ("roberta", "masked"),
        ("t5", "span_corruption"),
        ("marian", "seq2seq"),
        ("gru_seq2seq", "seq2seq"),
        ("glm", "blank_infilling"),
    ],
)
def test_a_family_learns_what_it_is_made_for_unless_told(family: str, expected: str) -> None:
    assert objective_of(family, PretrainConfig()) == expected
    assert objective_of("glm", PretrainConfig(objective="causal")) == "causal"


def test_an_objective_that_the_family_cannot_learn_is_refused() -> None:
    with pytest.raises(ValueError, match=r"bert.*it can learn masked"):
        check("bert", objective="causal")
    with pytest.raises(ValueError, match=r"qwen3.*causal, prefix, infilling"):
        check("qwen3", objective="masked")
    check("qwen3", objective="infilling", infilling={"fim_prob": 0.9})


def test_a_section_of_another_objective_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"pretrain\.infilling has no effect"):
        PretrainConfig.model_validate({"objective": "masked", "infilling": {}})
    with pytest.raises(ValueError, match=r'pretrain.masked has no effect: .*"causal"'):
        check("gpt2", masked={"mask_prob": 0.3})
    check("bert", masked={"mask_prob": 0.3})


def test_next_sentence_needs_a_model_with_segments() -> None:
    check("bert", masked={"has_next_sentence": True})
    with pytest.raises(ValueError, match="tells segments apart"):
        check("roberta", masked={"has_next_sentence": True})


def test_span_corruption_needs_sentinels_and_says_how_many() -> None:
    with pytest.raises(ValueError, match=r"tokenizer.num_sentinels = 32"):
        check("t5")
    check("t5", num_sentinels=32)
    with pytest.raises(ValueError, match=r"tokenizer.num_sentinels = 58"):
        check("t5", num_sentinels=32, max_seq_len=1024)
    check("t5", objective="seq2seq")


def test_rows_that_read_on_are_for_the_next_token() -> None:
    check("lstm", row_order="contiguous")
    with pytest.raises(ValueError, match="contiguous"):
        check("bert", row_order="contiguous")


def test_shares_that_exceed_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="more than 1"):
        MaskedConfig(random_prob=0.6, unchanged_prob=0.5)


@pytest.mark.parametrize("max_seq_len", [8, 17, 64, 256, 512])
@pytest.mark.parametrize("noise_frac", [0.15, 0.5, 0.9])
def test_corrupted_rows_fill_the_context_and_fit(max_seq_len: int, noise_frac: float) -> None:
    config = SpanCorruptionConfig(noise_frac=noise_frac)

    def longest(num_tokens: int) -> int:
        num_noise, num_spans = span_counts(num_tokens, config)
        return max(num_tokens - num_noise + num_spans + 1, num_noise + num_spans + 2)

    num_tokens = span_row_tokens(config, max_seq_len)
    assert longest(num_tokens) <= max_seq_len < longest(num_tokens + 1)


def test_spans_of_short_texts_leave_something_standing() -> None:
    config = SpanCorruptionConfig(noise_frac=0.9, mean_span_tokens=1.0)
    assert span_counts(1, config) == (0, 0)
    for num_tokens in range(2, 50):
        num_noise, num_spans = span_counts(num_tokens, config)
        assert 1 <= num_spans <= num_noise < num_tokens
        assert num_spans <= num_tokens - num_noise + 1
