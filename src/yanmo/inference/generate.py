"""Text out of a model: an engine with one slot, one token at a time, streamed as whole characters.

A model of S positions goes on past S: the older half of its context is forgotten and the rest is
read again, and the caller is told through `GeneratedToken.num_forgotten`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.config import EngineConfig, Weights
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest
from yanmo.inference.from_source import generate_target_tokens, source_ids_of
from yanmo.inference.generated_token import GeneratedToken
from yanmo.inference.sampling import undefined_scores
from yanmo.inference.stop_strings import StopStrings
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec

_CHUNK_TOKENS = 2048
"""Tokens of a prompt that are read at once; nobody waits for them to be read."""


def generate_text(
    model: LanguageModel,
    tokenizer: TextCodec,
    prompt: str,
    config: SamplingConfig | None = None,
    **settings: object,
) -> str:
    """Continue `prompt` and return the continuation, without the prompt.

    Args:
        config: decoding settings; single ones may be given by name instead
            (`max_new_tokens=40, temperature=0.7`).
    """
    fields = (config or SamplingConfig()).model_dump() | settings
    return "".join(stream_text(model, tokenizer, prompt, SamplingConfig(**fields)))


def stream_text(
    model: LanguageModel,
    tokenizer: TextCodec,
    prompt: str,
    config: SamplingConfig,
    *,
    weights: Weights = "own",
) -> Iterator[str]:
    """Continue `prompt` piece by piece; an encoder-decoder writes a target for it instead.

    A piece holds whole characters only, and nothing that may still turn out to begin a stop string.
    The text ends at any of the tokenizer's end ids.

    Args:
        weights: how they are held while the text is written; see `generate_tokens`.

    Raises:
        ConfigError: the model writes no text, or its weights cannot be held so.
        DataError: the tokenizer is not the model's: it gives ids that the model does not have.
    """
    if model.kind == "masked":
        raise ConfigError(
            t("a {family} model writes no text", family=model.config.family),
            hint=t("It fills blanks: yanmo fill MODEL -p 'The ____ shines.'"),
        )
    stream, stops = tokenizer.stream(), StopStrings(config.stop)
    for token in _draw_text(model, tokenizer, prompt, config, weights):
        ready = stops.push(stream.push(token.id))
        if ready:
            yield ready
        if stops.is_stopped:
            return
    ready = stops.push(stream.finish(), is_last=True)
    if ready:
        yield ready


def _draw_text(
    model: LanguageModel,
    tokenizer: TextCodec,
    prompt: str,
    config: SamplingConfig,
    weights: Weights,
) -> Iterator[GeneratedToken]:
    stop_ids, vocab_size = tokenizer.eos_ids, tokenizer.vocab_size
    if model.kind != "seq2seq":
        ids = prompt_ids_of(tokenizer, prompt)
        return generate_tokens(
            model, ids, config, stop_ids=stop_ids, vocab_size=vocab_size, weights=weights
        )
    if weights != "own":
        raise ConfigError(
            t("weights = {form} is for models that continue texts", form=weights),
            why=t("a {family} model writes targets", family=model.config.family),
        )
    ids = source_ids_of(tokenizer, prompt)
    return generate_target_tokens(model, ids, config, stop_ids=stop_ids, vocab_size=vocab_size)


def prompt_ids_of(tokenizer: TextCodec, prompt: str) -> list[int]:
    """The ids that a model is to continue: a beginning as its tokenizer has it, and the prompt.

    Without either (an empty prompt, and a tokenizer such as GPT-2's that begins a text with
    nothing) it is the token that begins a text, or that ended the one before it.
    """
    ids = [*tokenizer.beginning_ids, *tokenizer.encode(prompt)]
    if not ids:
        starts = [tokenizer.bos_id, *sorted(tokenizer.eos_ids)]
        ids = [start for start in starts if start is not None][:1]
    return ids


def generate_tokens(
    model: LanguageModel,
    prompt_ids: Sequence[int],
    config: SamplingConfig,
    *,
    stop_ids: Set[int] = frozenset(),
    vocab_size: int | None = None,
    weights: Weights = "own",
) -> Iterator[GeneratedToken]:
    """Draw tokens after `prompt_ids` until a stop id (which is not yielded) or the limit.

    Args:
        vocab_size: ids from here on are never drawn: rows of the embedding that pad it.
        weights: how they are held: as they are and computed with torch (`own`), or in another form
            and by the kernels in C where they know the model; where they do not, the model itself
            is changed.

    Raises:
        ConfigError: the prompt is empty.
        DataError: the prompt has an id that the model does not have.
        RunError: the model's scores are not numbers.
    """
    if not prompt_ids:
        raise ConfigError(t("the prompt has no tokens"))
    room = min(model.config.max_seq_len, len(prompt_ids) + config.max_new_tokens)
    settings = EngineConfig(
        num_slots=1,
        slot_tokens=room,
        chunk_tokens=_CHUNK_TOKENS,
        when_full="forget",
        weights=weights,
        kernels="torch" if weights == "own" else "auto",
    )
    engine = engine_of(model, None, settings, num_drawable=vocab_size)
    engine.submit(
        EngineRequest(tuple(prompt_ids), config, num_alternatives=0, stop_ids=frozenset(stop_ids))
    )
    while engine.has_work:
        for event in engine.step():
            if not isinstance(event, ChoiceEvent):
                continue
            if event.finish_reason == "error":
                raise undefined_scores()
            num_forgotten = event.num_forgotten
            for token in event.tokens:
                assert token.log_prob is not None, "log-probabilities were asked for"
                yield GeneratedToken(token.id, token.log_prob, num_forgotten)
                num_forgotten = 0
