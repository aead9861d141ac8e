"""Text to token ids and back.

In: text, or ids. Out: ids, or text. Wraps a `tokenizers.Tokenizer`, which defines what is right;
in bulk the core of tiktoken does the same work several times faster. Knows files only through
`tokenizer_folder`, and no model.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.byte_level import bytes_of_entry
from yanmo.tokens.fast_core import FastCore, build_fast_core
from yanmo.tokens.special import (
    END_OF_PIECE,
    END_OF_TEXT,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    MASK,
    PAD,
    SEPARATOR,
    SPECIAL_TOKENS,
    START_OF_PIECE,
    SpecialIds,
    sentinels_in,
)
from yanmo.tokens.streaming import TokenStream
from yanmo.tokens.tokenizer_folder import read_tokenizer_json, write_tokenizer_folder

MAX_THREADS = 8


class Tokenizer:
    """A byte-level BPE tokenizer with the special tokens of yanmo.

    `decode(encode(text)) == text` for every text without surrogates. A control string such as
    `<|im_end|>` inside a text is encoded as the ordinary characters it is made of; only
    `add_special_tokens` and explicit ids bring special tokens into a sequence.

    Raises:
        DataError: a special token is missing or the ids are not 0 to V - 1.
    """

    def __init__(self, backend: tokenizers.Tokenizer, *, where: str | None = None) -> None:
        # Treats the spelling of a special token in a text as ordinary text. Not stored.
        backend.encode_special_tokens = True
        self._backend = backend
        self._bytes = _bytes_of_ids(backend, where)
        vocabulary = backend.get_vocab(with_added_tokens=True)
        missing = [token for token in SPECIAL_TOKENS if token not in vocabulary]
        if missing:
            raise DataError(
                t("the tokenizer lacks special tokens: {tokens}", tokens=" ".join(missing)),
                where=where,
                hint=t("Use a tokenizer that yanmo has trained."),
            )
        self._sentinels = sentinels_in(vocabulary)
        self._special_ids = {
            token: vocabulary[token] for token in (*SPECIAL_TOKENS, *self._sentinels)
        }
        self._ids_to_skip = frozenset(backend.get_added_tokens_decoder())
        self._core: FastCore | None = build_fast_core(backend, self._special_ids)

    @classmethod
    def load(cls, directory: Path | str) -> Tokenizer:
        """Open the tokenizer stored in `directory`.

        Raises:
            DataError: `tokenizer.json` is missing, damaged, or not a tokenizer of our kind.
        """
        directory = Path(directory)
        return cls(read_tokenizer_json(directory), where=str(directory / "tokenizer.json"))

    def save(self, directory: Path, *, model_max_length: int | None = None) -> None:
        """Write the files that `transformers.AutoTokenizer` opens; `directory` must exist.

        Args:
            directory: the tokenizer's own folder, or a model's.
            model_max_length: the longest sequence of the model, in tokens; None where there is
                no model yet.
        """
        write_tokenizer_folder(directory, self.to_json(), model_max_length)

    def to_json(self) -> str:
        """The text of `tokenizer.json`: everything that defines this tokenizer."""
        text: str = self._backend.to_str(pretty=True)
        return text

    @property
    def vocab_size(self) -> int:
        """Number of ids V, special tokens included; ids are 0 to V - 1."""
        return len(self._bytes)

    @property
    def bos_id(self) -> int:
        """The id that begins every document, the same as `eos_id`."""
        return self._special_ids[END_OF_TEXT]

    @property
    def eos_id(self) -> int:
        """The id that ends every document."""
        return self._special_ids[END_OF_TEXT]

    @property
    def pad_id(self) -> int:
        """The id that fills rows; never a target."""
        return self._special_ids[PAD]

    @property
    def eos_ids(self) -> frozenset[int]:
        """The ids that end a text, as `TextCodec` has them."""
        return frozenset({self.eos_id})

    @property
    def beginning_ids(self) -> tuple[int, ...]:
        """What stands before a text: documents begin with the end-of-text token."""
        return (self.bos_id,)

    @property
    def ending_ids(self) -> tuple[int, ...]:
        """What stands behind a text: nothing."""
        return ()

    @property
    def between_ids(self) -> tuple[int, ...]:
        """What stands between two texts: the separator, as where the order of segments is
        learned."""
        return (self.sep_id,)

    @property
    def pair_ending_ids(self) -> tuple[int, ...]:
        """What stands behind the second of two texts: the separator."""
        return (self.sep_id,)

    @property
    def second_segment(self) -> int:
        """The second of two texts is the second segment."""
        return 1

    @property
    def mask_id(self) -> int:
        """The id that hides a token from a masked language model."""
        return self._special_ids[MASK]

    @property
    def sep_id(self) -> int:
        """The id that ends a segment where a row holds two."""
        return self._special_ids[SEPARATOR]

    @property
    def sop_id(self) -> int:
        """The id that the model reads before it fills a blank."""
        return self._special_ids[START_OF_PIECE]

    @property
    def eop_id(self) -> int:
        """The id that ends what fills a blank."""
        return self._special_ids[END_OF_PIECE]

    @property
    def fim_prefix_id(self) -> int:
        """The id before the beginning, where the middle of a text is to be filled in."""
        return self._special_ids[FIM_PREFIX]

    @property
    def fim_suffix_id(self) -> int:
        """The id before the end, where the middle of a text is to be filled in."""
        return self._special_ids[FIM_SUFFIX]

    @property
    def fim_middle_id(self) -> int:
        """The id behind which the model writes the middle of a text."""
        return self._special_ids[FIM_MIDDLE]

    @property
    def sentinel_ids(self) -> tuple[int, ...]:
        """The ids of `<|extra_0|>` and on; empty in a tokenizer that was trained without."""
        return tuple(self._special_ids[token] for token in self._sentinels)

    @property
    def control_spellings(self) -> tuple[str, ...]:
        """The spellings of all special tokens."""
        added = self._backend.get_added_tokens_decoder()
        return tuple(str(added[id].content) for id in sorted(added))

    @cached_property
    def _control_backend(self) -> tokenizers.Tokenizer:
        """A copy that finds the spellings of special tokens in a text."""
        return tokenizers.Tokenizer.from_str(self._backend.to_str())

    @property
    def special_ids(self) -> SpecialIds:
        """Everything that a training objective needs to know of this tokenizer."""
        return SpecialIds(
            vocab_size=self.vocab_size,
            eos=self.eos_id,
            pad=self.pad_id,
            mask=self.mask_id,
            sep=self.sep_id,
            fim_prefix=self.fim_prefix_id,
            fim_middle=self.fim_middle_id,
            fim_suffix=self.fim_suffix_id,
            sop=self.sop_id,
            eop=self.eop_id,
            sentinels=self.sentinel_ids,
            special=self._ids_to_skip,
        )

    @property
    def is_fast(self) -> bool:
        """Whether tiktoken's core encodes; False for a tokenizer that was not trained by yanmo."""
        return self._core is not None

    def id_of(self, special: str) -> int:
        """The id of a special token, for example `<|im_end|>`.

        Raises:
            DataError: there is no such special token.
        """
        if special not in self._special_ids:
            raise DataError(
                t("there is no special token {token}", token=special),
                hint=t("The special tokens are {tokens}.", tokens=" ".join(SPECIAL_TOKENS)),
            )
        return self._special_ids[special]

    def token_bytes(self, token_id: int) -> bytes:
        """The UTF-8 bytes that an id stands for; they need not be whole characters.

        Raises:
            DataError: the id is not in the vocabulary.
        """
        # The check also keeps a negative id from counting from the end.
        if not 0 <= token_id < len(self._bytes):
            raise DataError(
                t(
                    "token id {id} is not in the vocabulary of {size} entries",
                    id=token_id,
                    size=len(self._bytes),
                )
            )
        return self._bytes[token_id]

    def is_special(self, token_id: int) -> bool:
        """Whether an id is a control token rather than text."""
        return token_id in self._ids_to_skip

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        """The ids of `text`; surrogates that stand alone become U+FFFD.

        Args:
            text: any text.
            add_special_tokens: put the end-of-text token first, as stored documents have it.
        """
        ids: list[int] = self._encode_to_array(text).tolist()
        return [self.bos_id, *ids] if add_special_tokens else ids

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of `text`, and the characters of it that each stands for: from, to."""
        encoding = self._backend.encode(without_lone_surrogates(text), add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def encode_with_controls(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """As `encode_with_offsets`, with every control token that `text` spells as that token. For
        text that a template of ours has made, never for text from a user."""
        encoding = self._control_backend.encode(
            without_lone_surrogates(text), add_special_tokens=False
        )
        return encoding.ids, encoding.offsets

    def with_specials(self, text: str | Sequence[int]) -> list[int]:
        """A text, or ids of one, behind the token that begins every document."""
        ids = self.encode(text) if isinstance(text, str) else text
        return [*self.beginning_ids, *ids]

    def encode_batch(
        self, texts: Sequence[str], *, num_threads: int | None = None
    ) -> list[npt.NDArray[np.uint32]]:
        """The ids of each text, without special tokens; the bulk path.

        Args:
            texts: any texts.
            num_threads: threads to share the work; as many as there are processors unless told.
        """
        threads = min(num_threads or os.cpu_count() or 1, MAX_THREADS, len(texts))
        if threads <= 1:
            return [self._encode_to_array(text) for text in texts]
        results: list[npt.NDArray[np.uint32]] = [np.empty(0, np.uint32)] * len(texts)

        def encode_every(first: int) -> None:
            for index in range(first, len(texts), threads):
                results[index] = self._encode_to_array(texts[index])

        with ThreadPoolExecutor(threads) as pool:
            # The list waits for all threads and raises what they raised.
            list(pool.map(encode_every, range(threads)))
        return results

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = True) -> str:
        """The text of `ids`; bytes that are not UTF-8 become U+FFFD.

        Raises:
            DataError: an id is not in the vocabulary.
        """
        pieces = [
            self.token_bytes(token_id)
            for token_id in ids
            if not (skip_special_tokens and token_id in self._ids_to_skip)
        ]
        return b"".join(pieces).decode("utf-8", errors="replace")

    def stream(self) -> TokenStream:
        """A fresh stream that decodes ids one at a time, control tokens left out."""
        return TokenStream(self)

    def _encode_to_array(self, text: str) -> npt.NDArray[np.uint32]:
        """The ids of one text, by the fast core where it can."""
        text = without_lone_surrogates(text)
        ids = self._core.encode(text) if self._core is not None else None
        if ids is None:
            encoding = self._backend.encode(text, add_special_tokens=False)
            ids = np.array(encoding.ids, dtype=np.uint32)
        return ids


def is_ours(backend: tokenizers.Tokenizer) -> bool:
    """Whether a tokenizer carries the special tokens of yanmo, so that `Tokenizer` can hold it."""
    return backend.get_vocab(with_added_tokens=True).keys() >= set(SPECIAL_TOKENS)


def without_lone_surrogates(text: str) -> str:
    """`text` with each surrogate that has no partner replaced, and pairs joined."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _bytes_of_ids(backend: tokenizers.Tokenizer, where: str | None) -> list[bytes]:
    """The bytes of every id, in the order of the ids."""
    specials = {id: str(token.content) for id, token in backend.get_added_tokens_decoder().items()}
    spellings = {id: text for text, id in backend.get_vocab(with_added_tokens=True).items()}
    try:
        return [
            specials[id].encode("utf-8") if id in specials else bytes_of_entry(spellings[id])
            for id in range(len(spellings))
        ]
    except KeyError as error:
        raise DataError(
            t("this is not a byte-level tokenizer with ids from 0 upwards"),
            where=where,
            why=t("id or character {what} has no place in it", what=str(error)),
            hint=t("Use a tokenizer that yanmo has trained."),
        ) from error
