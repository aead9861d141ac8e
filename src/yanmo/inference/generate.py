"""Text out of a model: a key-value cache, one token at a time, streamed as whole characters.

A model of S positions goes on past S: the older half of its context is forgotten and the rest is
read again, and the caller is told through `GeneratedToken.num_forgotten`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.from_source import generate_target_tokens, source_ids_of
from yanmo.inference.generated_token import GeneratedToken
from yanmo.inference.sampling import build_generator, choose_token
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec, check_ids_fit


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
    model: LanguageModel, tokenizer: TextCodec, prompt: str, config: SamplingConfig
) -> Iterator[str]:
    """Continue `prompt` piece by piece; an encoder-decoder writes a target for it instead.

    A piece holds whole characters only, and nothing that may still turn out to begin a stop string.
    The text ends at any of the tokenizer's end ids.

    Raises:
        ConfigError: the model writes no text.
        DataError: the tokenizer is not the model's: it gives ids that the model does not have.
    """
    if model.kind == "masked":
        raise ConfigError(
            t("a {family} model writes no text", family=model.config.family),
            hint=t("It fills blanks: yanmo fill MODEL -p 'The ____ shines.'"),
        )
    is_seq2seq = model.kind == "seq2seq"
    draw = generate_target_tokens if is_seq2seq else generate_tokens
    ids = source_ids_of(tokenizer, prompt) if is_seq2seq else prompt_ids_of(tokenizer, prompt)
    stream = tokenizer.stream()
    held = ""
    tokens = draw(model, ids, config, stop_ids=tokenizer.eos_ids, vocab_size=tokenizer.vocab_size)
    for token in tokens:
        held += stream.push(token.id)
        ready, held, is_stopped = _release(held, config.stop, is_last=False)
        if ready:
            yield ready
        if is_stopped:
            return
    ready, _, _ = _release(held + stream.finish(), config.stop, is_last=True)
    if ready:
        yield ready


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


@torch.inference_mode()
def generate_tokens(
    model: LanguageModel,
    prompt_ids: Sequence[int],
    config: SamplingConfig,
    *,
    stop_ids: Set[int] = frozenset(),
    vocab_size: int | None = None,
) -> Iterator[GeneratedToken]:
    """Draw tokens after `prompt_ids` until a stop id (which is not yielded) or the limit.

    Args:
        vocab_size: ids from here on are never drawn: rows of the embedding that pad it.

    Raises:
        ConfigError: the prompt is empty.
        DataError: the prompt has an id that the model does not have.
    """
    if not prompt_ids:
        raise ConfigError(t("the prompt has no tokens"))
    check_ids_fit(prompt_ids, model.config.vocab_size)
    generator = build_generator(config.seed)
    limit = model.config.max_seq_len
    history = list(prompt_ids)
    cache = model.build_cache(1, min(limit, len(history) + config.max_new_tokens))
    num_forgotten = max(0, len(history) - limit)
    pending = history[num_forgotten:]
    for _ in range(config.max_new_tokens):
        if cache.length + len(pending) > limit:
            # Half of the context goes, so that reading it again is rare.
            pending = history[-max(1, limit // 2) :]
            num_forgotten += cache.length + 1 - len(pending)
            cache.truncate(0)
        tokens = torch.tensor([pending], device=model.device)  # (1, T)
        logits = model(tokens=tokens, cache=cache).logits[0, -1, :vocab_size]  # (V,)
        token, log_prob = choose_token(logits, history, config, generator)
        if token in stop_ids:
            return
        yield GeneratedToken(token, log_prob, num_forgotten)
        num_forgotten = 0
        history.append(token)
        pending = [token]


def _release(text: str, stop: Sequence[str], *, is_last: bool) -> tuple[str, str, bool]:
    """Split `text` into what may be shown and what must wait; True when a stop string was found.

    Of several stop strings the one that begins first counts, however the text came in pieces: a
    short one inside what may still become a longer one waits. Nothing waits when `is_last`.
    """
    words = [word for word in stop if word]
    found = min((place for place in map(text.find, words) if place >= 0), default=len(text))
    open_from = found if is_last else _first_beginning(text, words, found)
    if open_from < found:
        return text[:open_from], text[open_from:], False
    return text[:found], "", found < len(text)


def _first_beginning(text: str, words: Sequence[str], end: int) -> int:
    """Where before `end` the text breaks off inside one of `words`, first; `end` if nowhere."""
    longest = max(map(len, words), default=0)
    for place in range(max(0, len(text) - longest + 1), end):
        if any(word.startswith(text[place:]) for word in words):
            return place
    return end
