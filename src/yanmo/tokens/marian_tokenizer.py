"""Marian's tokenizer: SentencePiece cuts a text, and a separate table gives the ids.

In: `source.spm`, `target.spm` and `vocab.json` of a translation model (Junczys-Dowmunt et al.
2018).
Out: ids of source or target texts, and text. The Moses rules that unify quotation marks and dashes
are not applied; transformers applies them only where `sacremoses` is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.incremental_decode import WindowStream
from yanmo.tokens.outside_files import damaged, read_vocabulary
from yanmo.tokens.outside_specials import FolderFacts, OutsideIds, outside_ids
from yanmo.tokens.outside_tokenizer import Offsets, OutsideTokenizer
from yanmo.tokens.sentencepiece_file import SPACE, build_backend, convert_hint, read_sentencepiece

LANGUAGE_CODE = re.compile(r">>[^<>]*<<")
NAMES = {"eos": "</s>", "unk": "<unk>", "pad": "<pad>"}


class MarianTokenizer:
    """The tokenizer of one translation model.

    Args:
        source: cuts source texts into pieces.
        target: cuts target texts into pieces.
        vocabulary: ids of the pieces of both.
        special: ids of the special tokens; `unk` must be there.
    """

    def __init__(
        self,
        source: OutsideTokenizer,
        target: OutsideTokenizer,
        vocabulary: dict[str, int],
        special: OutsideIds,
    ) -> None:
        assert special.unk is not None, "a vocabulary without a token for unknown pieces"
        self._source = source
        self._target = target
        self._vocabulary = vocabulary
        self._special = special
        self._unk = special.unk
        self._pieces = {id: piece for piece, id in vocabulary.items()}
        self._size = 1 + max(self._pieces)
        named = {special.bos, special.pad, special.mask, special.unk, *special.eos}
        self._special_ids = frozenset(id for id in named if id is not None)

    @classmethod
    def load(cls, directory: Path, facts: FolderFacts) -> MarianTokenizer:
        """Open the tokenizer in a folder.

        Raises:
            DataError: a file is missing, damaged, or there are two vocabularies.
        """
        if facts.flag("separate_vocabs", False):
            raise DataError(
                t("a translation model with a vocabulary for each side is not read here"),
                where=str(directory),
                hint=convert_hint(),
            )
        vocabulary = read_vocabulary(directory / "vocab.json")
        named = FolderFacts(**(vars(facts) | {"names": NAMES | facts.names}))
        special = outside_ids(named, vocabulary)
        if special.unk is None:
            raise damaged(
                directory / "vocab.json",
                t(
                    "the vocabulary has no token for unknown words, {token}",
                    token=named.names["unk"],
                ),
            )
        source, target = (_cutter(directory / name) for name in ("source.spm", "target.spm"))
        return cls(source, target, vocabulary, special)

    @property
    def vocab_size(self) -> int:
        """Ids are 0 to V - 1."""
        return self._size

    @property
    def bos_id(self) -> int | None:
        """None: the decoder begins with an id that the model's configuration names."""
        return self._special.bos

    @property
    def eos_ids(self) -> frozenset[int]:
        """Ids that end a text."""
        return self._special.eos

    @property
    def pad_id(self) -> int | None:
        """The id that fills rows."""
        return self._special.pad

    @property
    def mask_id(self) -> int | None:
        """None, in every published model."""
        return self._special.mask

    @property
    def sentinel_ids(self) -> tuple[int, ...]:
        """None: translation cuts nothing out."""
        return ()

    @property
    def beginning_ids(self) -> tuple[int, ...]:
        """Nothing stands before a text."""
        return ()

    @property
    def ending_ids(self) -> tuple[int, ...]:
        """The end of the text stands behind it."""
        return tuple(sorted(self._special.eos))[:1]

    @property
    def between_ids(self) -> tuple[int, ...]:
        """The end of the first text."""
        return self.ending_ids

    @property
    def pair_ending_ids(self) -> tuple[int, ...]:
        """The end of the second."""
        return self.ending_ids

    @property
    def second_segment(self) -> int:
        """Translation knows no segments."""
        return 0

    def encode(self, text: str) -> list[int]:
        """The ids of a source text; a first `>>code<<` names the target language."""
        return self.encode_with_offsets(text)[0]

    def encode_target(self, text: str) -> list[int]:
        """The ids of a target text."""
        return self._ids_of(self._target, self._target.encode(text))

    def encode_with_offsets(self, text: str) -> tuple[list[int], Offsets]:
        """The ids of a source text, and the characters of it that each stands for: from, to."""
        code = LANGUAGE_CODE.match(text)
        start = code.end() if code else 0
        cut, offsets = self._source.encode_with_offsets(text[start:])
        ids = self._ids_of(self._source, cut)
        offsets = [(begin + start, end + start) for begin, end in offsets]
        if code:
            ids.insert(0, self._vocabulary.get(code.group(), self._unk))
            offsets.insert(0, (0, start))
        return ids, offsets

    def with_specials(self, text: str | Sequence[int]) -> list[int]:
        """A source text, or ids of one, with the end of text behind it."""
        ids = self.encode(text) if isinstance(text, str) else text
        return [*ids, *self.ending_ids]

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = True) -> str:
        """The text of `ids`.

        Raises:
            DataError: an id is not in the vocabulary.
        """
        pieces = []
        for token_id in ids:
            if not 0 <= token_id < self._size:
                raise DataError(
                    t(
                        "token id {id} is not in the vocabulary of {size} entries",
                        id=token_id,
                        size=self._size,
                    )
                )
            if not (skip_special_tokens and self.is_special(token_id)):
                pieces.append(self._pieces.get(token_id, ""))
        return "".join(pieces).replace(SPACE, " ").removeprefix(" ")

    def is_special(self, token_id: int) -> bool:
        """Whether an id is a control token rather than text."""
        return token_id in self._special_ids

    def spelling(self, token_id: int) -> str:
        """An id as the vocabulary writes it; empty where the vocabulary leaves it out."""
        return self._pieces.get(token_id, "")

    def stream(self) -> WindowStream:
        """A fresh stream that decodes ids one at a time, control tokens left out."""
        return WindowStream(self.decode, is_skipped=self.is_special, is_open=lambda _: False)

    def _ids_of(self, cutter: OutsideTokenizer, cut: Sequence[int]) -> list[int]:
        return [self._vocabulary.get(cutter.spelling(id), self._unk) for id in cut]


def _cutter(path: Path) -> OutsideTokenizer:
    """The segmentation of one model file; its ids count the pieces of that file."""
    model = read_sentencepiece(path)
    backend = build_backend(model, sentinels=[], where=str(path))
    return OutsideTokenizer(backend, OutsideIds(unk=model.unk_id), where=str(path))
