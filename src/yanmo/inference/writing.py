"""Targets for sources and continuations of prompts, in batches; ids in, ids out.

Inputs of like length are written together. Which rows share a batch changes nothing but the last
bits of the scores. Text is `write_text`'s part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.beam import BeamSettings, write_with_beam
from yanmo.inference.greedy import ShouldStop, write_greedily
from yanmo.inference.open_rows import OpenRows
from yanmo.inference.writing_config import WritingConfig
from yanmo.inference.writing_rules import WritingRules, Written
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import check_ids_fit

RATIO_SLACK_TOKENS = 10
"""What a target may have beyond `max_source_ratio` tokens for each of its source: one word in one
language is now and then several in another."""


@torch.inference_mode()
def write_ids(
    model: LanguageModel,
    inputs: Sequence[Sequence[int]],
    config: WritingConfig,
    *,
    stop_ids: Set[int] = frozenset(),
    vocab_size: int | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Written]:
    """Write a target for every source, or go on from every prompt; in the order of `inputs`.

    Args:
        model: causal or an encoder-decoder, in evaluation mode.
        inputs: ids of sources (with whatever ends them) or of prompts. A source longer than the
            model's positions is cut at its end. A prompt that leaves no room for `max_new_tokens`
            is cut at its beginning, but not below half of the context. Both are counted in
            `Written.num_forgotten`.
        stop_ids: tokens that end a text.
        vocab_size: ids from here on are never written: rows of the embedding that pad it.
        should_stop: told what is written for an input so far; True ends it there.

    Raises:
        ConfigError: an input is empty, the model writes nothing, or a beam has `should_stop`.
        DataError: an input has an id that the model does not have.
        RunError: the model's scores are not numbers.
    """
    if model.kind == "masked":
        raise ConfigError(t("a {family} model writes no text", family=model.config.family))
    assert should_stop is None or config.num_beams == 1, "a beam ends at its stop ids"
    is_seq2seq = model.kind == "seq2seq"
    for ids in inputs:
        if not ids:
            raise ConfigError(
                t("the source has no tokens") if is_seq2seq else t("the prompt has no tokens")
            )
        check_ids_fit(ids, model.config.vocab_size)
    results: dict[int, Written] = {}
    rules = WritingRules(frozenset(stop_ids), config.min_new_tokens, config.no_repeat_ngram)
    write = _write_targets if is_seq2seq else _write_continuations
    for batch in _batches(inputs, config, are_equal_in_length=not is_seq2seq):
        given = [inputs[number] for number in batch]
        found = write(model, given, config, rules, vocab_size, should_stop)
        results.update(zip(batch, found, strict=True))
    return [results[number] for number in range(len(inputs))]


def _batches(
    inputs: Sequence[Sequence[int]], config: WritingConfig, *, are_equal_in_length: bool
) -> Iterator[list[int]]:
    """Numbers of inputs that are written together, by length. The beams of a batch of prompts begin
    at the same position, and so such a batch has one length."""
    order = sorted(range(len(inputs)), key=lambda number: len(inputs[number]))
    must_agree = are_equal_in_length and config.num_beams > 1
    batch: list[int] = []
    for number in order:
        is_other = must_agree and batch and len(inputs[batch[0]]) != len(inputs[number])
        if len(batch) == config.batch_rows or is_other:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


@dataclass(frozen=True)
class OpenedSources:
    """Sources that a model has read, and what their targets begin with.

    Attributes:
        rows: one for each source.
        begins: the token that begins each target.
        limits: most tokens of each target.
        nums_forgotten: tokens of each source that the model has no room for.
    """

    rows: OpenRows
    begins: list[list[int]]
    limits: list[int]
    nums_forgotten: list[int]


def open_sources(
    model: LanguageModel,
    sources: Sequence[Sequence[int]],
    config: WritingConfig,
    vocab_size: int | None,
) -> OpenedSources:
    """Let an encoder-decoder read `sources`; nothing is written yet."""
    seq2seq = cast(Any, model)
    most = model.config.max_seq_len
    cut = [ids if len(ids) <= most else [*ids[: most - 1], ids[-1]] for ids in sources]
    length = max(map(len, cut))
    tokens = torch.tensor([[*ids, *[0] * (length - len(ids))] for ids in cut])  # (B, S)
    lengths = torch.tensor([[len(ids)] for ids in cut])  # (B, 1)
    is_real = torch.arange(length)[None, :] < lengths  # (B, S)
    mask = None if bool(is_real.all()) else is_real.to(model.device)
    limits = [min(_source_limit(len(ids), config), most - 1) for ids in cut]
    memory = seq2seq.encode(tokens.to(model.device), mask)
    rows = OpenRows(
        model, len(cut), max(limits) + 1, vocab_size=vocab_size, memory=memory, source_mask=mask
    )
    begins = [[int(seq2seq.config.decoder_start_id)] for _ in cut]
    forgotten = [len(ids) - len(kept) for ids, kept in zip(sources, cut, strict=True)]
    return OpenedSources(rows, begins, limits, forgotten)


def _write_targets(
    model: LanguageModel,
    sources: Sequence[Sequence[int]],
    config: WritingConfig,
    rules: WritingRules,
    vocab_size: int | None,
    should_stop: ShouldStop | None,
) -> list[Written]:
    opened = open_sources(model, sources, config, vocab_size)
    found = _search(opened.rows, opened.begins, opened.limits, config, rules, should_stop)
    return [
        replace(written, num_forgotten=num_forgotten)
        for written, num_forgotten in zip(found, opened.nums_forgotten, strict=True)
    ]


def _source_limit(num_source_tokens: int, config: WritingConfig) -> int:
    if config.max_source_ratio is None:
        return config.max_new_tokens
    longest = math.ceil(num_source_tokens * config.max_source_ratio) + RATIO_SLACK_TOKENS
    return min(config.max_new_tokens, longest)


def _write_continuations(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    config: WritingConfig,
    rules: WritingRules,
    vocab_size: int | None,
    should_stop: ShouldStop | None,
) -> list[Written]:
    most = model.config.max_seq_len
    # The last token that is written need not be read, and so takes no position.
    longest = max(1, most - config.max_new_tokens + 1, most // 2)
    kept = [ids[max(0, len(ids) - longest) :] for ids in prompts]
    limits = [min(config.max_new_tokens, most - len(ids) + 1) for ids in kept]
    num_positions = max(len(ids) + limit for ids, limit in zip(kept, limits, strict=True))
    rows = OpenRows(model, len(kept), num_positions, vocab_size=vocab_size)
    found = _search(rows, kept, limits, config, rules, should_stop)
    return [
        replace(written, num_forgotten=len(ids) - len(own))
        for written, ids, own in zip(found, prompts, kept, strict=True)
    ]


def _search(
    rows: OpenRows,
    begins: Sequence[Sequence[int]],
    limits: Sequence[int],
    config: WritingConfig,
    rules: WritingRules,
    should_stop: ShouldStop | None,
) -> list[Written]:
    if config.num_beams == 1:
        return write_greedily(rows, begins, limits, rules, should_stop)
    settings = BeamSettings(config.num_beams, config.length_penalty, config.beam_stop)
    return write_with_beam(rows, begins, limits, rules, settings)
