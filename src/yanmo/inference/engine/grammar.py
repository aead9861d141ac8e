"""What a continuation has to be, token by token: a JSON schema, a regular expression, a grammar.

In: the grammar of a request, and the tokenizer's tokens as bytes. Out: which tokens may come next.
llguidance does the parsing. Control tokens never stand for text; whatever ends a text may come
where the grammar is complete, and nothing else is written behind what cannot go on.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Set
from typing import Any

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.engine.request import Grammar
from yanmo.inference.sampling import Row
from yanmo.tokens.outside_tokenizer import BYTE_ENTRY, OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.tokenizer import Tokenizer

_SPACE = "\u2581"
"""How SentencePiece writes a space."""
_JSON_FORM: Any = {"whitespace_flexible": False}
"""One space behind a comma and a colon: what may be any number of spaces may also never end."""


class GrammarTokens:
    """The tokens of a codec as llguidance wants them; made once for an engine, when first needed.

    Args:
        codec: the tokenizer.
        num_drawable: ids from here on are never drawn.
    """

    def __init__(self, codec: TextCodec, num_drawable: int) -> None:
        self._codec = codec
        self.num_drawable = num_drawable
        self._lock = threading.Lock()
        self._tokenizer: Any = None

    @property
    def end_id(self) -> int:
        """The id that stands for every end of a text; no model has it."""
        return self.num_drawable

    def build(self, grammar: Grammar) -> GrammarState:
        """The state before the first token.

        Raises:
            ConfigError: the grammar is no grammar, or this tokenizer's tokens are not bytes.
        """
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = LLTokenizer(TokenizerWrapper(_Tokens(self._codec, self)))
        source = _source_of(grammar)
        problem = LLMatcher.validate_grammar(source, self._tokenizer)
        if problem and not problem.startswith("WARNING"):
            raise _unusable(grammar, problem)
        matcher = LLMatcher(self._tokenizer, source, log_level=0)
        if matcher.is_error():
            raise _unusable(grammar, matcher.get_error())
        return GrammarState(matcher, self)


class GrammarState:
    """How far a continuation has come in its grammar.

    Args:
        matcher: llguidance's own state.
        tokens: of the tokenizer.
    """

    def __init__(self, matcher: Any, tokens: GrammarTokens) -> None:
        self._matcher = matcher
        self._tokens = tokens

    def fork(self) -> GrammarState:
        """A state of its own that has come as far."""
        return GrammarState(self._matcher.deep_copy(), self._tokens)

    @property
    def is_complete(self) -> bool:
        """Whether nothing can follow any more."""
        return bool(self._matcher.is_stopped())

    def restrict(self, row: Row, ends: Set[int]) -> Row:
        """Scores (V,) with minus infinity where a token may not come next."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        allowed = np.unpackbits(bits, bitorder="little")[: self._tokens.end_id + 1].astype(bool)
        may_end = bool(allowed[self._tokens.end_id])
        is_allowed: npt.NDArray[np.bool_] = allowed[: len(row)]
        for token in ends:
            if token < len(row):
                is_allowed[token] = may_end
        return np.where(is_allowed, row, np.float32(-np.inf))

    def push(self, token: int) -> None:
        """One token was written; it was allowed."""
        is_taken = self._matcher.consume_token(token)
        assert is_taken, f"token {token} does not follow: {self._matcher.get_error()}"


class _Tokens:
    """The interface that llguidance asks of a tokenizer."""

    def __init__(self, codec: TextCodec, tokens: GrammarTokens) -> None:
        self._codec = codec
        ids = range(tokens.num_drawable)
        self.eos_token_id = tokens.end_id
        self.bos_token_id = None
        self.tokens = [*map(_bytes_of(codec), ids), b"<end>"]
        self.special_token_ids = [id for id in ids if codec.is_special(id)] + [tokens.end_id]

    def __call__(self, text: str | bytes) -> list[int]:
        return self._codec.encode(text if isinstance(text, str) else text.decode())


def _bytes_of(codec: TextCodec) -> Any:
    """A function from an id to the bytes that it writes in the middle of a text."""
    if isinstance(codec, Tokenizer):
        return codec.token_bytes
    if isinstance(codec, OutsideTokenizer):
        return codec.token_bytes if codec.is_byte_level else _bytes_of_piece(codec)
    raise ConfigError(
        t("this tokenizer's tokens cannot be told as bytes, and so no grammar can be kept to")
    )


def _bytes_of_piece(codec: OutsideTokenizer) -> Any:
    def bytes_of(token_id: int) -> bytes:
        spelling = codec.spelling(token_id)
        if re.fullmatch(BYTE_ENTRY, spelling):
            return bytes([int(spelling[3:-1], 16)])
        return spelling.replace(_SPACE, " ").encode("utf-8", "replace")

    return bytes_of


def _source_of(grammar: Grammar) -> str:
    if grammar.kind == "json_schema":
        try:
            json.loads(grammar.source)
        except ValueError as error:
            raise _unusable(grammar, str(error)) from error
        return str(LLMatcher.grammar_from_json_schema(grammar.source, overrides=_JSON_FORM))
    if grammar.kind == "regex":
        return str(LLMatcher.grammar_from_regex(grammar.source))
    return str(LLMatcher.grammar_from_lark(grammar.source))


def _unusable(grammar: Grammar, why: str) -> ConfigError:
    what = {
        "json_schema": t("the JSON schema cannot be used"),
        "regex": t("the regular expression cannot be used"),
        "lark": t("the grammar cannot be used"),
    }[grammar.kind]
    return ConfigError(what, why=" ".join(why.split()))
