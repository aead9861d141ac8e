"""A tokenizer that other software made, behind the interface that our own has.

In: a `tokenizers.Tokenizer` and the ids of its special tokens. Out: ids and text as that tokenizer
defines them, with one rule of ours: a control string that a text spells never becomes the control
token. Knows no files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import count, takewhile
from typing import Any

import tokenizers

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.byte_level import bytes_of_entry
from yanmo.tokens.incremental_decode import WindowStream
from yanmo.tokens.outside_specials import OutsideIds
from yanmo.tokens.streaming import TokenStream
from yanmo.tokens.tokenizer import without_lone_surrogates

BYTE_ENTRY = re.compile(r"<0x[0-9A-Fa-f]{2}>")
# Texts that are tried in turn to see what the post-processor puts around a text.
PROBES = ("a", "the", "1", "是")

Offsets = list[tuple[int, int]]


class OutsideTokenizer:
    """A tokenizer of any kind: byte-level BPE, BPE with bytes to fall back on, WordPiece, Unigram.

    `encode` gives the ids that `AutoTokenizer` gives with `split_special_tokens=True` and without
    special tokens. A special token that the vocabulary itself would find in a text (Unigram does)
    is spelled by its characters here. Added tokens that are not special keep their tokenizer's
    rule: they are found in texts. `decode` does what the tokenizer's decoder does, and no further
    clean-up of spaces.

    Args:
        backend: the tokenizer; its padding and truncation are switched off.
        special: the ids of its special tokens.
        where: the folder, for messages.

    Raises:
        DataError: the tokenizer cannot encode the simplest of texts.
    """

    def __init__(
        self, backend: tokenizers.Tokenizer, special: OutsideIds, *, where: str | None = None
    ) -> None:
        backend.no_padding()
        backend.no_truncation()
        backend.encode_special_tokens = True
        self._backend = backend
        self._special = special
        self._where = where
        self._vocabulary: dict[str, int] = backend.get_vocab(with_added_tokens=True)
        self._size = 1 + max(self._vocabulary.values(), default=-1)
        added: dict[int, Any] = backend.get_added_tokens_decoder()
        self._special_ids = frozenset(id for id, token in added.items() if token.special)
        self._respelled: dict[int, list[int]] = {}
        self._beginning, self._ending = self._surroundings()

    @property
    def vocab_size(self) -> int:
        """Ids are 0 to V - 1; where a tokenizer leaves ids out, they count too."""
        return self._size

    @property
    def bos_id(self) -> int | None:
        """The id that begins a text, where there is one."""
        return self._special.bos

    @property
    def eos_ids(self) -> frozenset[int]:
        """Ids that end a text."""
        return self._special.eos

    @property
    def pad_id(self) -> int | None:
        """The id that fills rows, where there is one."""
        return self._special.pad

    @property
    def mask_id(self) -> int | None:
        """The id that hides a token from a masked language model, where there is one."""
        return self._special.mask

    @property
    def sentinel_ids(self) -> tuple[int, ...]:
        """The ids of T5's `<extra_id_0>` and on, as far as they run without a gap."""
        ids = (self._vocabulary.get(f"<extra_id_{number}>", -1) for number in count())
        return tuple(takewhile(lambda id: id in self._special_ids, ids))

    @property
    def beginning_ids(self) -> tuple[int, ...]:
        """What its post-processor puts before a text."""
        return self._beginning

    @property
    def ending_ids(self) -> tuple[int, ...]:
        """What its post-processor puts behind a text."""
        return self._ending

    @property
    def between_ids(self) -> tuple[int, ...]:
        """What its post-processor puts between two texts; where that is nothing, an id that ends a
        text, so that the two do not run into each other."""
        return self._pair_parts[0] or tuple(sorted(self._special.eos))[:1]

    @property
    def pair_ending_ids(self) -> tuple[int, ...]:
        """What its post-processor puts behind the second of two texts."""
        return self._pair_parts[1]

    @property
    def second_segment(self) -> int:
        """What its post-processor calls the segment of the second of two texts."""
        return self._pair_parts[2]

    def encode(self, text: str) -> list[int]:
        """The ids of `text` alone; surrogates that stand alone become U+FFFD.

        Raises:
            DataError: the text has a character that this tokenizer has no token for at all.
        """
        ids: list[int] = self._encoding(text, add_special_tokens=False).ids
        if self._found_controls(ids):
            return [part for id in ids for part in self._spelled(id)]
        return ids

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        """The ids of `text` alone, and the characters of it that each stands for: from, to."""
        encoding = self._encoding(text, add_special_tokens=False)
        ids: list[int] = []
        offsets: Offsets = []
        for token_id, span in zip(encoding.ids, encoding.offsets, strict=True):
            parts = self._spelled(token_id)
            ids += parts
            offsets += [span] * len(parts)
        return ids, offsets

    def encode_with_controls(self, text: str) -> tuple[list[int], Offsets]:
        """As `encode_with_offsets`, with every control token that `text` spells as that token. For
        text that the folder's chat template has made, never for text from a user."""
        encoding = self._control_backend.encode(
            without_lone_surrogates(text), add_special_tokens=False
        )
        return encoding.ids, encoding.offsets

    @property
    def control_spellings(self) -> tuple[str, ...]:
        """The spellings of all special tokens."""
        return tuple(str(self._backend.id_to_token(id)) for id in sorted(self._special_ids))

    @cached_property
    def _control_backend(self) -> tokenizers.Tokenizer:
        """A copy that finds the spellings of special tokens in a text."""
        return tokenizers.Tokenizer.from_str(self._backend.to_str())

    def with_specials(self, text: str | Sequence[int]) -> list[int]:
        """A text, or ids of one, between what the post-processor puts around it."""
        ids = self.encode(text) if isinstance(text, str) else text
        return [*self._beginning, *ids, *self._ending]

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = True) -> str:
        """The text of `ids`; an id that the tokenizer leaves out gives nothing.

        Raises:
            DataError: an id is not in the vocabulary.
        """
        ids = list(ids)
        for token_id in ids:
            self._check(token_id)
        text: str = self._backend.decode(ids, skip_special_tokens=skip_special_tokens)
        return text

    def to_json(self) -> str:
        """The text of a `tokenizer.json` that defines this tokenizer."""
        return str(self._backend.to_str())

    def is_special(self, token_id: int) -> bool:
        """Whether an id is a control token rather than text."""
        return token_id in self._special_ids

    def spelling(self, token_id: int) -> str:
        """An id as the vocabulary writes it; empty where the tokenizer leaves the id out."""
        self._check(token_id)
        return str(self._backend.id_to_token(token_id) or "")

    def token_bytes(self, token_id: int) -> bytes:
        """The UTF-8 bytes that an id of a byte-level tokenizer stands for.

        Raises:
            DataError: the id is not in the vocabulary.
        """
        assert self.is_byte_level, "only byte-level tokens are bytes"
        spelling = self.spelling(token_id)
        try:
            return bytes_of_entry(spelling)
        except KeyError:  # an added token is spelled in plain text
            return spelling.encode("utf-8", "replace")

    @cached_property
    def is_byte_level(self) -> bool:
        """Whether tokens are bytes (GPT-2, RoBERTa, Qwen, Llama 3), so that each can be decoded
        alone."""
        return self._decoder_types() == ["ByteLevel"]

    def stream(self) -> TokenStream | WindowStream:
        """A fresh stream that decodes ids one at a time, control tokens left out."""
        if self.is_byte_level:
            return TokenStream(self)
        open_ids: frozenset[int] = frozenset()
        if "ByteFallback" in self._decoder_types():
            # A run of bytes that is no text is decoded otherwise as a whole than in parts.
            entries = self._vocabulary.items()
            open_ids = frozenset(id for name, id in entries if BYTE_ENTRY.fullmatch(name))
        return WindowStream(
            self.decode, is_skipped=self.is_special, is_open=lambda token_id: token_id in open_ids
        )

    @cached_property
    def _pair_parts(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """The ids that the post-processor puts between two texts, and behind the second; the
        segment of the second."""
        for probe in PROBES:
            encoding = self._backend.encode(probe, probe, add_special_tokens=True)
            sides = encoding.sequence_ids
            if 0 in sides and 1 in sides:
                ids, second = encoding.ids, sides.index(1)
                first_end = len(sides[:second]) - sides[:second][::-1].index(0)
                second_end = len(sides) - sides[::-1].index(1)
                segment = int(encoding.type_ids[second])
                return tuple(ids[first_end:second]), tuple(ids[second_end:]), segment
        return (), self._ending, 1

    def _encoding(self, text: str, *, add_special_tokens: bool) -> tokenizers.Encoding:
        text = without_lone_surrogates(text)
        try:
            return self._backend.encode(text, add_special_tokens=add_special_tokens)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the library raises Exception, or panics beside it
            raise DataError(
                t("this tokenizer cannot encode a text"),
                where=self._where,
                why=f"{error}: {text[:40]!r}",
                hint=t("Its files are damaged, or it lacks a token for unknown characters."),
            ) from error

    def _found_controls(self, ids: list[int]) -> bool:
        return any(id in self._special_ids and id != self._special.unk for id in ids)

    def _spelled(self, token_id: int) -> list[int]:
        """The id itself, or, for a control token that a text has spelled, its characters."""
        if token_id not in self._special_ids or token_id == self._special.unk:
            return [token_id]
        if token_id not in self._respelled:
            characters = str(self._backend.id_to_token(token_id))
            found = [self._vocabulary.get(c, self._special.unk) for c in characters]
            self._respelled[token_id] = [id for id in found if id is not None]
        return self._respelled[token_id]

    def _surroundings(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids that the post-processor puts before and behind a text."""
        for probe in PROBES:
            encoding = self._encoding(probe, add_special_tokens=True)
            ids, is_added = encoding.ids, encoding.special_tokens_mask
            num_before = len(list(takewhile(bool, is_added)))
            if num_before < len(ids):
                num_behind = len(list(takewhile(bool, reversed(is_added))))
                return tuple(ids[:num_before]), tuple(ids[len(ids) - num_behind :])
        # A vocabulary that knows none of these: all that is added stands before the text.
        return tuple(self._encoding("", add_special_tokens=True).ids), ()

    def _decoder_types(self) -> list[str]:
        decoder = self._backend.decoder
        definition = json.loads(decoder.__getstate__()) if decoder is not None else {}
        return [part["type"] for part in definition.get("decoders", [definition]) if part]

    def _check(self, token_id: int) -> None:
        if not 0 <= token_id < self._size:
            raise DataError(
                t(
                    "token id {id} is not in the vocabulary of {size} entries",
                    id=token_id,
                    size=self._size,
                )
            )
