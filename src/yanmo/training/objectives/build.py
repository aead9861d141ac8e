"""From the name of an objective and its numbers to the objective, and to batches that fit it.

Comes in: the `pretrain` section, special ids, what the model says of itself. Goes out: an
`CorpusObjective`; or a batch of random tokens in its shapes, for measuring how fast a model trains.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.tokens.special import SpecialIds
from yanmo.training.config import PretrainConfig
from yanmo.training.objective_choice import check_sentinels
from yanmo.training.objective_config import (
    BlankInfillingConfig,
    InfillingConfig,
    MaskedConfig,
    ObjectiveName,
    Seq2SeqConfig,
    SpanCorruptionConfig,
)
from yanmo.training.objectives.blank_infilling import BlankInfillingObjective
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.objectives.infilling import InfillingObjective
from yanmo.training.objectives.masked import MaskedObjective
from yanmo.training.objectives.next_sentence import NextSentenceObjective
from yanmo.training.objectives.objective import CorpusObjective, NumpyBatch, WordStarts
from yanmo.training.objectives.prefix import PrefixObjective
from yanmo.training.objectives.seq2seq import Seq2SeqObjective
from yanmo.training.objectives.span_corruption import SpanCorruptionObjective


def build_objective(
    name: ObjectiveName,
    config: PretrainConfig,
    special: SpecialIds,
    *,
    max_seq_len: int,
    decoder_start_id: int | None = None,
    word_starts: WordStarts | None = None,
) -> CorpusObjective:
    """The objective called `name`, with its numbers from `config`.

    Args:
        name: what is learned.
        config: the `pretrain` section; a sub-section that is missing stands for its defaults.
        special: special ids of the tokenizer.
        max_seq_len: the model's.
        decoder_start_id: the id that the decoder of an encoder-decoder begins with.
        word_starts: which tokens begin a word, where whole words are hidden.

    Raises:
        ConfigError: the tokenizer has too few sentinels for span corruption.
    """
    start = special.pad if decoder_start_id is None else decoder_start_id
    if name == "masked":
        masked = MaskedObjective(config.masked or MaskedConfig(), special, word_starts)
        return NextSentenceObjective(masked) if masked.config.has_next_sentence else masked
    if name == "span_corruption":
        span_config = config.span_corruption or SpanCorruptionConfig()
        _check_sentinels(span_config, special, max_seq_len)
        return SpanCorruptionObjective(span_config, special, start)
    if name == "blank_infilling":
        return BlankInfillingObjective(config.blank_infilling or BlankInfillingConfig(), special)
    if name == "infilling":
        return InfillingObjective(config.infilling or InfillingConfig(), special)
    if name == "seq2seq":
        return Seq2SeqObjective(config.seq2seq or Seq2SeqConfig(), special, start)
    return PrefixObjective() if name == "prefix" else CausalObjective()


def build_probe(
    name: ObjectiveName,
    config: PretrainConfig,
    *,
    vocab_size: int,
    num_rows: int,
    num_tokens: int,
) -> tuple[CorpusObjective, NumpyBatch]:
    """An objective, and a batch of random tokens in its shapes, (num_rows, num_tokens) each.

    One document a row, no text behind it: good for measuring time, and for nothing else.
    """
    sentinels = tuple(range(num_tokens))
    special = SpecialIds(vocab_size, 0, 0, 0, 0, 0, 0, 0, 0, 0, sentinels, frozenset({0}))
    objective = build_objective(
        name, config, special, max_seq_len=num_tokens, word_starts=lambda tokens: tokens >= 0
    )
    return objective, _random_batch(name, vocab_size, (num_rows, num_tokens))


def _random_batch(name: ObjectiveName, vocab_size: int, shape: tuple[int, int]) -> NumpyBatch:
    generator = np.random.default_rng(0)
    tokens, labels, source = generator.integers(0, vocab_size, (3, *shape))
    batch: dict[str, npt.NDArray[Any]] = {"tokens": tokens, "labels": labels}
    if name in ("seq2seq", "span_corruption"):
        return batch | {"source_tokens": source, "source_mask": np.ones(shape, dtype=np.bool_)}
    places = np.arange(shape[1])[None, :].repeat(shape[0], axis=0)
    batch |= {"positions": places, "document_ids": np.zeros(shape, dtype=np.int32)}
    if name == "masked":
        is_hidden = (generator.random(shape) < MaskedConfig().mask_prob) | (places == 0)
        batch["labels"] = np.where(is_hidden, labels, IGNORED_LABEL)
    if name in ("prefix", "blank_infilling"):
        batch["is_prefix"] = places < shape[1] // 2
        batch["labels"] = np.where(batch["is_prefix"], IGNORED_LABEL, labels)
    if name == "blank_infilling":
        batch["block_positions"] = np.zeros(shape, dtype=np.int64)
    return batch


def _check_sentinels(config: SpanCorruptionConfig, special: SpecialIds, max_seq_len: int) -> None:
    try:
        check_sentinels(config, len(special.sentinels), max_seq_len)
    except ValueError as error:
        raise ConfigError(
            str(error),
            hint=t("Train the tokenizer again, with sentinels."),
        ) from error
