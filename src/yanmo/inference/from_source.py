"""A target written from a source by an encoder-decoder, one token at a time.

The source is encoded once; the decoder keeps what it has written in a cache. Knows ids, not text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Any, cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.generated_token import GeneratedToken
from yanmo.inference.sampling import build_generator, choose_token
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec, check_ids_fit
from yanmo.tokens.tokenizer import Tokenizer


def source_ids_of(tokenizer: TextCodec, source: str | Sequence[int]) -> list[int]:
    """The ids that an encoder reads: the source, a text or its ids, and its end. Models of ours
    were trained on sources that end in end-of-text; others get what their own tokenizer puts around
    a text."""
    if isinstance(tokenizer, Tokenizer):
        ids = tokenizer.encode(source) if isinstance(source, str) else source
        return [*ids, tokenizer.eos_id]
    return tokenizer.with_specials(source)


@torch.inference_mode()
def generate_target_tokens(
    model: LanguageModel,
    source_ids: Sequence[int],
    config: SamplingConfig,
    *,
    stop_ids: Set[int] = frozenset(),
    vocab_size: int | None = None,
) -> Iterator[GeneratedToken]:
    """Draw target tokens until a stop id (which is not yielded) or the limit.

    Args:
        vocab_size: ids from here on are never drawn: rows of the embedding that pad it.

    Raises:
        ConfigError: the source is empty.
        DataError: the source has an id that the model does not have.
    """
    if not source_ids:
        raise ConfigError(t("the source has no tokens"))
    check_ids_fit(source_ids, model.config.vocab_size)
    generator = build_generator(config.seed)
    seq2seq = cast(Any, model)
    limit = min(config.max_new_tokens, model.config.max_seq_len - 1)
    source = torch.tensor([source_ids], device=model.device)  # (1, S)
    memory = seq2seq.encode(source)
    cache = model.build_cache(1, limit + 1)
    written = [int(seq2seq.config.decoder_start_id)]
    for _ in range(limit):
        tokens = torch.tensor([written[-1:]], device=model.device)  # (1, 1)
        logits = model(tokens=tokens, memory=memory, cache=cache).logits[0, -1, :vocab_size]
        token, log_prob = choose_token(logits, written[1:], config, generator)
        if token in stop_ids:
            return
        yield GeneratedToken(token, log_prob, 0)
        written.append(token)
