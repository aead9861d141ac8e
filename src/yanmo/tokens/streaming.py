"""Token ids to text, one id at a time.

In: ids as a model writes them. Out: text, as soon as its characters are complete. A character may
be spread over several tokens, so bytes wait until the rest has come.
"""

from __future__ import annotations

import codecs
from typing import Protocol


class ByteTokens(Protocol):
    """A tokenizer whose every token is a number of bytes."""

    def token_bytes(self, token_id: int) -> bytes:
        """The UTF-8 bytes that an id stands for; they need not be whole characters."""

    def is_special(self, token_id: int) -> bool:
        """Whether an id is a control token rather than text."""


class TokenStream:
    """Decodes a stream of ids; what it returns, joined, is what `decode` returns.

    Args:
        tokenizer: the tokenizer that the ids belong to.
        skip_special_tokens: leave control tokens out of the text.
    """

    def __init__(self, tokenizer: ByteTokens, *, skip_special_tokens: bool = True) -> None:
        self._tokenizer = tokenizer
        self._skip_special_tokens = skip_special_tokens
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int) -> str:
        """The text that this id completes; empty while a character is incomplete.

        Raises:
            DataError: the id is not in the vocabulary.
        """
        if self._skip_special_tokens and self._tokenizer.is_special(token_id):
            return ""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def finish(self) -> str:
        """What is left: U+FFFD for a character that never became complete. Starts afresh."""
        text = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return text
