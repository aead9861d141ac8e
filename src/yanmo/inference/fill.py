"""Filling blanks in a text, each kind of model in the way that it has learned.

A masked language model puts its best token in each blank. Blank infilling (Du et al. 2022) and span
corruption (Raffel et al. 2020) write a span for each; a causal model that has learned to fill in
the middle (Bavarian et al. 2022) writes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.from_source import generate_target_tokens, source_ids_of
from yanmo.inference.generate import generate_tokens
from yanmo.inference.sampling import build_generator, choose_token
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec, check_ids_fit
from yanmo.tokens.tokenizer import Tokenizer

BLANK = "____"


@dataclass(frozen=True)
class FilledText:
    """A text without blanks, and what stands in each of them."""

    text: str
    pieces: tuple[str, ...]


def fill_text(
    model: LanguageModel, tokenizer: TextCodec, text: str, config: SamplingConfig
) -> FilledText:
    """Fill every `____` of `text`.

    Raises:
        ConfigError: there is no blank, there are more than the model can fill, or its tokenizer
            lacks what filling takes.
        DataError: the tokenizer is not the model's: it gives ids that the model does not have.
    """
    parts = text.split(BLANK)
    if len(parts) == 1:
        raise ConfigError(
            t("the text has no blank"), hint=t("Write a blank as four underscores: ____")
        )
    encoded = [tokenizer.encode(part) for part in parts]
    pieces = [tokenizer.decode(ids) for ids in fill_ids(model, tokenizer, encoded, config)]
    filled = parts[0] + "".join(piece + part for piece, part in zip(pieces, parts[1:], strict=True))
    return FilledText(filled, tuple(pieces))


@torch.inference_mode()
def fill_ids(
    model: LanguageModel,
    tokenizer: TextCodec,
    parts: Sequence[Sequence[int]],
    config: SamplingConfig,
) -> list[list[int]]:
    """The ids that fill the blanks between `parts`."""
    if model.kind == "masked":
        return _fill_masked(model, tokenizer, parts, config)
    if model.kind == "seq2seq" and tokenizer.sentinel_ids:
        return _fill_from_sentinels(model, tokenizer, parts, config)
    if not isinstance(tokenizer, Tokenizer):
        raise ConfigError(
            t("this model's tokenizer has no tokens for blanks"),
            hint=t("Masked language models, T5, and models that yanmo has trained, fill blanks."),
        )
    if model.config.family == "glm":
        return list(_fill_spans(model, tokenizer, parts, config))
    return [_fill_middle(model, tokenizer, parts, config)]


def _fill_masked(
    model: LanguageModel,
    tokenizer: TextCodec,
    parts: Sequence[Sequence[int]],
    config: SamplingConfig,
) -> list[list[int]]:
    if not getattr(model.config, "has_mlm_head", True):
        raise ConfigError(
            t("this model has no head that predicts tokens"),
            hint=t("It gives vectors: yanmo embed MODEL FILE"),
        )
    mask = tokenizer.mask_id
    if mask is None:
        raise ConfigError(t("this model's tokenizer has no tokens for blanks"))
    text = list(parts[0])
    for part in parts[1:]:
        text += [mask, *part]
    row = tokenizer.with_specials(text)
    _check_fit(row, model)
    ids = torch.tensor([row], device=model.device)  # (1, T)
    logits = model(tokens=ids).logits[0, :, : tokenizer.vocab_size]  # (T, V)
    specials = [id for id in range(tokenizer.vocab_size) if tokenizer.is_special(id)]
    logits[:, specials] = -torch.inf
    places = (ids[0] == mask).nonzero()[:, 0].tolist()
    generator = build_generator(config.seed)
    return [[choose_token(logits[place], [], config, generator)[0]] for place in places]


def _fill_spans(
    model: LanguageModel,
    tokenizer: Tokenizer,
    parts: Sequence[Sequence[int]],
    config: SamplingConfig,
) -> Iterator[list[int]]:
    """A span for each blank, one after another; each sees the context and the spans before it."""
    special = tokenizer.special_ids
    context = [special.eos, *parts[0]]
    blanks = []
    for part in parts[1:]:
        blanks.append(len(context))
        context += [special.mask, *part]
    _check_fit(context, model)
    check_ids_fit([special.sop, special.eop], model.config.vocab_size)
    tokens = list(context)
    positions = list(range(len(context)))
    block_positions = [0] * len(context)
    generator = build_generator(config.seed)
    for place in blanks:
        span: list[int] = []
        tokens.append(special.sop)
        # The last token of a span that is cut has a place in it too.
        limit = min(config.max_new_tokens, model.config.max_seq_len - 2)
        for number in range(1, limit + 1):
            positions.append(place)
            block_positions.append(number)
            logits = _score_span(model, tokens, positions, block_positions, len(context))
            logits = logits[: tokenizer.vocab_size]
            token, _ = choose_token(logits, span, config, generator)
            if token == special.eop:
                break
            span.append(token)
            tokens.append(token)
        if len(positions) < len(tokens):  # the span was cut: its last token was not read yet
            positions.append(place)
            block_positions.append(len(span) + 1)
        yield span


def _score_span(
    model: LanguageModel,
    tokens: list[int],
    positions: list[int],
    block_positions: list[int],
    num_context: int,
) -> torch.Tensor:
    def row(values: list[int]) -> torch.Tensor:
        return torch.tensor([values], device=model.device)

    output = model(
        tokens=row(tokens),
        positions=row(positions),
        block_positions=row(block_positions),
        is_prefix=torch.arange(len(tokens), device=model.device)[None, :] < num_context,
    )
    scores: torch.Tensor = output.logits[0, -1]  # (V,)
    return scores


def _fill_from_sentinels(
    model: LanguageModel,
    tokenizer: TextCodec,
    parts: Sequence[Sequence[int]],
    config: SamplingConfig,
) -> list[list[int]]:
    sentinels = tokenizer.sentinel_ids
    num_blanks = len(parts) - 1
    if num_blanks >= len(sentinels):
        raise ConfigError(
            t(
                "the text has {blanks} blanks, and the tokenizer has {sentinels} sentinels",
                blanks=num_blanks,
                sentinels=len(sentinels),
            )
        )
    source = list(parts[0])
    for sentinel, part in zip(sentinels, parts[1:], strict=False):
        source += [sentinel, *part]
    source = source_ids_of(tokenizer, source)
    _check_fit(source, model)
    longest = config.max_new_tokens
    all_spans = config.model_copy(update={"max_new_tokens": num_blanks * (longest + 1) + 1})
    spans: list[list[int]] = [[] for _ in range(num_blanks)]
    current: int | None = None
    for token in generate_target_tokens(
        model,
        source,
        all_spans,
        stop_ids=tokenizer.eos_ids,
        vocab_size=tokenizer.vocab_size,
    ):
        if token.id in sentinels:
            index = sentinels.index(token.id)
            if index >= num_blanks:
                break
            current = index
        elif current is not None and len(spans[current]) < longest:
            spans[current].append(token.id)
    return spans


def _fill_middle(
    model: LanguageModel,
    tokenizer: Tokenizer,
    parts: Sequence[Sequence[int]],
    config: SamplingConfig,
) -> list[int]:
    if len(parts) != 2:
        raise ConfigError(
            t("this model fills one blank at a time"),
            why=t("the text has {blanks}", blanks=len(parts) - 1),
        )
    special = tokenizer.special_ids
    prompt = [special.eos, special.fim_prefix, *parts[0], special.fim_suffix, *parts[1]]
    prompt.append(special.fim_middle)
    _check_fit(prompt, model)
    tokens = generate_tokens(
        model, prompt, config, stop_ids={special.eos}, vocab_size=tokenizer.vocab_size
    )
    return [token.id for token in tokens]


def _check_fit(ids: Sequence[int], model: LanguageModel) -> None:
    check_ids_fit(ids, model.config.vocab_size)
    limit = model.config.max_seq_len
    if len(ids) > limit:
        raise ConfigError(
            t(
                "the text has {length} tokens with its blanks; the model reads {limit}",
                length=len(ids),
                limit=limit,
            )
        )
