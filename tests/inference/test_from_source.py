"""Targets from sources: the cache changes nothing, and what ends a target ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.inference.outside_models import save_bert

from yanmo.core.errors import ConfigError, DataError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.from_source import generate_target_tokens, source_ids_of
from yanmo.inference.generate import generate_text, stream_text
from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.tokenizer import Tokenizer

FAMILIES = ("t5", "marian", "rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq")
SOURCE = [3, 1, 4, 1, 5, 9, 2, 6]
every_family = pytest.mark.parametrize("family", FAMILIES)


def greedy(max_new_tokens: int) -> SamplingConfig:
    return SamplingConfig(max_new_tokens=max_new_tokens, temperature=0.0)


def write(model: Any, config: SamplingConfig, **given: Any) -> list[int]:
    return [token.id for token in generate_target_tokens(model, SOURCE, config, **given)]


@torch.no_grad()
def write_without_cache(model: Any, num_tokens: int, vocab_size: int) -> list[int]:
    """The most probable token after a full pass over everything written, again and again."""
    written = [model.config.decoder_start_id]
    for _ in range(num_tokens):
        scores = model(tokens=torch.tensor([written]), source_tokens=torch.tensor([SOURCE])).logits[
            0, -1, :vocab_size
        ]
        written.append(int(scores.argmax()))
    return written[1:]


@every_family
def test_greedy_decoding_through_the_cache_equals_full_passes(make_model: Any, family: str) -> None:
    model = make_model(family)
    written = write(model, greedy(10))
    assert written == write_without_cache(model, 10, 64)
    assert len(set(written)) > 1, "one token again and again proves little"


@every_family
def test_a_stop_id_ends_the_target_and_is_not_given(make_model: Any, family: str) -> None:
    model = make_model(family)
    whole = write(model, greedy(10))
    stop = whole[-1]
    first = whole.index(stop)
    assert write(model, greedy(10), stop_ids={stop}) == whole[:first]


@every_family
def test_rows_that_pad_the_vocabulary_are_never_drawn(make_model: Any, family: str) -> None:
    model = make_model(family)
    hot = SamplingConfig(max_new_tokens=15, temperature=5.0, seed=1)
    ids = write(model, hot, vocab_size=7)
    assert len(ids) == 15
    assert max(ids) < 7
    assert write(model, greedy(6), vocab_size=7) == write_without_cache(model, 6, 7)


@every_family
def test_a_target_ends_where_positions_end(make_model: Any, family: str) -> None:
    model = make_model(family, max_seq_len=16)
    assert len(write(model, greedy(100))) == 15


@every_family
def test_a_seed_fixes_the_target(make_model: Any, family: str) -> None:
    model = make_model(family)
    drawn = [
        write(model, SamplingConfig(max_new_tokens=12, temperature=1.5, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


@every_family
def test_a_source_without_tokens_or_with_unknown_ones_is_an_error(
    make_model: Any, family: str
) -> None:
    model = make_model(family)
    with pytest.raises(ConfigError, match="the source has no tokens"):
        next(generate_target_tokens(model, [], greedy(1)))
    with pytest.raises(DataError, match="id 64, and the model has 64"):
        next(generate_target_tokens(model, [3, 64], greedy(1)))


@every_family
def test_text_is_written_for_a_source_and_not_behind_it(
    make_model: Any, tokenizer: Tokenizer, family: str
) -> None:
    model = make_model(family, tokenizer.vocab_size, max_seq_len=32)
    source = [*tokenizer.encode("黄河入海流"), tokenizer.eos_id]
    assert source_ids_of(tokenizer, "黄河入海流") == source
    tokens = generate_target_tokens(
        model,
        source,
        greedy(20),
        stop_ids={tokenizer.eos_id},
        vocab_size=tokenizer.vocab_size,
    )
    expected = tokenizer.decode([token.id for token in tokens])
    assert (
        generate_text(model, tokenizer, "黄河入海流", max_new_tokens=20, temperature=0) == expected
    )
    assert "".join(stream_text(model, tokenizer, "黄河入海流", greedy(20))) == expected


def test_weights_of_an_encoder_decoder_are_as_they_are(
    make_model: Any, tokenizer: Tokenizer
) -> None:
    model = make_model("t5", tokenizer.vocab_size, max_seq_len=32)
    with pytest.raises(ConfigError, match="weights = int8 is for models that continue texts"):
        next(stream_text(model, tokenizer, "黄河", greedy(4), weights="int8"))


def test_another_tokenizer_puts_its_own_tokens_around_a_source(tmp_path: Path) -> None:
    save_bert(tmp_path)
    codec = load_codec(tmp_path)
    ids = source_ids_of(codec, "the sea")
    assert ids == codec.with_specials("the sea")
    assert ids[1:-1] == codec.encode("the sea")
