"""How single tokens are told to clients: as text where they are text, and as bytes always.

In: ids. Out: a spelling that no other token shares as far as the vocabulary allows it. Knows
nothing of requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yanmo.inference.engine.request import ScoredToken
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.tokenizer import Tokenizer

LEAST_LOG_PROB = -9999.0
"""What stands for minus infinity, which JSON does not have."""


def bytes_of_token(codec: TextCodec, token_id: int) -> bytes:
    """The UTF-8 bytes of a token; of a control token, those of its spelling."""
    has_bytes = isinstance(codec, Tokenizer) or (
        isinstance(codec, OutsideTokenizer) and codec.is_byte_level
    )
    if has_bytes and not codec.is_special(token_id):
        assert isinstance(codec, Tokenizer | OutsideTokenizer), "the two that have bytes"
        return codec.token_bytes(token_id)
    return codec.decode([token_id], skip_special_tokens=False).encode("utf-8", "replace")


def spelling_of(own: bytes) -> str:
    r"""Bytes as text; part of a character as `\xe4\xb8`."""
    try:
        return own.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"\\x{byte:02x}" for byte in own)


def finite(log_prob: float) -> float:
    """A log-probability that JSON can hold."""
    return max(log_prob, LEAST_LOG_PROB)


def chat_log_probs(codec: TextCodec, tokens: Sequence[ScoredToken]) -> dict[str, Any]:
    """Tokens as `choices[].logprobs` of a chat has them."""

    def told(token_id: int, log_prob: float) -> dict[str, Any]:
        own = bytes_of_token(codec, token_id)
        return {"token": spelling_of(own), "logprob": finite(log_prob), "bytes": list(own)}

    content = []
    for token in tokens:
        alternatives = [told(id, value) for id, value in token.alternatives]
        log_prob = LEAST_LOG_PROB if token.log_prob is None else token.log_prob
        content.append({**told(token.id, log_prob), "top_logprobs": alternatives})
    return {"content": content, "refusal": None}


class CompletionLogProbs:
    """Tokens as `choices[].logprobs` of a completion has them, with their places in the text.

    Args:
        codec: the model's tokenizer.
        num_alternatives: told beside each token.
        first_place: the character at which the first token stands.
    """

    def __init__(self, codec: TextCodec, num_alternatives: int, first_place: int = 0) -> None:
        self._codec = codec
        self._num_alternatives = num_alternatives
        self._place = first_place
        self._stream = codec.stream()

    def told(self, tokens: Sequence[ScoredToken]) -> dict[str, Any]:
        """The next tokens."""
        spellings, places, tops = [], [], []
        for token in tokens:
            spellings.append(spelling_of(bytes_of_token(self._codec, token.id)))
            places.append(self._place)
            self._place += len(self._stream.push(token.id))
            tops.append(self._top(token))
        return {
            "tokens": spellings,
            "token_logprobs": [
                None if token.log_prob is None else finite(token.log_prob) for token in tokens
            ],
            "top_logprobs": tops,
            "text_offset": places,
        }

    def _top(self, token: ScoredToken) -> dict[str, float] | None:
        """The most probable tokens and the one that was drawn; of two with one spelling the more
        probable."""
        if token.log_prob is None:
            return None
        found: dict[str, float] = {}
        own = (token.id, token.log_prob)
        for id, log_prob in (*token.alternatives[: self._num_alternatives], own):
            spelling = spelling_of(bytes_of_token(self._codec, id))
            found[spelling] = max(finite(log_prob), found.get(spelling, LEAST_LOG_PROB))
        return found
