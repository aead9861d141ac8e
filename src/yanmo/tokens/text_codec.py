"""What generation, scoring and embedding need of a tokenizer, whoever trained it.

In: a folder. Out: `Tokenizer` where the folder is one of ours, else `OutsideTokenizer` or
`MarianTokenizer`; all three are a `TextCodec`. Only local files are read, and nothing in them is
ever run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.outside_folder import read_outside_folder
from yanmo.tokens.tokenizer import Tokenizer, is_ours
from yanmo.tokens.tokenizer_folder import read_tokenizer_json


class TextStream(Protocol):
    """Ids to text one at a time; the pieces, joined, are what `decode` returns."""

    def push(self, token_id: int) -> str:
        """The text that has become certain with this id."""

    def finish(self) -> str:
        """What is left after the last id."""


class TextCodec(Protocol):
    """Text to token ids and back."""

    @property
    def vocab_size(self) -> int:
        """Ids are 0 to V - 1; the model's embedding may have more rows."""

    @property
    def bos_id(self) -> int | None:
        """The id that begins a text, where there is one."""

    @property
    def eos_ids(self) -> frozenset[int]:
        """Ids that end a text; generation stops at any of them."""

    @property
    def pad_id(self) -> int | None:
        """The id that fills rows, where there is one."""

    @property
    def mask_id(self) -> int | None:
        """The id that hides a token from a masked language model, where there is one."""

    @property
    def sentinel_ids(self) -> tuple[int, ...]:
        """The ids that stand for spans cut out of a text, in their order; T5's `<extra_id_0>` and
        on. Empty where there are none."""

    @property
    def beginning_ids(self) -> tuple[int, ...]:
        """What the model's own convention puts before a text."""

    @property
    def ending_ids(self) -> tuple[int, ...]:
        """What the model's own convention puts behind a text."""

    @property
    def between_ids(self) -> tuple[int, ...]:
        """What that convention puts between two texts of one row; where it has nothing, the end of
        a text."""

    @property
    def pair_ending_ids(self) -> tuple[int, ...]:
        """What that convention puts behind the second of two texts."""

    @property
    def second_segment(self) -> int:
        """The segment of the second of two texts, where a model tells segments apart: 1, or 0 where
        that convention does not use them (RoBERTa's)."""

    def encode(self, text: str) -> list[int]:
        """The ids of `text` alone. No control string in it becomes a control token."""

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of `text` alone, and the characters of it that each stands for: from, to."""

    def with_specials(self, text: str | Sequence[int]) -> list[int]:
        """A text, or ids of one, between the ids that the model's convention puts around it."""

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = True) -> str:
        """The text of `ids`."""

    def is_special(self, token_id: int) -> bool:
        """Whether an id is a control token rather than text."""

    def stream(self) -> TextStream:
        """A fresh stream that decodes ids one at a time, control tokens left out."""


def load_codec(directory: Path | str) -> TextCodec:
    """Open the tokenizer of a folder: one of ours, or one that other software made.

    `tokenizer.json` is read where it is there; else SentencePiece models, `vocab.txt` (WordPiece),
    or `vocab.json` with `merges.txt` (byte-level BPE).

    Raises:
        DataError: there is no tokenizer, it is damaged, or of a kind that is not read.
    """
    directory = Path(directory)
    path = directory / "tokenizer.json"
    if not path.is_file():
        return read_outside_folder(directory, None)
    backend = read_tokenizer_json(directory)
    if is_ours(backend):
        return Tokenizer(backend, where=str(path))
    return read_outside_folder(directory, backend)


def check_ids_fit(ids: Iterable[int], vocab_size: int) -> None:
    """Refuse ids for which a model of `vocab_size` rows has no embedding.

    Raises:
        DataError: the tokenizer is not the model's.
    """
    largest = max(ids, default=-1)
    if largest >= vocab_size:
        raise DataError(
            t(
                "the tokenizer gives id {id}, and the model has {size} entries",
                id=largest,
                size=vocab_size,
            ),
            hint=t("The tokenizer in this folder is not the one that the model was trained with."),
        )
