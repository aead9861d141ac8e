"""A SentencePiece model file as a `tokenizers.Tokenizer`.

In: the bytes of a `.model` or `.spm` file, a protocol buffer (Kudo and Richardson 2018). Out: its
pieces and settings, or a tokenizer that segments as SentencePiece does (Unigram and BPE). Reads the
wire format itself, so that no further library is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import tokenizers
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers

from yanmo.core.errors import DataError
from yanmo.core.messages import t

SPACE = "▁"
UNIGRAM, BPE = 1, 2
UNKNOWN, CONTROL, USER_DEFINED = 2, 3, 4


class Piece(NamedTuple):
    """One entry: its spelling, its log-probability or rank, and its type."""

    text: str
    score: float
    type: int


@dataclass(frozen=True)
class SentencePieceModel:
    """What a model file holds that segmentation depends on."""

    pieces: list[Piece]
    algorithm: int
    unk_id: int
    bos_id: int
    eos_id: int
    has_byte_fallback: bool
    has_dummy_prefix: bool
    removes_extra_spaces: bool
    splits_at_spaces: bool
    character_map: bytes

    def piece_of(self, token_id: int) -> str | None:
        """The spelling of an id; None where the model has no such piece."""
        return self.pieces[token_id].text if 0 <= token_id < len(self.pieces) else None


def read_sentencepiece(path: Path) -> SentencePieceModel:
    """Parse a model file.

    Raises:
        DataError: it cannot be read or is no SentencePiece model.
    """
    try:
        return _parse(path.read_bytes())
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise DataError(
            t("this is no SentencePiece model that can be read"),
            where=str(path),
            why=str(error),
            hint=convert_hint(),
        ) from error


def convert_hint() -> str:
    """How to turn any tokenizer into the file that is always read."""
    return t(
        "Convert it to tokenizer.json on a machine with transformers:"
        " AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)."
    )


def build_backend(
    model: SentencePieceModel,
    *,
    sentinels: list[str],
    where: str,
    algorithm: Literal["any", "unigram"] = "any",
) -> tokenizers.Tokenizer:
    """A tokenizer that segments as the model does.

    Args:
        model: the parsed file.
        sentinels: special tokens whose ids follow those of the pieces.
        where: the file, for messages.
        algorithm: `unigram` where no other can be used.

    Raises:
        DataError: the model segments in a way that is not known here, or is damaged.
    """
    is_unigram = model.algorithm == UNIGRAM
    if not is_unigram and (model.algorithm != BPE or algorithm == "unigram"):
        raise DataError(
            t("a SentencePiece model of type {type} is not read here", type=model.algorithm),
            where=where,
            hint=convert_hint(),
        )
    try:
        backend = tokenizers.Tokenizer(
            _unigram(model, sentinels) if is_unigram else _bpe(model, sentinels)
        )
        _set_surface(backend, model, is_unigram=is_unigram)
    except Exception as error:  # the library raises nothing more precise
        raise DataError(
            t("this is no SentencePiece model that can be read"),
            where=where,
            why=str(error),
            hint=convert_hint(),
        ) from error
    for piece in model.pieces:
        if piece.type in (UNKNOWN, CONTROL):
            backend.add_special_tokens([AddedToken(piece.text, normalized=False, special=True)])
        elif piece.type == USER_DEFINED:
            backend.add_tokens([AddedToken(piece.text, normalized=False, special=False)])
    backend.add_special_tokens([AddedToken(name, normalized=False) for name in sentinels])
    return backend


def _unigram(model: SentencePieceModel, sentinels: list[str]) -> models.Unigram:
    entries = [(piece.text, piece.score) for piece in model.pieces]
    entries += [(name, 0.0) for name in sentinels]
    return models.Unigram(entries, unk_id=model.unk_id, byte_fallback=model.has_byte_fallback)


def _bpe(model: SentencePieceModel, sentinels: list[str]) -> models.BPE:
    """Every way to make a piece of two others is a merge; the better the piece's score, the earlier
    it comes."""
    vocabulary = {piece.text: id for id, piece in enumerate(model.pieces)}
    plain = {piece.text: piece.score for piece in model.pieces if piece.type == 1}
    merges = []
    for text, _ in sorted(plain.items(), key=lambda item: (-item[1], vocabulary[item[0]])):
        splits = ((text[:cut], text[cut:]) for cut in range(1, len(text)))
        known = [pair for pair in splits if pair[0] in plain and pair[1] in plain]
        merges += sorted(known, key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
    vocabulary |= {name: len(model.pieces) + place for place, name in enumerate(sentinels)}
    return models.BPE(
        vocabulary,
        merges,
        unk_token=model.piece_of(model.unk_id),
        fuse_unk=True,
        byte_fallback=model.has_byte_fallback,
    )


def _set_surface(
    backend: tokenizers.Tokenizer, model: SentencePieceModel, *, is_unigram: bool
) -> None:
    """How text is made ready, split into words, and put together again."""
    steps: list[normalizers.Normalizer] = []
    if model.character_map:
        steps.append(normalizers.Precompiled(model.character_map))
    if model.removes_extra_spaces:
        steps.append(normalizers.Replace(Regex("^ +| +$"), ""))
        steps.append(normalizers.Replace(Regex(" {2,}"), " "))
    if model.has_dummy_prefix:
        steps.append(normalizers.Prepend(SPACE))
    steps.append(normalizers.Replace(" ", SPACE))
    backend.normalizer = normalizers.Sequence(steps)
    if is_unigram and model.splits_at_spaces:
        backend.pre_tokenizer = pre_tokenizers.Metaspace(
            replacement=SPACE, prepend_scheme="never", split=True
        )
    parts: list[decoders.Decoder] = [decoders.Replace(SPACE, " ")]
    if model.has_byte_fallback:
        parts.append(decoders.ByteFallback())
    parts.append(decoders.Fuse())
    if model.has_dummy_prefix:
        parts.append(decoders.Strip(content=" ", left=1, right=0))
    backend.decoder = decoders.Sequence(parts)


def _parse(data: bytes) -> SentencePieceModel:
    """The fields of `ModelProto`: 1 pieces, 2 how it was trained, 3 how text is normalised."""
    pieces: list[Piece] = []
    trainer: dict[int, int | bytes] = {}
    normalizer: dict[int, int | bytes] = {}
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            pieces.append(_parse_piece(value))
        elif number == 2 and isinstance(value, bytes):
            trainer = dict(_fields(value))
        elif number == 3 and isinstance(value, bytes):
            normalizer = dict(_fields(value))
    if not pieces:
        raise ValueError("no pieces")
    character_map = normalizer.get(2, b"")
    return SentencePieceModel(
        pieces=pieces,
        algorithm=_number(trainer, 3, UNIGRAM),
        unk_id=_number(trainer, 40, 0),
        bos_id=_number(trainer, 41, 1),
        eos_id=_number(trainer, 42, 2),
        has_byte_fallback=bool(_number(trainer, 35, 0)),
        has_dummy_prefix=bool(_number(normalizer, 3, 1)),
        removes_extra_spaces=bool(_number(normalizer, 4, 1)),
        splits_at_spaces=bool(_number(trainer, 22, 1)),
        character_map=character_map if isinstance(character_map, bytes) else b"",
    )


def _parse_piece(data: bytes) -> Piece:
    text, score, kind = "", 0.0, 1
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            text = value.decode("utf-8")
        elif number == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == 3 and isinstance(value, int):
            kind = value
    return Piece(text, score, kind)


def _number(fields: dict[int, int | bytes], key: int, default: int) -> int:
    """A field that holds a signed number."""
    value = fields.get(key, default)
    if not isinstance(value, int):
        raise ValueError(f"field {key}")
    return value - (1 << 64) if value >= 1 << 63 else value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field of a message: a varint as a number, all else as bytes."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        wire_type = key & 7
        if wire_type == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if wire_type == 2:
            size, place = _varint(data, place)
        elif wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"wire type {wire_type} at byte {place}")
        if place + size > len(data):
            raise ValueError(f"cut off at byte {len(data)}")
        yield key >> 3, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError(f"a number without end at byte {place}")
